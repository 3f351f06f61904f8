/**
 * The CPU of this process per request, without HTTP requests from clients and without authentication: the gateway's executor beside
 * stock @apollo/gateway, over HTTP to subgraphs in another process. `npm run bench:executor -- [rounds]`
 */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { parse } from 'graphql';
import { createExecutor } from '../supergraph/execution/executor';
import { ServiceCalls } from '../supergraph/traffic/service-calls';
import { ServiceTransport } from '../supergraph/transport/service-transport';
import type { Transport } from '../supergraph/transport/transport';
import { UndiciTransport } from '../supergraph/transport/undici-transport';
import { queries } from './gateway/queries';
import { compose } from './gateway/subgraphs';

/** Answers every call at once. */
const nothing = new ServiceCalls({
  transport: {
    send: async () => ({ status: 200, body: Buffer.from('{"data":{"me":null}}') }),
    close: async () => {},
  },
  urls: { get: () => 'http://127.0.0.1' },
});

type Ask = (query: string, variables: Record<string, unknown> | undefined) => Promise<string>;

async function measure(ask: Ask, name: string, requests: number, concurrency: number): Promise<number> {
  const { query, ids } = queries[name]!;
  let sent = 0;
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (sent < requests) {
        sent++;
        await ask(query, ids > 0 ? { id: String(sent % ids) } : undefined);
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
    const { query } = queries[name]!;
    const executor = createExecutor({ supergraphSdl, calls: nothing, plansInProcess: true });
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
  const child = fork(join(__dirname, 'gateway', 'subgraphs'));
  const { ports } = await new Promise<{ ports: Record<string, number> }>(resolve =>
    child.once('message', message => resolve(message as never)),
  );
  const urls = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [name, `http://127.0.0.1:${port}/graphql`]),
  );
  const supergraphSdl = compose(urls);
  const ours = (transport: Transport): Ask => {
    const executor = createExecutor({
      supergraphSdl,
      calls: new ServiceCalls({ transport, urls: new Map(Object.entries(urls)) }),
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
  for (const [name, { query, ids }] of Object.entries(queries)) {
    const answers = new Set<string>();
    for (const ask of Object.values(contenders))
      answers.add(await ask(query, ids > 0 ? { id: '1' } : undefined));
    if (answers.size !== 1) throw new Error(`${name}: answers differ\n${[...answers].join('\n')}`);
  }
  const rounds = Number(process.argv[2] ?? 3);
  const best: Record<string, Record<string, number>> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const name of Object.keys(queries)) {
      for (const [contender, ask] of Object.entries(contenders)) {
        const cpu = await measure(ask, name, contender === 'stock' ? 400 : 3_000, 32);
        best[name] ??= {};
        // The first round only warms up.
        if (round > 0)
          best[name][contender] = Math.round(
            Math.min(best[name][contender] ?? Number.POSITIVE_INFINITY, cpu),
          );
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
    const executor = createExecutor({ supergraphSdl, calls: nothing, ...planner });
    const { query } = queries['q4']!;
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

void main();
