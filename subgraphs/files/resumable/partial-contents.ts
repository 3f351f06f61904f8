import { constants, createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { isUuid } from '../../../platform/ids';
import { asStorageFull } from '../storage/local-storage';

/** The bytes of uploads that are not complete, one file each in a folder: an object of S3 cannot be continued byte by byte. */
export class PartialContents {
  private constructor(private readonly folder: string) {}

  static async open(folder: string): Promise<PartialContents> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new PartialContents(folder);
  }

  async create(id: string): Promise<void> {
    const file = await open(this.pathOf(id), 'wx', 0o600).catch(asStorageFull);
    await file.close();
  }

  /** Undefined when there is none. */
  async sizeOf(id: string): Promise<number | undefined> {
    return (await stat(this.pathOf(id)).catch(ignoreMissing))?.size;
  }

  /** For writing at a position. The caller syncs and closes. A process that was killed may have left the row without the file. */
  open(id: string): Promise<FileHandle> {
    return open(this.pathOf(id), constants.O_RDWR | constants.O_CREAT, 0o600).catch(asStorageFull);
  }

  /** What a process has written that was killed may not be on disk yet. */
  async sync(id: string): Promise<void> {
    const file = await this.open(id);
    try {
      await file.sync().catch(asStorageFull);
    } finally {
      await file.close();
    }
  }

  async truncate(id: string, size: number): Promise<void> {
    await truncate(this.pathOf(id), size);
  }

  read(id: string): AsyncIterable<Buffer> {
    return createReadStream(this.pathOf(id), { highWaterMark: 256 * 1024 });
  }

  async remove(id: string): Promise<void> {
    await rm(this.pathOf(id), { force: true });
  }

  async ids(): Promise<string[]> {
    return (await readdir(this.folder)).filter(isUuid);
  }

  private pathOf(id: string): string {
    if (!isUuid(id)) throw new Error('This is not the id of an upload');
    return join(this.folder, id);
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
