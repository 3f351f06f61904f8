import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import pg from 'pg';

/** The servers a service needs outside of a single process. */
export interface Backend {
  postgres: string;
  redis: string;
}

/**
 * The servers that `npm run test:services` provides. Without them undefined: contract tests then run embedded, on SQLite
 * and in process.
 */
export function testBackend(): Backend | undefined {
  const { TEST_DATABASE_URL: postgres, TEST_REDIS_URL: redis } = process.env;
  return postgres && redis ? { postgres, redis } : undefined;
}

/** For tests that are about PostgreSQL or Redis themselves. */
export function requiredBackend(): Backend {
  const backend = testBackend();
  if (backend === undefined) throw new Error('No servers: run these tests with npm run test:services');
  return backend;
}

/** A new database on that PostgreSQL server, for one test. */
export async function newPostgresDatabase(
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

/**
 * An empty database on that Redis server. The counter is in Redis, because tests run in several processes: in one database
 * two services of one name would take each other's events.
 */
export async function newRedisDatabase(server: string): Promise<string> {
  const redis = new Redis(server);
  try {
    const [, databases = '16'] = (await redis.config('GET', 'databases')) as string[];
    const database = 1 + ((await redis.incr('plinth:tests:databases')) % (Number(databases) - 1));
    await redis.multi().select(database).flushdb().exec();
    const url = new URL(server);
    url.pathname = `/${database}`;
    return url.href;
  } finally {
    redis.disconnect();
  }
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
