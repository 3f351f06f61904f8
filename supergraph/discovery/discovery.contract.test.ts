import { uuidv7 } from '../../platform/ids';
import { schemaHashOf } from '../../platform/registry/registration';
import { newRedisDatabase, testBackend } from '../../platform/testing/backend';
import { eventually } from '../../platform/testing/eventually';
import { sendGraphQL } from '../../platform/testing/graphql-client';
import { sendRest } from '../../platform/testing/rest-client';
import { FakeSubgraph, Graph, people, resolvers } from '../testing/graph';

const link = people.slice(0, people.indexOf('\n') + 1);

describe('discovery (G6)', () => {
  let graph: Graph;
  const started: FakeSubgraph[] = [];

  beforeAll(async () => {
    const backend = testBackend();
    graph = await Graph.start({
      INTROSPECTION: 'on',
      INSTANCE_ZONE: 'here',
      ...(backend && { REDIS_URL: await newRedisDatabase(backend.redis) }),
    });
  });

  afterAll(async () => {
    await Promise.all(started.map(each => each.close()));
    await graph.stop();
  });

  async function start(sdl: string, map: object): Promise<FakeSubgraph> {
    const subgraph = new FakeSubgraph(sdl, map);
    await subgraph.listen();
    started.push(subgraph);
    return subgraph;
  }

  /** Registers as a service does that has the registry. */
  async function register(name: string, sdl: string, { port }: FakeSubgraph, zone = ''): Promise<string> {
    const id = uuidv7(Date.now());
    await graph.shared.registry.register(
      {
        id,
        name,
        url: `http://127.0.0.1:${port}/graphql`,
        version: '2.0.0',
        schemaHash: schemaHashOf(sdl),
        zone,
        registeredAt: Date.now(),
        isProbed: false,
      },
      sdl,
    );
    return id;
  }

  const send = (query: string) => sendGraphQL<Record<string, unknown>>(graph.gateway.url, { query });
  const join = (body: object, scope = 'gateway:register') =>
    sendRest(`${graph.gateway.url}/registry/instances`, 'POST', {
      token: graph.issuer.token({ permissions: [scope] }),
      body,
    });

  it('balances over the instances of a service, and forgets one that leaves', async () => {
    const [one, other] = [await start(people, resolvers.people), await start(people, resolvers.people)];
    const ids = [await register('people', people, one), await register('people', people, other)];
    await eventually(async () => {
      await Promise.all(Array.from({ length: 10 }, (_, at) => send(`{ a${at}: me { id } }`)));
      expect([one.heard.length > 0, other.heard.length > 0]).toEqual([true, true]);
    });
    // An instance that dies without a word costs no answer: another one gives it.
    await one.close();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => send(`{ b${at}: me { id } }`)));
    expect(answers.filter(({ errors }) => errors !== undefined)).toEqual([]);
    for (const id of ids) await graph.shared.registry.leave(id);
    graph.people.heard.length = 0;
    await eventually(async () => {
      expect((await send('{ me { id } }')).data).toEqual({ me: { id: '1' } });
      expect(graph.people.heard.length).toBeGreaterThan(0);
    });
  });

  it('prefers the instances of its own zone, and calls others when that has none', async () => {
    const [near, far] = [await start(people, resolvers.people), await start(people, resolvers.people)];
    const ids = [
      await register('people', people, near, 'here'),
      await register('people', people, far, 'there'),
    ];
    await eventually(async () => {
      const page = await (await fetch(`${graph.gateway.url}/metrics`)).text();
      for (const id of ids) expect(page).toContain(`instance="${id}"`);
    });
    await Promise.all(Array.from({ length: 20 }, (_, at) => send(`{ c${at}: me { id } }`)));
    expect([near.heard.length > 0, far.heard.length]).toEqual([true, 0]);
    await near.close();
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => send(`{ d${at}: me { id } }`)));
    expect(answers.filter(({ errors }) => errors !== undefined)).toEqual([]);
    expect(far.heard.length).toBeGreaterThan(0);
    for (const id of ids) await graph.shared.registry.leave(id);
  });

  it('serves a new schema that composes, while operations go on', async () => {
    const sdl = people.replace('type Mutation', 'extend type Query { motto: String }\n  type Mutation');
    const map = { ...resolvers.people, Query: { ...resolvers.people.Query, motto: () => 'Onward' } };
    const failures: unknown[] = [];
    let isDone = false;
    const load = (async () => {
      while (!isDone) {
        const { errors } = await send('{ me { name books { title } } }');
        if (errors !== undefined) failures.push(errors);
      }
    })();
    const id = await register('people', sdl, await start(sdl, map));
    await eventually(async () => expect((await send('{ motto }')).data).toEqual({ motto: 'Onward' }));
    isDone = true;
    await load;
    expect(failures).toEqual([]);
    await graph.shared.registry.leave(id);
  });

  it('refuses a schema that does not compose, says why, and changes nothing', async () => {
    const before = await send('{ __schema { queryType { fields { name } } } }');
    const broken = people.replace('users(first: Int = 2)', 'book: Int users(first: Int = 2)');
    const id = await register('people', broken, await start(broken, resolvers.people));
    await eventually(async () => {
      const page = await (await fetch(`${graph.gateway.url}/metrics`)).text();
      expect(page).toMatch(/plinth_schema_changes_total\{outcome="refused"[^}]*\} 1/);
    });
    await graph.shared.registry.leave(id);
    const { data, errors } = await send('{ __schema { queryType { fields { name } } } }');
    expect([before.errors, errors, data]).toEqual([undefined, undefined, before.data]);
  });

  it('lets a service join by one HTTP call, reads its SDL from it, and renews its registration', async () => {
    const sdl = `${link} type Query { latestReview: String }`;
    const reviews = await start(sdl, { Query: { latestReview: () => 'Good' } });
    const url = `http://127.0.0.1:${reviews.port}/graphql`;
    const joined = await join({ name: 'reviews', url });
    expect([joined.status, joined.body]).toMatchObject([201, { name: 'reviews', lease_seconds: 10 }]);
    expect((await send('{ latestReview me { id } }')).data).toEqual({
      latestReview: 'Good',
      me: { id: '1' },
    });
    // The same call again is the same instance.
    expect((await join({ name: 'reviews', url })).body['id']).toBe(joined.body['id']);
    await reviews.close();
    await eventually(async () => {
      const { data, errors } = await send('{ latestReview me { id } }');
      expect(data).toEqual({ latestReview: null, me: { id: '1' } });
      expect(errors?.[0]).toMatchObject({
        message: 'The reviews service is not available right now',
        extensions: { code: 'SERVICE_UNAVAILABLE', details: { service: 'reviews' } },
      });
    });
    const left = await sendRest(
      `${graph.gateway.url}/registry/instances/${String(joined.body['id'])}`,
      'DELETE',
      { token: graph.issuer.token({ permissions: ['gateway:*'] }) },
    );
    expect(left.status).toBe(204);
  });

  it('refuses callers without gateway:register, and what does not fit', async () => {
    const url = 'http://127.0.0.1:1/graphql';
    const sdl = `${link} type Query { other: String }`;
    const anonymous = await sendRest(`${graph.gateway.url}/registry/instances`, 'POST', {
      body: { name: 'other', url, sdl },
    });
    expect(anonymous.status).toBe(401);
    expect((await join({ name: 'other', url, sdl }, 'users:read')).status).toBe(403);
    expect((await join({ name: 'gateway', url, sdl })).status).toBe(422);
    expect((await join({ name: 'other', url: 'ftp://x', sdl })).status).toBe(422);
    expect((await join({ name: 'other', url })).body).toMatchObject({ details: [{ field: 'url' }] });
    const clash = await join({ name: 'other', url, sdl: `${link} type Query { me: Int }` });
    expect([clash.status, clash.body]).toMatchObject([422, { error: 'VALIDATION_FAILED' }]);
    expect(JSON.stringify(clash.body['details'])).toContain('Query.me');
  });
});
