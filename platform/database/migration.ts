import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  TableColumn,
  type TableColumnOptions,
  TableForeignKey,
} from 'typeorm';

/**
 * One step of a service's database, written once for SQLite and PostgreSQL with the builders below. The class name ends
 * in the thirteen digits of its time, which is its place in the order.
 *
 * Steps only go forward: expand (add a nullable column, a table, an index) in one release, contract (drop) in a later
 * one, so that the previous release still runs against the new schema.
 */
export abstract class Migration implements MigrationInterface {
  abstract up(runner: QueryRunner): Promise<void>;

  async down(): Promise<void> {
    throw new Error('Migrations only go forward: restore a backup, or write another migration');
  }
}

interface Options {
  nullable?: boolean;
  primary?: boolean;
  unique?: boolean;
  default?: string | number | boolean;
}

/**
 * Column builders for the database at hand. Names are in snake_case. Text compares byte by byte on both databases: by
 * default on SQLite, by the collation "C" on PostgreSQL, whose own default depends on how the server was set up.
 */
export function columnsFor(runner: QueryRunner) {
  const postgres = runner.dataSource.options.type === 'postgres';
  const column = (name: string, type: string, options: Options): TableColumnOptions => ({
    name,
    type,
    isNullable: options.nullable ?? false,
    isPrimary: options.primary ?? false,
    isUnique: options.unique ?? false,
    ...(options.default === undefined ? {} : { default: literal(options.default) }),
  });
  const text = (name: string, options: Options = {}): TableColumnOptions => ({
    ...column(name, 'text', options),
    ...(postgres ? { collation: 'C' } : {}),
  });
  return {
    text,
    /** The primary key. */
    id: (name = 'id') => text(name, { primary: true }),
    instant: (name: string, options: Options = {}) => column(name, 'bigint', options),
    integer: (name: string, options: Options = {}) => column(name, 'integer', options),
    /** A whole number that may pass 2^31. */
    bigCount: (name: string, options: Options = {}) => column(name, 'bigint', options),
    boolean: (name: string, options: Options = {}) => column(name, 'boolean', options),
    json: (name: string, options: Options = {}) => column(name, 'text', options),
    /** A number the database counts up: the order in which rows were written. */
    counter: (name: string): TableColumnOptions => ({
      name,
      type: postgres ? 'bigint' : 'integer',
      isPrimary: true,
      isGenerated: true,
      generationStrategy: 'increment',
    }),
  };
}

/** The options of TypeORM want SQL text, so a text default must bring its own quotes. */
function literal(value: string | number | boolean): string {
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}

/**
 * A unique index over columns or expressions such as `lower(email)`, with an optional `where` for a part of the rows.
 * Its name carries the columns, because SQLite reports only the name when an expression collides; `uniqueViolation`
 * (database.ts) reads it back. `lower` folds A-Z only, on both databases.
 *
 * @throws Error when the name would pass PostgreSQL's 63 bytes, beyond which it is cut
 */
export async function uniqueIndex(
  runner: QueryRunner,
  table: string,
  on: string[],
  where?: string,
): Promise<void> {
  const columns = on.map(part => part.match(/([a-z_][a-z0-9_]*)\)*$/)?.[1] ?? part);
  const name = `uq__${table}__${columns.join('__')}`;
  if (name.length > 63) throw new Error(`The index name ${name} is longer than 63 bytes`);
  await runner.query(
    `CREATE UNIQUE INDEX "${name}" ON "${table}" (${on.join(', ')})${where ? ` WHERE ${where}` : ''}`,
  );
}

/** An index that serves lookups and orders; the name follows from table and columns. */
export async function index(runner: QueryRunner, table: string, on: string[], where?: string): Promise<void> {
  const columns = on.map(part => part.match(/([a-z_][a-z0-9_]*)/)?.[1] ?? part);
  const name = `ix__${table}__${columns.join('__')}`;
  if (name.length > 63) throw new Error(`The index name ${name} is longer than 63 bytes`);
  await runner.query(
    `CREATE INDEX "${name}" ON "${table}" (${on.join(', ')})${where ? ` WHERE ${where}` : ''}`,
  );
}

/** Rows of `column` belong to a row of `table`; they go with it (`CASCADE`), or keep it from going. */
export function belongsTo(
  column: string,
  table: string,
  onDelete: 'CASCADE' | 'RESTRICT' | 'SET NULL' = 'CASCADE',
): TableForeignKey {
  return new TableForeignKey({
    columnNames: [column],
    referencedTableName: table,
    referencedColumnNames: ['id'],
    onDelete,
  });
}

/** Drops the foreign key of a column: its rows outlive the row that they refer to. */
export async function dropReference(runner: QueryRunner, tableName: string, column: string): Promise<void> {
  const table = await runner.getTable(tableName);
  const key = table?.foreignKeys.find(each => each.columnNames.includes(column));
  if (table === undefined || key === undefined) throw new Error(`${tableName}.${column} is no foreign key`);
  await runner.dropForeignKey(table, key);
}

export { type QueryRunner, Table, TableColumn };
