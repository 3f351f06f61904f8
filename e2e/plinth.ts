import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { newPostgresDatabase, newRedisDatabase, testBackend } from '../platform/testing/backend';
import { freePort } from '../platform/testing/free-port';
import { TestDatabase } from '../platform/testing/test-database';

/** Plinth as it is shipped, started for a story: one process, or six on PostgreSQL and Redis. */
export const shape = testBackend() ? 'services' : 'embedded';

/** The subgraphs of rover.yaml, and the gateway. */
export const services: readonly string[] = [
  ...Object.keys(
    (parse(readFileSync(join(__dirname, '..', 'rover.yaml'), 'utf8')) as { subgraphs: object }).subgraphs,
  ),
  'gateway',
];
export type Service = 'auth' | 'users' | 'gateway' | (string & {});

/** What seals secrets at rest and in events, AES-256 under the id `e2e`. */
export const encryptionKey = Buffer.alloc(32, 7);

export const administrator = { email: 'root@example.com', password: 'correct horse battery staple' };

const root = join(__dirname, '..');

export interface Plinth {
  /** Where each server answers. */
  readonly urls: Record<Service, string>;
  /** Of the Redis between its processes; undefined in the one-process shape. */
  readonly redisUrl: string | undefined;
  /** Everything that was written to standard output and error. */
  output(): string;
  /** SIGKILL: of that service's process, or of the only one. */
  kill(service: Service): Promise<void>;
  /** Starts what was killed, on the same port, with the same data; other variables where they are given. */
  restart(service: Service, environment?: Record<string, string>): Promise<void>;
  /** The rows of one service, past its process: what no answer shows. */
  database(service: Service): TestDatabase;
  /** The variables that its processes were started with. */
  readonly environment: Readonly<Record<string, string>>;
  /** SIGTERM to all; resolves with their exit codes. */
  stop(): Promise<(number | null)[]>;
  /** Stops, and removes its data. */
  close(): Promise<void>;
}

/** @param environment further variables, which may depend on the ports */
export async function startPlinth(
  environment:
    | Record<string, string>
    | ((ports: Readonly<Record<Service, number>>) => Record<string, string>) = {},
): Promise<Plinth> {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-e2e-'));
  const ports = Object.fromEntries(
    await Promise.all(services.map(async service => [service, await freePort()] as const)),
  ) as Record<Service, number>;
  const urls = Object.fromEntries(
    services.map(service => [service, `http://127.0.0.1:${ports[service]}`]),
  ) as Record<Service, string>;
  const variables: Record<string, string> = {
    PATH: process.env['PATH'] ?? '',
    DATA_DIR: join(folder, 'data'),
    BCRYPT_COST: '4',
    RATE_LIMIT: 'off',
    // The services believe the gateway.
    TRUSTED_PROXIES: '127.0.0.1',
    ADMIN_EMAIL: administrator.email,
    ADMIN_PASSWORD: administrator.password,
    DEV_MAILBOX: 'on',
    WATCH_INTERVAL: '2',
    ENCRYPTION_KEYS: `e2e:${encryptionKey.toString('base64')}`,
    ...Object.fromEntries(services.map(service => [`${service.toUpperCase()}_PORT`, String(ports[service])])),
    ...(process.env['EXECUTOR'] ? { EXECUTOR: process.env['EXECUTOR'] } : {}),
    ...(await ownServers()),
    ...(typeof environment === 'function' ? environment(ports) : environment),
  };
  const processes = new Map<string, ChildProcess>();
  let output = '';

  const fileOf = (service: Service) =>
    shape === 'embedded' ? 'start' : service === 'gateway' ? 'supergraph/main' : `subgraphs/${service}/main`;

  const start = async (service: Service): Promise<void> => {
    const file = fileOf(service);
    if (processes.has(file)) return;
    const child = spawn(process.execPath, [join(root, 'dist', `${file}.js`)], {
      cwd: root,
      env: variables,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    processes.set(file, child);
    const note = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', note);
    child.stderr.on('data', note);
    child.once('exit', () => {
      if (processes.get(file) === child) processes.delete(file);
    });
    const deadline = Date.now() + 60_000;
    for (;;) {
      if (child.exitCode !== null)
        throw new Error(`${file} ended with ${child.exitCode}:\n${output.slice(-4_000)}`);
      const hasTls = variables[`${service.toUpperCase()}_TLS_CERT_FILE`] !== undefined;
      if (
        await (hasTls
          ? listens(ports[service]!)
          : answers(`${urls[shape === 'embedded' ? 'gateway' : service]}/health`))
      )
        return;
      if (Date.now() > deadline)
        throw new Error(`${file} did not answer in a minute:\n${output.slice(-4_000)}`);
      await sleep(25);
    }
  };
  const end = async (signal: NodeJS.Signals, child: ChildProcess): Promise<number | null> => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, 'exit') as Promise<[number | null]>;
    child.kill(signal);
    return (await exited)[0];
  };
  const stop = () => Promise.all([...processes.values()].map(child => end('SIGTERM', child)));

  try {
    // The gateway comes up whether the others are there or not.
    await Promise.all(shape === 'embedded' ? [start('gateway')] : services.map(start));
  } catch (error) {
    await Promise.all([...processes.values()].map(child => end('SIGKILL', child)));
    throw error;
  }
  return {
    urls,
    redisUrl: variables['REDIS_URL'],
    output: () => output,
    kill: async service => {
      const child = processes.get(fileOf(service));
      if (child !== undefined) await end('SIGKILL', child);
    },
    restart: async (service, changed = {}) => {
      Object.assign(variables, changed);
      await start(service);
    },
    database: service => TestDatabase.existing(service, variables['DATA_DIR']!, variables['DATABASE_URL']),
    environment: variables,
    stop,
    close: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A PostgreSQL database and a Redis database that no other story writes to. */
async function ownServers(): Promise<Record<string, string>> {
  const backend = testBackend();
  if (backend === undefined) return {};
  const { url } = await newPostgresDatabase(backend.postgres, 'e2e');
  return { DATABASE_URL: url, REDIS_URL: await newRedisDatabase(backend.redis) };
}

/** A server with TLS may answer only callers that have a certificate. */
function listens(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status === 200;
  } catch {
    return false;
  }
}
