import type BetterSqlite3 from 'better-sqlite3';

type Driver = typeof BetterSqlite3;

/**
 * The SQLite driver for the Node at hand, chosen so that no Node needs a compiler. Loaded when first used: a service on
 * PostgreSQL needs none.
 *
 * - Node 22 and newer: better-sqlite3 13. It uses Node-API, ships its binaries, and crashes on Node 20. (Version 12 aborts
 *   in garbage collection when it is compiled with the headers of current Node 24 and 26.)
 * - Node 20, or when npm could not install the former: libsql, which has the same API and binaries as npm packages. A
 *   statement takes about 2.7 times as long (8 instead of 3 µs for one row), and its SQLite is older (3.45).
 */
export function sqliteDriver(): Driver {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 22) {
    try {
      return require('better-sqlite3') as Driver;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    }
  }
  return require('libsql') as Driver;
}

export function openSqlite(path: string, options?: BetterSqlite3.Options): BetterSqlite3.Database {
  return new (sqliteDriver())(path, options);
}
