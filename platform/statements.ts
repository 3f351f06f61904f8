import { createHash } from 'node:crypto';
import type BetterSqlite3 from 'better-sqlite3';
import type pg from 'pg';
import { unavailable } from './errors';

/** What a statement takes: `?` one of these, `IN (??)` a list of texts. */
export type StatementValue = string | number | boolean | null | readonly string[];

/** Writes that may wait for the next commit before newcomers are turned away. */
const mostPending = 1000;

interface PendingWrite {
  readonly text: string;
  readonly values: readonly StatementValue[];
  resolve(rows: unknown[][]): void;
  reject(error: unknown): void;
}

/** Prepared statements on SQLite's two connections. */
export class SqliteStatements {
  private readonly reads = new Map<string, BetterSqlite3.Statement>();
  private readonly writes = new Map<string, BetterSqlite3.Statement>();
  private pending: PendingWrite[] = [];

  constructor(
    private readonly reader: BetterSqlite3.Database,
    private readonly writer: BetterSqlite3.Database,
    /** Runs the work when no transaction is open on the writer, or throws when too many wait already. */
    private readonly alone: (work: () => Promise<void>) => Promise<void>,
  ) {}

  async read(text: string, values: readonly StatementValue[]): Promise<unknown[][]> {
    return run(prepared(this.reader, this.reads, text), values);
  }

  write(text: string, values: readonly StatementValue[]): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      if (this.pending.length >= mostPending) {
        reject(unavailable('Too many changes are waiting for the database'));
        return;
      }
      this.pending.push({ text, values, resolve, reject });
      // Once a turn of the event loop, when all that has arrived in it is known.
      if (this.pending.length === 1) setImmediate(() => this.flush());
    });
  }

  private flush(): void {
    let batch: PendingWrite[] = [];
    this.alone(async () => {
      batch = this.pending;
      this.pending = [];
      if (batch.length > 0) this.commit(batch);
    }).catch(error => {
      // The queue of writers was full, so none was taken up.
      if (batch.length === 0) batch = this.pending.splice(0);
      for (const each of batch) each.reject(error);
    });
  }

  /** A statement that fails changes nothing and leaves the others alone; nobody is answered before all are on disk. */
  private commit(batch: readonly PendingWrite[]): void {
    const outcomes: (() => void)[] = [];
    this.writer.exec('BEGIN IMMEDIATE');
    try {
      for (const { text, values, resolve, reject } of batch) {
        try {
          const rows = run(prepared(this.writer, this.writes, text), values);
          outcomes.push(() => resolve(rows));
        } catch (error) {
          // A full disk ends the whole transaction.
          if (!this.writer.inTransaction) throw error;
          outcomes.push(() => reject(error));
        }
      }
      this.writer.exec('COMMIT');
    } catch (error) {
      if (this.writer.inTransaction) this.writer.exec('ROLLBACK');
      throw error;
    }
    for (const tell of outcomes) tell();
  }
}

function prepared(
  connection: BetterSqlite3.Database,
  known: Map<string, BetterSqlite3.Statement>,
  text: string,
): BetterSqlite3.Statement {
  let statement = known.get(text);
  if (statement === undefined) {
    statement = connection.prepare(text.replaceAll('IN (??)', 'IN (SELECT value FROM json_each(?))'));
    if (statement.reader) statement.raw(true);
    known.set(text, statement);
  }
  return statement;
}

function run(statement: BetterSqlite3.Statement, values: readonly StatementValue[]): unknown[][] {
  const bound = values.map(value =>
    typeof value === 'boolean' ? Number(value) : Array.isArray(value) ? JSON.stringify(value) : value,
  );
  if (statement.reader) return statement.all(...bound) as unknown[][];
  statement.run(...bound);
  return [];
}

/** Prepared statements on PostgreSQL's pool, by a name that says what they are: every connection has them when it first needs them. */
export class PostgresStatements {
  private readonly known = new Map<string, { name: string; text: string }>();

  constructor(private readonly pool: pg.Pool) {}

  read(text: string, values: readonly StatementValue[]): Promise<unknown[][]> {
    return this.write(text, values);
  }

  async write(text: string, values: readonly StatementValue[]): Promise<unknown[][]> {
    let known = this.known.get(text);
    if (known === undefined) {
      let number = 0;
      known = {
        name: createHash('sha256').update(text).digest('base64url'),
        text: text.replace(
          /IN \(\?\?\)|\?/g,
          mark => `${mark === '?' ? '' : '= ANY('}$${++number}${mark === '?' ? '' : ')'}`,
        ),
      };
      this.known.set(text, known);
    }
    const { rows } = await this.pool.query({ ...known, values: values as unknown[], rowMode: 'array' });
    return rows;
  }
}
