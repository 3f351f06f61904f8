import {
  closeSync,
  fsync,
  open as openWithCallback,
  read,
  rename as renameWithCallback,
  write,
} from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { AppError, platformErrors } from '../../../platform/errors';
import { SharedRun } from '../../../platform/shared-run';
import { isKey, keyOf, type PendingObject, type Storage, type StoredObject } from './storage';

/** A file in the folder of unfinished objects. */
export class LocalPendingObject implements PendingObject {
  private descriptor: number | undefined;
  private position = 0;

  constructor(
    readonly key: string,
    private readonly temporary: string,
    private readonly target: string,
    private readonly folder: SyncedFolder,
  ) {}

  async write(chunk: Uint8Array): Promise<void> {
    this.descriptor ??= await this.open();
    for (let at = 0; at < chunk.length; ) {
      const written = await writeTo(this.descriptor, chunk, at, this.position).catch(asStorageFull);
      at += written;
      this.position += written;
    }
  }

  /**
   * The bytes are on disk, under their final name, when it resolves. The name comes first, so that the bytes and the name are synced at the
   * same time. After a crash in between, the sweeper finds an object without a row.
   */
  async commit(): Promise<void> {
    this.descriptor ??= await this.open();
    await rename(this.temporary, this.target).catch(async error => {
      ignoreMissing(error);
      // The first object of this folder.
      await this.folder.create();
      await rename(this.temporary, this.target);
    });
    await Promise.all([sync(this.descriptor).catch(asStorageFull), this.folder.sync()]);
    this.close();
  }

  /** Removes the bytes, whether they were committed or not. */
  async abort(): Promise<void> {
    this.close();
    await rm(this.temporary, { force: true });
    await rm(this.target, { force: true });
  }

  private open(): Promise<number> {
    return openFile(this.temporary, 'wx', 0o600).catch(asStorageFull);
  }

  private close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

/**
 * Objects as files of a folder: `objects/ab/<id>`, and `pending/<id>` while they are written.
 */
export class LocalStorage implements Storage {
  private readonly pendingFolder: string;
  private readonly objectsFolder: string;
  /** The 256 folders of objects. */
  private readonly folders = new Map<string, SyncedFolder>();

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
    const folder = dirname(target);
    let synced = this.folders.get(folder);
    if (synced === undefined) {
      synced = new SyncedFolder(folder);
      this.folders.set(folder, synced);
    }
    return new LocalPendingObject(key, join(this.pendingFolder, id), target, synced);
  }

  async *read(key: string, start: number, end: number, pieceSize: number): AsyncGenerator<Buffer> {
    const descriptor = await openFile(this.pathOf(key), 'r', undefined);
    try {
      for (let at = start; at < end; ) {
        const piece = await readFrom(descriptor, at, Math.min(pieceSize, end - at));
        if (piece.length === 0) return;
        at += piece.length;
        yield piece;
      }
    } finally {
      closeSync(descriptor);
    }
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

/** A folder whose names are durable after `sync`. Without it a new name can be lost in a power cut (fsync(2)). */
class SyncedFolder {
  private readonly syncs = new SharedRun(() => syncFolder(this.path));

  constructor(private readonly path: string) {}

  sync(): Promise<void> {
    return this.syncs.run();
  }

  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await syncFolder(dirname(this.path));
  }
}

async function syncFolder(path: string): Promise<void> {
  const descriptor = await openFile(path, 'r', undefined);
  try {
    await sync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

// The functions with callbacks take less than half of the processor time of node:fs/promises.
const openFile = promisify<string, string, number | undefined, number>(openWithCallback);
const sync = promisify(fsync);
const rename = promisify(renameWithCallback);

/** Up to that many bytes; none at the end of the file. */
function readFrom(descriptor: number, position: number, length: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafe(length);
  return new Promise((resolve, reject) => {
    read(descriptor, piece, 0, length, position, (error, bytes) =>
      error ? reject(error) : resolve(bytes === length ? piece : piece.subarray(0, bytes)),
    );
  });
}

function writeTo(descriptor: number, chunk: Uint8Array, at: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(descriptor, chunk, at, chunk.length - at, position, (error, written) =>
      error ? reject(error) : resolve(written),
    );
  });
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
