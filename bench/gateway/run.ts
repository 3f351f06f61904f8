/** What a request costs a gateway, ours as it ships beside its peers. See `usage`. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../platform/project-root';
import { freePort } from '../../platform/testing/free-port';
import { startRedis } from '../../platform/testing/servers';
import { TokenIssuer } from '../../platform/testing/token-issuer';
import { registerAll } from './instances';
import type { Load, Measured } from './load';
import { installPeers, peers } from './peer-packages';
import { usageOf } from './process-usage';
import { queries } from './queries';
import { compose, type SubgraphCall } from './subgraphs';

const usage = `npm run bench:gateway -- [options]

CPU, throughput, latency and memory of Plinth's gateway, of stock @apollo/gateway, Hive Gateway, Mercurius, a bare proxy and bare
sockets, answering the same queries from the same subgraphs, interleaved. Plinth runs as it ships: a thousand users' tokens verified,
limits, policies, a registry with an instance of each service, a log line a request, metrics. plinth-off is the same without limits,
policies and registry. The proxy makes the very calls that Plinth makes, by undici, and gives Plinth's answer; the
bare sockets make as many and move a few bytes. Linux only (it reads /proc); needs redis-server.

  --json FILE     also write {"rows": [{gateway, query, cpu_us, rps, p50_ms, p99_ms, rss_mb}]}
  --rounds N      measured rounds after the warm-up (3); the order of the gateways changes each time
  --seconds S     of each measurement (1.2)
  --only A,B      only these gateways; proxy and bare-sockets repeat the calls of plinth, so name that as well
  --connections N keep-alive connections, one request at a time on each (128)
  --soak          instead: Plinth alone, a million requests and 100,000 operations never seen before, memory as it goes
  --rate N        requests a second of the run at a fixed rate (10000)`;

interface Row {
  gateway: string;
  query: string;
  cpu_us: number;
  rps: number;
  p50_ms: number;
  p99_ms: number;
  rss_mb: number;
}

const root = projectRoot();
const users = 1_000;

/** Everything that was started, to be ended however this ends. */
const children: ChildProcess[] = [];
/** With two cores or more, the gateway has one to itself and all the others share the next. */
const pins = availableParallelism() > 1 && existsSync('/usr/bin/taskset');

function pinned(core: number, command: string[], options: Parameters<typeof spawn>[2]): ChildProcess {
  const [program, ...args] = pins ? ['taskset', '-c', String(core), ...command] : command;
  const child = spawn(program!, args, options);
  children.push(child);
  return child;
}

/** A process that answers messages: the subgraphs, the load generator. */
function assistant(file: string): ChildProcess {
  const child = fork(join(__dirname, file), {
    ...(pins ? { execPath: '/usr/bin/taskset', execArgv: ['-c', '1', process.execPath] } : {}),
  });
  children.push(child);
  return child;
}

async function ask<T>(child: ChildProcess, message: object): Promise<T> {
  const answer = once(child, 'message') as Promise<[T & { error?: string }]>;
  child.send(message);
  const [reply] = await answer;
  if (reply.error !== undefined) throw new Error(reply.error);
  return reply;
}

interface Gateway {
  readonly name: string;
  readonly port: number;
  readonly process: ChildProcess;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      json: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '1.2' },
      only: { type: 'string' },
      rate: { type: 'string', default: '10000' },
      connections: { type: 'string', default: '128' },
      soak: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const only = values.soak ? ['plinth'] : values.only?.split(',');
  if (only?.every(name => name.startsWith('plinth')) !== true) installPeers();

  const folder = await mkdtemp(join(tmpdir(), 'plinth-bench-'));
  const redis = await startRedis();
  const issuer = await TokenIssuer.start();
  const tokens = Array.from({ length: users }, () => issuer.token({ expiresIn: 3_600 }));
  let leave = async (): Promise<void> => {};
  try {
    const backends = assistant('subgraphs.js');
    const [{ ports }] = (await once(backends, 'message')) as [{ ports: Record<string, number> }];
    const urls = Object.fromEntries(
      Object.entries(ports).map(([name, port]) => [name, `http://127.0.0.1:${port}/graphql`]),
    );
    const supergraph = join(folder, 'supergraph.graphql');
    await writeFile(supergraph, compose(urls));

    leave = registerAll(redis.url, urls);
    const start = startersOf({ supergraph, urls, folder, redisUrl: redis.url, authUrl: issuer.url });
    const gateways: Gateway[] = [];
    for (const [name, starter] of Object.entries(start)) {
      if (only !== undefined && !only.includes(name)) continue;
      const port = await freePort();
      const gateway = { name, port, process: starter(port) };
      await listening(gateway);
      gateways.push(gateway);
    }
    const generator = assistant('load.js');
    const drive = async (load: Load): Promise<Measured> =>
      (await ask<{ measured: Measured }>(generator, load)).measured;
    const bench = new Bench(gateways, backends, drive, {
      tokens,
      connections: Number(values.connections),
      callsFile: callsFileIn(folder),
    });
    if (values.soak) await bench.soak();
    else {
      await bench.compare(Number(values.rounds), Number(values.seconds));
      await bench.offer(Number(values.rate));
      bench.print();
      if (values.json !== undefined) {
        writeFileSync(values.json, `${JSON.stringify({ rows: bench.rows() }, null, 2)}\n`);
      }
    }
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await leave();
    await issuer.close();
    await redis.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where the proxy finds the calls to make for each query, and the answer to give. */
function callsFileIn(folder: string): string {
  return join(folder, 'calls.json');
}

function startersOf(facts: {
  supergraph: string;
  urls: Record<string, string>;
  folder: string;
  redisUrl: string;
  authUrl: string;
}): Record<string, (port: number) => ChildProcess> {
  const { supergraph, folder } = facts;
  const log = (name: string) => openSync(join(folder, `${name}.log`), 'a');
  const environment = {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'production',
    APOLLO_TELEMETRY_DISABLED: '1',
    SUBGRAPHS: JSON.stringify(facts.urls),
    CALLS: callsFileIn(folder),
  };
  const node = (name: string, args: string[], env: Record<string, string> = {}): ChildProcess =>
    pinned(0, [process.execPath, ...args], {
      env: { ...environment, ...env },
      stdio: ['ignore', log(name), log(name)],
    });
  const plinth = (name: string, port: number, env: Record<string, string>, main = 'supergraph/main.js') =>
    node(name, [join(root, 'dist', main)], {
      SUPERGRAPH_SDL: supergraph,
      GATEWAY_PORT: String(port),
      EXECUTOR: 'plinth',
      DATA_DIR: folder,
      ...env,
    });
  const withoutTraffic = 'bench/gateway/measured-process.js';
  const asItShips = {
    REDIS_URL: facts.redisUrl,
    AUTH_URL: facts.authUrl,
    // Counted as ever, and never reached.
    RATE_LIMIT_POINTS: '100000000',
  };
  const peer = (name: string, file: string, ...args: string[]) => [
    name,
    (port: number) => node(name, [join(peers, `${file}.mjs`), supergraph, String(port), ...args]),
  ];
  return {
    plinth: port => plinth('plinth', port, asItShips),
    'plinth-off': port => plinth('plinth-off', port, { ...asItShips, RATE_LIMIT: 'off' }, withoutTraffic),
    // Nobody authenticated, nothing logged: what the rest costs.
    'plinth-bare': port => plinth('plinth-bare', port, { LOG_LEVEL: 'silent', RATE_LIMIT: 'off' }),
    ...Object.fromEntries([
      peer('stock', 'stock'),
      peer('mercurius', 'mercurius'),
      peer('hive-js', 'hive', 'js', 'alone'),
      peer('hive-js-dedup', 'hive', 'js', 'dedup'),
      peer('hive-rust', 'hive', 'rust', 'alone'),
      peer('hive-rust-dedup', 'hive', 'rust', 'dedup'),
      peer('proxy', 'proxy'),
      peer('bare-sockets', 'bare-sockets'),
    ]),
  };
}

async function listening({ name, port, process: child }: Gateway): Promise<void> {
  for (const deadline = Date.now() + 30_000; ; await sleep(50)) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${name} did not start`);
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query: '{ __typename }' }),
      });
      await answer.text();
      if (answer.status === 200) return;
    } catch {
      // Not yet.
    }
  }
}

class Bench {
  private readonly best = new Map<string, Row>();
  private readonly calls: Record<string, number> = {};
  private readonly offered: string[] = [];

  constructor(
    private readonly gateways: readonly Gateway[],
    private readonly backends: ChildProcess,
    private readonly drive: (load: Load) => Promise<Measured>,
    private readonly facts: { tokens: string[]; connections: number; callsFile: string },
  ) {}

  async compare(rounds: number, seconds: number): Promise<void> {
    await this.checkAnswers();
    for (let round = 0; round <= rounds; round++) {
      for (const query of Object.keys(queries)) {
        // What the machine does beside meets each of them.
        for (const gateway of round % 2 === 0 ? this.gateways : this.gateways.toReversed()) {
          // The first round only warms up.
          const row = await this.measure(gateway, query, round === 0 ? Math.min(seconds, 0.8) : seconds);
          if (round > 0) this.keep(row);
        }
        process.stderr.write(round === 0 ? `warm-up ${query}\n` : `round ${round}/${rounds} ${query}\n`);
      }
    }
  }

  /** Ours at a fixed rate: latency as clients see it who do not wait for each other. */
  async offer(rate: number): Promise<void> {
    for (const gateway of this.gateways.filter(each => each.name === 'plinth')) {
      for (const query of ['q1', 'q6']) {
        const load = this.loadOf(gateway, query, 5);
        const { requests, seconds, p50, p99 } = await this.drive({ ...load, rate });
        this.offered.push(
          `plinth ${query}: ${rate} requests/s offered, ${Math.round(requests / seconds)}/s answered, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`,
        );
      }
    }
  }

  async soak(): Promise<void> {
    const [plinth] = this.gateways;
    const report = (what: string, { requests, seconds }: Measured) => {
      // Two while the planner's is there, which it is not when nothing was new for half a minute.
      const { rssMb, processes } = usageOf(plinth!.process.pid!);
      console.log(
        `${what}: ${requests} requests, ${Math.round(requests / seconds)}/s, ${Math.round(rssMb)} MB RSS in ${processes === 1 ? 'one process' : `${processes} processes`}`,
      );
      return requests;
    };
    for (let total = 0; total < 1_000_000; ) {
      total += report('repeated', await this.drive(this.loadOf(plinth!, 'q1', 10)));
    }
    for (let total = 0; total < 100_000; ) {
      const load = this.loadOf(plinth!, 'q4', 10);
      total += report('never seen', await this.drive({ ...load, distinct: true }));
    }
    report('repeated', await this.drive(this.loadOf(plinth!, 'q1', 5)));
  }

  rows(): Row[] {
    return [...this.best.values()];
  }

  print(): void {
    for (const [title, field] of [
      ['CPU-µs a request (least of the rounds)', 'cpu_us'],
      ['requests/s (most of the rounds)', 'rps'],
      ['p99 in ms (least of the rounds)', 'p99_ms'],
    ] as const) {
      console.log(`\n${title}\n`);
      const names = Object.keys(queries);
      const line = (cells: (string | number)[]) => console.log(`| ${cells.join(' | ')} |`);
      line(['gateway', ...names, ...(field === 'cpu_us' ? ['RSS MB'] : [])]);
      line(['---', ...names.map(() => '---'), ...(field === 'cpu_us' ? ['---'] : [])]);
      for (const { name } of this.gateways) {
        const rows = names.map(query => this.best.get(`${name} ${query}`)!);
        const rss = Math.max(...rows.map(row => row.rss_mb));
        line([name, ...rows.map(row => row[field]), ...(field === 'cpu_us' ? [rss] : [])]);
      }
    }
    this.printCostOfTraffic();
    console.log(`\ncalls to subgraphs a request: ${JSON.stringify(this.calls)}`);
    for (const text of this.offered) console.log(text);
  }

  /** What limits, policies and registry add. */
  private printCostOfTraffic(): void {
    const names = Object.keys(queries);
    const costs = (gateway: string) =>
      names.map(query => this.best.get(`${gateway} ${query}`)?.cpu_us ?? NaN);
    const [on, off] = [costs('plinth'), costs('plinth-off')];
    const percent = (one: number, other: number) => `${((one / other - 1) * 100).toFixed(1)} %`;
    const sum = (all: number[]) => all.reduce((total, each) => total + each, 0);
    if (Number.isNaN(sum(on) + sum(off))) return;
    const each = names.map((name, at) => `${name} ${percent(on[at]!, off[at]!)}`).join(', ');
    console.log(`\nplinth beside plinth-off: ${each}; all ${percent(sum(on), sum(off))}`);
  }

  /** All must say the same, byte for byte; and how many calls ours makes is what the proxy makes. */
  private async checkAnswers(): Promise<void> {
    const recorded: Record<string, { calls: SubgraphCall[]; answer: string }> = {};
    for (const [name, { query, ids }] of Object.entries(queries)) {
      const answers = new Map<string, string>();
      for (const gateway of this.gateways) {
        if (gateway.name === 'proxy' || gateway.name === 'bare-sockets') continue;
        const ask = async (): Promise<string> => {
          const response = await fetch(`http://127.0.0.1:${gateway.port}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', authorization: `Bearer ${this.facts.tokens[0]}` },
            body: JSON.stringify({ query, ...(ids > 0 ? { variables: { id: '7' } } : {}) }),
          });
          return JSON.stringify(((await response.json()) as { data: unknown }).data);
        };
        answers.set(await ask(), gateway.name);
        if (gateway.name === 'plinth') {
          await this.record(true);
          const data = await ask();
          const calls = await this.record(false);
          this.calls[name] = calls.length;
          recorded[name] = { calls, answer: `{"data":${data}}` };
        }
      }
      if (answers.size > 1) {
        throw new Error(
          `${name} is not answered alike:\n${[...answers].map(([answer, who]) => `${who}: ${answer}`).join('\n')}`,
        );
      }
    }
    await writeFile(this.facts.callsFile, JSON.stringify(recorded));
  }

  /** Begins or ends writing down what the subgraphs are asked. @returns what was written down */
  private async record(record: boolean): Promise<SubgraphCall[]> {
    return (await ask<{ recorded: SubgraphCall[] }>(this.backends, { record })).recorded;
  }

  private loadOf(gateway: Gateway, query: string, seconds: number): Load {
    const { query: text, ids } = queries[query]!;
    const calls = this.calls[query] ?? 1;
    const { tokens, connections } = this.facts;
    return { port: gateway.port, name: query, query: text, ids, tokens, calls, connections, seconds };
  }

  private async measure(gateway: Gateway, query: string, seconds: number): Promise<Row> {
    const before = usageOf(gateway.process.pid!);
    const measured = await this.drive(this.loadOf(gateway, query, seconds)).catch(error => {
      throw new Error(`${gateway.name}, ${query}: ${(error as Error).message}`);
    });
    const after = usageOf(gateway.process.pid!);
    return {
      gateway: gateway.name,
      query,
      cpu_us: Math.round(((after.cpuUs - before.cpuUs) / measured.requests) * 10) / 10,
      rps: Math.round(measured.requests / measured.seconds),
      p50_ms: Math.round(measured.p50 * 100) / 100,
      p99_ms: Math.round(measured.p99 * 100) / 100,
      rss_mb: Math.round(after.rssMb),
    };
  }

  private keep(row: Row): void {
    const name = `${row.gateway} ${row.query}`;
    const known = this.best.get(name) ?? row;
    this.best.set(name, {
      ...row,
      cpu_us: Math.min(known.cpu_us, row.cpu_us),
      rps: Math.max(known.rps, row.rps),
      p50_ms: Math.min(known.p50_ms, row.p50_ms),
      p99_ms: Math.min(known.p99_ms, row.p99_ms),
    });
  }
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
