import type { Database } from '../../../platform/database/database';
import type { StatementValue } from '../../../platform/database/sqlite-statements';
import type { Transaction } from '../../../platform/database/transaction';
import type { AppError } from '../../../platform/errors';
import { currentTraceparent } from '../../../platform/observability/tracing';
import { type FileEvent, fileUploaded } from '../events';
import type { FileRow } from '../tables';
import { quotaExceeded, totalExceeded, type UploadLimits } from './limits';

/** The rows of one upload, which has one owner. */
interface Waiting {
  readonly rows: readonly FileRow[];
  /** The trace of the upload. */
  readonly traceparent: string | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const mostInTransaction = 64;

/** Writes the rows of stored contents. Uploads that end at the same time share a transaction, and with it one sync of the disk. */
export class FileInserts {
  private waiting: Waiting[] = [];
  private isWriting = false;

  constructor(
    private readonly db: Database,
    private readonly limits: Pick<UploadLimits, 'userQuota' | 'totalQuota'>,
  ) {}

  /** Resolves when the rows are durable. @throws AppError 413 STORAGE_QUOTA_EXCEEDED; 507 STORAGE_FULL over the quota of all users */
  insert(rows: readonly FileRow[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ rows, traceparent: currentTraceparent(), resolve, reject });
      if (this.isWriting) return;
      this.isWriting = true;
      // Once a turn of the event loop, when all uploads that ended in it are known.
      setImmediate(() => void this.writeAll());
    });
  }

  private async writeAll(): Promise<void> {
    while (this.waiting.length > 0) await this.write(this.waiting.splice(0, mostInTransaction));
    this.isWriting = false;
  }

  private async write(uploads: readonly Waiting[]): Promise<void> {
    const refused = new Map<Waiting, AppError>();
    try {
      await this.db.transaction(async tx => {
        refused.clear();
        for (const upload of await this.overQuota(tx, uploads))
          refused.set(upload, quotaExceeded(this.limits.userQuota));
        const accepted = uploads.filter(upload => !refused.has(upload));
        await insertRows(tx, accepted);
        await addToTotal(
          tx,
          accepted.flatMap(({ rows }) => rows),
          this.limits.totalQuota,
        );
      });
    } catch (error) {
      // One upload must not fail for another: each is tried by itself.
      if (uploads.length === 1) return uploads[0]!.reject(error);
      for (const upload of uploads) await this.write([upload]);
      return;
    }
    for (const upload of uploads) {
      const error = refused.get(upload);
      if (error === undefined) upload.resolve();
      else upload.reject(error);
    }
  }

  /** Counts the bytes of the uploads. @returns those that are too much */
  private async overQuota(tx: Transaction, uploads: readonly Waiting[]): Promise<Waiting[]> {
    const byOwner = new Map<string, Waiting[]>();
    for (const upload of uploads) {
      const ownerId = upload.rows[0]?.ownerId ?? '';
      byOwner.set(ownerId, [...(byOwner.get(ownerId) ?? []), upload]);
    }
    const refused: Waiting[] = [];
    // In one order, so that two instances do not wait for each other.
    for (const [ownerId, owned] of [...byOwner].sort(([one], [other]) => (one < other ? -1 : 1))) {
      const all = owned.flatMap(({ rows }) => rows);
      if (await addUsage(tx, ownerId, all, this.limits.userQuota)) continue;
      for (const upload of owned) {
        const fits = owned.length > 1 && (await addUsage(tx, ownerId, upload.rows, this.limits.userQuota));
        if (!fits) refused.push(upload);
      }
    }
    return refused;
  }
}

/** The same in a transaction of the caller. @throws AppError 413 STORAGE_QUOTA_EXCEEDED; 507 STORAGE_FULL */
export async function insertFile(
  tx: Transaction,
  row: FileRow,
  { userQuota, totalQuota }: Pick<UploadLimits, 'userQuota' | 'totalQuota'>,
): Promise<void> {
  if (!(await addUsage(tx, row.ownerId, [row], userQuota))) throw quotaExceeded(userQuota);
  await insertRows(tx, [{ rows: [row], traceparent: currentTraceparent() }]);
  await addToTotal(tx, [row], totalQuota);
}

export async function insertTags(
  tx: Transaction,
  files: readonly Pick<FileRow, 'id' | 'tags'>[],
): Promise<void> {
  const tags = files.flatMap(({ id, tags: own }) => own.map(tag => [tag, id]));
  await Promise.all(
    tags.map(values => tx.write('INSERT INTO file_tags (tag, file_id) VALUES (?, ?)', values)),
  );
}

async function insertRows(
  tx: Transaction,
  uploads: readonly Pick<Waiting, 'rows' | 'traceparent'>[],
): Promise<void> {
  const rows = uploads.flatMap(upload => upload.rows);
  await Promise.all([
    ...rows.map(row => tx.write(insertFileRow, valuesOf(row))),
    insertTags(tx, rows),
    ...rows.map(({ id, ownerId }) => tx.write(insertOwnAccess, [ownerId, id, true, true])),
    ...uploads.flatMap(({ rows: own, traceparent }) =>
      own.map(({ id, ownerId }) => {
        const data: FileEvent = { fileId: id, ownerId };
        return tx.emit({ type: fileUploaded, data, traceparent });
      }),
    ),
  ]);
}

const insertOwnAccess = `INSERT INTO file_access (user_id, file_id, can_write, can_delete)
  VALUES (?, ?, ?, ?)`;

const fileColumns = {
  id: 'id',
  ownerId: 'owner_id',
  filename: 'filename',
  filenameKey: 'filename_key',
  originalFilename: 'original_filename',
  contentType: 'content_type',
  declaredType: 'declared_type',
  size: 'size',
  sha256: 'sha256',
  chunkDigests: 'chunk_digests',
  dataKey: 'data_key',
  storageKey: 'storage_key',
  status: 'status',
  malware: 'malware',
  scans: 'scans',
  nextScanAt: 'next_scan_at',
  scannedAt: 'scanned_at',
  isPublic: 'is_public',
  tags: 'tags',
  createdAt: 'created_at',
  updatedAt: 'updated_at',
  version: 'version',
  traceId: 'trace_id',
} satisfies Record<keyof FileRow, string>;

const fileProperties = Object.keys(fileColumns) as (keyof FileRow)[];

const insertFileRow = `INSERT INTO files (${Object.values(fileColumns).join(', ')})
  VALUES (${fileProperties.map(() => '?').join(', ')})`;

function valuesOf(row: FileRow): StatementValue[] {
  return fileProperties.map(property => {
    const value = row[property];
    return Array.isArray(value) ? JSON.stringify(value) : (value ?? null);
  });
}

const addToUsage = `INSERT INTO storage_usage (user_id, bytes, files) VALUES (?, ?, ?)
  ON CONFLICT (user_id) DO UPDATE
  SET bytes = storage_usage.bytes + excluded.bytes, files = storage_usage.files + excluded.files
  WHERE storage_usage.bytes + excluded.bytes <= ? RETURNING bytes`;

/**
 * The condition is part of the write, so parallel uploads together stay within the quota.
 *
 * @returns false when the user would store too much
 */
async function addUsage(
  tx: Transaction,
  userId: string,
  rows: readonly FileRow[],
  quota: number,
): Promise<boolean> {
  const bytes = rows.reduce((sum, { size }) => sum + size, 0);
  if (bytes > quota) return false;
  return (await tx.write(addToUsage, [userId, bytes, rows.length, quota])).length > 0;
}

/** Last in its transaction: everybody who writes waits for this row. @throws AppError 507 STORAGE_FULL */
async function addToTotal(
  tx: Transaction,
  rows: readonly FileRow[],
  quota = Number.MAX_SAFE_INTEGER,
): Promise<void> {
  const bytes = rows.reduce((sum, { size }) => sum + size, 0);
  const added = await tx.write(addBytesToTotal, [bytes, rows.length, bytes, quota]);
  if (added.length === 0) throw totalExceeded();
}

const addBytesToTotal = `UPDATE storage_total SET bytes = bytes + ?, files = files + ?
  WHERE id = 'all' AND bytes + ? <= ? RETURNING bytes`;

export async function subtractFromTotal(tx: Transaction, bytes: number): Promise<void> {
  await tx.write("UPDATE storage_total SET bytes = bytes - ?, files = files - 1 WHERE id = 'all'", [bytes]);
}
