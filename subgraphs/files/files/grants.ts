import type { Database } from '../../../platform/database/database';
import { forbidden, invalid, notFound, unauthenticated } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import { type Caller, isSelfOrHolds } from '../../../platform/security/caller';
import { FileAccessRow, type FileRow } from '../tables';
import { findAllowed } from './access';

export enum PermissionKind {
  READ = 'read',
  WRITE = 'write',
  DELETE = 'delete',
}

export interface Grant {
  readonly fileId: string;
  readonly userId: string;
  readonly permission: PermissionKind;
}

/** The permissions that the owner of a file has granted to others. A grant to write or to delete includes reading. */
export class Grants {
  constructor(private readonly db: Database) {}

  /**
   * A repeated call changes nothing.
   *
   * @throws AppError 401; 403 for callers who may only read the file; 404; 422 for the owner and for an id that is none
   */
  async grant(caller: Caller, { fileId, userId, permission }: Grant): Promise<FileRow> {
    const file = await requireControl(this.db, caller, fileId);
    if (!isUuid(userId)) throw invalid([{ field: 'userId', message: 'is not the id of a user' }]);
    if (userId === file.ownerId) throw invalid([{ field: 'userId', message: 'is the owner of the file' }]);
    await this.db.transaction(async ({ manager }) => {
      await manager
        .createQueryBuilder()
        .insert()
        .into(FileAccessRow)
        .values({ userId, fileId, canWrite: false, canDelete: false })
        .orIgnore()
        .execute();
      if (permission !== PermissionKind.READ) {
        await manager.update(FileAccessRow, { userId, fileId }, columnOf(permission, true));
      }
    });
    return file;
  }

  /** Without a permission all of them end. Reading ends together with the others. @throws AppError as `grant` */
  async revoke(
    caller: Caller,
    { fileId, userId, permission }: Omit<Grant, 'permission'> & { permission: PermissionKind | null },
  ): Promise<FileRow> {
    const file = await requireControl(this.db, caller, fileId);
    if (userId === file.ownerId) throw invalid([{ field: 'userId', message: 'is the owner of the file' }]);
    if (!isUuid(userId)) return file;
    await this.db.transaction(async ({ manager }) => {
      if (permission === null || permission === PermissionKind.READ) {
        await manager.delete(FileAccessRow, { userId, fileId });
      } else await manager.update(FileAccessRow, { userId, fileId }, columnOf(permission, false));
    });
    return file;
  }

  /** By file; none for a caller who is neither the owner nor a holder of `files:write`. */
  async of(caller: Caller, file: Pick<FileRow, 'id' | 'ownerId'>): Promise<Grant[]> {
    if (!isSelfOrHolds(caller, file.ownerId, 'files:write')) return [];
    const rows = await this.db.rows(
      FileAccessRow,
      'WHERE file_id = ? AND user_id <> ? ORDER BY user_id LIMIT 1000',
      [file.id, file.ownerId],
    );
    return rows.flatMap(({ fileId, userId, canWrite, canDelete }) => [
      { fileId, userId, permission: PermissionKind.READ },
      ...(canWrite ? [{ fileId, userId, permission: PermissionKind.WRITE }] : []),
      ...(canDelete ? [{ fileId, userId, permission: PermissionKind.DELETE }] : []),
    ]);
  }
}

const columnOf = (permission: PermissionKind, value: boolean): Partial<FileAccessRow> =>
  permission === PermissionKind.WRITE ? { canWrite: value } : { canDelete: value };

/**
 * The file, for its owner and for holders of `files:write`: they decide over the access of others.
 *
 * @throws AppError 401; 403 for callers who may only read it; 404
 */
export async function requireControl(db: Database, caller: Caller, fileId: string): Promise<FileRow> {
  if (caller.kind === 'anonymous') throw unauthenticated();
  const file = await findAllowed(db, caller, fileId, 'read');
  if (file !== null && isSelfOrHolds(caller, file.ownerId, 'files:write')) return file;
  // A key for writing alone may not read the file.
  const written = file ?? (caller.has('files:write') ? await findAllowed(db, caller, fileId, 'write') : null);
  if (written === null) throw notFound('File');
  if (!isSelfOrHolds(caller, written.ownerId, 'files:write'))
    throw forbidden('Only the owner of the file can do this');
  return written;
}
