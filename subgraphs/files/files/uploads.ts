import type { Counter } from 'prom-client';
import type { Database } from '../../../platform/database/database';
import { AppError, invalid } from '../../../platform/errors';
import { uuidv7 } from '../../../platform/ids';
import type { Logger } from '../../../platform/observability/logger';
import { currentTrace } from '../../../platform/observability/tracing';
import type { Caller } from '../../../platform/security/caller';
import { filesErrors } from '../errors';
import { nextScanAt } from '../scanning/quarantine';
import type { Scanner } from '../scanning/scanner';
import type { Contents, NewContent } from '../storage/contents';
import { FileRow, FileStatus, StagedUploadRow, StorageTotalRow, StorageUsageRow } from '../tables';
import { type FilePatch, safeFilename, validPatch } from './file-input';
import type { FileInserts } from './file-inserts';
import { quotaExceeded, tooLarge, totalExceeded, type UploadLimits } from './limits';
import { declaredMediaType, isAllowedType, mediaTypeOf, sniffedBytes } from './media-types';
import { knownMalware } from './signatures';

export interface IncomingFile {
  /** A UUID of version 7; a new one when absent. */
  readonly id?: string;
  readonly filename: string;
  readonly declaredType: string | undefined;
  readonly content: AsyncIterable<Uint8Array>;
}

/** The bytes of one file of an upload, which are not stored before `commit`. */
interface Received {
  readonly content: NewContent;
  readonly row: FileRow;
}

/** What was received, passed its checks and is in the storage. */
export interface UploadCounters {
  readonly files: Pick<Counter, 'inc'>;
  readonly bytes: Pick<Counter, 'inc'>;
}

/**
 * One upload of one or more files: all of them are stored, or none. The bytes are stored and scanned before one
 * transaction writes the rows and the events, so a crash leaves bytes without a row at most, which the sweeper removes.
 */
export class Upload {
  private readonly received: Received[] = [];
  private readonly pending: NewContent[] = [];

  constructor(
    private readonly db: Database,
    private readonly contents: Contents,
    private readonly scanner: Scanner,
    private readonly inserts: FileInserts,
    private readonly limits: UploadLimits,
    private readonly ownerId: string,
    private readonly uploaded: UploadCounters,
  ) {}

  /**
   * Writes the bytes of a file as they arrive.
   *
   * @throws AppError 413 FILE_TOO_LARGE, STORAGE_QUOTA_EXCEEDED, TOO_MANY_FILES; 415 FILE_TYPE_NOT_ALLOWED; 422 FILE_INFECTED; 507 STORAGE_FULL
   */
  async receive({ id: givenId, filename, declaredType, content }: IncomingFile): Promise<FileRow> {
    const { maxFiles, maxFileSize, allowedTypes } = this.limits;
    if (this.pending.length >= maxFiles) {
      throw new AppError(filesErrors.TOO_MANY_FILES, `An upload has at most ${maxFiles} files`, {
        details: { maxFiles },
      });
    }
    const now = this.db.clock.now();
    const id = givenId ?? uuidv7(now);
    const stored = this.contents.create(id);
    this.pending.push(stored);
    let head = Buffer.alloc(0);
    for await (const chunk of content) {
      if (stored.size + chunk.length > maxFileSize) throw tooLarge(maxFileSize);
      if (head.length < sniffedBytes) {
        head = Buffer.concat([head, chunk.subarray(0, sniffedBytes - head.length)]);
      }
      await stored.write(chunk);
    }
    const malware = knownMalware(head, stored.size);
    if (malware !== null) throw infected(malware);
    const declared = declaredMediaType(declaredType);
    const contentType = await mediaTypeOf(head, declared);
    if (!isAllowedType(contentType, allowedTypes)) {
      throw new AppError(filesErrors.FILE_TYPE_NOT_ALLOWED, `Files of type ${contentType} are not accepted`, {
        details: { contentType },
      });
    }
    const name = safeFilename(filename);
    const row: FileRow = {
      id,
      ownerId: this.ownerId,
      filename: name,
      filenameKey: name.toLowerCase(),
      originalFilename: shownName(filename),
      contentType,
      declaredType: declared,
      ...(await stored.end()),
      status: FileStatus.AVAILABLE,
      malware: null,
      scans: 0,
      nextScanAt: null,
      scannedAt: null,
      isPublic: false,
      tags: [],
      traceId: currentTrace()?.traceId ?? null,
      createdAt: now,
      updatedAt: now,
      version: 1,
    };
    this.received.push({ content: stored, row });
    return row;
  }

  /**
   * Stores the received files.
   *
   * @throws AppError 413 STORAGE_QUOTA_EXCEEDED; 422 for a wrong field, and without a file; 507 STORAGE_FULL
   */
  async commit(fields: Pick<FilePatch, 'tags' | 'isPublic'>): Promise<FileRow[]> {
    const rows = await this.store(fields);
    await this.inserts.insert(rows);
    this.forget();
    return rows;
  }

  /**
   * Keeps the received content for an operation that follows.
   *
   * @returns the id for `StagedUploads.claim`
   */
  async stage(): Promise<string> {
    const [file] = await this.store({});
    const { id, ownerId, size, createdAt } = file!;
    const staged: StagedUploadRow = { id, ownerId, size, file: file!, createdAt };
    await this.db.transaction(tx => tx.manager.insert(StagedUploadRow, staged));
    this.forget();
    return id;
  }

  private async store(fields: Pick<FilePatch, 'tags' | 'isPublic'>): Promise<FileRow[]> {
    if (this.received.length === 0) throw invalid([{ field: 'file', message: 'is missing' }]);
    const { tags, isPublic } = validPatch(fields);
    const rows = this.received.map(({ row }) => ({ ...row, tags: tags ?? [], isPublic: isPublic ?? false }));
    for (const { content } of this.received) await content.commit();
    await Promise.all(rows.map(row => this.scan(row)));
    this.uploaded.files.inc(rows.length);
    this.uploaded.bytes.inc(rows.reduce((sum, { size }) => sum + size, 0));
    return rows;
  }

  /** What is stored stays. */
  private forget(): void {
    this.received.length = 0;
    this.pending.length = 0;
  }

  /** Removes the bytes of everything that was received and not stored. */
  async abort(): Promise<void> {
    for (const content of this.pending.splice(0)) await content.abort();
  }

  /** @throws AppError 422 FILE_INFECTED */
  private async scan(row: FileRow): Promise<void> {
    const verdict = await this.scanner.verdictOn(row);
    if (verdict.result === 'infected') throw infected(verdict.malware);
    if (verdict.result === 'clean') {
      if (this.scanner.isConfigured) row.scannedAt = row.createdAt;
      return;
    }
    row.status = FileStatus.PENDING_SCAN;
    row.nextScanAt = nextScanAt(row.createdAt, 0);
  }
}

/** Receives files. */
export class Uploads {
  constructor(
    private readonly db: Database,
    private readonly contents: Contents,
    private readonly scanner: Scanner,
    private readonly inserts: FileInserts,
    private readonly limits: UploadLimits,
    private readonly logger: Logger,
    private readonly uploaded: UploadCounters,
  ) {}

  /**
   * Runs the work of one upload. A failure of any kind leaves neither rows nor bytes.
   *
   * @param declaredBytes the length that the client announces; undefined when it does not
   * @throws AppError 401; 403 for API keys; 413 STORAGE_QUOTA_EXCEEDED before a byte is read; whatever the work throws
   */
  async run<T>(
    caller: Caller,
    declaredBytes: number | undefined,
    work: (upload: Upload) => Promise<T>,
  ): Promise<T> {
    const ownerId = caller.requireUser();
    const { maxFileSize, maxFiles, userQuota, totalQuota } = this.limits;
    // The boundaries and fields of a multipart body.
    const overhead = 64 * 1024 + maxFiles * 1024;
    if (declaredBytes !== undefined) {
      if (declaredBytes > maxFileSize * maxFiles + overhead) throw tooLarge(maxFileSize);
      if ((await usageOf(this.db, ownerId)) + declaredBytes - overhead > userQuota)
        throw quotaExceeded(userQuota);
      if (totalQuota !== undefined && (await this.total()) + declaredBytes - overhead > totalQuota)
        throw totalExceeded();
    }
    const { db, contents, scanner, inserts, limits, uploaded } = this;
    const upload = new Upload(db, contents, scanner, inserts, limits, ownerId, uploaded);
    try {
      return await work(upload);
    } finally {
      await upload
        .abort()
        .catch(error => this.logger.warn({ error }, 'The bytes of a failed upload stay for the sweeper'));
    }
  }

  private async total(): Promise<number> {
    const [total] = await this.db.rows(StorageTotalRow, 'WHERE id = ?', ['all']);
    return total?.bytes ?? 0;
  }
}

/** The bytes that a user stores. */
export async function usageOf(db: Database, userId: string): Promise<number> {
  const [usage] = await db.rows(StorageUsageRow, 'WHERE user_id = ?', [userId]);
  return usage?.bytes ?? 0;
}

/** PostgreSQL has no text with NUL or with half of a surrogate pair. */
function shownName(original: string): string {
  const text = Buffer.from(original.replaceAll('\0', '')).toString();
  return [...text].slice(0, 1000).join('');
}

function infected(malware: string): AppError {
  return new AppError(filesErrors.FILE_INFECTED, `The file is malware: ${malware}`, { details: { malware } });
}
