import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, platformErrors } from '../../../platform/errors';

/** Bytes that are being written. They become an object with `commit` and leave nothing with `abort`. */
export class PendingObject {
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
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    await rename(this.temporary, this.target);
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

/** A stored object, or an unfinished one. */
export interface StoredObject {
  readonly key: string;
  readonly modifiedAt: number;
  readonly isPending: boolean;
}

const keyPattern = /^[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f-]{36}$/;

/**
 * Objects as files of a folder: `objects/ab/cd/<id>`, and `pending/<id>` while they are written. Keys are made of ids, never of
 * names that a client sent.
 */
export class LocalStorage {
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

  /** @param id a UUID of version 7: its last digits are random, so they spread the objects evenly over the folders */
  create(id: string): PendingObject {
    const key = `${id.slice(-2)}/${id.slice(-4, -2)}/${id}`;
    const target = this.pathOf(key);
    return new PendingObject(key, join(this.pendingFolder, id), target, join(target, '..'));
  }

  /** The bytes from `start` to before `end`. The stream fails when the object is missing. */
  read(key: string, start: number, end: number): AsyncIterable<Buffer> {
    if (start >= end) return nothing();
    return createReadStream(this.pathOf(key), { start, end: end - 1, highWaterMark: 256 * 1024 });
  }

  /** The size of the object; undefined when there is none. */
  async sizeOf(key: string): Promise<number | undefined> {
    return (await stat(this.pathOf(key)).catch(ignoreMissing))?.size;
  }

  /** A repeated call changes nothing. */
  async remove(key: string): Promise<void> {
    await rm(this.pathOf(key), { force: true });
  }

  /** Every object, and every unfinished one. */
  async *list(): AsyncGenerator<StoredObject> {
    for (const id of await readdir(this.pendingFolder)) {
      const found = await stat(join(this.pendingFolder, id)).catch(ignoreMissing);
      if (found !== undefined) yield { key: id, modifiedAt: found.mtimeMs, isPending: true };
    }
    for (const outer of await readdir(this.objectsFolder)) {
      for (const inner of await readdir(join(this.objectsFolder, outer))) {
        for (const id of await readdir(join(this.objectsFolder, outer, inner))) {
          const key = `${outer}/${inner}/${id}`;
          const found = keyPattern.test(key) ? await stat(this.pathOf(key)).catch(ignoreMissing) : undefined;
          if (found !== undefined) yield { key, modifiedAt: found.mtimeMs, isPending: false };
        }
      }
    }
  }

  async removePending(id: string): Promise<void> {
    await rm(join(this.pendingFolder, id), { force: true });
  }

  private pathOf(key: string): string {
    if (!keyPattern.test(key)) throw new Error('This is not a key of the storage');
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

function asStorageFull(error: NodeJS.ErrnoException): never {
  if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') throw error;
  throw new AppError(platformErrors.STORAGE_FULL, 'There is no room left to store this file', {
    cause: error,
  });
}
