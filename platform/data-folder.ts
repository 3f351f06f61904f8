import { chmod, mkdir, open, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConfigError } from './config';
import { openSqlite } from './database/sqlite-driver';

/** Makes a folder and those above it, readable by this user only. (`recursive` of node's mkdir never ends under /proc.) */
export async function makeFolder(path: string): Promise<void> {
  const make = () => mkdir(path, { mode: 0o700 });
  try {
    await make();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path) {
      await makeFolder(dirname(path));
      await make().catch(unlessFolder(path));
    } else await unlessFolder(path)(error);
  }
}

/** Another process may have made the folder first. A file system that is read-only says so even of a folder that is there. */
function unlessFolder(path: string): (error: unknown) => Promise<void> {
  return async error => {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isDirectory()) throw error;
  };
}

/** Makes a database's file if it is not there. Only this user may read it, and the files that SQLite makes beside it. */
export async function makePrivateFile(path: string): Promise<void> {
  await (await open(path, 'a', 0o600)).close();
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const { mode } = await stat(file).catch(() => ({ mode: 0 }));
    if ((mode & 0o077) !== 0) await chmod(file, 0o600);
  }
}

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
  return () => lock.close();
}
