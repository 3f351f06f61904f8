import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { projectRoot } from '../../platform/project-root';
import { freePort } from '../../platform/testing/free-port';
import { startRedis } from '../../platform/testing/servers';
import { drive, graphqlRequest } from '../accounts/load';
import { bodiesOf } from './lines';

const administrator = { email: 'root@example.com', password: 'correct horse battery staple' };
const servers = ['gateway', 'auth', 'users', 'notifications', 'files', 'monitoring'] as const;
const entriesInBody = 1_000;
const me = { query: '{ me { id username } }' };

type Ports = Record<(typeof servers)[number], number>;

async function freePorts(): Promise<Ports> {
  const ports = await Promise.all(servers.map(async name => [name, await freePort()] as const));
  return Object.fromEntries(ports) as Ports;
}

/** A process of Plinth, and what it has used. */
class Served {
  private constructor(private readonly child: ChildProcess) {}

  /** @param file of the build, without its ending */
  static async start(file: string, port: number, env: Record<string, string>): Promise<Served> {
    const child = spawn(process.execPath, [join(projectRoot(), 'dist', `${file}.js`)], {
      env: { PATH: process.env['PATH'], BCRYPT_COST: '4', RATE_LIMIT: 'off', ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${file} ended with ${child.exitCode}`);
      const answer = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
      if (answer?.ok === true) return new Served(child);
      await sleep(50);
    }
  }

  /** Seconds of processor time, in steps of 10 ms. */
  get cpu(): number {
    const text = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** Megabytes that are in memory. */
  get rss(): number {
    const text = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(text)![1]) / 1024);
  }

  async stop(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await gone;
  }
}

async function signIn(port: number, path: string): Promise<string> {
  const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: administrator.email, password: administrator.password }),
  });
  const { access_token: token } = (await body.json()) as { access_token?: string };
  if (token === undefined) throw new Error(`login: ${statusCode}`);
  return token;
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-bench-monitoring-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** All of Plinth in one process, on SQLite. */
function inOneProcess(work: (plinth: Served, ports: Ports, token: string) => Promise<void>): Promise<void> {
  return inFolder(async folder => {
    const ports = await freePorts();
    const plinth = await Served.start('start', ports.gateway, {
      DATA_DIR: folder,
      ADMIN_EMAIL: administrator.email,
      ADMIN_PASSWORD: administrator.password,
      ...Object.fromEntries(servers.map(name => [`${name.toUpperCase()}_PORT`, String(ports[name])])),
    });
    try {
      await work(plinth, ports, await signIn(ports.gateway, '/auth/login'));
    } finally {
      await plinth.stop();
    }
  });
}

/** Entries as fast as they are taken, at most `perSecond`, by four connections. */
class Flood {
  /** Entries that were acknowledged. */
  stored = 0;
  /** Bodies that were refused with 429. */
  refused = 0;
  private readonly bodies = bodiesOf(20 * entriesInBody, entriesInBody);

  constructor(
    private readonly port: number,
    private readonly token: string,
    private readonly perSecond: number,
  ) {}

  async run(seconds: number): Promise<void> {
    const started = performance.now();
    let sent = 0;
    const connection = async (): Promise<void> => {
      for (let elapsed = 0; elapsed < seconds; ) {
        const dueAt = (sent++ * entriesInBody) / this.perSecond;
        elapsed = (performance.now() - started) / 1000;
        if (dueAt > elapsed) await sleep((dueAt - elapsed) * 1000);
        await this.send(this.bodies[sent % this.bodies.length]!);
        elapsed = (performance.now() - started) / 1000;
      }
    };
    await Promise.all([1, 2, 3, 4].map(connection));
  }

  private async send(body: Buffer): Promise<void> {
    const answer = await request(`http://127.0.0.1:${this.port}/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', authorization: `Bearer ${this.token}` },
      body,
    });
    await answer.body.dump();
    if (answer.statusCode === 202) this.stored += entriesInBody;
    else if (answer.statusCode === 429) this.refused += 1;
    else throw new Error(`The flood was answered ${answer.statusCode}`);
  }
}

const quantile = (values: number[], share: number) =>
  values.sort((one, other) => one - other)[Math.floor((values.length - 1) * share)]!;

export async function benchFlood(rounds: number): Promise<void> {
  const seconds = 5;
  await inOneProcess(async (_, ports, token) => {
    const flood = new Flood(ports.monitoring, token, 50_000);
    const latencies = { idle: [] as number[], flood: [] as number[] };
    const ask = graphqlRequest(me, token);
    // One request at a time, fifty a second: what somebody waits, not what the process can do.
    const probe = async (into: number[]): Promise<void> => {
      const end = performance.now() + seconds * 1000;
      while (performance.now() < end) {
        const { p50 } = await drive(
          ports.gateway,
          { next: () => ({ request: ask }) },
          { connections: 1, requests: 1 },
        );
        into.push(p50);
        await sleep(20);
      }
    };
    await probe([]);
    for (let round = 0; round < rounds; round++) {
      await probe(latencies.idle);
      await Promise.all([flood.run(seconds), probe(latencies.flood)]);
      // What is stored meanwhile belongs to the flood.
      await sleep(1_000);
    }
    for (const [name, values] of Object.entries(latencies)) {
      console.log(
        `me, ${name}: p50 ${quantile(values, 0.5).toFixed(1)} ms, p99 ${quantile(values, 0.99).toFixed(1)} ms of ${values.length}`,
      );
    }
    const rate = Math.round(flood.stored / rounds / seconds);
    const ratio = quantile(latencies.flood, 0.99) / quantile(latencies.idle, 0.99);
    console.log(
      `flood: ${rate} entries/s stored, ${flood.refused} bodies refused; p99 ${ratio.toFixed(2)} of idle`,
    );
  });
}

export async function benchMemory(minutes: number): Promise<void> {
  await inOneProcess(async (plinth, ports, token) => {
    const flood = new Flood(ports.monitoring, token, 100_000);
    console.log(`at the start: ${plinth.rss} MB RSS`);
    for (let part = 0; part < minutes * 2; part++) {
      await flood.run(30);
      console.log(`${(flood.stored / 1e6).toFixed(2)} million entries: ${plinth.rss} MB RSS`);
    }
  });
}

/** CPU-µs of a request, of each process in turn. */
async function compareCpu(
  rounds: number,
  sides: readonly { name: string; port: number; served: Served }[],
  token: string,
): Promise<void> {
  const requests = 4_000;
  const spent = new Map(sides.map(({ name }) => [name, { cpu: 0, seconds: 0 }]));
  const ask = graphqlRequest(me, token);
  for (let round = -1; round < rounds; round++) {
    // Each round begins with another side.
    const order = sides.map((_, at) => sides[(at + round + 1) % sides.length]!);
    for (const { name, port, served } of order) {
      const before = served.cpu;
      const load = { connections: 16, requests };
      const { seconds } = await drive(port, { next: () => ({ request: ask }) }, load);
      const sum = spent.get(name)!;
      // The first round warms up.
      if (round >= 0)
        Object.assign(sum, { cpu: sum.cpu + served.cpu - before, seconds: sum.seconds + seconds });
    }
  }
  const first = spent.get(sides[0]!.name)!;
  for (const [name, { cpu, seconds }] of spent) {
    const each = ((cpu / rounds / requests) * 1e6).toFixed(1);
    const more = ((cpu / first.cpu - 1) * 100).toFixed(1);
    console.log(
      `${name}: ${each} CPU-µs a request (${more}% more than the first), ${Math.round((requests * rounds) / seconds)}/s`,
    );
  }
}

/** Takes what services send to monitoring or to a collector. */
async function startSink(): Promise<{ url: string; close: () => void }> {
  const server = createServer((incoming, response) => {
    incoming.resume().on('end', () => {
      response.writeHead(incoming.url === '/logs' ? 202 : 200, { 'content-type': 'application/json' });
      response.end('{}');
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Auth alone, on SQLite, with variables of each side. */
async function withAuths(
  sides: Readonly<Record<string, Record<string, string>>>,
  work: (
    auths: { name: string; port: number; served: Served }[],
    common: Record<string, string>,
  ) => Promise<void>,
): Promise<void> {
  const redis = await startRedis();
  const sink = await startSink();
  const started: { name: string; port: number; served: Served }[] = [];
  try {
    await inFolder(async folder => {
      const common = {
        REDIS_URL: redis.url,
        ENCRYPTION_KEYS: `bench:${Buffer.alloc(32, 7).toString('base64')}`,
        MONITORING_URL: sink.url,
      };
      for (const [name, environment] of Object.entries(sides)) {
        const port = await freePort();
        const served = await Served.start('subgraphs/auth/main', port, {
          ...common,
          AUTH_PORT: String(port),
          DATABASE_URL: `sqlite:${join(folder, 'auth')}`,
          DATA_DIR: folder,
          ADMIN_EMAIL: administrator.email,
          ADMIN_PASSWORD: administrator.password,
          ...environment,
        });
        started.push({ name, port, served });
      }
      await work(started, common);
      for (const { served } of started) await served.stop();
    });
  } finally {
    sink.close();
    await redis.close();
  }
}

export async function benchShipping(rounds: number): Promise<void> {
  const sides = {
    'auth without shipping': { LOG_SHIPPING: 'off' },
    'auth with shipping': { LOG_SHIPPING: 'on' },
  };
  await withAuths(sides, async auths => {
    const token = await signIn(auths[0]!.port, '/login');
    await compareCpu(rounds, auths, token);
  });
}

export async function benchTracing(rounds: number): Promise<void> {
  await withAuths({ auth: { LOG_SHIPPING: 'off' } }, async ([auth], common) => {
    const { MONITORING_URL: collector, ...environment } = common;
    const sides = {
      'gateway without tracing': {},
      'the same again': {},
      'gateway with 1% sampled': {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector!,
        OTEL_TRACES_SAMPLER_ARG: '0.01',
      },
    };
    const gateways: { name: string; port: number; served: Served }[] = [];
    for (const [name, own] of Object.entries(sides)) {
      const port = await freePort();
      const served = await Served.start('supergraph/main', port, {
        ...environment,
        LOG_SHIPPING: 'off',
        GATEWAY_PORT: String(port),
        AUTH_URL: `http://127.0.0.1:${auth!.port}`,
        ...own,
      });
      gateways.push({ name, port, served });
    }
    await compareCpu(rounds, gateways, await signIn(auth!.port, '/login'));
    for (const { served } of gateways) await served.stop();
  });
}
