/**
 * What live subscriptions cost: CPU-µs an event and memory a socket of the gateway, and the time from the publication of an event to
 * the client's message, beside Hive Gateway, and graphql-ws without a federation. `npm run bench:live -- --help`
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { WebSocket } from 'ws';
import { TokenIssuer } from '../platform/testing/token-issuer';
import { installPeers, peers } from './gateway/peer-packages';
import type { Usage } from './live/measured-process';
import { peopleSdl, ticksSdl } from './live/schema';

const help = `npm run bench:live -- [options]

  --sockets <number>       idle sockets, each with one subscription that gets no events (2000)
  --subscribers <number>   sockets that get every event, each of another user (500)
  --rate <number>          events a second (10)
  --seconds <number>       of each measurement (10)
  --rounds <number>        measurements of each server, by turns; the one that costs least CPU is shown (2)
  --skip-hive              without Hive Gateway, which is installed at the first run
  --help
`;

const { values } = parseArgs({
  options: {
    sockets: { type: 'string', default: '2000' },
    subscribers: { type: 'string', default: '500' },
    rate: { type: 'string', default: '10' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '2' },
    'skip-hive': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

class Part {
  private constructor(
    private readonly child: ChildProcess,
    readonly ports: readonly number[],
  ) {}

  static start(name: string, environment: Record<string, string> = {}): Promise<Part> {
    return Part.run(join(__dirname, 'live', 'measured-process.js'), [name], environment);
  }

  static async run(file: string, args: string[], environment: Record<string, string> = {}): Promise<Part> {
    const child = fork(file, args, { env: { ...process.env, ...environment } });
    const [{ ports }] = (await once(child, 'message')) as [{ ports: number[] }];
    return new Part(child, ports);
  }

  async usage(): Promise<Usage> {
    this.child.send('usage');
    return ((await once(this.child, 'message')) as [Usage])[0];
  }

  /** Sends events at this rate; 0 ends it. */
  tick(perSecond: number): void {
    this.child.send({ perSecond });
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.disconnect();
    await exited;
  }
}

const now = () => performance.timeOrigin + performance.now();

/** Sockets with one subscription each. */
class Subscribers {
  readonly delays: number[] = [];
  private readonly sockets: WebSocket[] = [];

  async open(port: number, count: number, query: string, tokenOf: () => string): Promise<void> {
    const batch = 100;
    for (let opened = 0; opened < count; opened += batch) {
      await Promise.all(
        Array.from({ length: Math.min(batch, count - opened) }, () => this.one(port, query, tokenOf())),
      );
    }
  }

  close(): void {
    for (const socket of this.sockets) socket.terminate();
  }

  private one(port: number, query: string, token: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws');
      this.sockets.push(socket);
      socket.once('error', reject);
      socket.once('open', () => {
        socket.send(
          JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }),
        );
      });
      socket.on('message', data => {
        const text = String(data);
        if (text.startsWith('{"type":"connection_ack"')) {
          socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }));
          resolve();
          return;
        }
        const [, at] = /"at":([\d.]+)/.exec(text) ?? [];
        const isWhole = at !== undefined && (!query.includes(' by') || text.includes('"by":"Ada"'));
        if (!isWhole) throw new Error(text);
        this.delays.push(now() - Number(at));
      });
    });
  }
}

interface Row {
  readonly name: string;
  readonly cpu: number;
  readonly p50: number;
  readonly p99: number;
  readonly rss: number;
  readonly delivered: number;
  /** Calls of the second service for each event. */
  readonly calls: number;
}

/** Memory of the process for each socket, in KiB; measured before its heap has grown by other work. */
async function measureIdle(part: Part, tokenOf: () => string): Promise<number> {
  const [port] = part.ports as [number];
  const before = await part.usage();
  const idle = new Subscribers();
  await idle.open(port, Number(values.sockets), 'subscription { silence { id } }', tokenOf);
  await sleep(1_000);
  const perSocket = ((await part.usage()).rss - before.rss) / 1024 / Number(values.sockets);
  idle.close();
  await sleep(1_000);
  return perSocket;
}

async function measure(
  name: string,
  part: Part,
  { source, second }: { source: Part; second: Part },
  query: string,
  tokenOf: () => string,
): Promise<Row> {
  const [port] = part.ports as [number];
  const subscribers = new Subscribers();
  await subscribers.open(port, Number(values.subscribers), query, tokenOf);
  source.tick(Number(values.rate));
  await sleep(2_000);
  subscribers.delays.length = 0;
  const [start, before] = [await part.usage(), await second.usage()];
  await sleep(Number(values.seconds) * 1000);
  const [end, after] = [await part.usage(), await second.usage()];
  const delays = subscribers.delays.sort((one, other) => one - other);
  source.tick(0);
  const share = (part: number) => delays[Math.floor(delays.length * part)] ?? Number.NaN;
  const row = {
    name,
    cpu: (end.cpu - start.cpu) / delays.length,
    p50: share(0.5),
    p99: share(0.99),
    rss: end.rss / 1e6,
    delivered: delays.length,
    calls: (after.requests! - before.requests!) / delays.length,
  };
  subscribers.close();
  await sleep(500);
  return row;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-bench-'));
  const issuer = await TokenIssuer.start();
  const service = await Part.start('service', { AUTH_URL: issuer.url });
  const people = await Part.start('people');
  const [ticks] = service.ports;
  const { supergraphSdl } = composeServices([
    { name: 'ticks', url: `http://127.0.0.1:${ticks}/graphql`, typeDefs: parse(ticksSdl) },
    { name: 'people', url: `http://127.0.0.1:${people.ports[0]}/graphql`, typeDefs: parse(peopleSdl) },
  ]);
  const file = join(folder, 'supergraph.graphql');
  writeFileSync(file, supergraphSdl!);
  writeFileSync(join(folder, 'rest.json'), '[]');
  const gateway = await Part.start('gateway', {
    AUTH_URL: issuer.url,
    SUPERGRAPH_SDL: file,
    GATEWAY_PORT: '0',
    DATA_DIR: folder,
    RATE_LIMIT: 'off',
    WEBSOCKET_CONNECTIONS_PER_CLIENT: '10000',
    LOG_LEVEL: 'silent',
  });
  const bare = await Part.start('bare');
  const hive = values['skip-hive'] ? [] : await startHive(file);
  let user = 0;
  const tokenOf = () => issuer.token({ userId: `u${user++}`, expiresIn: 3600 });
  const gateways: [string, Part][] = [['plinth', gateway], ...hive];
  const idle: string[] = [];
  for (const [name, part] of [['bare graphql-ws', bare] as const, ...gateways]) {
    idle.push(`${name} ${(await measureIdle(part, tokenOf)).toFixed(1)} KiB`);
  }
  const query = 'subscription { tick { id at } }';
  const joined = 'subscription { tick { id at by } }';
  const services = { source: service, second: people };
  const best = new Map<string, Row>();
  for (let round = 1; round <= Number(values.rounds); round++) {
    const rows = [await measure('bare graphql-ws', bare, { source: bare, second: people }, query, tokenOf)];
    for (const [name, part] of gateways) {
      rows.push(await measure(name, part, services, query, tokenOf));
      rows.push(await measure(`${name}, joined with a second service`, part, services, joined, tokenOf));
    }
    for (const row of rows) if (row.cpu < (best.get(row.name)?.cpu ?? Infinity)) best.set(row.name, row);
    console.error(`round ${round}/${values.rounds}`);
  }
  console.log(`\n${values.sockets} idle sockets, memory of each: ${idle.join(', ')}`);
  console.log(`${values.subscribers} subscribers, ${values.rate} events/s each\n`);
  console.log('| server | CPU-µs an event | p50 ms | p99 ms | RSS MB | messages | calls an event |');
  console.log('|---|---|---|---|---|---|---|');
  for (const { name, cpu, p50, p99, rss, delivered, calls } of best.values()) {
    const figures = [cpu, p50, p99].map(figure => figure.toFixed(1));
    console.log(
      `| ${name} | ${figures.join(' | ')} | ${Math.round(rss)} | ${delivered} | ${calls.toFixed(2)} |`,
    );
  }
  for (const [, part] of gateways) await part.stop();
  for (const part of [bare, service, people]) await part.stop();
  await issuer.close();
  rmSync(folder, { recursive: true });
}

/** Hive Gateway with each of its planners. It gets the same operations, and passes no credential on. */
async function startHive(supergraph: string): Promise<[string, Part][]> {
  installPeers();
  const start = (planner: string) => Part.run(join(peers, 'hive-live.mjs'), [supergraph, planner]);
  return [
    ['Hive Gateway, JS planner', await start('js')],
    ['Hive Gateway, Rust planner', await start('rust')],
  ];
}

if (values.help) console.log(help);
else void main();
