import { affectedRows, type Database } from '../../../platform/database/database';
import { type Condition, KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, invalid, notFound, platformErrors, unauthenticated } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import type { Logger } from '../../../platform/observability/logger';
import { type Caller, holds, isSelf, isSelfOrHolds } from '../../../platform/security/caller';
import { type FileEvent, fileDeleted, fileUpdated } from '../events';
import type { Storage } from '../storage/storage';
import { FileRow, FileTagRow, RemovalRow, StorageTotalRow, StorageUsageRow, ThumbnailRow } from '../tables';
import { allowedOf, findAllowed } from './access';
import { type FilePatch, validPatch } from './file-input';
import { insertTags, subtractFromTotal } from './file-inserts';
import type { LiveFiles } from './live-files';

export interface FileFilter {
  /** Files of this user; those that the caller owns or was granted when absent. */
  ownerId?: string | null | undefined;
  tag?: string | null | undefined;
  /** A media type, or a range such as `image/*`. */
  contentType?: string | null | undefined;
  /** A part of the file name, without regard to case. */
  name?: string | null | undefined;
}

const newestFirst = new KeysetList(FileRow, [{ property: 'id', type: 'text', direction: 'DESC' }]);
/** In the order of the index of the other table, so that a page reads as many rows as it shows. */
const newestOf = (table: 'file_access' | 'file_tags') =>
  new KeysetList(
    FileRow,
    [{ property: 'id', column: `${table}.file_id`, type: 'text', direction: 'DESC' }],
    undefined,
    `JOIN ${table} ON ${table}.file_id = files.id`,
  );
const newestReadable = newestOf('file_access');
const newestTagged = newestOf('file_tags');
const hasTag = 'EXISTS (SELECT 1 FROM file_tags WHERE file_tags.tag = ? AND file_tags.file_id = files.id)';
const isGranted = 'files.id IN (SELECT file_id FROM file_access WHERE user_id = ?)';
/** Never from its index, which has the files of everybody. */
const typeOfFew = "content_type || ''";

/** The files and their metadata. */
export class Files {
  constructor(
    private readonly db: Database,
    private readonly storage: Storage,
    private readonly logger: Logger,
    private readonly live: LiveFiles,
  ) {}

  /** Null for an unknown file and for one that the caller may not read. */
  find(caller: Caller, fileId: string): Promise<FileRow | null> {
    return findAllowed(this.db, caller, fileId, 'read');
  }

  /** For a loader: those of the files that the caller may read. */
  async byIds(caller: Caller, ids: readonly string[]): Promise<FileRow[]> {
    const known = ids.filter(isUuid);
    const rows = known.length === 0 ? [] : await this.db.rows(FileRow, 'WHERE id IN (??)', [known]);
    return allowedOf(this.db, caller, rows, 'read');
  }

  /**
   * A page of files that the caller may read, the newest first.
   *
   * @throws AppError 401; 422 for an invalid page size or cursor, and for a filter that would read the files of everybody
   */
  async list(caller: Caller, asked: FileFilter, page: PageRequest): Promise<Page<FileRow>> {
    if (caller.kind === 'anonymous') throw unauthenticated();
    const filter = withoutNul(asked);
    const ownerId = filter.ownerId ?? undefined;
    if (ownerId !== undefined) {
      return newestFirst.page(this.db, [...ownedBy(ownerId, caller), ...conditionsOf(filter)], page);
    }
    if (caller.kind === 'user' || !holds(caller, 'files:read')) {
      const isReadable = {
        sql: 'file_access.user_id = ?',
        values: [caller.kind === 'user' ? caller.id : ''],
      };
      return newestReadable.page(this.db, [isReadable, ...conditionsOf(filter)], page);
    }
    return this.listOfAll(filter, page);
  }

  /** For API keys with `files:read`. */
  private listOfAll({ tag, contentType, name }: FileFilter, page: PageRequest): Promise<Page<FileRow>> {
    if (name != null || contentType?.endsWith('/*')) {
      throw invalid([{ field: 'ownerId', message: 'is needed with a name and with a range of types' }]);
    }
    if (tag != null) {
      const isTagged = { sql: 'file_tags.tag = ?', values: [tag] };
      return newestTagged.page(this.db, [isTagged, ...conditionsOf({ contentType })], page);
    }
    const within = contentType == null ? [] : [{ sql: 'content_type = ?', values: [contentType] }];
    return newestFirst.page(this.db, within, page);
  }

  /** The files that one request made, as far as the caller may read them, the newest first. @throws AppError 401; 422 for a page that is not valid */
  async ofTrace(caller: Caller, traceId: string, page: PageRequest): Promise<Page<FileRow>> {
    if (caller.kind === 'anonymous') throw unauthenticated();
    const within: Condition[] = [{ sql: 'trace_id = ?', values: [traceId.replaceAll('\0', '')] }];
    if (!holds(caller, 'files:read')) within.push(openTo(caller));
    return newestFirst.page(this.db, within, page);
  }

  /**
   * Changes the given fields, if the version is still the current one.
   *
   * @throws AppError 404; 409 VERSION_CONFLICT; 422 with every wrong field
   */
  async update(caller: Caller, fileId: string, input: FilePatch, version?: number | null): Promise<FileRow> {
    await this.require(caller, fileId, 'write');
    const { filename, tags, isPublic } = validPatch(input);
    return this.db.transaction(async tx => {
      const row = await this.lock(tx, fileId);
      if (row === null) throw notFound('File');
      if (version != null && version !== row.version) {
        throw new AppError(platformErrors.VERSION_CONFLICT, 'This file has changed: read it again', {
          details: { currentVersion: row.version },
        });
      }
      const changed: FileRow = {
        ...row,
        ...(filename == null ? {} : { filename, filenameKey: filename.toLowerCase() }),
        ...(isPublic == null ? {} : { isPublic }),
        ...(tags == null ? {} : { tags }),
        version: row.version + 1,
        updatedAt: this.db.clock.now(),
      };
      await tx.manager.update(FileRow, { id: fileId }, changed);
      if (tags != null) {
        await tx.manager.delete(FileTagRow, { fileId });
        await insertTags(tx, [changed]);
      }
      const data: FileEvent = { fileId, ownerId: row.ownerId };
      await tx.emit({ type: fileUpdated, data });
      this.live.changed(tx, fileId);
      return changed;
    });
  }

  /** Deletes metadata and bytes. @throws AppError 404 */
  async delete(caller: Caller, fileId: string): Promise<void> {
    const row = await this.require(caller, fileId, 'delete');
    await this.db.transaction(async tx => {
      if (!(await deleteFile(tx, row, this.db.clock.now(), this.live))) throw notFound('File');
    });
    await this.removeBytes(row.storageKey);
  }

  /** Removes bytes whose row is gone. What fails is done again by the sweeper. */
  async removeBytes(storageKey: string): Promise<void> {
    try {
      await this.storage.remove(storageKey);
      await this.db.write('DELETE FROM removals WHERE storage_key = ?', [storageKey]);
    } catch (error) {
      this.logger.warn({ error, storageKey }, 'The bytes of a deleted file stay for the sweeper');
    }
  }

  /** The bytes and files that a user stores; null for another user without `files:read`. */
  async usageOf(caller: Caller, userId: string): Promise<Pick<StorageUsageRow, 'bytes' | 'files'> | null> {
    if (!isSelfOrHolds(caller, userId, 'files:read')) return null;
    const row = isUuid(userId) ? await this.db.read.findOneBy(StorageUsageRow, { userId }) : null;
    return row ?? { bytes: 0, files: 0 };
  }

  /** Of all users, for the metrics. */
  async stored(what: 'bytes' | 'files'): Promise<number> {
    return (await this.db.read.findOneByOrFail(StorageTotalRow, { id: 'all' }))[what];
  }

  /** Sums the usage of all users up again: an older version of the service that runs beside this one does not keep the total. */
  async recount(): Promise<void> {
    await this.db.transaction(async tx => {
      // Uploads wait for this row from here on, so the next statement sees all that are committed.
      await tx.write("UPDATE storage_total SET files = files WHERE id = 'all'", []);
      await tx.write(
        `UPDATE storage_total SET bytes = (SELECT COALESCE(SUM(bytes), 0) FROM storage_usage),
          files = (SELECT COALESCE(SUM(files), 0) FROM storage_usage) WHERE id = 'all'`,
        [],
      );
    });
  }

  /** @throws AppError 404 when the caller may not read it, 403 when the caller may read it and not do this */
  async require(caller: Caller, fileId: string, action: 'write' | 'delete'): Promise<FileRow> {
    if (caller.kind === 'anonymous') throw unauthenticated();
    const row = await findAllowed(this.db, caller, fileId, action);
    if (row === null) throw notFound('File');
    return row;
  }

  private lock(tx: Transaction, fileId: string): Promise<FileRow | null> {
    const query = tx.manager.createQueryBuilder(FileRow, 'file').where('file.id = :fileId', { fileId });
    if (this.db.kind === 'postgres') query.setLock('pessimistic_write');
    return query.getOne();
  }
}

/** Public files, and those that the caller owns or was granted. */
function openTo(caller: Caller): Condition {
  return { sql: `(is_public = ? OR ${isGranted})`, values: [true, userIdOf(caller)] };
}

function userIdOf({ kind, id }: Caller): string {
  return kind === 'user' ? id : '';
}

/** The files of one user that the caller may read. */
function ownedBy(ownerId: string, caller: Caller): Condition[] {
  const isOwned = { sql: 'owner_id = ?', values: [ownerId] };
  return isSelf(caller, ownerId) || holds(caller, 'files:read') ? [isOwned] : [isOwned, openTo(caller)];
}

/** PostgreSQL has no text with NUL, so nothing is found by it. */
function withoutNul(filter: FileFilter): FileFilter {
  return Object.fromEntries(
    Object.entries(filter).map(([name, text]) => [name, text?.replaceAll('\0', '\ufffd')]),
  );
}

/** For lists that are those of one user already. */
function conditionsOf({ tag, contentType, name }: FileFilter): Condition[] {
  const conditions: Condition[] = [];
  if (tag != null) conditions.push({ sql: hasTag, values: [tag] });
  if (contentType?.endsWith('/*')) {
    conditions.push({
      sql: `${typeOfFew} >= ? AND ${typeOfFew} < ?`,
      // `0` is the character after `/`.
      values: [contentType.slice(0, -1), `${contentType.slice(0, -2)}0`],
    });
  } else if (contentType != null) conditions.push({ sql: `${typeOfFew} = ?`, values: [contentType] });
  if (name != null) {
    conditions.push({
      sql: "filename_key LIKE ? ESCAPE '!'",
      values: [`%${name.normalize('NFC').toLowerCase().replace(/[!%_]/g, '!$&')}%`],
    });
  }
  return conditions;
}

/** Deletes the row, and notes that the bytes must go. @returns false when another request has deleted it */
export async function deleteFile(
  tx: Transaction,
  row: FileRow,
  now: number,
  live: LiveFiles,
): Promise<boolean> {
  const thumbnails = await tx.manager.findBy(ThumbnailRow, { fileId: row.id });
  const deleted = await tx.manager.delete(FileRow, { id: row.id });
  if (affectedRows(deleted) === 0) return false;
  await tx.manager
    .createQueryBuilder()
    .update(StorageUsageRow)
    .set({ bytes: () => 'bytes - :bytes', files: () => 'files - 1' })
    .where('userId = :userId', { userId: row.ownerId, bytes: row.size })
    .execute();
  await subtractFromTotal(tx, row.size);
  const keys = [row.storageKey, ...thumbnails.map(({ storageKey }) => storageKey)];
  await tx.manager.insert(
    RemovalRow,
    keys.map(storageKey => ({ storageKey, requestedAt: now })),
  );
  const data: FileEvent = { fileId: row.id, ownerId: row.ownerId };
  await tx.emit({ type: fileDeleted, data });
  live.changed(tx, row.id);
  return true;
}
