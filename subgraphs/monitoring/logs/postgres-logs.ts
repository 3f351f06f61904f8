import pg from 'pg';
import type { LogEntry, StoredLog } from './log-entry';
import { type LogPartition, type LogQuery, type LogStorage, partitionMs, partitionOf } from './log-storage';
import { termsOf, type WantedTerm } from './terms';

/** The lock under which one instance makes or drops partitions. */
const partitionLock = 4_801_653;
/** check_violation: a row for which there is no partition. */
const noPartition = '23514';

interface Row {
  timestamp: string;
  position: string;
  service: string;
  level: number;
  message: string;
  trace_id: string | null;
  metadata: string | null;
}

/** The lines in PostgreSQL, in a table that is partitioned by time. The migration makes the table, this class the partitions. */
export class PostgresLogs implements LogStorage {
  private readonly pool: pg.Pool;
  private readonly known = new Set<number>();

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

  async search(query: LogQuery, limit: number): Promise<StoredLog[]> {
    const { service, levels, from, to, terms = [], before } = query;
    const conditions: string[] = ['true'];
    const values: unknown[] = [];
    const value = (given: unknown) => `$${values.push(given)}`;
    if (terms.length > 0) conditions.push(`terms @@ ${value(matchOf(terms))}::tsquery`);
    if (service !== undefined) conditions.push(`service = ${value(service)}`);
    if (levels !== undefined) {
      if (Math.min(...levels) >= 40) conditions.push('level >= 40');
      conditions.push(`level = ANY(${value(levels)}::smallint[])`);
    }
    if (from !== undefined) conditions.push(`timestamp >= ${value(from)}`);
    if (to !== undefined) conditions.push(`timestamp < ${value(to)}`);
    if (before !== undefined) {
      const [timestamp, position] = before.map(value);
      // The first condition chooses the partitions.
      conditions.push(`timestamp <= ${timestamp}`, `(timestamp, position) < (${timestamp}, ${position})`);
    }
    const { rows } = await this.pool.query<Row>(
      `SELECT timestamp, position, service, level, message, trace_id, metadata FROM logs
       WHERE ${conditions.join(' AND ')} ORDER BY timestamp DESC, position DESC LIMIT ${value(limit)}`,
      values,
    );
    return rows.map(row => ({
      timestamp: Number(row.timestamp),
      position: Number(row.position),
      service: row.service,
      level: row.level,
      message: row.message,
      traceId: row.trace_id,
      metadata: row.metadata,
    }));
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

/** No term has a quotation mark. */
function matchOf(terms: readonly WantedTerm[]): string {
  return terms.map(({ term, isPrefix }) => `'${term}'${isPrefix ? ':*' : ''}`).join(' & ');
}
