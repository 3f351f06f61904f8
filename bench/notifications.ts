/**
 * What notifications cost: accepted over HTTP, then delivered when all are due at once, to an SMTP server in this process; beside
 * BullMQ and nodemailer on a Redis that syncs each write. `npm run bench:notifications -- --help`
 */
import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { projectRoot } from '../platform/project-root';
import { Keyring } from '../platform/security/keyring';
import { freePort } from '../platform/testing/free-port';
import { startPostgres, startRedis, type TestServer } from '../platform/testing/servers';
import { TestDatabase } from '../platform/testing/test-database';
import { TokenIssuer } from '../platform/testing/token-issuer';
import { drive, graphqlRequest } from './accounts/load';
import { SmtpSink } from './notifications/smtp-sink';

const help = `npm run bench:notifications -- [options]

  --only sqlite|postgres|bullmq   one of them; all by default
  --count <number>                notifications that are accepted, and delivered when they are due (10000)
  --connections <number>          keep-alive connections, one request at a time on each (32)
  --soak <seconds>                kills the process every second instead, while notifications are accepted
  --help
`;

const concurrency = 20;
const smtpConnections = 5;
const peers = join(projectRoot(), 'bench', 'notifications', 'peers');
const target = (at: number) => `user-${at}@example.com`;
const subject = 'Your order is on its way';
const html = `<h1>${subject}</h1><p>Hello Zoë, we sent your order <b>4711</b> today.</p>
<p><a href="https://shop.example.com/orders/4711">Follow it</a>, or answer this email when something is missing.</p>`;
/** As Plinth derives it from the HTML. The peer gets it. */
const text = `YOUR ORDER IS ON ITS WAY

Hello Zoë, we sent your order 4711 today.

Follow it [https://shop.example.com/orders/4711], or answer this email when
something is missing.`;
const schedule =
  'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { id status } }';
const send = 'mutation ($input: SendNotificationInput!) { sendNotification(input: $input) { id } }';

interface Figures {
  'accepted/s': number;
  'p99 ms': number;
  'CPU-µs an acceptance': number;
  'delivered/s': number;
  'CPU-µs a delivery': number;
  'RSS MB': number;
}

/** A process that answers HTTP and says what it has used. */
class Measured {
  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {}

  static async start(
    file: string,
    args: string[],
    env: NodeJS.ProcessEnv,
    folder: string,
  ): Promise<Measured> {
    const log = openSync(join(folder, 'log'), 'a');
    const child = fork(file, args, {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', log, 'inherit', 'ipc'],
    });
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${file} ended`)));
    const [{ port }] = (await Promise.race([once(child, 'message'), ended])) as [{ port: number }];
    ended.catch(() => {});
    return new Measured(child, port);
  }

  async ask(message: 'usage' | 'deliver'): Promise<{ cpu: number; rss: number }> {
    const answer = once(this.child, 'message');
    this.child.send(message);
    return (await answer)[0] as { cpu: number; rss: number };
  }

  async end(how: 'stop' | 'kill'): Promise<void> {
    const gone = once(this.child, 'exit');
    if (how === 'stop') this.child.send('stop');
    else this.child.kill('SIGKILL');
    await gone;
  }
}

async function measure(
  measured: Measured,
  sink: SmtpSink,
  options: { count: number; connections: number },
  traffic: (at: number) => Buffer,
  deliver: () => Promise<void>,
): Promise<Figures> {
  const { count, connections } = options;
  let at = 0;
  const before = await measured.ask('usage');
  const accepted = await drive(
    measured.port,
    { next: () => ({ request: traffic(at++) }) },
    { connections, requests: count },
  );
  const between = await measured.ask('usage');
  await deliver();
  // From the first email on: a worker that looks each second is not slower for that.
  while (sink.counts.size === 0) await sleep(1);
  const started = performance.now();
  while (sink.counts.size < count) await sleep(5);
  const seconds = (performance.now() - started) / 1_000;
  const after = await measured.ask('usage');
  return {
    'accepted/s': Math.round(accepted.requests / accepted.seconds),
    'p99 ms': Number(accepted.p99.toFixed(1)),
    'CPU-µs an acceptance': Math.round((between.cpu - before.cpu) / count),
    'delivered/s': Math.round(count / seconds),
    'CPU-µs a delivery': Math.round((after.cpu - between.cpu) / count),
    'RSS MB': Math.round(after.rss / 1e6),
  };
}

interface Bed {
  folder: string;
  sink: SmtpSink;
  issuer: TokenIssuer;
  servers: TestServer[];
}

/** The variables of the service, with the servers that it needs. */
async function environmentFor(
  database: 'sqlite' | 'postgres',
  { folder, sink, issuer, servers }: Bed,
): Promise<NodeJS.ProcessEnv> {
  const common: NodeJS.ProcessEnv = {
    DATA_DIR: folder,
    ENCRYPTION_KEYS: Keyring.generate(),
    AUTH_URL: issuer.url,
    NOTIFICATIONS_PORT: String(await freePort()),
    SMTP_URL: sink.url,
    MAIL_FROM: 'no-reply@plinth.local',
    SMTP_CONNECTIONS: String(smtpConnections),
    DELIVERY_CONCURRENCY: String(concurrency),
    LOG_SHIPPING: 'off',
  };
  if (database === 'sqlite') return common;
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  servers.push(postgres, redis);
  return { ...common, DATABASE_URL: postgres.url, REDIS_URL: redis.url };
}

const measuredProcess = join(__dirname, 'notifications', 'measured-process.js');
const shapeOf = (database: 'sqlite' | 'postgres') => (database === 'sqlite' ? 'embedded' : 'alone');

async function measurePlinth(
  database: 'sqlite' | 'postgres',
  bed: Bed,
  options: { count: number; connections: number },
): Promise<Figures> {
  const env = await environmentFor(database, bed);
  const service = await Measured.start(measuredProcess, [shapeOf(database)], env, bed.folder);
  try {
    const token = bed.issuer.token({ permissions: ['notifications:send'], expiresIn: 3_600 });
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
    const request = (at: number) => {
      const input = {
        channel: 'EMAIL',
        recipient: target(at),
        subject,
        content: html,
        contentType: 'HTML',
        scheduledAt,
      };
      return graphqlRequest({ query: schedule, variables: { input } }, token);
    };
    const rows = TestDatabase.existing('notifications', bed.folder, env['DATABASE_URL']);
    const due = () => rows.update('notifications', 'due_at = 0', "status = 'pending'");
    return await measure(service, bed.sink, options, request, due);
  } finally {
    await service.end('stop');
  }
}

async function measureBullmq(bed: Bed, options: { count: number; connections: number }): Promise<Figures> {
  installPeers();
  const redis = await startRedis();
  bed.servers.push(redis);
  const client = new Redis(redis.url);
  await client.config('SET', 'appendfsync', 'always');
  client.disconnect();
  const args = [redis.url, bed.sink.url, String(concurrency), String(smtpConnections)];
  const peer = await Measured.start(join(peers, 'bullmq.mjs'), args, {}, bed.folder);
  try {
    const request = (at: number) => {
      const input = { channel: 'EMAIL', recipient: target(at), subject, html, text };
      return graphqlRequest({ query: send, variables: { input } }, 'x'.repeat(400));
    };
    return await measure(peer, bed.sink, options, request, async () => void (await peer.ask('deliver')));
  } finally {
    await peer.end('stop');
  }
}

/** Kills the process every second, starts it again, and compares what was accepted with what arrived. */
async function soak(database: 'sqlite' | 'postgres', bed: Bed, seconds: number): Promise<object> {
  const env = { ...(await environmentFor(database, bed)), DELIVERY_LEASE: '5', EMAIL_RETRIES: '14,0.1,1' };
  const begin = () => Measured.start(measuredProcess, [shapeOf(database)], env, bed.folder);
  let service = await begin();
  const accepted = new Set<string>();
  const until = Date.now() + seconds * 1_000;
  let isOver = false;
  const sender = async (name: string) => {
    const token = bed.issuer.token({ permissions: ['notifications:send'], expiresIn: 3_600 });
    for (let at = 0; !isOver; ) {
      const input = { channel: 'EMAIL', recipient: target(at), subject: 'Hello', content: 'Hello' };
      const variables = { input: { ...input, idempotencyKey: `${name}-${at}` } };
      try {
        const response = await fetch(`http://127.0.0.1:${service.port}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
          body: JSON.stringify({ query: send, variables }),
        });
        const { data } = (await response.json()) as { data: { sendNotification: { id: string }[] } };
        accepted.add(`<${data.sendNotification[0]!.id}@plinth.local>`);
        at++;
      } catch {
        // The process is gone: the same key is sent again to the next one.
        await sleep(20);
      }
    }
  };
  const senders = Array.from({ length: 8 }, (_, at) => sender(String(at)));
  let kills = 0;
  while (Date.now() < until) {
    await sleep(1_000);
    await service.end('kill');
    kills++;
    service = await begin();
  }
  isOver = true;
  await Promise.all(senders);
  const deadline = Date.now() + 120_000;
  const missing = () => [...accepted].filter(id => !bed.sink.counts.has(id)).length;
  while (missing() > 0 && Date.now() < deadline) await sleep(100);
  await service.end('stop');
  return {
    kills,
    accepted: accepted.size,
    delivered: bed.sink.counts.size,
    missing: missing(),
    duplicates: bed.sink.duplicates,
  };
}

/** Installed where they are not: nobody needs them to work on Plinth. */
function installPeers(): void {
  if (existsSync(join(peers, 'node_modules', 'bullmq'))) return;
  console.error('Installing the peer into bench/notifications/peers/node_modules …');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd: peers,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function withBed<T>(work: (bed: Bed) => Promise<T>): Promise<T> {
  const bed: Bed = {
    folder: mkdtempSync(join(tmpdir(), 'plinth-bench-')),
    sink: await SmtpSink.start(),
    issuer: await TokenIssuer.start(),
    servers: [],
  };
  try {
    return await work(bed);
  } finally {
    bed.sink.close();
    await bed.issuer.close();
    for (const server of bed.servers) await server.close();
    rmSync(bed.folder, { recursive: true, force: true });
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      count: { type: 'string', default: '10000' },
      connections: { type: 'string', default: '32' },
      soak: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const options = { count: Number(values.count), connections: Number(values.connections) };
  const results: Record<string, object> = {};
  for (const name of ['sqlite', 'postgres', 'bullmq'] as const) {
    if (values.only !== undefined && values.only !== name) continue;
    if (name === 'bullmq') {
      if (values.soak === undefined) results[name] = await withBed(bed => measureBullmq(bed, options));
    } else if (values.soak !== undefined) {
      results[name] = await withBed(bed => soak(name, bed, Number(values.soak)));
    } else {
      results[name] = await withBed(bed => measurePlinth(name, bed, options));
    }
  }
  console.table(results);
  process.exit(0);
}

void main().catch(error => {
  console.error(error);
  process.exit(1);
});
