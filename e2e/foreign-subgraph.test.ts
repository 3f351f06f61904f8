import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../platform/testing/free-port';
import { administratorToken, data, eventually, rest, send, somebody } from './client';
import { type Plinth, startPlinth } from './plinth';

const root = join(__dirname, '..');
const example = join(root, 'examples', 'foreign-subgraph');
const mine = '{ me { username wishes { title user { username } } } }';
const add = 'mutation ($title: String!) { addWish(input: { title: $title }) { id } }';

/** A supergraph of rover.yaml and the example, composed as `npm run schema` does it. */
async function compose(folder: string, port: number): Promise<string> {
  const list = await readFile(join(root, 'rover.yaml'), 'utf8');
  const entry = `  wishes:
    routing_url: http://127.0.0.1:${port}/graphql
    schema: { file: schema.graphql }\n`;
  await writeFile(join(folder, 'rover.yaml'), `${list.trimEnd()}\n${entry}`);
  for (const file of ['schema.graphql', 'schema.rest.json']) {
    await writeFile(join(folder, file), await readFile(join(example, file)));
  }
  await mkdir(join(folder, 'schema'));
  execFileSync(process.execPath, [join(root, 'dist', 'scripts', 'schema.js'), '--root', folder]);
  return join(folder, 'schema', 'supergraph.graphql');
}

describe('a subgraph without platform code', () => {
  let folder: string;
  let plinth: Plinth;
  let wishes: ChildProcess;
  let gateway: string;
  let direct: string;
  let administrator: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-foreign-'));
    const port = await freePort();
    plinth = await startPlinth({ SUPERGRAPH_SDL: await compose(folder, port) });
    gateway = plinth.urls['gateway']!;
    direct = `http://127.0.0.1:${port}`;
    administrator = await administratorToken(gateway);
    const { createApiKey } = await data<{ createApiKey: { key: string } }, object>(
      'mutation { createApiKey(input: { name: "wishes", scopes: ["tokens:introspect"] }) { key } }',
      {},
      administrator,
      gateway,
    );
    wishes = spawn(process.execPath, ['server.js'], {
      cwd: example,
      env: {
        PATH: process.env['PATH'] ?? '',
        PORT: String(port),
        AUTH_URL: plinth.urls['auth']!,
        INTROSPECTION_API_KEY: createApiKey.key,
      },
      stdio: 'inherit',
    });
    await eventually(async () => expect((await fetch(`${direct}/health`)).status).toBe(200));
  }, 120_000);

  afterAll(async () => {
    wishes?.kill('SIGTERM');
    if (wishes !== undefined && wishes.exitCode === null) await once(wishes, 'exit');
    await plinth?.close();
    await rm(folder, { recursive: true });
  });

  it('adds its fields to User, and its rows to the REST table', async () => {
    const [ada, bob] = [await somebody(gateway), await somebody(gateway)];
    const added = await rest('POST', '/wishes', {
      token: ada.accessToken,
      body: { title: 'A loom' },
      at: gateway,
    });
    expect([added.status, added.body['title']]).toEqual([201, 'A loom']);
    const ownView = {
      me: { username: ada.username, wishes: [{ title: 'A loom', user: { username: ada.username } }] },
    };
    expect(await data(mine, {}, ada.accessToken, gateway)).toEqual(ownView);
    const ofAda = `{ latestWishes { title user { wishes { title } } } }`;
    expect(await data(ofAda, {}, bob.accessToken, gateway)).toEqual({
      latestWishes: [{ title: 'A loom', user: { wishes: [] } }],
    });
    expect(await data(ofAda, {}, administrator, gateway)).toEqual({
      latestWishes: [{ title: 'A loom', user: { wishes: [{ title: 'A loom' }] } }],
    });
  });

  it('is ready for the gateway when its /health answers', async () => {
    // The gateway asks again each second or so.
    await eventually(async () => {
      const { subgraphs } = (await (await fetch(`${gateway}/health/ready`)).json()) as {
        subgraphs: Record<string, string>;
      };
      expect(subgraphs['wishes']).toBe('ready');
    });
  });

  it('refuses a forged token at once, and a revoked one when its cached introspection expires', async () => {
    const ada = await somebody(gateway);
    const askDirectly = (token: string) => send(add, { title: 'A wish' }, { token, at: direct });
    expect((await askDirectly(ada.accessToken)).data).toEqual({ addWish: { id: expect.any(String) } });
    const [header, payload] = ada.accessToken.split('.');
    const forged = `${header}.${payload}.${'A'.repeat(86)}`;
    expect((await askDirectly(forged)).errors?.[0]?.extensions.code).toBe('TOKEN_INVALID');
    expect((await send(add, { title: 'A wish' }, { at: direct })).errors?.[0]?.extensions.code).toBe(
      'UNAUTHENTICATED',
    );
    await rest('POST', '/auth/logout', { token: ada.accessToken, at: gateway });
    expect((await send(mine, {}, { token: ada.accessToken, at: gateway })).status).toBe(401);
    await eventually(async () => {
      const { status, errors } = await askDirectly(ada.accessToken);
      expect([status, errors?.[0]?.extensions.code]).toEqual([401, 'TOKEN_REVOKED']);
    });
  });

  it('accepts an API key with its scopes, until it is revoked', async () => {
    const ada = await somebody(gateway);
    await data(add, { title: 'A secret wish' }, ada.accessToken, gateway);
    const { createApiKey } = await data<{ createApiKey: { key: string; apiKey: { id: string } } }, object>(
      'mutation { createApiKey(input: { name: "reader", scopes: ["wishes:*"] }) { key apiKey { id } } }',
      {},
      administrator,
      gateway,
    );
    const { key, apiKey } = createApiKey;
    const read = `query ($id: ID!) { _entities(representations: [{ __typename: "User", id: $id }]) { ... on User { wishes { title } } } }`;
    expect((await send(read, { id: ada.id }, { key, at: direct })).data).toEqual({
      _entities: [{ wishes: [{ title: 'A secret wish' }] }],
    });
    await data(
      'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }',
      { id: apiKey.id },
      administrator,
      gateway,
    );
    await eventually(async () => {
      const { status, errors } = await send(read, { id: ada.id }, { key, at: direct });
      expect([status, errors?.[0]?.extensions.code]).toEqual([401, 'API_KEY_INVALID']);
    });
  });
});
