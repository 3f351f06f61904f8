import pg from 'pg';
import type { LogEntry, StoredLog } from './log-entry';
import { type LogPartition, type LogQuery, type LogStorage, partitionMs, partitionOf } from './log-storage';
import { PostgresSearch } from './postgres-search';
import { termsOf } from './terms';

/** The lock under which one instance makes or drops partitions. */
const partitionLock = 4_801_653;
/** check_violation: a row for which there is no partition. */
const noPartition = '23514';

/** The lines in PostgreSQL, in a table that is partitioned by time. The migration makes the table, this class the partitions. */
export class PostgresLogs implements LogStorage {
  private readonly pool: pg.Pool;
  private readonly known = new Set<number>();
  private readonly searcher: PostgresSearch;

  constructor(
    url: string,
    private readonly schema: string,
  ) {
    this.pool = new pg.Pool({
      connectionString: url,
      max: 4,
      application_name: `plinth-${schema}-logs`,
      options: `-c search_path="${schema}"`,
      connectionTimeoutMillis: 5_000,
      statement_timeout: 15_000,
      query_timeout: 20_000,
      keepAlive: true,
    });
    // A connection that breaks while it is idle is replaced by the next query.
    this.pool.on('error', () => undefined);
    this.searcher = new PostgresSearch(this.pool, async () =>
      (await this.partitions()).map(({ start }) => start).reverse(),
    );
  }

  async append(entries: readonly LogEntry[]): Promise<void> {
    try {
      await this.insert(entries);
    } catch (error) {
      if ((error as { code?: unknown }).code !== noPartition) throw error;
      // Another instance dropped the partition since.
      this.known.clear();
      await this.insert(entries);
    }
  }

  private async insert(entries: readonly LogEntry[]): Promise<void> {
    for (const start of new Set(entries.map(({ timestamp }) => partitionOf(timestamp)))) {
      await this.makePartition(start);
    }
    await this.pool.query({
      name: 'append',
      text: `INSERT INTO logs (timestamp, service, level, message, trace_id, metadata, terms)
        SELECT timestamp, service, level, message, trace_id, metadata, array_to_tsvector(string_to_array(terms, ' '))
        FROM unnest($1::bigint[], $2::text[], $3::smallint[], $4::text[], $5::text[], $6::text[], $7::text[])
          AS entries (timestamp, service, level, message, trace_id, metadata, terms)`,
      values: [
        entries.map(entry => entry.timestamp),
        entries.map(entry => entry.service),
        entries.map(entry => entry.level),
        entries.map(entry => entry.message),
        entries.map(entry => entry.traceId),
        entries.map(entry => entry.metadata),
        entries.map(entry => termsOf(entry).trim()),
      ],
    });
  }

  search(query: LogQuery, limit: number): Promise<StoredLog[]> {
    return this.searcher.search(query, limit);
  }

  async erase(terms: readonly string[]): Promise<number> {
    const wanted = terms.map(term => `'${term}'`).join(' | ');
    const { rowCount } = await this.pool.query('DELETE FROM logs WHERE terms @@ $1::tsquery', [wanted]);
    return rowCount ?? 0;
  }

  async partitions(): Promise<LogPartition[]> {
    const { rows } = await this.pool.query<{ name: string; bytes: string }>(
      `SELECT child.relname AS name, pg_total_relation_size(child.oid) AS bytes
       FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
       WHERE inhparent = '"${this.schema}".logs'::regclass`,
    );
    return rows
      .map(({ name, bytes }) => ({ start: Number(name.slice('logs_'.length)), bytes: Number(bytes) }))
      .sort((one, other) => one.start - other.start);
  }

  async dropPartition(start: number): Promise<void> {
    this.known.delete(start);
    await this.locked(`DROP TABLE IF EXISTS ${nameOf(start)}`);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async makePartition(start: number): Promise<void> {
    if (this.known.has(start)) return;
    await this.locked(
      `CREATE TABLE IF NOT EXISTS ${nameOf(start)} PARTITION OF logs FOR VALUES FROM (${start}) TO (${start + partitionMs})`,
    );
    this.known.add(start);
  }

  private async locked(statement: string): Promise<void> {
    const client = await this.pool.connect();
    try {
      await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${partitionLock}); ${statement}; COMMIT`);
      client.release();
    } catch (error) {
      // Closing it ends its transaction.
      client.release(true);
      throw error;
    }
  }
}

/** Numbers only, so that it needs no quoting. */
function nameOf(start: number): string {
  return `logs_${start}`;
}
