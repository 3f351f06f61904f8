import type BetterSqlite3 from 'better-sqlite3';
import { unavailable } from '../errors';
import { CommitLog } from './commit-log';

/** What a statement takes: `?` one of these, `IN (??)` a list of texts. */
export type StatementValue = string | number | boolean | null | readonly string[];

/** Statements that may wait for the next commit or connection before newcomers are turned away. */
export const mostPending = 1000;

interface Pending {
  readonly text: string;
  readonly values: readonly StatementValue[];
  resolve(rows: unknown[][]): void;
  reject(error: unknown): void;
}

/** Prepared statements on SQLite's two connections. */
export class SqliteStatements {
  private readonly reads = new Map<string, BetterSqlite3.Statement>();
  private readonly writes = new Map<string, BetterSqlite3.Statement>();
  private pendingReads: Pending[] = [];
  private pending: Pending[] = [];
  private readonly log: CommitLog;

  constructor(
    private readonly reader: BetterSqlite3.Database,
    private readonly writer: BetterSqlite3.Database,
    /** Runs the work when no transaction is open on the writer, or throws when too many wait already. */
    private readonly alone: (work: () => Promise<void>) => Promise<void>,
  ) {
    this.log = new CommitLog(writer);
  }

  /** Call it right after the commit of a transaction. */
  committed(): void {
    this.log.committed();
  }

  /** Resolves when everything that was committed before the call is on disk. */
  durable(): Promise<void> {
    return this.log.durable();
  }

  close(): Promise<void> {
    return this.log.close();
  }

  /**
   * All that one turn of the event loop asks for, one after the other: run between pieces of other work, each would find the
   * processor's caches full of that, and take twice as long.
   */
  read(text: string, values: readonly StatementValue[]): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      this.pendingReads.push({ text, values, resolve, reject });
      if (this.pendingReads.length === 1) setImmediate(() => this.readPending());
    });
  }

  private readPending(): void {
    const batch = this.pendingReads;
    this.pendingReads = [];
    for (const { text, values, resolve, reject } of batch) {
      try {
        resolve(run(prepared(this.reader, this.reads, text), values));
      } catch (error) {
        reject(error);
      }
    }
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

  /** Runs a statement whose effect a power cut may undo. The next other commit makes it durable too. */
  async writeUnsynced(text: string, values: readonly StatementValue[]): Promise<void> {
    await this.alone(async () => void run(prepared(this.writer, this.writes, text), values));
  }

  /** Runs a statement in the transaction that is open on the writer. */
  async writeInside(_runner: unknown, text: string, values: readonly StatementValue[]): Promise<unknown[][]> {
    return run(prepared(this.writer, this.writes, text), values);
  }

  private flush(): void {
    let batch: Pending[] = [];
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
  private commit(batch: readonly Pending[]): void {
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
    this.log.committed();
    void this.log.durable().then(() => {
      for (const settle of outcomes) settle();
    });
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
