import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../config';
import { makePrivateFile } from '../private-files';
import { openSqlite } from './sqlite-driver';

/** An object of SQLite that nothing refers to is collected, and its lock ends with it. */
const held = new Set<object>();

/**
 * Makes the data folder the property of this process. The lock is an exclusive transaction on a database of its own, which
 * ends with the process, also when the process is killed.
 *
 * @returns releases the folder
 * @throws ConfigError with the id of the process that has the folder
 */
export async function lockDataFolder(folder: string): Promise<() => void> {
  const path = join(folder, 'process.lock');
  const holder = join(folder, 'process.pid');
  await makePrivateFile(path);
  const lock = openSqlite(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY')) throw error;
    // The holder writes its id just after it has locked.
    const id = (await readFile(holder, 'utf8').catch(() => '')).trim();
    throw new ConfigError([
      `The data folder ${folder} is in use by process ${id || '(unknown)'}: stop it, or set another DATA_DIR`,
    ]);
  }
  await writeFile(holder, `${process.pid}\n`, { mode: 0o600 });
  held.add(lock);
  return () => {
    held.delete(lock);
    lock.close();
  };
}
