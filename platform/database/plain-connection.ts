import { existsSync } from 'node:fs';
import pg from 'pg';
import { openSqlite } from './sqlite-driver';

/** A connection for commands of the operator, which neither migrate the database nor know its entities. */
export interface PlainConnection {
  /** Runs a statement with `?` for its values. */
  query(sql: string, values?: readonly (string | number)[]): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** @returns undefined for a SQLite file that does not exist. @throws Error when PostgreSQL cannot be reached */
export async function openPlainConnection(
  url: string,
  service: string,
): Promise<PlainConnection | undefined> {
  if (url.startsWith('sqlite:')) {
    const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    if (!existsSync(path)) return undefined;
    const db = openSqlite(path, { timeout: 5_000 });
    return {
      query: async (sql, values = []) => db.prepare(sql).all(...values) as Record<string, unknown>[],
      close: async () => void db.close(),
    };
  }
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    options: `-c search_path="${service}"`,
  });
  await client.connect();
  return {
    query: async (sql, values = []) => {
      let at = 0;
      const { rows } = await client.query(
        sql.replace(/\?/g, () => `$${++at}`),
        [...values],
      );
      return rows as Record<string, unknown>[];
    },
    close: () => client.end(),
  };
}
