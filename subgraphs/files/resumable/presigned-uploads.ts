import { AppError, type FieldError, invalid } from '../../../platform/errors';
import type { Caller } from '../../../platform/security/caller';
import { filesErrors } from '../errors';
import type { Uploads } from '../files/uploads';
import type { PresignedStore } from '../storage/storage';
import type { FileRow, UploadSessionRow } from '../tables';
import { mismatch, type SessionInput, type UploadSessions } from './upload-sessions';

/** S3 takes at most 5 GiB in one PUT. */
const largestPut = 5 * 1024 ** 3;

export interface PresignedUpload {
  readonly session: UploadSessionRow;
  /** Takes one PUT of the announced size, without a token. */
  readonly url: string;
}

/** Uploads that go straight to S3. The bytes become a file when they are complete, are what was announced, and are no malware. */
export class PresignedUploads {
  /** @param store undefined where files are in a folder */
  constructor(
    private readonly sessions: UploadSessions,
    private readonly store: PresignedStore | undefined,
    private readonly uploads: Uploads,
  ) {}

  /** @throws AppError as `UploadSessions.create`; 409 PRESIGNED_UPLOADS_UNAVAILABLE */
  async create(caller: Caller, input: SessionInput): Promise<PresignedUpload> {
    caller.requireUser();
    const store = this.requireStore();
    const mistakes: FieldError[] = [];
    if (!Number.isInteger(input.size) || input.size < 1 || input.size > largestPut) {
      mistakes.push({ field: 'size', message: `must be from 1 to ${largestPut} bytes` });
    }
    if (input.sha256 != null && !/^[0-9a-f]{64}$/i.test(input.sha256)) {
      mistakes.push({ field: 'sha256', message: 'must be 64 hexadecimal digits' });
    }
    if (mistakes.length > 0) throw invalid(mistakes);
    const session = await this.sessions.create(caller, input);
    return { session, url: await store.urlFor(session.id, session.size) };
  }

  /**
   * Makes a file of the bytes that were sent.
   *
   * @throws AppError 401; 404 for an unknown upload; 409 UPLOAD_NOT_RECEIVED; 422 UPLOAD_MISMATCH; those of `Upload.receive`
   */
  async complete(caller: Caller, id: string): Promise<FileRow> {
    const session = await this.sessions.find(caller, id);
    const store = this.requireStore();
    const size = await store.sizeOf(session.id);
    if (size === undefined) {
      throw new AppError(filesErrors.UPLOAD_NOT_RECEIVED, 'The bytes of this upload have not arrived');
    }
    const { filename, declaredType, tags, isPublic, sha256 } = session;
    try {
      if (size !== session.size) throw mismatch(`${size} bytes have arrived instead of ${session.size}`);
      const file = await this.uploads.run(caller, undefined, async upload => {
        const content = store.read(session.id);
        const row = await upload.receive({
          id: session.id,
          filename,
          declaredType: declaredType ?? undefined,
          content,
        });
        if (row.size !== session.size || (sha256 !== null && row.sha256 !== sha256)) {
          throw mismatch('The bytes that have arrived have another checksum');
        }
        const [stored] = await upload.commit({ tags, isPublic });
        return stored!;
      });
      await this.discard(session.id, store);
      return file;
    } catch (error) {
      if (error instanceof AppError && error.status < 500) await this.discard(session.id, store);
      throw error;
    }
  }

  /** Removes uploads that were never completed. */
  async removeExpired(): Promise<void> {
    const { store } = this;
    if (store === undefined) return;
    for (const { id } of await this.sessions.expired()) await this.discard(id, store);
  }

  private async discard(id: string, store: PresignedStore): Promise<void> {
    await store.remove(id);
    await this.sessions.remove(id);
  }

  private requireStore(): PresignedStore {
    if (this.store !== undefined) return this.store;
    throw new AppError(
      filesErrors.PRESIGNED_UPLOADS_UNAVAILABLE,
      'Files are in a folder here: upload with POST /files/upload, uploadFile, or /files/tus',
    );
  }
}
