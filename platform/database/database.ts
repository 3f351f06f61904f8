import 'reflect-metadata';
import type pg from 'pg';
import type { DataSource, DeleteResult, EntityManager, UpdateResult } from 'typeorm';
import type { Clock } from '../clock';
import { unavailable } from '../errors';
import { TimeoutError, withTimeout } from '../timeout';
import { connectionOf, type DataSourceSettings, openDataSources, type RowClass } from './data-source';
import { fail } from './driver-errors';
import { PostgresStatements } from './postgres-statements';
import { PreparedTable } from './row-reader';
import { SqliteStatements, type StatementValue } from './sqlite-statements';
import { Mutex, type Transaction, Transactions } from './transaction';

export interface DatabaseOptions extends DataSourceSettings {
  clock: Clock;
}

/** Writers that may wait for SQLite's one write lock before newcomers are turned away. */
const longestQueue = 1000;

/**
 * The database of one service: SQLite for one process, PostgreSQL for several, from the same row classes and migrations.
 *
 * What `transaction` has answered is on disk: both databases sync before they acknowledge. Transactions are READ
 * COMMITTED on PostgreSQL and one at a time on SQLite, so work that depends on what it read asks for it in the write
 * itself (`UPDATE … WHERE id = ? AND version = ?`) and looks at `affectedRows`.
 *
 * A database that cannot be reached is SERVICE_UNAVAILABLE (503), a full disk STORAGE_FULL (507).
 */
export class Database {
  private readonly committed = new Set<() => void>();
  private readonly writing = new Mutex(longestQueue);
  /** By the properties that are read of them; undefined for all. */
  private readonly tables = new Map<RowClass, Map<readonly PropertyKey[] | undefined, PreparedTable>>();
  private readonly statements: SqliteStatements | PostgresStatements;
  private readonly transactions: Transactions;

  private constructor(
    readonly kind: 'sqlite' | 'postgres',
    readonly service: string,
    readonly clock: Clock,
    private readonly writer: DataSource,
    private readonly reader: DataSource,
  ) {
    this.statements =
      kind === 'sqlite'
        ? new SqliteStatements(connectionOf(reader), connectionOf(writer), work => this.writing.run(work))
        : new PostgresStatements((writer.driver as unknown as { master: pg.Pool }).master);
    this.transactions = new Transactions({
      kind,
      writer,
      clock,
      writing: this.writing,
      statements: this.statements,
      committed: this.committed,
    });
  }

  /**
   * Connects, and brings the schema up to date: one instance runs the migrations, those that start meanwhile wait.
   *
   * @throws Error in one sentence when the URL is wrong, the database cannot be reached, a migration fails (it is
   * rolled back), or a newer version of this service has already been here
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { kind, writer, reader } = await openDataSources(options);
    return new Database(kind, options.service, options.clock, writer, reader);
  }

  /** Plain reads of what is committed. Never write through it: on SQLite it refuses. */
  get read(): EntityManager {
    return this.reader.manager;
  }

  /**
   * Runs the work in one transaction and answers when it is durable. The work may run again, as a whole, when
   * PostgreSQL broke a deadlock: keep everything but the database out of it.
   *
   * @throws AppError SERVICE_UNAVAILABLE, STORAGE_FULL; whatever the work throws, after rolling back
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return this.transactions.run(work);
  }

  /**
   * Rows of one class, for queries that run thousands of times a second. The driver prepares the statement once, and the ORM
   * does no work for each query. It reads committed rows, as `read` does.
   *
   * @param rest the part of the statement after the table, such as `WHERE user_id IN (??) ORDER BY created_at LIMIT ?`. It must
   * not contain input, because each text is kept
   * @param properties the properties to read; all by default. It must be a constant, because each list is kept
   * @throws AppError SERVICE_UNAVAILABLE
   */
  async rows<Row extends object, Property extends keyof Row = keyof Row>(
    row: new () => Row,
    rest: string,
    values: readonly StatementValue[],
    properties?: readonly Property[],
  ): Promise<Pick<Row, Property>[]> {
    const table = this.table(row, properties);
    const found = await this.statements.read(table.select('', rest), values).catch(fail);
    return found.map(each => table.hydrate(each, 0)) as Row[];
  }

  /** The same for rows of two classes side by side; `rest` joins the second. */
  async pairs<One extends object, Other extends object>(
    one: new () => One,
    other: new () => Other,
    rest: string,
    values: readonly StatementValue[],
  ): Promise<[One, Other][]> {
    const left = this.table(one);
    const right = this.table(other);
    const found = await this.statements.read(left.select(right.columns, rest), values).catch(fail);
    return found.map(each => [left.hydrate(each, 0), right.hydrate(each, left.width)]) as [One, Other][];
  }

  /** The same for rows with one value besides, a number or a text, of what `rest` joins: `beside` names it. */
  async rowsWith<Row extends object>(
    row: new () => Row,
    beside: string,
    rest: string,
    values: readonly StatementValue[],
  ): Promise<[Row, unknown][]> {
    const table = this.table(row);
    const found = await this.statements.read(table.select(beside, rest), values).catch(fail);
    return found.map(each => [table.hydrate(each, 0), each[table.width]]) as [Row, unknown][];
  }

  /**
   * Runs one statement that is a transaction of its own, prepared once, and answers when it is durable. Those that come
   * together are committed together, so that many share one sync of the disk; one that fails leaves the others alone.
   *
   * @param text an INSERT, UPDATE or DELETE, never made of input, since each text is kept
   * @returns the values of its RETURNING clause as they are stored: numbers and texts; a boolean is 1 or 0 on SQLite
   * @throws AppError SERVICE_UNAVAILABLE, STORAGE_FULL
   */
  async write(text: string, values: readonly StatementValue[]): Promise<unknown[][]> {
    this.transactions.assertOutside();
    return this.statements.write(text, values).catch(fail);
  }

  /**
   * The same for what is done again when it is lost, such as a note of work that is done and may be repeated: a kill of the process does
   * not undo it, and a power cut may. SQLite does not wait for the disk.
   *
   * @throws AppError SERVICE_UNAVAILABLE, STORAGE_FULL
   */
  async writeUnsynced(text: string, values: readonly StatementValue[]): Promise<void> {
    this.transactions.assertOutside();
    await this.statements.writeUnsynced(text, values).catch(fail);
  }

  /**
   * Resolves when everything that was committed before the call is on disk. On SQLite others read a commit up to one sync before that:
   * whoever tells another process of what was read waits for it first.
   */
  durable(): Promise<void> {
    return this.statements.durable();
  }

  /** Called after each commit that left events in the outbox. Returns how to stop that. */
  onCommit(listener: () => void): () => void {
    this.committed.add(listener);
    return () => this.committed.delete(listener);
  }

  /** @throws AppError SERVICE_UNAVAILABLE when the database does not answer within two seconds */
  async ping(): Promise<void> {
    try {
      await withTimeout(this.reader.query('SELECT 1'), 2_000);
    } catch (error) {
      throw error instanceof TimeoutError ? unavailable('The database does not answer', error) : error;
    }
  }

  /** Waits for the transactions under way, then lets go of the database. */
  async close(): Promise<void> {
    await this.writing.run(async () => {
      if (this.reader !== this.writer && this.reader.isInitialized) await this.reader.destroy();
      if (this.writer.isInitialized) await this.writer.destroy();
      await this.statements.close();
    });
  }

  private table(row: RowClass, properties?: readonly PropertyKey[]): PreparedTable {
    let tables = this.tables.get(row);
    if (tables === undefined) {
      tables = new Map();
      this.tables.set(row, tables);
    }
    let table = tables.get(properties);
    if (table === undefined) {
      table = new PreparedTable(row, this.reader.getMetadata(row), this.kind, properties);
      tables.set(properties, table);
    }
    return table;
  }
}

/**
 * How many rows the statement changed: zero after a conditional update says that the condition no longer held.
 *
 * @throws Error when the driver did not say, since a missing number must never pass for success or failure
 */
export function affectedRows(result: UpdateResult | DeleteResult): number {
  if (typeof result.affected === 'number') return result.affected;
  if (Array.isArray(result.raw)) return result.raw.length;
  throw new Error('The database did not say how many rows it changed');
}
