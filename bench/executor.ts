/**
 * What answering costs, without a door and without authentication: CPU-µs of this process per request, ours against stock
 * @apollo/gateway, over HTTP to subgraphs in another process. `npm run bench:executor -- [rounds]`
 */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse } from 'graphql';
import { createExecutor } from '../supergraph/execution/executor';
import { compose } from '../supergraph/execution/testing/federation';
import { ServiceTransport } from '../supergraph/transport/service-transport';
import type { Transport } from '../supergraph/transport/transport';
import { UndiciTransport } from '../supergraph/transport/undici-transport';

const subgraphs = {
  accounts: {
    typeDefs: `
      type Query { me: User users(first: Int = 20): [User!]! user(id: ID!): User }
      type User @key(fields: "id") { id: ID! username: String! email: String createdAt: String }`,
    resolvers: {
      Query: {
        me: () => user('1'),
        users: (_: unknown, { first }: { first: number }) =>
          Array.from({ length: first }, (_x, i) => user(String(i))),
        user: (_: unknown, { id }: { id: string }) => user(id),
      },
      User: { __resolveReference: ({ id }: { id: string }) => user(id) },
    },
  },
  profiles: {
    typeDefs: `type User @key(fields: "id") { id: ID! profile: Profile files: [File!]! } type Profile { name: String bio: String } type File @key(fields: "id") { id: ID! }`,
    resolvers: {
      User: {
        profile: ({ id }: { id: string }) => ({ name: `Name ${id}`, bio: 'bio' }),
        files: ({ id }: { id: string }) => [{ id: `${id}-1` }, { id: `${id}-2` }],
      },
    },
  },
  files: {
    typeDefs: `type File @key(fields: "id") { id: ID! title: String size: Int owner: User } type User @key(fields: "id") { id: ID! quota: Int }`,
    resolvers: {
      File: {
        title: ({ id }: { id: string }) => `File ${id}`,
        size: () => 12,
        owner: ({ id }: { id: string }) => ({ id: id.split('-')[0] }),
      },
      User: { quota: () => 100 },
    },
  },
};
const user = (id: string): object => ({
  id,
  username: `user-${id}`,
  email: `${id}@x.org`,
  createdAt: '2026-01-01',
});

const queries: Record<string, { query: string; variables?: (n: number) => Record<string, unknown> }> = {
  q1: { query: '{ me { id username } }' },
  q2: { query: '{ users(first: 20) { id username email createdAt } }' },
  q3: { query: '{ me { id username profile { name bio } } }' },
  q4: {
    query:
      '{ me { id username profile { name } quota files { id title size owner { username profile { bio } } } } }',
  },
  q5: { query: '{ users(first: 20) { id username profile { name bio } quota } }' },
  q6: {
    query: 'query($id: ID!) { user(id: $id) { id username profile { name } } }',
    variables: n => ({ id: String(n % 1_000) }),
  },
};

async function serve(): Promise<void> {
  const ports: Record<string, number> = {};
  for (const [name, { typeDefs, resolvers }] of Object.entries(subgraphs)) {
    const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n';
    const schema = buildSubgraphSchema({ typeDefs: parse(link + typeDefs), resolvers: resolvers as never });
    const documents = new Map<string, ReturnType<typeof parse>>();
    const server = createServer((req, res) => {
      const chunks: Buffer[] = [];
      req.on('data', chunk => chunks.push(chunk));
      req.on('end', async () => {
        const { query, variables } = JSON.parse(Buffer.concat(chunks).toString());
        const document = documents.get(query) ?? parse(query);
        documents.set(query, document);
        const body = JSON.stringify(await execute({ schema, document, variableValues: variables }));
        res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
        res.end(body);
      });
    });
    server.keepAliveTimeout = 60_000;
    for (let port = 21_000 + Math.floor(Math.random() * 9_000); ; port++) {
      const isTaken = await new Promise<boolean>(resolve => {
        server.once('error', () => resolve(true));
        server.listen(port, '127.0.0.1', () => resolve(false));
      });
      if (!isTaken) {
        ports[name] = port;
        break;
      }
    }
  }
  process.send?.(ports);
}

const nowhere: Transport = {
  send: async () => ({ status: 200, body: Buffer.from('{"data":{"me":null}}') }),
  close: async () => {},
};

type Ask = (query: string, variables: Record<string, unknown> | undefined) => Promise<string>;

async function measure(ask: Ask, name: string, requests: number, concurrency: number): Promise<number> {
  const { query, variables } = queries[name] as (typeof queries)[string];
  let sent = 0;
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (sent < requests) {
        sent++;
        await ask(query, variables?.(sent));
      }
    }),
  );
  const { user: u, system } = process.cpuUsage(before);
  return (u + system) / requests;
}

/** Whether the cache of operations is as full as it says: live heap before and after it lets go of all it keeps. */
async function weighKept(supergraphSdl: string): Promise<void> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = async (): Promise<number> => {
    for (let n = 0; n < 5; n++) {
      await sleep(20);
      collect();
    }
    return process.memoryUsage().heapUsed;
  };
  for (const name of ['q1', 'q4']) {
    const { query } = queries[name] as { query: string };
    const executor = createExecutor({ supergraphSdl, transport: nowhere, plansInProcess: true });
    for (let n = 0; n < 500; n++) {
      // An operation is kept from its second time on.
      for (const _time of ['once', 'again']) {
        await executor.execute(
          { query: query.replace('username', `u${n}: username`) },
          { identity: 'a', headers: {} },
        );
      }
    }
    const { entries, bytes } = executor.cache;
    const kept = await heap();
    await executor.close();
    const each = (total: number) => (total / entries / 1000).toFixed(1);
    console.log(
      `kept, ${name}: ${each(kept - (await heap()))} kB of heap an operation, counted as ${each(bytes)}`,
    );
  }
}

/** CPU-µs so far of this process's children, but for one; zero where there is no /proc. */
function cpuOfOthers(but: number | undefined): number {
  let list: string;
  try {
    list = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8');
  } catch {
    return 0;
  }
  const pids = list.split(' ').filter(pid => pid !== '' && Number(pid) !== but);
  // utime and stime in hundredths of a second, after the name in brackets: proc(5).
  const ticks = pids.map(pid => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) * 10_000;
}

async function main(): Promise<void> {
  const child = fork(__filename, ['serve']);
  const ports = await new Promise<Record<string, number>>(resolve =>
    child.once('message', m => resolve(m as never)),
  );
  const urls = Object.fromEntries(
    Object.entries(ports).map(([n, p]) => [n, `http://127.0.0.1:${p}/graphql`]),
  );
  let supergraphSdl = compose(subgraphs);
  for (const [name, url] of Object.entries(urls)) {
    supergraphSdl = supergraphSdl.replace(`http://${name}.internal:4000/graphql`, url);
  }
  const ours = (transport: Transport): Ask => {
    const executor = createExecutor({
      supergraphSdl,
      transport,
      deduplicates: false,
      plansInProcess: true,
    });
    return async (query, variables) => {
      const result = await executor.execute(
        { query, ...(variables ? { variables } : {}) },
        { identity: 'a', headers: { authorization: 'Bearer x' } },
      );
      return result.body.toString();
    };
  };
  process.env['APOLLO_TELEMETRY_DISABLED'] = '1';
  const gateway = new ApolloGateway({
    supergraphSdl,
    buildService: ({ url }) => new RemoteGraphQLDataSource(url === undefined ? {} : { url }),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
  });
  const { executor: stockExecutor, schema } = await gateway.load();
  const documents = new Map<string, ReturnType<typeof parse>>();
  const stock: Ask = async (query, variables) => {
    // What @apollo/server caches before it calls the gateway is cached here as well.
    const document = documents.get(query) ?? parse(query);
    documents.set(query, document);
    const result = await stockExecutor({
      document,
      request: { query, variables },
      operationName: null,
      operation: document.definitions[0],
      queryHash: query,
      source: query,
      schema,
      context: {},
      metrics: {},
      overallCachePolicy: { restrict() {} },
      cache: { get: async () => undefined, set: async () => {}, delete: async () => true },
    } as never);
    return JSON.stringify({ data: (result as { data: unknown }).data });
  };
  const contenders: Record<string, Ask> = {
    pipelined: ours(new ServiceTransport({ pipelined: { socketsPerOrigin: 2 } })),
    undici: ours(new UndiciTransport()),
    stock,
  };
  for (const [name, { query, variables }] of Object.entries(queries)) {
    const answers = new Set<string>();
    for (const ask of Object.values(contenders)) answers.add(await ask(query, variables?.(1)));
    if (answers.size !== 1) throw new Error(`${name}: answers differ\n${[...answers].join('\n')}`);
  }
  const rounds = Number(process.argv[2] ?? 3);
  const best: Record<string, Record<string, number>> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const name of Object.keys(queries)) {
      for (const [who, ask] of Object.entries(contenders)) {
        const cpu = await measure(ask, name, who === 'stock' ? 400 : 3_000, 32);
        best[name] ??= {};
        // The first round only warms up.
        if (round > 0)
          best[name][who] = Math.round(Math.min(best[name][who] ?? Number.POSITIVE_INFINITY, cpu));
      }
    }
  }
  console.table(best);
  console.log(`RSS ${Math.round(process.memoryUsage.rss() / 1e6)} MB (stock's planner included)`);

  await weighKept(supergraphSdl);

  // Operations never seen before: parse, validate, limits, plan, compile, run.
  const planners = {
    'hive, in a process of its own': { planner: 'hive', plansInProcess: false },
    'hive, in this process': { planner: 'hive', plansInProcess: true },
    apollo: { planner: 'apollo' },
  } as const;
  for (const [name, planner] of Object.entries(planners)) {
    const executor = createExecutor({ supergraphSdl, transport: nowhere, ...planner });
    const { query } = queries['q4'] as { query: string };
    const cold = async (from: number, count: number, atOnce: number): Promise<void> => {
      for (let i = from; i < from + count; i += atOnce) {
        await Promise.all(
          Array.from({ length: atOnce }, (_, n) =>
            executor.execute(
              { query: query.replace('username', `u${i + n}: username`) },
              { identity: 'a', headers: {} },
            ),
          ),
        );
      }
    };
    let from = 0;
    for (const atOnce of [1, 10]) {
      await cold(from, 1_500, atOnce);
      const before = process.cpuUsage();
      const beforeThere = cpuOfOthers(child.pid);
      const started = performance.now();
      await cold(from + 1_500, 1_500, atOnce);
      const took = performance.now() - started;
      const { user: u, system } = process.cpuUsage(before);
      const here = Math.round((u + system) / 1_500);
      const there = Math.round((cpuOfOthers(child.pid) - beforeThere) / 1_500);
      const wall = Math.round((took * 1_000) / 1_500);
      console.log(
        `cold q4, ${atOnce} at once, ${name}: ${here} µs of CPU here, ${there} in the planner's process, ${wall} µs each`,
      );
      from += 3_000;
    }
    await executor.close();
  }
  child.kill();
  process.exit(0);
}

void (process.argv[2] === 'serve' ? serve() : main());
