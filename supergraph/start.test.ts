import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { silentLogger } from '../platform/observability/logger';
import { openProcessContext, type ProcessContext, startErrorLines } from '../platform/process';
import { projectRoot } from '../platform/project-root';
import { listSubgraphs, variablePrefix } from '../platform/subgraph-list';
import { readGatewayConfig } from './config';
import { compose, LocalTransport } from './execution/testing/federation';
import { startGateway } from './main';
import { ForwardedHeaders } from './transport/transport';

describe.each(['plinth', 'apollo'])('the start of the gateway, with EXECUTOR=%s', executor => {
  let folder: string;
  let shared: ProcessContext;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-start-'));
    shared = openProcessContext({ redisUrl: undefined, logger: silentLogger });
  });

  afterEach(async () => {
    await shared.close();
    await rm(folder, { recursive: true });
  });

  const start = (environment: Record<string, string>) =>
    startGateway(
      readGatewayConfig('alone', {
        SUPERGRAPH_SDL: join(projectRoot(), 'schema', 'supergraph.graphql'),
        GATEWAY_PORT: '0',
        LOG_LEVEL: 'silent',
        EXECUTOR: executor,
        ...environment,
      }),
      shared,
    );

  const complaint = (environment: Record<string, string>) =>
    start(environment).then(
      () => ['it started'],
      (error: unknown) => startErrorLines(error),
    );

  it.each([
    ['not a schema', 'not graphql {', /^\S+ cannot be served as a supergraph: .+$/],
    ['a schema of another kind', 'type Query { a: Int }', /^\S+ cannot be served as a supergraph: .+$/],
    ['not there', undefined, /^\S+ cannot be read: set SUPERGRAPH_SDL .+$/],
  ])('a supergraph file that is %s is one clear line', async (_, text, line) => {
    const file = join(folder, 'supergraph.graphql');
    if (text !== undefined) await writeFile(file, text);
    expect(await complaint({ SUPERGRAPH_SDL: file })).toEqual([expect.stringMatching(line)]);
  });

  it('a taken port is one clear line', async () => {
    const other = createServer();
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    expect(await complaint({ GATEWAY_PORT: String(port) })).toEqual([
      `Port ${port} is taken: stop what listens on 127.0.0.1:${port}, or set another`,
    ]);
    await new Promise(resolve => other.close(resolve));
  });

  it.each(['hive', 'apollo'])(
    'serves any supergraph with neither services nor authentication, also one that stock refuses: %s',
    async planner => {
      const foreign = {
        items: {
          typeDefs: `type Query { item(id: ID!): Item } type Item @key(fields: "id") { id: ID! secret: String @authenticated }`,
          resolvers: { Query: { item: (_: unknown, { id }: { id: string }) => ({ id, secret: 's' }) } },
        },
        users: {
          typeDefs: `type Item @key(fields: "id") { id: ID! seller: String @cost(weight: 3) }`,
          resolvers: { Item: { seller: ({ id }: { id: string }) => `seller of ${id}` } },
        },
      };
      const subgraphs = await serveForeign(foreign);
      const file = join(folder, 'supergraph.graphql');
      await writeFile(file, subgraphs.sdl);
      const gateway = await start({ SUPERGRAPH_SDL: file, EXECUTOR: 'plinth', PLANNER: planner });
      try {
        expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
        const answer = await fetch(`${gateway.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'application/json' },
          body: JSON.stringify({ query: '{ item(id: "1") { id seller secret } }' }),
        });
        expect([answer.status, await answer.json()]).toEqual([
          200,
          {
            data: { item: { id: '1', seller: 'seller of 1', secret: null } },
            errors: [expect.objectContaining({ path: ['item', 'secret'] })],
          },
        ]);
      } finally {
        await gateway.stop();
        await subgraphs.close();
      }
    },
  );

  it('succeeds on the committed supergraph with every subgraph down, and says which are', async () => {
    const gone = 'http://127.0.0.1:9';
    const names = listSubgraphs().map(({ name }) => name);
    const gateway = await start(Object.fromEntries(names.map(name => [`${variablePrefix(name)}_URL`, gone])));
    try {
      const ready = await fetch(`${gateway.url}/health/ready`);
      expect([ready.status, await ready.json()]).toEqual([
        503,
        {
          status: 'not_ready',
          service: 'gateway',
          checks: { schema: 'ready' },
          subgraphs: Object.fromEntries(names.map(name => [name, 'not_ready'])),
        },
      ]);
      const docs = await fetch(`${gateway.url}/openapi.json`);
      expect(Object.keys(JSON.parse(await docs.text()).paths)).toContain('/auth/login');
      // Open to everybody, so that the gateway has to ask the service.
      const answer = await fetch(`${gateway.url}/auth/validate`);
      expect([answer.status, JSON.parse(await answer.text()).error]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    } finally {
      await gateway.stop();
    }
  });

  it('is ready while one subgraph is, by its GraphQL where it has no route of health', async () => {
    const only = (type: string) => ({
      typeDefs: `type Query { ${type}: Int }`,
      resolvers: { Query: { [type]: () => 1 } },
    });
    const subgraphs = await serveForeign({ items: only('items'), users: only('users') });
    const file = join(folder, 'supergraph.graphql');
    await writeFile(file, subgraphs.sdl.replace(/http:[^"]*users/, 'http://127.0.0.1:9'));
    const gateway = await start({ SUPERGRAPH_SDL: file });
    try {
      const ready = await fetch(`${gateway.url}/health/ready`);
      expect([ready.status, await ready.json()]).toMatchObject([
        200,
        { status: 'ready', subgraphs: { items: 'ready', users: 'not_ready' } },
      ]);
    } finally {
      await gateway.stop();
      await subgraphs.close();
    }
  });

  it('shows no landing page and no schema where these are off', async () => {
    const gateway = await start({ LANDING_PAGE: 'off', INTROSPECTION: 'off' });
    try {
      expect((await fetch(`${gateway.url}/`, { headers: { accept: 'text/html' } })).status).toBe(404);
      const answer = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query":"{ __schema { types { name } } }"}',
      });
      expect([answer.status, await answer.text()]).toEqual([400, expect.not.stringContaining('"types"')]);
    } finally {
      await gateway.stop();
    }
  });
});

/**
 * Subgraphs on a port of their own, and the supergraph that names it.
 *
 * @param together how many calls a subgraph waits for before it answers them
 */
async function serveForeign(
  subgraphs: ConstructorParameters<typeof LocalTransport>[0],
  together: Record<string, number> = {},
) {
  const transport = new LocalTransport(subgraphs);
  const waiting: (() => void)[] = [];
  const server = createHttpServer(async (request, response) => {
    if (request.method === 'GET') return void response.writeHead(404).end();
    const [, , subgraph = ''] = (request.url ?? '').split('/');
    const { body } = await transport.send({
      subgraph,
      url: '',
      body: await text(request),
      headers: new ForwardedHeaders({}),
      isRead: true,
      fetch: {},
      timeoutMs: 1_000,
    });
    waiting.push(() => response.writeHead(200, { 'content-type': 'application/json' }).end(body));
    if (subgraph in together && waiting.length < together[subgraph]!) return;
    for (const answer of waiting.splice(0)) answer();
  });
  await new Promise<void>(resolve => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    sdl: compose(subgraphs).replaceAll(
      /http:\/\/(\w+)\.internal:4000\/graphql/g,
      `http://localhost:${port}/suite/$1`,
    ),
    calls: (subgraph: string) => transport.calls.filter(call => call.subgraph === subgraph).length,
    close: () => new Promise(resolve => server.close(resolve)),
  };
}
