import type { Database } from '../../../platform/database/database';
import { isUuid } from '../../../platform/ids';
import type { Logger } from '../../../platform/observability/logger';
import type { Contents } from '../storage/contents';
import type { Storage } from '../storage/storage';
import { FileRow, RemovalRow, ThumbnailRow } from '../tables';
import type { Files } from './files';

/** No upload lives longer: bytes that are older and have no row belong to a process that was killed. */
const orphanAgeMs = 24 * 60 * 60_000;

export interface SweepResult {
  /** Objects without a row, and unfinished uploads, that were removed. */
  removed: number;
  /** Ids of rows whose bytes are missing or of another size. */
  missing: string[];
}

/** Reconciles the rows and the storage, in both directions. */
export class Sweeper {
  constructor(
    private readonly db: Database,
    private readonly storage: Storage,
    private readonly contents: Contents,
    private readonly files: Pick<Files, 'removeBytes'>,
    private readonly logger: Logger,
  ) {}

  /** Removes the bytes of deleted files whose removal did not finish. */
  async finishRemovals(): Promise<void> {
    for (const { storageKey } of await this.db.read.find(RemovalRow, { take: 1000 })) {
      await this.files.removeBytes(storageKey);
    }
  }

  /** Removes old bytes without a row, and reports rows without bytes. A row is never deleted: the bytes may come back from a backup. */
  async sweep(): Promise<SweepResult> {
    const result: SweepResult = { removed: 0, missing: await this.rowsWithoutBytes() };
    const before = this.db.clock.now() - orphanAgeMs;
    for await (const { key, modifiedAt, isPending } of this.storage.list()) {
      if (modifiedAt >= before) continue;
      if (isPending) await this.storage.removePending(key);
      else if (await this.hasRow(key)) continue;
      else await this.storage.remove(key);
      result.removed += 1;
    }
    if (result.missing.length > 0) {
      this.logger.error(
        { files: result.missing.slice(0, 100) },
        'Files have lost their bytes in the storage',
      );
    }
    return result;
  }

  private async hasRow(storageKey: string): Promise<boolean> {
    return (
      (await this.db.read.existsBy(FileRow, { storageKey })) ||
      (await this.db.read.existsBy(ThumbnailRow, { storageKey }))
    );
  }

  private async rowsWithoutBytes(): Promise<string[]> {
    const missing: string[] = [];
    let last = '';
    for (;;) {
      const rows = await this.db.rows(FileRow, 'WHERE id > ? ORDER BY id LIMIT 500', [last], sweptProperties);
      for (const row of rows) {
        if (!isUuid(row.id)) continue;
        // A file that was deleted since has lost its bytes rightly.
        if (!(await this.contents.isComplete(row)) && (await this.hasRow(row.storageKey))) {
          missing.push(row.id);
        }
      }
      if (rows.length < 500) return missing;
      last = rows.at(-1)!.id;
    }
  }
}

const sweptProperties = ['id', 'storageKey', 'size', 'dataKey'] as const satisfies (keyof FileRow)[];
