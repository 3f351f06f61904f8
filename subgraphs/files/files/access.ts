import type { Database } from '../../../platform/database/database';
import { isUuid } from '../../../platform/ids';
import { type Caller, holds, isSelf } from '../../../platform/security/caller';
import { FileAccessRow, FileRow } from '../tables';

export type FileAction = 'read' | 'write' | 'delete';

/**
 * The file, if the caller may do this with it: the owner, a user with a grant, a holder of `files:<action>`, and for reading
 * everybody when the file is public. Null otherwise: a file that may not be read looks missing.
 */
export async function findAllowed(
  db: Database,
  caller: Caller,
  fileId: string,
  action: FileAction,
): Promise<FileRow | null> {
  if (!isUuid(fileId)) return null;
  const [row] = await db.rows(FileRow, 'WHERE id = ?', [fileId]);
  if (row === undefined) return null;
  return (await allowedOf(db, caller, [row], action)).length === 1 ? row : null;
}

/** Those of the files with which the caller may do this. */
export async function allowedOf(
  db: Database,
  caller: Caller,
  rows: readonly FileRow[],
  action: FileAction,
): Promise<FileRow[]> {
  const isOpen = (row: FileRow): boolean =>
    isSelf(caller, row.ownerId) || (action === 'read' && row.isPublic);
  const others = rows.filter(row => !isOpen(row));
  if (others.length === 0 || caller.kind === 'anonymous') return rows.filter(isOpen);
  if (holds(caller, `files:${action}`)) return [...rows];
  if (caller.kind !== 'user') return rows.filter(isOpen);
  const granted = await db.rows(FileAccessRow, 'WHERE user_id = ? AND file_id IN (??)', [
    caller.id,
    others.map(row => row.id),
  ]);
  const opened = new Set(
    granted
      .filter(each => action === 'read' || (action === 'write' ? each.canWrite : each.canDelete))
      .map(each => each.fileId),
  );
  return rows.filter(row => isOpen(row) || opened.has(row.id));
}
