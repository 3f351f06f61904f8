import 'reflect-metadata';
import { AsyncLocalStorage } from 'node:async_hooks';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type BetterSqlite3 from 'better-sqlite3';
import pg from 'pg';
import {
  DataSource,
  type DataSourceOptions,
  DefaultNamingStrategy,
  type DeleteResult,
  type EntityManager,
  MigrationExecutor,
  type MigrationInterface,
  type Logger as OrmLogger,
  type QueryRunner,
  QueryRunnerAlreadyReleasedError,
  type UpdateResult,
} from 'typeorm';
import type { Clock } from '../clock';
import { AppError, platformErrors, unavailable } from '../errors';
import { uuidv7 } from '../ids';
import { type Logger, silentLogger } from '../observability/logger';
import { currentTraceparent } from '../observability/tracing';
import { makeFolder, makePrivateFile } from '../private-files';
import { ConsumedEventRow, OutboxRow, PlatformTables1700000000000 } from './platform-tables';
import { PostgresStatements } from './postgres-statements';
import { PreparedTable } from './row-reader';
import { openSqlite, sqliteDriver } from './sqlite-driver';
import { SqliteStatements, type StatementValue } from './sqlite-statements';

export type RowClass = new () => object;
export type MigrationClass = new () => MigrationInterface;

export interface DatabaseOptions {
  /** `sqlite:<path>`, or `postgres://…`. */
  url: string;
  /** Names the schema in PostgreSQL and the source of events: lower-case letters, digits and `_`. */
  service: string;
  entities: RowClass[];
  migrations: MigrationClass[];
  clock: Clock;
  logger?: Logger;
}

/** What happened, to which id: small, because it is kept and copied. */
export interface EmittedEvent {
  type: string;
  data: unknown;
  /** Of the shape of `data`; 1 unless told. */
  version?: number;
}

export interface Transaction {
  /** Reads and writes inside this transaction; `db.read` would not see its writes. */
  readonly manager: EntityManager;
  /** Tells the other services once, and only if, this transaction commits. */
  emit(event: EmittedEvent): Promise<void>;
  /** Done once, after and only if this transaction commits: for a doorbell that says to read what it wrote. */
  afterCommit(deed: () => void): void;
}

/** Writers that may wait for SQLite's one write lock before newcomers are turned away. */
const longestQueue = 1000;
const attemptsOnConflict = 3;

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
  private readonly inside = new AsyncLocalStorage<{ open: boolean }>();
  /** By the properties that are read of them; undefined for all. */
  private readonly tables = new Map<RowClass, Map<readonly PropertyKey[] | undefined, PreparedTable>>();
  private readonly statements: SqliteStatements | PostgresStatements;

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
  }

  /**
   * Connects, and brings the schema up to date: one instance runs the migrations, those that start meanwhile wait.
   *
   * @throws Error in one sentence when the URL is wrong, the database cannot be reached, a migration fails (it is
   * rolled back), or a newer version of this service has already been here
   */
  static async open(options: DatabaseOptions): Promise<Database> {
    const { url, service, clock } = options;
    if (!/^[a-z][a-z0-9_]*$/.test(service)) throw new Error(`"${service}" cannot name a database schema`);
    const common = {
      entities: [OutboxRow, ConsumedEventRow, ...options.entities],
      migrations: [PlatformTables1700000000000, ...options.migrations],
      namingStrategy: new SnakeCase(),
      synchronize: false,
      logger: new TypeOrmLogger(options.logger ?? silentLogger),
      // A missing id would otherwise drop its condition: the first row, or all of them.
      invalidWhereValuesBehavior: { undefined: 'throw' as const, null: 'throw' as const },
    };

    if (url.startsWith('sqlite:')) {
      const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
      if (path === '' || path.includes(':memory:')) {
        throw new Error('A SQLite database needs a file, as in sqlite:./data/auth.db');
      }
      await makeFolder(dirname(path));
      await makePrivateFile(path);
      const writer = new WatchedDataSource({
        ...common,
        type: 'better-sqlite3',
        driver: sqliteDriver(),
        database: path,
        prepareDatabase: prepareSqlite,
      });
      const reader = new WatchedDataSource({
        ...common,
        type: 'better-sqlite3',
        driver: sqliteDriver(),
        database: path,
        prepareDatabase: (connection: BetterSqlite3.Database) => {
          prepareSqlite(connection);
          connection.pragma('query_only = ON');
        },
      });
      const unlock = await lockFile(`${path}.migrating`);
      try {
        await writer.initialize();
        await migrate(writer, service);
        await reader.initialize();
      } catch (error) {
        await Promise.all([writer, reader].filter(each => each.isInitialized).map(each => each.destroy()));
        throw error;
      } finally {
        unlock();
      }
      return new Database('sqlite', service, clock, writer, reader);
    }

    if (/^postgres(ql)?:\/\//.test(url)) {
      const logger = options.logger ?? silentLogger;
      const source = new WatchedDataSource({
        ...common,
        type: 'postgres',
        url,
        schema: service,
        installExtensions: false,
        connectTimeoutMS: 5_000,
        poolSize: 10,
        applicationName: `plinth-${service}`,
        poolErrorHandler: (error: unknown) =>
          logger.warn({ error }, 'PostgreSQL closed an idle connection; the next query opens another'),
        extra: {
          options: `-c search_path="${service}"`,
          statement_timeout: 15_000,
          // The server's timeout does not fire when the network swallows its answer.
          query_timeout: 20_000,
          idle_in_transaction_session_timeout: 30_000,
          keepAlive: true,
          pipeline: true,
        },
      });
      const unlock = await lockPostgres(url, service);
      try {
        await source.initialize();
        await migrate(source, service);
      } catch (error) {
        if (source.isInitialized) await source.destroy();
        throw error;
      } finally {
        await unlock();
      }
      return new Database('postgres', service, clock, source, source);
    }

    throw new Error('A database URL starts with sqlite: or postgres://');
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
    this.assertOutside();
    for (let attempt = 1; ; attempt++) {
      try {
        return this.kind === 'sqlite'
          ? await this.writing.run(() => this.attempt(work))
          : await this.attempt(work);
      } catch (error) {
        if (attempt === attemptsOnConflict || !isConflict(error)) throw error;
        await sleep(Math.random() * 20 * attempt);
      }
    }
  }

  /**
   * Rows of one class, for reads that are asked thousands of times a second: prepared once by the driver, without what
   * the ORM does for each query. Reads what is committed, as `read` does.
   *
   * @param rest what follows `FROM`, such as `WHERE user_id IN (??) ORDER BY created_at LIMIT ?`; never made of input,
   * since each text is kept
   * @param properties those that are read, as every value takes its time; all unless told. A constant, since each list is kept
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
    this.assertOutside();
    return this.statements.write(text, values).catch(fail);
  }

  /** Called after each commit that left events in the outbox. Returns how to stop that. */
  onCommit(listener: () => void): () => void {
    this.committed.add(listener);
    return () => this.committed.delete(listener);
  }

  /** @throws AppError SERVICE_UNAVAILABLE when the database does not answer within two seconds */
  async ping(): Promise<void> {
    const timeout = new AbortController();
    try {
      await Promise.race([
        this.reader.query('SELECT 1'),
        sleep(2_000, undefined, { signal: timeout.signal }).then(() => {
          throw unavailable('The database does not answer');
        }),
      ]);
    } finally {
      timeout.abort();
    }
  }

  /** Waits for the transactions under way, then lets go of the database. */
  async close(): Promise<void> {
    await this.writing.run(async () => {
      if (this.reader !== this.writer && this.reader.isInitialized) await this.reader.destroy();
      if (this.writer.isInitialized) await this.writer.destroy();
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

  private assertOutside(): void {
    if (this.inside.getStore()?.open) {
      throw new Error('A transaction inside a transaction would wait for itself: pass tx on instead');
    }
  }

  private async attempt<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const runner = this.writer.createQueryRunner();
    const scope = { open: true };
    let emitted = false;
    const deeds: (() => void)[] = [];
    try {
      await runner.startTransaction();
      // Takes SQLite's write lock now. A lock taken after the first read fails at once if another process wrote since.
      if (this.kind === 'sqlite') await runner.query('DELETE FROM outbox WHERE 0');
      const tx: Transaction = {
        manager: runner.manager,
        afterCommit: deed => void deeds.push(deed),
        emit: async event => {
          emitted = true;
          const now = this.clock.now();
          await runner.manager.insert(OutboxRow, {
            id: uuidv7(now),
            type: event.type,
            version: event.version ?? 1,
            data: { value: event.data } as object,
            occurredAt: now,
            traceparent: currentTraceparent() ?? null,
            attempts: 0,
            nextAttemptAt: 0,
            lastError: null,
          });
        },
      };
      const result = await this.inside.run(scope, () => work(tx));
      scope.open = false;
      await runner.commitTransaction();
      if (emitted) for (const listener of this.committed) listener();
      for (const deed of deeds) deed();
      return result;
    } catch (error) {
      await this.rollback(runner);
      if (error instanceof QueryRunnerAlreadyReleasedError && scope.open && this.kind === 'postgres') {
        throw unavailable('The database connection was lost', error);
      }
      throw error;
    } finally {
      scope.open = false;
      await runner.release();
    }
  }

  private async rollback(runner: QueryRunner): Promise<void> {
    if (runner.isReleased) return;
    try {
      await runner.rollbackTransaction();
    } catch (error) {
      if (this.kind === 'postgres') {
        // Whether the connection is still inside the transaction is unknown, so it must not return to the pool.
        const internal = runner as unknown as { releasePostgresConnection(error: unknown): Promise<void> };
        await internal.releasePostgresConnection(error);
        return;
      }
      // SQLite rolls back by itself on a full disk; TypeORM's one runner then still counts a transaction as open.
      const driver = this.writer.driver as unknown as {
        queryRunner: QueryRunner | undefined;
        databaseConnection: BetterSqlite3.Database;
      };
      driver.queryRunner = undefined;
      if (driver.databaseConnection.inTransaction) driver.databaseConnection.exec('ROLLBACK');
    }
  }
}

function connectionOf(source: DataSource): BetterSqlite3.Database {
  return (source.driver as unknown as { databaseConnection: BetterSqlite3.Database }).databaseConnection;
}

/** One at a time, in order of arrival. */
class Mutex {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(private readonly limit: number) {}

  run<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= this.limit) {
      return Promise.reject(unavailable('Too many changes are waiting for the database'));
    }
    this.waiting++;
    const result = this.last.then(work);
    this.last = result.then(
      () => this.waiting--,
      () => this.waiting--,
    );
    return result;
  }
}

/** Every statement of every repository, builder and transaction passes a query runner: the one place to translate at. */
class WatchedDataSource extends DataSource {
  private readonly watched = new WeakSet<QueryRunner>();

  constructor(options: DataSourceOptions) {
    super(options);
  }

  override createQueryRunner(mode?: 'master' | 'slave'): QueryRunner {
    const runner = super.createQueryRunner(mode);
    if (this.watched.has(runner)) return runner;
    this.watched.add(runner);
    const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<never>;
    runner.query = async (...args: unknown[]): Promise<never> => {
      try {
        return await query(...args);
      } catch (error) {
        throw translated(error);
      }
    };
    return runner;
  }
}

/** TypeORM's own words, into the service's log. Never a statement: its parameters are people's data. */
class TypeOrmLogger implements OrmLogger {
  constructor(private readonly logger: Logger) {}

  logQuery(): void {}
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}

  logMigration(message: string): void {
    this.logger.error({}, message);
  }

  log(level: 'log' | 'info' | 'warn', message: unknown): void {
    if (level === 'warn') this.logger.warn({}, String(message));
  }
}

/** Columns are the properties' names in snake_case. */
class SnakeCase extends DefaultNamingStrategy {
  override columnName(propertyName: string, customName: string, prefixes: string[]): string {
    return [...prefixes, customName || propertyName].map(columnName).join('_');
  }

  override joinColumnName(relationName: string, referencedColumnName: string): string {
    return columnName(`${relationName}_${referencedColumnName}`);
  }
}

/** The column of a row class' property. */
export function columnName(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

/**
 * FULL syncs the log at every commit: without it, WAL mode loses the last transactions at a power cut
 * (https://www.sqlite.org/pragma.html#pragma_synchronous).
 */
function prepareSqlite(connection: BetterSqlite3.Database): void {
  connection.pragma('busy_timeout = 5000');
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
}

async function migrate(source: DataSource, service: string): Promise<void> {
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
 * A lock between processes that ends with its holder: an exclusive transaction on a database of its own. Asked for
 * without blocking, since the holder may be in this very process.
 */
async function lockFile(path: string): Promise<() => void> {
  await makePrivateFile(path);
  const lock = openSqlite(path, { timeout: 0 });
  const patience = AbortSignal.timeout(lockWait);
  for (;;) {
    try {
      lock.exec('BEGIN EXCLUSIVE');
      return () => lock.close();
    } catch (error) {
      if (!String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY') || patience.aborted) {
        lock.close();
        throw patience.aborted ? new Error(`Another process has been migrating ${path} for a minute`) : error;
      }
      await sleep(50);
    }
  }
}

/** An advisory lock on a connection of its own, freed by the server when that connection ends. Makes the schema too. */
async function lockPostgres(url: string, service: string): Promise<() => Promise<void>> {
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

interface DriverError {
  code?: string;
  message?: string;
  detail?: string;
  constraint?: string;
}

function driverErrorOf(error: unknown): DriverError {
  const { driverError } = (error ?? {}) as { driverError?: DriverError };
  return driverError ?? (typeof error === 'object' && error !== null ? (error as DriverError) : {});
}

/** Network failures, and PostgreSQL's classes 08 (connection), 57P (shutdown, starting) and 53300 (too many). */
const lostConnection =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08...|57P0[1-5]|53300|25P03)$/;
const lostMessage =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Query read timeout|connection is not open/;

function fail(error: unknown): never {
  throw translated(error);
}

function translated(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const { code = '', message = '' } = driverErrorOf(error);
  if (lostConnection.test(code) || lostMessage.test(message)) {
    return unavailable('The database cannot be reached right now', error);
  }
  if (code === 'SQLITE_BUSY' || code === 'SQLITE_BUSY_SNAPSHOT' || code === '57014' || code === '55P03') {
    return unavailable('The database is too busy right now', error);
  }
  if (code === 'SQLITE_FULL' || code === '53100' || code === 'ENOSPC') {
    return new AppError(platformErrors.STORAGE_FULL, 'There is no room left to store this', { cause: error });
  }
  return error;
}

/** serialization_failure and deadlock_detected: PostgreSQL rolled back, and the same work may well pass now. */
function isConflict(error: unknown): boolean {
  const { code } = driverErrorOf(error);
  return code === '40001' || code === '40P01';
}

/**
 * The columns (in snake_case) whose uniqueness the write would have broken; undefined for any other error. For
 * expressions and partial indexes this needs the index to be made by `uniqueIndex` (migration.ts).
 */
export function uniqueViolation(error: unknown): string[] | undefined {
  const { code, message = '', constraint, detail = '' } = driverErrorOf(error);
  if (code === '23505') {
    return columnsInName(constraint) ?? columnsInKey(/^Key \((.*)\)=\(/s.exec(detail)?.[1] ?? '');
  }
  if (code !== 'SQLITE_CONSTRAINT_UNIQUE' && code !== 'SQLITE_CONSTRAINT_PRIMARYKEY') return undefined;
  const index = /failed: index '([^']+)'/.exec(message)?.[1];
  if (index !== undefined) return columnsInName(index) ?? [];
  const columns = /failed: (.+)$/.exec(message)?.[1] ?? '';
  return columns.split(', ').map(column => column.slice(column.lastIndexOf('.') + 1));
}

function columnsInName(index: string | undefined): string[] | undefined {
  const parts = index?.split('__') ?? [];
  return parts[0] === 'uq' && parts.length > 2 ? parts.slice(2) : undefined;
}

/** `lower(email), "order"` names `email` and `order`. */
function columnsInKey(key: string): string[] {
  return key.split(', ').map(part => /([a-z_][a-z0-9_]*)(?!.*\()/.exec(part)?.[1] ?? part);
}

/** Whether the write points at a row that is not there, or would leave one pointing at nothing. */
export function foreignKeyViolation(error: unknown): boolean {
  const { code } = driverErrorOf(error);
  return code === '23503' || code === 'SQLITE_CONSTRAINT_FOREIGNKEY';
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
