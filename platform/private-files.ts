import { chmod, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

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
  try {
    // Never a file that exists: closing it would end the locks that this process has on it.
    await (await open(path, 'ax', 0o600)).close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    const { mode } = await stat(file).catch(() => ({ mode: 0 }));
    if ((mode & 0o077) !== 0) await chmod(file, 0o600);
  }
}
