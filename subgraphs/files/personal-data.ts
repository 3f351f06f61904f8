import type { EntityManager, FindOptionsSelect } from 'typeorm';
import { z } from 'zod';
import { affectedRows, type Database } from '../../platform/database/database';
import type { Transaction } from '../../platform/database/transaction';
import {
  type ContentRequest,
  type Erased,
  type ExportedFile,
  exportedContents,
  mostFiles,
  type PersonalData,
} from '../../platform/personal-data';
import { Authenticated, type Caller } from '../../platform/security/caller';
import { deleteFile, type Files } from './files/files';
import type { LiveFiles } from './files/live-files';
import type { SignedLinks } from './files/signed-links';
import type { Contents } from './storage/contents';
import { FileAccessRow, FileRow, FileStatus, StorageUsageRow } from './tables';

/** What users asks for. */
export const contentRequest = z.object({ userId: z.uuid(), id: z.uuid() });

/** Compressed, a page is then smaller than a file of an export may be. */
const filesInPage = 500;
/** The contents have as many pages of an export as the list. */
const mostListed = (mostFiles / 2 - 1) * filesInPage;
/** An export can be downloaded for a day after its last part has arrived. */
const linkSeconds = 2 * 24 * 60 * 60;
const exportedProperties = {
  id: true,
  filename: true,
  originalFilename: true,
  contentType: true,
  size: true,
  sha256: true,
  status: true,
  isPublic: true,
  tags: true,
  createdAt: true,
} satisfies FindOptionsSelect<FileRow>;

/** The files of a user: erased with their bytes. An export has their contents up to a set size, and links to the others. */
export class FileData implements PersonalData {
  constructor(
    private readonly db: Database,
    private readonly files: Pick<Files, 'removeBytes'>,
    private readonly live: LiveFiles,
    private readonly contents: Pick<Contents, 'read'>,
    private readonly links: Pick<SignedLinks, 'queryFor'>,
    /** Bytes of contents in one archive. */
    private readonly maxSize: number,
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
    const rows = await manager.find(FileRow, {
      select: exportedProperties,
      where: { ownerId: userId },
      order: { id: 'ASC' },
      take: mostListed,
    });
    const owned = await manager.countBy(FileRow, { ownerId: userId });
    const archived = this.archived(rows);
    const owner = new Authenticated({ kind: 'user', id: userId, permissions: [], isCurrent: () => true });
    const list = await Promise.all(
      rows.map(async row => {
        const path = archived.get(row.id) ?? null;
        return {
          id: row.id,
          filename: row.filename,
          originalFilename: row.originalFilename,
          contentType: row.contentType,
          size: row.size,
          sha256: row.sha256,
          status: row.status,
          isPublic: row.isPublic,
          tags: row.tags,
          createdAt: new Date(row.createdAt).toISOString(),
          path,
          downloadPath:
            path === null && row.status === FileStatus.AVAILABLE ? await this.linkTo(owner, row.id) : null,
        };
      }),
    );
    const contents = rows.flatMap(({ id, size }) => {
      const path = archived.get(id);
      return path === undefined ? [] : [{ id, size, path }];
    });
    return [
      ...pagesOf(list).map((page, at) => ({ name: `files-${at + 1}.json`, content: page })),
      ...pagesOf(contents).map((page, at) => exportedContents(at + 1, page)),
      ...(owned > rows.length ? [omission(owned, rows.length)] : []),
    ];
  }

  /** The content of an archive; undefined when the user no longer has the file, or it must not be served. */
  async content({
    userId,
    id,
  }: ContentRequest): Promise<{ size: number; bytes: AsyncIterable<Uint8Array> } | undefined> {
    const [row] = await this.db.rows(FileRow, 'WHERE id = ?', [id]);
    if (row === undefined || row.ownerId !== userId || row.status !== FileStatus.AVAILABLE) return undefined;
    return { size: row.size, bytes: this.contents.read(row) };
  }

  /** The paths in the archive of those files whose contents go into it, by their ids: the oldest first, up to the set size. */
  private archived(
    rows: readonly Pick<FileRow, 'id' | 'size' | 'status' | 'filename'>[],
  ): Map<string, string> {
    let left = this.maxSize;
    const paths = new Map<string, string>();
    for (const { id, size, status, filename } of rows) {
      if (status !== FileStatus.AVAILABLE || size > left) continue;
      left -= size;
      paths.set(id, `contents/${id}/${filename}`);
    }
    return paths;
  }

  private async linkTo(owner: Caller, fileId: string): Promise<string> {
    const query = await this.links.queryFor(owner, 'download', fileId, linkSeconds);
    return `/files/download/${fileId}?${new URLSearchParams(query)}`;
  }

  private async removeAll(rows: readonly FileRow[]): Promise<void> {
    for (const { storageKey } of rows) await this.files.removeBytes(storageKey);
  }
}

/** An archive never looks complete when it is not. */
function omission(files: number, listed: number): ExportedFile {
  const note = 'This archive lists the oldest files only. GET /files lists all.';
  return { name: 'files-omitted.json', content: { files, listed, omitted: files - listed, note } };
}

function pagesOf<T>(rows: readonly T[]): T[][] {
  const pages: T[][] = [];
  for (let at = 0; at < rows.length; at += filesInPage) {
    pages.push(rows.slice(at, at + filesInPage));
  }
  return pages;
}
