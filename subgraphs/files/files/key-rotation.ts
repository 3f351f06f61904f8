import { affectedRows, type Database } from '../../../platform/database/database';
import { uuidv7 } from '../../../platform/ids';
import type { Keyring } from '../../../platform/security/keyring';
import { ContentEncryption } from '../storage/content-encryption';
import type { Contents } from '../storage/contents';
import { FileRow, RemovalRow, ThumbnailRow } from '../tables';

const filesInPage = 50;

export interface RotationProgress {
  /** Files that were looked at. */
  seen: number;
  /** Data keys that are under the current key now. */
  rotated: number;
  /** Contents that were not encrypted and are now. */
  encrypted: number;
}

/**
 * Puts every stored file under the current encryption key. Each file is one step that happens or not, so a rotation that was killed is
 * started again and goes on. Files stay available.
 */
export class KeyRotation {
  constructor(
    private readonly db: Database,
    private readonly contents: Contents,
    private readonly keyring: Keyring,
  ) {}

  /** @param onPage called after each page of files */
  async run(onPage: (progress: RotationProgress) => void): Promise<RotationProgress> {
    const progress = { seen: 0, rotated: 0, encrypted: 0 };
    await this.removeThumbnails();
    let last = '';
    for (;;) {
      const rows = await this.db.rows(FileRow, `WHERE id > ? ORDER BY id LIMIT ${filesInPage}`, [last]);
      for (const row of rows) {
        progress.seen += 1;
        if (row.dataKey === null) {
          if (await this.encrypt(row)) progress.encrypted += 1;
        } else if (await this.rotate(row.id, row.storageKey, row.dataKey)) progress.rotated += 1;
      }
      if (rows.length > 0) onPage(progress);
      if (rows.length < filesInPage) return progress;
      last = rows.at(-1)!.id;
    }
  }

  /** They are made again when they are asked for. */
  private async removeThumbnails(): Promise<void> {
    for (;;) {
      const rows = await this.db.read.find(ThumbnailRow, { take: 500 });
      const old = rows.filter(({ dataKey }) => dataKey === null || this.keyring.needsRotation(dataKey));
      if (old.length === 0) return;
      await this.db.transaction(async tx => {
        for (const { fileId, variant, storageKey } of old) {
          const deleted = await tx.manager.delete(ThumbnailRow, { fileId, variant, storageKey });
          if (affectedRows(deleted) === 0) continue;
          await tx.manager.insert(RemovalRow, { storageKey, requestedAt: this.db.clock.now() });
        }
      });
    }
  }

  private async rotate(id: string, storageKey: string, dataKey: string): Promise<boolean> {
    const rotated = ContentEncryption.rotated(this.keyring, storageKey, dataKey);
    if (rotated === undefined) return false;
    const updated = await this.db.write(
      'UPDATE files SET data_key = ? WHERE id = ? AND data_key = ? RETURNING id',
      [rotated, id, dataKey],
    );
    return updated.length > 0;
  }

  /** Copies the content into an encrypted object, and then lets the row point to it. */
  private async encrypt(row: FileRow): Promise<boolean> {
    const copy = this.contents.create(uuidv7(this.db.clock.now()));
    try {
      for await (const chunk of this.contents.read(row)) await copy.write(chunk);
      const { storageKey, dataKey } = await copy.end();
      await copy.commit();
      const isMoved = await this.db.transaction(async tx => {
        const updated = await tx.manager.update(
          FileRow,
          { id: row.id, storageKey: row.storageKey },
          { storageKey, dataKey },
        );
        if (affectedRows(updated) === 0) return false;
        await tx.manager.insert(RemovalRow, {
          storageKey: row.storageKey,
          requestedAt: this.db.clock.now(),
        });
        return true;
      });
      if (!isMoved) await copy.abort();
      return isMoved;
    } catch (error) {
      await copy.abort();
      throw error;
    }
  }
}
