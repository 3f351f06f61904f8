import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../platform/testing/free-port';
import { administratorToken, data, eventually, send, somebody } from './client';
import { type Plinth, shape, startPlinth } from './plinth';

const root = join(__dirname, '..');
const points = 300;

interface GatewayState {
  gateway: {
    schema: { hash: string };
    services: {
      name: string;
      instances: { id: string; url: string; breaker: string; version: string | null }[];
    }[];
    rateLimits: { name: string; points: number }[];
  };
}

describe('traffic', () => {
  let plinth: Plinth;
  let gateway: string;
  let administrator: string;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    plinth = await startPlinth({ RATE_LIMIT: 'on', RATE_LIMIT_POINTS: String(points) });
    gateway = plinth.urls['gateway']!;
    administrator = await administratorToken(gateway);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(children.map(child => end(child)));
    await plinth?.close();
  });

  async function end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  function start(file: string, cwd: string, environment: Record<string, string>): ChildProcess {
    const child = spawn(process.execPath, [file], { cwd, env: environment, stdio: 'ignore' });
    children.push(child);
    return child;
  }

  async function state(): Promise<GatewayState['gateway']> {
    const document =
      '{ gateway { schema { hash } services { name instances { id url breaker version } } rateLimits { name points } } }';
    return (await data<GatewayState, object>(document, {}, administrator, gateway)).gateway;
  }

  const instancesOf = async (name: string) =>
    (await state()).services.find(service => service.name === name)?.instances ?? [];

  it('of one client is limited over GraphQL, REST and downloads; others are not (G3)', async () => {
    const from = (address: string) => ({
      'content-type': 'application/json',
      'x-forwarded-for': address,
    });
    const post = (address: string) =>
      fetch(`${gateway}/graphql`, {
        method: 'POST',
        headers: from(address),
        body: '{"query":"{ __typename }"}',
      });
    const address = '203.0.113.9';
    await eventually(async () => {
      const responses = await Promise.all(Array.from({ length: 50 }, () => post(address)));
      expect(responses.map(({ status }) => status)).toContain(429);
    });
    const refused = [
      await post(address),
      await fetch(`${gateway}/auth/me`, { headers: from(address) }),
      await fetch(`${gateway}/files/download/1`, { headers: from(address) }),
    ];
    for (const response of refused) {
      expect([response.status, response.headers.get('ratelimit-limit')]).toEqual([429, String(points)]);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await response.text()).toContain('RATE_LIMITED');
    }
    expect((await post('203.0.113.10')).status).toBe(200);
    expect((await state()).rateLimits).toContainEqual({ name: 'requests', points });
    const page = await (await fetch(`${gateway}/metrics`)).text();
    const { schema, services } = await state();
    const [users] = services.find(({ name }) => name === 'users')!.instances;
    expect(page).toMatch(new RegExp(`plinth_schema_info\\{[^}]*hash="${schema.hash}"[^}]*\\} 1`));
    expect(page).toMatch(new RegExp(`plinth_rate_limit_points\\{[^}]*limit="requests"[^}]*\\} ${points}`));
    expect(page).toMatch(
      new RegExp(`plinth_subgraph_instance_ready\\{[^}]*instance="${users!.id}"[^}]*\\} 1`),
    );
    expect(page).toMatch(/plinth_subgraph_max_concurrent\{[^}]*subgraph="users"[^}]*\} 1000/);
  });

  it('of sign-ins has a limit of its own (G3)', async () => {
    const logIn = () =>
      fetch(`${gateway}/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.20' },
        body: JSON.stringify({ username: `nobody${Math.random()}`, password: 'a wrong password' }),
      });
    await eventually(async () => {
      const responses = await Promise.all(Array.from({ length: 20 }, logIn));
      expect(
        responses.some(each => each.status === 429 && each.headers.get('ratelimit-limit') === '60'),
      ).toBe(true);
    });
  });

  it('reaches a service that joins by one HTTP call, and goes on without it when it dies (G4, G6)', async () => {
    const { createApiKey } = await data<{ createApiKey: { key: string } }, object>(
      'mutation { createApiKey(input: { name: "wishes", scopes: ["tokens:introspect", "gateway:register"] }) { key } }',
      {},
      administrator,
      gateway,
    );
    const port = await freePort();
    const environment = {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      AUTH_URL: plinth.urls['auth']!,
      INTROSPECTION_API_KEY: createApiKey.key,
    };
    const url = `http://127.0.0.1:${port}/graphql`;
    const example = join(root, 'examples', 'foreign-subgraph');
    const answers = async () => expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
    const wishes = start('server.js', example, environment);
    await eventually(answers);
    const joining = (body: object) =>
      fetch(`${gateway}/registry/instances`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': createApiKey.key },
        body: JSON.stringify(body),
      });

    const before = (await state()).schema.hash;
    const refused = await joining({ name: 'wishes', url, sdl: 'type Query { me: Int }' });
    expect([refused.status, (await state()).schema.hash]).toEqual([422, before]);

    expect((await joining({ name: 'wishes', url })).status).toBe(201);
    const ada = await somebody(gateway);
    const mine = '{ me { username wishes { title } } }';
    await data('mutation { addWish(input: { title: "A loom" }) { id } }', {}, ada.accessToken, gateway);
    expect(await data(mine, {}, ada.accessToken, gateway)).toEqual({
      me: { username: ada.username, wishes: [{ title: 'A loom' }] },
    });

    await end(wishes);
    const without = await send<{ me: object }, object>(mine, {}, { token: ada.accessToken, at: gateway });
    expect(without.data).toEqual({ me: { username: ada.username, wishes: null } });
    expect(without.errors).toMatchObject([
      {
        message: 'The wishes service is not available right now',
        extensions: { code: 'SERVICE_UNAVAILABLE', details: { service: 'wishes' } },
      },
    ]);
    expect(JSON.stringify(without)).not.toContain(String(port));

    start('server.js', example, environment);
    await eventually(answers);
    await eventually(async () => {
      await joining({ name: 'wishes', url });
      const { errors } = await send(mine, {}, { token: ada.accessToken, at: gateway });
      expect(errors).toBeUndefined();
    });
  });

  if (shape === 'services') {
    it('is shared by two instances of a service, and loses no read when one is killed (G6)', async () => {
      const port = await freePort();
      const second = start(join('dist', 'subgraphs', 'users', 'main.js'), root, {
        ...plinth.environment,
        USERS_PORT: String(port),
      });
      // The page of metrics has no rate limit, which a test that asks again and again would reach.
      const count = async () =>
        [
          ...(await (await fetch(`${gateway}/metrics`)).text()).matchAll(
            /breaker_state\{[^}]*subgraph="users"/g,
          ),
        ].length;
      await eventually(async () => expect(await count()).toBe(2), 60_000);
      expect((await instancesOf('users')).map(({ url }) => url)).toContain(
        `http://127.0.0.1:${port}/graphql`,
      );
      const ada = await somebody(gateway);
      const read = (at: number) =>
        send(`{ a${at}: me { profile { firstName } } }`, {}, { token: ada.accessToken, at: gateway });
      const scrape = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      await eventually(async () => {
        await Promise.all(Array.from({ length: 5 }, (_, at) => read(at)));
        expect(await scrape()).toMatch(/http_route="\/graphql"/);
      });
      await end(second);
      const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => read(100 + at)));
      expect(answers.filter(({ errors }) => errors !== undefined)).toEqual([]);
      await eventually(async () => expect(await count()).toBe(1), 30_000);
      expect(await instancesOf('users')).toMatchObject([{ breaker: 'CLOSED' }]);
    });
  }
});
