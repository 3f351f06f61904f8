import type { Database } from '../../../platform/database/database';
import { AppError, notFound, tooMany } from '../../../platform/errors';
import { isUuid, uuidv7 } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { filesErrors } from '../errors';
import { type FilePatch, safeFilename, validPatch } from '../files/file-input';
import { quotaExceeded, tooLarge, type UploadLimits } from '../files/limits';
import { declaredMediaType } from '../files/media-types';
import { usageOf } from '../files/uploads';
import { UploadProtocol, UploadSessionRow } from '../tables';

const sessionMs = 48 * 60 * 60_000;
const mostSessions = 100;

export interface SessionInput extends Pick<FilePatch, 'tags' | 'isPublic'> {
  readonly filename: string;
  readonly declaredType?: string | null | undefined;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the content, in hexadecimal. */
  readonly sha256?: string | null | undefined;
}

/** Uploads that take more than one request, of one protocol. Only their owner sees them. */
export class UploadSessions {
  constructor(
    private readonly db: Database,
    private readonly limits: UploadLimits,
    private readonly protocol: UploadProtocol,
  ) {}

  /** @throws AppError 401; 413 FILE_TOO_LARGE, STORAGE_QUOTA_EXCEEDED; 422; 429 for too many open sessions */
  async create(caller: Caller, input: SessionInput): Promise<UploadSessionRow> {
    const ownerId = caller.requireUser();
    const { maxFileSize, userQuota } = this.limits;
    const { tags, isPublic } = validPatch({ tags: input.tags, isPublic: input.isPublic });
    if (input.size > maxFileSize) throw tooLarge(maxFileSize);
    const open = { ownerId, isComplete: false };
    if ((await this.db.read.countBy(UploadSessionRow, open)) >= mostSessions) {
      throw tooMany(`A user has at most ${mostSessions} open uploads`, 60);
    }
    // The quota itself is checked when the file is stored; this bounds the bytes of open uploads.
    const waiting = Number((await this.db.read.sum(UploadSessionRow, 'size', open)) ?? 0);
    if ((await usageOf(this.db, ownerId)) + waiting + input.size > userQuota) throw quotaExceeded(userQuota);
    const now = this.db.clock.now();
    const row: UploadSessionRow = {
      id: uuidv7(now),
      ownerId,
      protocol: this.protocol,
      filename: safeFilename(input.filename),
      declaredType: declaredMediaType(input.declaredType ?? undefined),
      size: input.size,
      sha256: input.sha256?.toLowerCase() ?? null,
      isPublic: isPublic ?? false,
      tags: tags ?? [],
      unverifiedFrom: null,
      isComplete: false,
      expiresAt: now + sessionMs,
    };
    await this.db.transaction(tx => tx.manager.insert(UploadSessionRow, row));
    return row;
  }

  /** @throws AppError 401; 404 for an unknown session, one of another user, and one that has expired */
  async find(caller: Caller, id: string): Promise<UploadSessionRow> {
    const ownerId = caller.requireUser();
    const row = isUuid(id)
      ? await this.db.read.findOneBy(UploadSessionRow, { id, ownerId, protocol: this.protocol })
      : null;
    if (row === null || row.expiresAt <= this.db.clock.now()) throw notFound('Upload');
    return row;
  }

  async update(
    id: string,
    change: Partial<Pick<UploadSessionRow, 'unverifiedFrom' | 'isComplete'>>,
  ): Promise<void> {
    await this.db.transaction(tx => tx.manager.update(UploadSessionRow, { id }, change));
  }

  async remove(id: string): Promise<void> {
    await this.db.transaction(tx => tx.manager.delete(UploadSessionRow, { id }));
  }

  async exists(id: string): Promise<boolean> {
    return this.db.read.existsBy(UploadSessionRow, { id });
  }

  /** The oldest sessions that have expired. */
  expired(): Promise<UploadSessionRow[]> {
    return this.db.rows(
      UploadSessionRow,
      'WHERE expires_at <= ? AND protocol = ? ORDER BY expires_at LIMIT 500',
      [this.db.clock.now(), this.protocol],
    );
  }
}

/** The stored bytes are not those that were announced. */
export function mismatch(message: string): AppError {
  return new AppError(filesErrors.UPLOAD_MISMATCH, message);
}
