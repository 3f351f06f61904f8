import { join } from 'node:path';
import { openSqlite } from '../database/sqlite-driver';
import { type Backend, newPostgresDatabase, withClient } from './backend';

/** One service's database, as a test sees it: rows without the ORM, past the service. */
export class TestDatabase {
  private constructor(
    private readonly service: string,
    /** Of PostgreSQL; undefined for SQLite. */
    readonly url: string | undefined,
    private readonly file: string,
    readonly drop: () => Promise<void>,
  ) {}

  /** A new one on PostgreSQL where there is a backend, otherwise the SQLite file in that folder. */
  static async create(service: string, folder: string, backend: Backend | undefined): Promise<TestDatabase> {
    const database = backend && (await newPostgresDatabase(backend.postgres, service));
    const drop = database?.drop ?? (async () => {});
    return new TestDatabase(service, database?.url, join(folder, `${service}.db`), drop);
  }

  /** The one that a service works on already. */
  static existing(service: string, folder: string, url: string | undefined): TestDatabase {
    return new TestDatabase(service, url, join(folder, `${service}.db`), async () => {});
  }

  rows(table: string, where = '1 = 1'): Promise<Record<string, unknown>[]> {
    return this.query(`SELECT * FROM ${this.named(table)} WHERE ${where}`);
  }

  async update(table: string, set: string, where: string): Promise<void> {
    await this.query(`UPDATE ${this.named(table)} SET ${set} WHERE ${where}`);
  }

  async insert(table: string, ...rows: Readonly<Record<string, unknown>>[]): Promise<void> {
    const text = (value: unknown) => (value === null || typeof value === 'number' ? value : `'${value}'`);
    const values = rows.map(row => `(${Object.values(row).map(value => String(text(value)))})`);
    await this.query(`INSERT INTO ${this.named(table)} (${Object.keys(rows[0]!)}) VALUES ${values}`);
  }

  async remove(table: string, where: string): Promise<void> {
    await this.query(`DELETE FROM ${this.named(table)} WHERE ${where}`);
  }

  private named(table: string): string {
    return this.url === undefined ? table : `${this.service}.${table}`;
  }

  private async query(sql: string): Promise<Record<string, unknown>[]> {
    if (this.url === undefined) {
      const db = openSqlite(this.file);
      try {
        const statement = db.prepare(sql);
        if (statement.reader) return statement.all() as Record<string, unknown>[];
        statement.run();
        return [];
      } finally {
        db.close();
      }
    }
    return withClient(this.url, async client => {
      const { rows } = await client.query(sql);
      return rows as Record<string, unknown>[];
    });
  }
}
