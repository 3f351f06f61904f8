import { dirname } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import {
  DataSource,
  type DataSourceOptions,
  DefaultNamingStrategy,
  type MigrationInterface,
  type Logger as OrmLogger,
  type QueryRunner,
} from 'typeorm';
import { type Logger, silentLogger } from '../observability/logger';
import { makeFolder, makePrivateFile } from '../private-files';
import { translated } from './driver-errors';
import { lockFile, lockPostgres, migrate } from './migrate';
import {
  AccountAccess1764660000000,
  AccountAccessRow,
  ConsumedEventRow,
  DelegatingKeyRow,
  DelegatingKeys1764900000000,
  EncryptionKeyRow,
  EncryptionKeys1764650000000,
  OutboxRow,
  PlatformTables1700000000000,
} from './platform-tables';
import { sqliteDriver } from './sqlite-driver';

export type RowClass = new () => object;
export type MigrationClass = new () => MigrationInterface;

export interface DataSources {
  readonly kind: 'sqlite' | 'postgres';
  readonly writer: DataSource;
  /** Refuses writes on SQLite; the same as the writer on PostgreSQL. */
  readonly reader: DataSource;
}

export interface DataSourceSettings {
  /** `sqlite:<path>`, or `postgres://…`. */
  url: string;
  /** Names the schema in PostgreSQL and the source of events: lower-case letters, digits and `_`. */
  service: string;
  entities: RowClass[];
  migrations: MigrationClass[];
  logger?: Logger;
}

/**
 * Connects and migrates: one instance runs the migrations, instances that start at the same time wait.
 *
 * @throws Error when the URL is wrong, the database cannot be reached, a migration fails (it is rolled back), or a newer
 * version of this service has changed the database
 */
export async function openDataSources(settings: DataSourceSettings): Promise<DataSources> {
  const { url, service } = settings;
  if (!/^[a-z][a-z0-9_]*$/.test(service)) throw new Error(`"${service}" cannot name a database schema`);
  if (url.startsWith('sqlite:')) return openSqliteSources(settings);
  if (/^postgres(ql)?:\/\//.test(url)) return openPostgresSource(settings);
  throw new Error('A database URL starts with sqlite: or postgres://');
}

function commonOptions(settings: DataSourceSettings) {
  return {
    entities: [
      OutboxRow,
      ConsumedEventRow,
      EncryptionKeyRow,
      AccountAccessRow,
      DelegatingKeyRow,
      ...settings.entities,
    ],
    migrations: [
      PlatformTables1700000000000,
      EncryptionKeys1764650000000,
      AccountAccess1764660000000,
      DelegatingKeys1764900000000,
      ...settings.migrations,
    ],
    namingStrategy: new SnakeCase(),
    synchronize: false,
    logger: new TypeOrmLogger(settings.logger ?? silentLogger),
    // A missing id would otherwise drop its condition: the first row, or all of them.
    invalidWhereValuesBehavior: { undefined: 'throw' as const, null: 'throw' as const },
  };
}

async function openSqliteSources(settings: DataSourceSettings): Promise<DataSources> {
  const { url, service } = settings;
  const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
  if (path === '' || path.includes(':memory:')) {
    throw new Error('A SQLite database needs a file, as in sqlite:./data/auth.db');
  }
  await makeFolder(dirname(path));
  await makePrivateFile(path);
  const options = {
    ...commonOptions(settings),
    type: 'better-sqlite3' as const,
    driver: sqliteDriver(),
    database: path,
  };
  const writer = new TranslatingDataSource({ ...options, prepareDatabase: prepareSqlite });
  const reader = new TranslatingDataSource({
    ...options,
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
  return { kind: 'sqlite', writer, reader };
}

async function openPostgresSource(settings: DataSourceSettings): Promise<DataSources> {
  const { url, service } = settings;
  const logger = settings.logger ?? silentLogger;
  const source = new TranslatingDataSource({
    ...commonOptions(settings),
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
  return { kind: 'postgres', writer: source, reader: source };
}

/** Translates the errors of all statements: repositories, builders and transactions all use a query runner. */
class TranslatingDataSource extends DataSource {
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

/** Writes TypeORM's messages to the service's log. Never a statement: its parameters are personal data. */
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

/** Names columns as the properties' names in snake_case. */
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

/** FULL syncs the log at every commit, for migrations. `CommitLog` syncs it afterwards. */
function prepareSqlite(connection: BetterSqlite3.Database): void {
  connection.pragma('busy_timeout = 5000');
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
}

/** The connection behind a SQLite data source. */
export function connectionOf(source: DataSource): BetterSqlite3.Database {
  return (source.driver as unknown as { databaseConnection: BetterSqlite3.Database }).databaseConnection;
}
