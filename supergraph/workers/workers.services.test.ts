import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { projectRoot } from '../../platform/project-root';
import { requiredBackend } from '../../platform/testing/backend';
import { eventually } from '../../platform/testing/eventually';
import { freePort } from '../../platform/testing/free-port';

const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")
  type Query { quick: Int slow: Int }`;
const slowMs = 1_000;

// Each start of a worker is a second of a processor's time, and that may be shared.
jest.setTimeout(180_000);

let subgraph: Server;
let folder: string;
let file: string;
let supergraphOf: (sdl: string) => string;
let supergraph: string;
let slowAsked = 0;

beforeAll(async () => {
  subgraph = createServer(async (incoming, response) => {
    let text = '';
    for await (const chunk of incoming as AsyncIterable<Buffer>) text += chunk.toString();
    const isSlow = text.includes('slow');
    if (isSlow) {
      slowAsked += 1;
      await sleep(slowMs);
    }
    response.setHeader('content-type', 'application/json');
    response.end(isSlow ? '{"data":{"slow":1}}' : '{"data":{"quick":1}}');
  });
  await new Promise<void>(resolve => subgraph.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(subgraph.address() as AddressInfo).port}/graphql`;
  folder = await mkdtemp(join(tmpdir(), 'plinth-workers-'));
  file = join(folder, 'supergraph.graphql');
  supergraphOf = text => composeServices([{ name: 'one', url, typeDefs: parse(text) }]).supergraphSdl ?? '';
  supergraph = supergraphOf(sdl);
});

beforeEach(() => writeFile(file, supergraph));

afterAll(async () => {
  subgraph.closeAllConnections();
  await new Promise(resolve => subgraph.close(resolve));
  await rm(folder, { recursive: true });
});

/** The gateway as it is built, in processes of its own. */
class Gateway {
  output = '';
  private slow = 0;
  private readonly child: ChildProcess;
  readonly exit: Promise<[number | null, string | null]>;

  constructor(readonly port: number) {
    this.child = spawn(process.execPath, [join(projectRoot(), 'dist', 'supergraph', 'main.js')], {
      env: {
        PATH: process.env['PATH'],
        SUPERGRAPH_SDL: file,
        REDIS_URL: requiredBackend().redis,
        GATEWAY_PORT: String(port),
        RATE_LIMIT: 'off',
        GATEWAY_WORKERS: '2',
        SHUTDOWN_GRACE: '4',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    this.exit = once(this.child, 'exit') as Promise<[number | null, string | null]>;
  }

  /** Those that have begun to answer, ever. */
  get pids(): number[] {
    return this.said('a worker answers').map(({ pid }) => pid!);
  }

  get alive(): number[] {
    return this.pids.filter(pid => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    });
  }

  said(message: string): { pid?: number }[] {
    const lines = this.output.split('\n').filter(line => line.includes(`"message":"${message}"`));
    return lines.map(line => JSON.parse(line) as { pid?: number });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  until(check: () => void): Promise<void> {
    return eventually(check, 100_000);
  }

  /** So many slow requests, of which each is known to be in flight. */
  async inFlight(count: number): Promise<{ answers: Promise<number[]> }> {
    const before = slowAsked;
    const answers = Promise.all(Array.from({ length: count }, async () => (await this.send('slow')).status));
    await this.until(() => expect(slowAsked).toBe(before + count));
    return { answers };
  }

  async stop(): Promise<void> {
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), 15_000);
    await this.exit;
    clearTimeout(timer);
  }

  send(field: 'quick' | 'slow' | 'brisk', agent?: Agent): Promise<{ status: number; body: string }> {
    // Of two that are the same at the same time, a worker sends only one on: slow ones are different.
    const query = field === 'slow' ? `{ slow } # ${this.slow++}` : `{ ${field} }`;
    return this.ask('/graphql', JSON.stringify({ query }), agent);
  }

  ask(path: string, body?: string, agent?: Agent): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          port: this.port,
          host: '127.0.0.1',
          path,
          method: body === undefined ? 'GET' : 'POST',
          headers: { 'content-type': 'application/json' },
          agent: agent ?? false,
          timeout: 10_000,
        },
        response => {
          let text = '';
          response.on('data', (chunk: Buffer) => {
            text += chunk.toString();
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
          response.on('error', reject);
        },
      );
      asked.on('error', reject);
      asked.on('timeout', () => asked.destroy(new Error('no answer')));
      asked.end(body);
    });
  }
}

/** Clients that keep their connections and never try again: what goes wrong once has gone wrong. */
class Load {
  good = 0;
  readonly failures: string[] = [];
  private isOver = false;
  private readonly agent = new Agent({ keepAlive: true });
  private readonly clients: Promise<void>[];

  constructor(
    private readonly gateway: Gateway,
    readonly count: number,
  ) {
    this.clients = Array.from({ length: count }, () => this.client());
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.clients);
    this.agent.destroy();
  }

  private async client(): Promise<void> {
    while (!this.isOver) {
      try {
        const { status, body } = await this.gateway.send('quick', this.agent);
        if (status === 200 && body === '{"data":{"quick":1}}') this.good += 1;
        else this.failures.push(`${status} ${body}`);
      } catch (error) {
        this.failures.push(String(error));
        await sleep(5);
      }
      await sleep(Math.random() * 10);
    }
  }
}

const isAnswering = (gateway: Gateway) => gateway.until(() => expect(gateway.alive).toHaveLength(2));

describe('several workers on one port', () => {
  let gateway: Gateway;

  beforeAll(async () => {
    gateway = new Gateway(await freePort());
  });
  // Each test leaves two, whatever it did to them.
  beforeEach(() => isAnswering(gateway));
  afterAll(() => gateway.stop());

  it('answer as one: requests, health, and the metrics of all from every worker', async () => {
    for (let i = 0; i < 20; i++) expect((await gateway.send('quick')).status).toBe(200);
    expect(JSON.parse((await gateway.ask('/health')).body)).toEqual({
      status: 'healthy',
      service: 'gateway',
    });
    expect((await gateway.ask('/health/ready')).status).toBe(200);
    const operations = /^graphql_operations_total\{.*worker="(\d)".*\} (\d+)$/gm;
    for (let i = 0; i < 4; i++) {
      const { status, body } = await gateway.ask('/metrics');
      expect(status).toBe(200);
      const counts = new Map(
        [...body.matchAll(operations)].map(([, worker, count]) => [worker, Number(count)]),
      );
      expect([...counts.keys()].sort()).toEqual(['1', '2']);
      expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(20);
      for (const count of counts.values()) expect(count).toBeGreaterThan(0);
      expect(body.match(/^# TYPE http_server_request_duration_seconds histogram$/gm)).toHaveLength(1);
      expect(body.match(/^process_resident_memory_bytes\{.*worker="[12]".*\}/gm)).toHaveLength(2);
      expect(body).toMatch(/^plinth_gateway_workers_ended_total\{service="gateway"\} 0$/m);
    }
  });

  it('answer in OpenMetrics with exemplars of the worker that answers', async () => {
    for (let i = 0; i < 20; i++) await gateway.send('quick');
    const response = await fetch(`http://127.0.0.1:${gateway.port}/metrics`, {
      headers: { accept: 'application/openmetrics-text', connection: 'close' },
    });
    const page = await response.text();
    const workers = [
      ...page.matchAll(
        /^http_server_request_duration_seconds_bucket\{.*worker="(\d)".*\} \d+ # \{trace_id="\w{32}"\}/gm,
      ),
    ].map(([, worker]) => worker);
    expect(new Set(workers).size).toBe(1);
    expect(page.endsWith('# EOF\n')).toBe(true);
  });

  it('one that is killed takes along no more than it was answering, and another takes its place', async () => {
    const load = new Load(gateway, 8);
    await gateway.until(() => expect(load.good).toBeGreaterThan(100));
    expect(load.failures).toEqual([]);
    const killed = gateway.alive[0]!;
    process.kill(killed, 'SIGKILL');
    await gateway.until(() => expect(gateway.alive).not.toContain(killed));
    await isAnswering(gateway);
    const before = load.good;
    await gateway.until(() => expect(load.good).toBeGreaterThan(before + 200));
    await load.end();
    // One may have been on its way to the worker: a connection that node:cluster has handed to a process that dies is nobody's.
    expect(load.failures.length).toBeLessThanOrEqual(load.count);
    expect((await gateway.ask('/metrics')).body).toMatch(/^plinth_gateway_workers_ended_total\{.*\} 1$/m);
  });

  it('SIGHUP replaces them one by one, without one request that fails', async () => {
    const old = gateway.alive;
    const rolls = gateway.said('all workers are replaced').length;
    const load = new Load(gateway, 8);
    await gateway.until(() => expect(load.good).toBeGreaterThan(100));
    const slow = await gateway.inFlight(4);
    gateway.signal('SIGHUP');
    expect(await slow.answers).toEqual([200, 200, 200, 200]);
    await gateway.until(() => expect(gateway.said('all workers are replaced')).toHaveLength(rolls + 1));
    await load.end();
    expect(load.failures).toEqual([]);
    expect(load.good).toBeGreaterThan(200);
    expect(gateway.alive).toHaveLength(2);
    for (const pid of old) expect(gateway.alive).not.toContain(pid);
  });

  it('SIGHUP takes what is new in the file, and keeps the old workers where the new do not start', async () => {
    const old = gateway.alive;
    const rolls = gateway.said('all workers are replaced').length;
    await writeFile(file, 'no supergraph');
    const began = gateway.said('the workers are replaced, one by one').length;
    gateway.signal('SIGHUP');
    await gateway.until(() =>
      expect(gateway.said('the workers are replaced, one by one')).toHaveLength(began + 1),
    );
    // Said while it rolls, it means: once more, because what was changed may have been read already.
    gateway.signal('SIGHUP');
    await gateway.until(() =>
      expect(gateway.said('a new worker did not start: those there are go on')).toHaveLength(2),
    );
    expect(gateway.output).toContain('cannot be served as a supergraph');
    expect(gateway.alive).toEqual(old);
    expect((await gateway.send('quick')).status).toBe(200);
    await writeFile(file, supergraphOf(`${sdl} extend type Query { brisk: Int }`));
    expect((await gateway.send('brisk')).status).toBe(400);
    gateway.signal('SIGHUP');
    await gateway.until(() => expect(gateway.said('all workers are replaced')).toHaveLength(rolls + 1));
    expect((await gateway.send('brisk')).status).toBe(200);
  });

  it('those that keep ending are started with growing pauses, while the others answer', async () => {
    const pauses = () =>
      (gateway.said('a worker ended') as { pause_ms?: number }[]).map(({ pause_ms }) => pause_ms!);
    const before = pauses().length;
    await writeFile(file, 'no supergraph');
    process.kill(gateway.alive[0]!, 'SIGKILL');
    await gateway.until(() => expect(pauses().length).toBeGreaterThanOrEqual(before + 4));
    const [first, ...next] = pauses().slice(before, before + 4);
    // None, where the first had lived for long.
    expect([0, 100]).toContain(first);
    expect(next).toEqual(first === 0 ? [100, 200, 400] : [200, 400, 800]);
    expect((await gateway.send('quick')).status).toBe(200);
    await writeFile(file, supergraph);
    await isAnswering(gateway);
  });

  it('SIGTERM lets what is in flight finish, and leaves nobody', async () => {
    const slow = await gateway.inFlight(4);
    gateway.signal('SIGTERM');
    expect(await slow.answers).toEqual([200, 200, 200, 200]);
    expect(await gateway.exit).toEqual([0, null]);
    expect(gateway.alive).toEqual([]);
    await expect(gateway.send('quick')).rejects.toThrow();
  });
});

it('none outlives the one that looks after them', async () => {
  const gateway = new Gateway(await freePort());
  await isAnswering(gateway);
  gateway.signal('SIGKILL');
  await gateway.exit;
  await gateway.until(() => expect(gateway.alive).toEqual([]));
  await expect(gateway.send('quick')).rejects.toThrow();
});

it('what keeps the first from starting is said once, and ends the gateway', async () => {
  const other = createServer();
  const port = await freePort();
  await new Promise<void>(resolve => other.listen(port, '127.0.0.1', resolve));
  try {
    const gateway = new Gateway(port);
    expect(await gateway.exit).toEqual([1, null]);
    expect(gateway.output.match(/Port \d+ is taken/g)).toHaveLength(1);
    expect(gateway.output).toContain('The gateway did not start: its first worker says above why');
  } finally {
    await new Promise(resolve => other.close(resolve));
  }
});
