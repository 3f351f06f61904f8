import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { print } from 'graphql';
import { freePort } from '../platform/testing/free-port';
import { LiveClient } from '../platform/testing/live-client';
import { administratorToken, data, eventually, somebody } from './client';
import { DeleteUserDocument, LiveDeletionDocument, type LiveDeletionSubscription } from './graphql/graphql';
import { type Plinth, startPlinth } from './plinth';

const root = join(__dirname, '..');
const points = 300;

interface GatewayState {
  gateway: { zone: string | null; schema: { hash: string } };
}

describe('two gateways, each a process of its own', () => {
  let plinth: Plinth;
  /** Of the two gateways. */
  let urls: readonly [string, string];
  const children: ChildProcess[] = [];
  const clients: LiveClient[] = [];

  beforeAll(async () => {
    plinth = await startPlinth({ RATE_LIMIT: 'on', RATE_LIMIT_POINTS: String(points) });
    const port = String(await freePort());
    urls = [plinth.urls.gateway, `http://127.0.0.1:${port}`];
    start('dist/supergraph/main.js', root, {
      ...plinth.environment,
      GATEWAY_PORT: port,
      INSTANCE_ZONE: 'b',
    });
    await eventually(async () => expect((await fetch(`${urls[1]}/health`)).status).toBe(200), 30_000);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(clients.map(client => client.close()));
    await Promise.all(
      children.map(async child => {
        if (child.exitCode !== null) return;
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }),
    );
    await plinth?.close();
  });

  function start(file: string, cwd: string, environment: Readonly<Record<string, string>>): void {
    children.push(spawn(process.execPath, [file], { cwd, env: environment, stdio: 'ignore' }));
  }

  it('send each event once to each subscriber of either (G10)', async () => {
    const ada = await somebody(urls[0]);
    await plinth.kill('files');
    const { deleteUser } = await data(DeleteUserDocument, { id: ada.id }, ada.accessToken, urls[1]);
    const watch = (url: string) => {
      const client = new LiveClient(url);
      clients.push(client);
      return client.subscribe<LiveDeletionSubscription>(print(LiveDeletionDocument), { id: deleteUser.id });
    };
    const waitsForFiles = ({ results }: ReturnType<typeof watch>) => {
      const steps = results.at(-1)?.data?.deletionChanged?.steps ?? [];
      const waiting = steps.filter(({ completedAt }) => completedAt === null);
      expect(waiting.map(({ service }) => service)).toEqual(['files']);
    };
    // Nothing more happens before that service is there again.
    const first = watch(urls[0]);
    await eventually(() => waitsForFiles(first));
    const watchers = urls.flatMap(url => Array.from({ length: 3 }, () => watch(url)));
    await eventually(() => watchers.forEach(waitsForFiles));
    for (const url of urls) {
      const page = await (await fetch(`${url}/metrics`)).text();
      expect(page).toMatch(/^up\{service="files"\} 0$/m);
      expect(page).toMatch(/^up\{service="users"\} 1$/m);
    }
    await plinth.restart('files');
    await eventually(() => {
      for (const { results } of watchers)
        expect(results.at(-1)?.data?.deletionChanged?.status).toBe('COMPLETED');
    }, 30_000);
    // The state at the beginning, and the event.
    expect(watchers.map(({ results }) => results.length)).toEqual(watchers.map(() => 2));
  });

  it('share the rate limits (G3)', async () => {
    const accepted = async (url: string): Promise<number> => {
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.77' };
      for (let count = 0; ; count++) {
        const body = '{"query":"{ __typename }"}';
        const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
        await response.text();
        if (response.status === 429) return count;
      }
    };
    const [one, other] = await Promise.all(urls.map(accepted));
    expect(one! + other!).toBeLessThanOrEqual(points);
    // None is left behind in either but the rest of a block.
    expect(one! + other!).toBeGreaterThan(points / 2);
    expect([await accepted(urls[0]), await accepted(urls[1])]).toEqual([0, 0]);
  });

  it('serve the schema of a service that joins at one of them, and forget it when it leaves at the other (G6)', async () => {
    const administrator = await administratorToken(urls[0]);
    const { createApiKey } = await data<{ createApiKey: { key: string } }, object>(
      'mutation { createApiKey(input: { name: "wishes", scopes: ["tokens:introspect", "gateway:register"] }) { key } }',
      {},
      administrator,
      urls[0],
    );
    const port = String(await freePort());
    start('server.js', join(root, 'examples', 'foreign-subgraph'), {
      PATH: process.env['PATH'] ?? '',
      PORT: port,
      AUTH_URL: plinth.urls.auth,
      INTROSPECTION_API_KEY: createApiKey.key,
    });
    await eventually(async () => expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200));
    const ask = (url: string, method: string, path: string, body?: object) =>
      fetch(`${url}/registry/instances${path}`, {
        method,
        headers: { 'content-type': 'application/json', 'x-api-key': createApiKey.key },
        ...(body && { body: JSON.stringify(body) }),
      });
    const joined = await ask(urls[0], 'POST', '', {
      name: 'wishes',
      url: `http://127.0.0.1:${port}/graphql`,
    });
    expect(joined.status).toBe(201);
    const { id } = (await joined.json()) as { id: string };
    // The page of metrics has no rate limit, which a test that asks again and again would reach.
    const metrics = async (url: string) => (await fetch(`${url}/metrics`)).text();
    await eventually(async () => {
      for (const url of urls) {
        const page = await metrics(url);
        expect(page).toMatch(/plinth_schema_changes_total\{outcome="served"[^}]*\} 1/);
        expect(page).toContain(`instance="${id}"`);
      }
    }, 30_000);
    const [one, other] = await Promise.all(
      urls.map(async url => {
        const document = '{ gateway { zone schema { hash } } }';
        const { gateway } = await data<GatewayState, object>(document, {}, administrator, url);
        return gateway;
      }),
    );
    expect([one?.zone, other?.zone]).toEqual([null, 'b']);
    expect(other?.schema).toEqual(one?.schema);
    const eve = await somebody(urls[0]);
    for (const url of urls) {
      expect(await data('{ me { wishes { title } } }', {}, eve.accessToken, url)).toEqual({
        me: { wishes: [] },
      });
    }
    expect((await ask(urls[1], 'DELETE', `/${id}`)).status).toBe(204);
    await eventually(async () => {
      for (const url of urls) expect(await metrics(url)).not.toContain(`instance="${id}"`);
    }, 30_000);
  });
});
