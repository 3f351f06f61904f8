import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, platformErrors } from '../../../platform/errors';
import { isKey, keyOf, type PendingObject, type Storage, type StoredObject } from './storage';

/** A file in the folder of unfinished objects. */
export class LocalPendingObject implements PendingObject {
  private handle: FileHandle | undefined;

  constructor(
    readonly key: string,
    private readonly temporary: string,
    private readonly target: string,
    private readonly folder: string,
  ) {}

  async write(chunk: Uint8Array): Promise<void> {
    this.handle ??= await open(this.temporary, 'wx', 0o600).catch(asStorageFull);
    for (let at = 0; at < chunk.length; ) {
      const { bytesWritten } = await this.handle.write(chunk, at).catch(asStorageFull);
      at += bytesWritten;
    }
  }

  /** The bytes are on disk, under their final name, when it resolves. */
  async commit(): Promise<void> {
    this.handle ??= await open(this.temporary, 'wx', 0o600).catch(asStorageFull);
    await this.handle.sync().catch(asStorageFull);
    await this.handle.close();
    this.handle = undefined;
    await rename(this.temporary, this.target).catch(async error => {
      ignoreMissing(error);
      // The first object of this folder.
      await mkdir(this.folder, { recursive: true, mode: 0o700 });
      await syncFolder(join(this.folder, '..'));
      await rename(this.temporary, this.target);
    });
    await syncFolder(this.folder);
  }

  /** Removes the bytes, whether they were committed or not. */
  async abort(): Promise<void> {
    await this.handle?.close().catch(() => undefined);
    this.handle = undefined;
    await rm(this.temporary, { force: true });
    await rm(this.target, { force: true });
  }
}

/**
 * Objects as files of a folder: `objects/ab/<id>`, and `pending/<id>` while they are written.
 */
export class LocalStorage implements Storage {
  private readonly pendingFolder: string;
  private readonly objectsFolder: string;

  private constructor(folder: string) {
    this.pendingFolder = join(folder, 'pending');
    this.objectsFolder = join(folder, 'objects');
  }

  static async open(folder: string): Promise<LocalStorage> {
    const storage = new LocalStorage(folder);
    await mkdir(storage.pendingFolder, { recursive: true, mode: 0o700 });
    await mkdir(storage.objectsFolder, { recursive: true, mode: 0o700 });
    return storage;
  }

  create(id: string): PendingObject {
    const key = keyOf(id);
    const target = this.pathOf(key);
    return new LocalPendingObject(key, join(this.pendingFolder, id), target, join(target, '..'));
  }

  read(key: string, start: number, end: number): AsyncIterable<Buffer> {
    if (start >= end) return nothing();
    return createReadStream(this.pathOf(key), { start, end: end - 1, highWaterMark: 256 * 1024 });
  }

  async sizeOf(key: string): Promise<number | undefined> {
    return (await stat(this.pathOf(key)).catch(ignoreMissing))?.size;
  }

  async remove(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  async *list(): AsyncGenerator<StoredObject> {
    for (const id of await readdir(this.pendingFolder)) {
      const found = await stat(join(this.pendingFolder, id)).catch(ignoreMissing);
      if (found !== undefined) yield { key: id, modifiedAt: found.mtimeMs, isPending: true };
    }
    for (const outer of await readdir(this.objectsFolder)) {
      const folder = join(this.objectsFolder, outer);
      for (const entry of await readdir(folder, { withFileTypes: true })) {
        const names = entry.isDirectory() ? await readdir(join(folder, entry.name)) : [''];
        for (const name of names) {
          const key = [outer, entry.name, name].filter(part => part !== '').join('/');
          const found = isKey(key) ? await stat(this.pathOf(key)).catch(ignoreMissing) : undefined;
          if (found !== undefined) yield { key, modifiedAt: found.mtimeMs, isPending: false };
        }
      }
    }
  }

  async removePending(id: string): Promise<void> {
    await rm(join(this.pendingFolder, id), { force: true });
  }

  async ping(): Promise<void> {
    await stat(this.objectsFolder);
  }

  async close(): Promise<void> {}

  private pathOf(key: string): string {
    if (!isKey(key)) throw new Error('This is not a key of the storage');
    return join(this.objectsFolder, key);
  }
}

async function* nothing(): AsyncGenerator<Buffer> {}

/** Without it the new name can be lost in a power cut (fsync(2)). */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** @throws AppError 507 STORAGE_FULL for a full disk; the error otherwise */
export function asStorageFull(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') throw error;
  throw new AppError(platformErrors.STORAGE_FULL, 'There is no room left to store this file', {
    cause: error,
  });
}
