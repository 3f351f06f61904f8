import { affectedRows, type Database } from '../../../platform/database/database';
import { notFound } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import { currentTrace } from '../../../platform/observability/tracing';
import type { Caller } from '../../../platform/security/caller';
import { FileRow, RemovalRow, StagedUploadRow } from '../tables';
import { type FilePatch, validPatch } from './file-input';
import { insertFile } from './file-inserts';
import { quotaExceeded, type UploadLimits } from './limits';
import { type IncomingFile, type Uploads, usageOf } from './uploads';

/** The operation comes right after its contents. */
const longestMs = 60 * 60_000;
const removedInRound = 500;

/**
 * Contents that were received before the GraphQL operation that makes files of them. The gateway sends each file of a multipart
 * operation here as a stream, and puts the id into the variables of the operation.
 */
export class StagedUploads {
  constructor(
    private readonly db: Database,
    private readonly uploads: Uploads,
    private readonly limits: UploadLimits,
  ) {}

  /** @returns the id for `claim`. @throws AppError as `Upload.receive` */
  async stage(caller: Caller, declaredBytes: number | undefined, file: IncomingFile): Promise<string> {
    const ownerId = caller.requireUser();
    // Not exact under parallel requests, as the quota itself is: it bounds the bytes that wait.
    const waiting = await this.db.read.sum(StagedUploadRow, 'size', { ownerId });
    const used = await usageOf(this.db, ownerId);
    const { userQuota } = this.limits;
    if (used + Number(waiting ?? 0) + (declaredBytes ?? 0) > userQuota) throw quotaExceeded(userQuota);
    return this.uploads.run(caller, declaredBytes, async upload => {
      await upload.receive(file);
      return upload.stage();
    });
  }

  /**
   * Makes a file of a staged content, once.
   *
   * @throws AppError 401; 404 for an unknown id, and for one of another user; 413 STORAGE_QUOTA_EXCEEDED; 422 with every wrong field
   */
  async claim(caller: Caller, stagedId: string, input: FilePatch): Promise<FileRow> {
    const ownerId = caller.requireUser();
    const { filename, tags, isPublic } = validPatch(input);
    return this.db.transaction(async tx => {
      const staged = isUuid(stagedId)
        ? await tx.manager.findOneBy(StagedUploadRow, { id: stagedId, ownerId })
        : null;
      const deleted = staged && affectedRows(await tx.manager.delete(StagedUploadRow, { id: stagedId }));
      if (!deleted) throw notFound('Upload');
      const name = filename ?? staged.file.filename;
      const row: FileRow = {
        ...staged.file,
        filename: name,
        filenameKey: name.toLowerCase(),
        tags: tags ?? [],
        isPublic: isPublic ?? false,
        traceId: currentTrace()?.traceId ?? null,
      };
      await insertFile(tx, row, this.limits);
      return row;
    });
  }

  /** Removes contents of which no file was made. */
  async removeExpired(): Promise<void> {
    const now = this.db.clock.now();
    const rows = await this.db.rows(
      StagedUploadRow,
      `WHERE created_at < ? ORDER BY created_at LIMIT ${removedInRound}`,
      [now - longestMs],
    );
    for (const { id, file } of rows) {
      await this.db.transaction(async tx => {
        if (affectedRows(await tx.manager.delete(StagedUploadRow, { id })) === 0) return;
        await tx.manager.insert(RemovalRow, { storageKey: file.storageKey, requestedAt: now });
      });
    }
  }
}
