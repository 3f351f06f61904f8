import type { FileRow, ShareRow } from '../tables';
import type { FileShare } from './share.types';
import type { File } from './types';

export function fileOf(row: FileRow): File {
  return { ...row, createdAt: new Date(row.createdAt), updatedAt: new Date(row.updatedAt) };
}

/** Without the hashes. */
export function shareOf(row: ShareRow): FileShare {
  const { id, fileId, maxDownloads, downloads } = row;
  return {
    id,
    fileId,
    maxDownloads,
    downloads,
    createdAt: new Date(row.createdAt),
    expiresAt: row.expiresAt === null ? null : new Date(row.expiresAt),
    revokedAt: row.revokedAt === null ? null : new Date(row.revokedAt),
    hasPassword: row.passwordHash !== null,
  };
}
