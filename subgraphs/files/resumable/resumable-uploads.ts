import { createHash, timingSafeEqual } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { Database } from '../../../platform/database/database';
import { AppError } from '../../../platform/errors';
import type { Caller } from '../../../platform/security/caller';
import { filesErrors } from '../errors';
import { tooLarge } from '../files/limits';
import type { Uploads } from '../files/uploads';
import { asStorageFull } from '../storage/local-storage';
import { FileRow, type UploadSessionRow } from '../tables';
import type { PartialContents } from './partial-contents';
import type { SessionInput, UploadSessions } from './upload-sessions';

export const checksumAlgorithms = ['sha1', 'sha256', 'md5'] as const;

export interface Checksum {
  readonly algorithm: (typeof checksumAlgorithms)[number];
  readonly digest: Buffer;
}

export interface Appended {
  /** Where the content goes on. */
  readonly offset: number;
  readonly content: Readable;
  readonly checksum: Checksum | undefined;
}

/** A request that is appending, which another one ends. */
interface Running {
  readonly stop: AbortController;
  readonly done: Promise<unknown>;
}

/**
 * Uploads that go on after a break, for the protocol tus. The size of the partial file is the offset, so that nothing that has arrived
 * is lost when the process is killed. Bytes whose checksum is not verified yet are marked in the row first.
 */
export class ResumableUploads {
  private readonly running = new Map<string, Running>();

  constructor(
    private readonly db: Database,
    private readonly sessions: UploadSessions,
    private readonly partial: PartialContents,
    private readonly uploads: Uploads,
  ) {}

  /** @throws AppError as `UploadSessions.create`; 507 STORAGE_FULL */
  async create(caller: Caller, input: SessionInput): Promise<UploadSessionRow> {
    const session = await this.sessions.create(caller, input);
    await this.partial.create(session.id);
    if (session.size === 0) await this.complete(caller, session);
    return session;
  }

  /** The session, and how many bytes it has. Ends a request that is appending. @throws AppError 401, 404 */
  async status(caller: Caller, id: string): Promise<{ session: UploadSessionRow; offset: number }> {
    const session = await this.sessions.find(caller, id);
    return this.exclusively(id, async () => {
      const offset = await this.offsetOf(session);
      if (offset === session.size) await this.complete(caller, session);
      else await this.partial.sync(id);
      return { session, offset };
    });
  }

  /**
   * Appends bytes. A request that breaks off keeps what has arrived, unless it has a checksum.
   *
   * @returns the new offset
   * @throws AppError 401, 404; 409 UPLOAD_OFFSET_MISMATCH; 413 FILE_TOO_LARGE; 460 CHECKSUM_MISMATCH; 400 UPLOAD_INCOMPLETE; those of
   * `Upload.receive` for the last bytes
   */
  async append(
    caller: Caller,
    id: string,
    appended: Appended,
  ): Promise<{ session: UploadSessionRow; offset: number }> {
    const session = await this.sessions.find(caller, id);
    return this.exclusively(id, async signal => {
      const start = await this.offsetOf(session);
      if (appended.offset !== start) {
        throw new AppError(filesErrors.UPLOAD_OFFSET_MISMATCH, `The upload goes on at byte ${start}`, {
          details: { offset: start },
        });
      }
      const offset = await this.write(session, appended, signal);
      if (offset === session.size) await this.complete(caller, session);
      return { session, offset };
    });
  }

  /** Ends the upload and removes its bytes. @throws AppError 401, 404 */
  async remove(caller: Caller, id: string): Promise<void> {
    await this.sessions.find(caller, id);
    await this.exclusively(id, () => this.discard(id));
  }

  /** Removes uploads that have expired, and bytes without a row. */
  async removeExpired(): Promise<void> {
    for (const { id } of await this.sessions.expired()) await this.discard(id);
    for (const id of await this.partial.ids()) {
      if (!(await this.sessions.exists(id))) await this.partial.remove(id);
    }
  }

  private async discard(id: string): Promise<void> {
    await this.sessions.remove(id);
    await this.partial.remove(id);
  }

  /** A client that comes back ends its earlier request, which may hang. */
  private async exclusively<T>(id: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    for (let before = this.running.get(id); before !== undefined; before = this.running.get(id)) {
      before.stop.abort();
      await before.done;
    }
    const stop = new AbortController();
    const result = work(stop.signal);
    const running = { stop, done: result.catch(() => undefined) };
    this.running.set(id, running);
    try {
      return await result;
    } finally {
      this.running.delete(id);
    }
  }

  private async offsetOf(session: UploadSessionRow): Promise<number> {
    if (session.isComplete) return session.size;
    const size = (await this.partial.sizeOf(session.id)) ?? 0;
    const from = session.unverifiedFrom;
    if (from === null) return size;
    // The process ended before the checksum was compared.
    if (size > from) await this.partial.truncate(session.id, from);
    await this.sessions.update(session.id, { unverifiedFrom: null });
    return Math.min(size, from);
  }

  private async write(session: UploadSessionRow, appended: Appended, signal: AbortSignal): Promise<number> {
    const { id, size } = session;
    const { offset: start, content, checksum } = appended;
    const stop = () => content.destroy(new Error('Another request continues this upload'));
    signal.addEventListener('abort', stop);
    if (checksum !== undefined) await this.sessions.update(id, { unverifiedFrom: start });
    const hash = checksum && createHash(checksum.algorithm);
    const file = await this.partial.open(id);
    let position = start;
    let failure: unknown;
    try {
      for await (const chunk of content as AsyncIterable<Buffer>) {
        if (position + chunk.length > size) throw tooLarge(size);
        hash?.update(chunk);
        await file.write(chunk, 0, chunk.length, position).catch(asStorageFull);
        position += chunk.length;
      }
    } catch (error) {
      failure =
        error instanceof AppError
          ? error
          : new AppError(filesErrors.UPLOAD_INCOMPLETE, 'The body of the upload broke off', { cause: error });
    } finally {
      signal.removeEventListener('abort', stop);
      await file.sync();
      await file.close();
    }
    if (checksum !== undefined) {
      const isSame = failure === undefined && isEqual(hash!.digest(), checksum.digest);
      if (!isSame) await this.partial.truncate(id, start);
      await this.sessions.update(id, { unverifiedFrom: null });
      if (!isSame) failure ??= new AppError(filesErrors.CHECKSUM_MISMATCH, 'The bytes have another checksum');
    }
    if (failure !== undefined) throw failure;
    return position;
  }

  /** Makes a file of the upload; its id is that of the upload, so it is made once. What is refused is removed. */
  private async complete(caller: Caller, session: UploadSessionRow): Promise<void> {
    if (session.isComplete) return;
    const { id, filename, declaredType, tags, isPublic } = session;
    try {
      if (!(await this.db.read.existsBy(FileRow, { id }))) {
        await this.uploads.run(caller, undefined, async upload => {
          const content = this.partial.read(id);
          await upload.receive({ id, filename, declaredType: declaredType ?? undefined, content });
          await upload.commit({ tags, isPublic });
        });
      }
    } catch (error) {
      if (error instanceof AppError && error.status < 500) await this.discard(id);
      throw error;
    }
    await this.sessions.update(id, { isComplete: true });
    await this.partial.remove(id);
  }
}

function isEqual(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
