import type { EntityManager } from 'typeorm';
import { affectedRows, type Database } from '../../platform/database/database';
import type { Transaction } from '../../platform/database/transaction';
import { type Erased, type ExportedFile, mostFiles, type PersonalData } from '../../platform/personal-data';
import { deleteFile, type Files } from './files/files';
import type { LiveFiles } from './files/live-files';
import { FileAccessRow, FileRow, StorageUsageRow } from './tables';

const filesInPage = 500;

/** The files of a user: erased with their bytes, and listed in an export. */
export class FileData implements PersonalData {
  constructor(
    private readonly db: Database,
    private readonly files: Pick<Files, 'removeBytes'>,
    private readonly live: LiveFiles,
  ) {}

  async erase(userId: string, tx: Transaction): Promise<Erased> {
    const { manager } = tx;
    const rows = await manager.findBy(FileRow, { ownerId: userId });
    for (const row of rows) await deleteFile(tx, row, this.db.clock.now(), this.live);
    tx.afterCommit(() => void this.removeAll(rows));
    const grants = affectedRows(await manager.delete(FileAccessRow, { userId }));
    await manager.delete(StorageUsageRow, { userId });
    return { erased: { files: rows.length, file_permissions: grants }, anonymised: {} };
  }

  async collect(userId: string, manager: EntityManager): Promise<ExportedFile[]> {
    const rows = await manager.find(FileRow, { where: { ownerId: userId }, order: { id: 'ASC' } });
    const pages: ExportedFile[] = [];
    for (let at = 0; at < rows.length && pages.length < mostFiles; at += filesInPage) {
      pages.push({
        name: `files-${pages.length + 1}.json`,
        content: rows.slice(at, at + filesInPage).map(row => ({
          id: row.id,
          filename: row.filename,
          originalFilename: row.originalFilename,
          contentType: row.contentType,
          size: row.size,
          sha256: row.sha256,
          isPublic: row.isPublic,
          tags: row.tags,
          createdAt: new Date(row.createdAt).toISOString(),
          downloadPath: `/files/download/${row.id}`,
        })),
      });
    }
    return pages;
  }

  private async removeAll(rows: readonly FileRow[]): Promise<void> {
    for (const { storageKey } of rows) await this.files.removeBytes(storageKey);
  }
}
