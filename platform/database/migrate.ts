import { rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type DataSource, MigrationExecutor, type QueryRunner } from 'typeorm';
import { unavailable } from '../errors';
import { openSqlite } from './sqlite-driver';

/**
 * Runs the migrations that are missing, each in a transaction.
 *
 * @throws Error when a newer version of the service has changed the database
 */
export async function migrate(source: DataSource, service: string): Promise<void> {
  const runner = source.createQueryRunner();
  let restore = async () => {};
  try {
    restore = await withoutTimeouts(source, runner);
    const executor = new MigrationExecutor(source, runner);
    const known = new Set(source.migrations.map(each => each.name ?? each.constructor.name));
    const table = await runner.hasTable('migrations');
    const ran: { name: string }[] = table
      ? await runner.query('SELECT name FROM migrations ORDER BY id')
      : [];
    const unknown = ran.filter(each => !known.has(each.name));
    if (unknown.length > 0) {
      throw new Error(
        `The ${service} database was changed by a newer version (${unknown.map(each => each.name).join(', ')}): start that version, or restore a backup`,
      );
    }
    executor.transaction = 'each';
    await executor.executePendingMigrations();
  } finally {
    await restore();
    await runner.release();
  }
}

/** An index over many rows takes longer than any statement of a request may. Returns how to put the limits back. */
async function withoutTimeouts(source: DataSource, runner: QueryRunner): Promise<() => Promise<void>> {
  if (source.options.type !== 'postgres') return async () => {};
  await runner.query('SET statement_timeout = 0');
  const { connectionParameters } = (await runner.connect()) as {
    connectionParameters: { query_timeout: number | false };
  };
  const { query_timeout } = connectionParameters;
  connectionParameters.query_timeout = false;
  return async () => {
    connectionParameters.query_timeout = query_timeout;
    if (!runner.isReleased) await runner.query('RESET statement_timeout').catch(() => undefined);
  };
}

const lockWait = 60_000;

/**
 * A lock between processes that ends with its holder: an exclusive transaction on a database of its own. Asked for without
 * blocking, since the holder may be in this process. The holder removes the file before it unlocks, so a lock counts
 * only if the file at the path is the one that was there before.
 */
export async function lockFile(path: string): Promise<() => void> {
  const patience = AbortSignal.timeout(lockWait);
  for (;;) {
    const before = inodeOf(path);
    const lock = openSqlite(path, { timeout: 0 });
    try {
      lock.exec('BEGIN EXCLUSIVE');
      if (before !== undefined && inodeOf(path) === before) {
        return () => {
          rmSync(path, { force: true });
          lock.close();
        };
      }
    } catch (error) {
      // A file that was removed meanwhile is an I/O error.
      const isBusy = String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY');
      if (!isBusy && inodeOf(path) === before) {
        lock.close();
        throw error;
      }
    }
    lock.close();
    if (patience.aborted) throw new Error(`Another process has been migrating ${path} for a minute`);
    await sleep(20);
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}

/** An advisory lock on a connection of its own, freed by the server when that connection ends. Makes the schema too. */
export async function lockPostgres(url: string, service: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw unavailable(`Cannot connect to PostgreSQL at ${placeOf(url)}`, error);
  }
  try {
    const patience = AbortSignal.timeout(lockWait);
    for (;;) {
      // Polled, because a waiting statement would hold a snapshot that CREATE INDEX CONCURRENTLY waits for.
      const { rows } = await client.query<{ locked: boolean }>(
        "SELECT pg_try_advisory_lock(hashtext('plinth migrations'), hashtext($1)) AS locked",
        [service],
      );
      if (rows[0]?.locked) break;
      if (patience.aborted) throw new Error(`Another instance has been migrating ${service} for a minute`);
      await sleep(100);
    }
    await client.query(`CREATE SCHEMA IF NOT EXISTS "${service}"`);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return () => client.end().catch(() => undefined);
}

/** Host and port only: the rest of the URL is a secret. */
function placeOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'a URL that is not valid';
}
