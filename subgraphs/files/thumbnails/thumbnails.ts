import { LRUCache } from 'lru-cache';
import type { Counter } from 'prom-client';
import type { Database } from '../../../platform/database/database';
import { AppError, notFound } from '../../../platform/errors';
import { uuidv7 } from '../../../platform/ids';
import type { Logger } from '../../../platform/observability/logger';
import { filesErrors } from '../errors';
import type { Contents, NewContent } from '../storage/contents';
import { FileRow, ThumbnailRow } from '../tables';
import { WorkQueue } from '../work-queue';
import type * as Picture from './picture';
import { isPicture, type ThumbnailOptions, variantOf } from './thumbnail-options';

/** Two sources and two decoded pictures fit into the memory of a service. */
const parallel = 2;
const longestQueue = 64;
const largestSource = 64 * 1024 * 1024;
/** Files that turned out not to be pictures: they are not decoded again for each request. */
const rememberedFailures = 10_000;

/** Smaller pictures of files, made when they are first asked for and kept in the storage. */
export class Thumbnails {
  private readonly queue = new WorkQueue(
    parallel,
    longestQueue,
    'Too many pictures are being made right now',
  );
  /** What is being made, by file and variant: all who ask meanwhile get the same picture. */
  private readonly inProgress = new Map<string, Promise<ThumbnailRow>>();
  private readonly failed = new LRUCache<string, string>({ max: rememberedFailures });
  private picture: typeof Picture | undefined;

  constructor(
    private readonly db: Database,
    private readonly contents: Contents,
    private readonly logger: Logger,
    private readonly made: Pick<Counter<'outcome'>, 'inc'>,
  ) {}

  get queueLength(): number {
    return this.queue.length;
  }

  /** @throws AppError 422 THUMBNAIL_UNAVAILABLE; 503 when too many are being made */
  async of(file: FileRow, options: ThumbnailOptions): Promise<ThumbnailRow> {
    if (!isPicture(file.contentType)) throw notPossible(`${file.contentType} is not a type of picture`);
    if (file.size > largestSource) throw notPossible(`The file has more than ${largestSource} bytes`);
    const failure = this.failed.get(file.id);
    if (failure !== undefined) throw notPossible(failure);
    const variant = variantOf(options);
    const stored = await this.stored(file.id, variant);
    if (stored !== undefined) return stored;
    const key = `${file.id} ${variant}`;
    let making = this.inProgress.get(key);
    if (making === undefined) {
      making = this.queue
        .run(() => this.make(file, options, variant))
        .finally(() => this.inProgress.delete(key));
      this.inProgress.set(key, making);
    }
    return making;
  }

  private async stored(fileId: string, variant: string): Promise<ThumbnailRow | undefined> {
    const [row] = await this.db.rows(ThumbnailRow, 'WHERE file_id = ? AND variant = ?', [fileId, variant]);
    return row;
  }

  private async make(file: FileRow, options: ThumbnailOptions, variant: string): Promise<ThumbnailRow> {
    // It may have been made while this waited.
    const stored = await this.stored(file.id, variant);
    if (stored !== undefined) return stored;
    const pieces: Buffer[] = [];
    for await (const piece of this.contents.read(file)) pieces.push(piece);
    const bytes = await this.draw(file, Buffer.concat(pieces), options);
    const now = this.db.clock.now();
    const content = this.contents.create(uuidv7(now));
    let isStored = false;
    try {
      await content.write(bytes);
      const row: ThumbnailRow = {
        fileId: file.id,
        variant,
        contentType: `image/${options.format}`,
        createdAt: now,
        ...(await content.end()),
      };
      await content.commit();
      isStored = await this.insert(row);
      if (isStored) return row;
    } finally {
      if (!isStored) await this.abort(content);
    }
    const other = await this.stored(file.id, variant);
    if (other === undefined) throw notFound('File');
    return other;
  }

  /** @returns false when another instance was faster, and when the file was deleted meanwhile */
  private async insert(row: ThumbnailRow): Promise<boolean> {
    return this.db.transaction(async tx => {
      if (!(await tx.manager.existsBy(FileRow, { id: row.fileId }))) return false;
      const values = { fileId: row.fileId, variant: row.variant };
      await tx.manager.createQueryBuilder().insert().into(ThumbnailRow).values(row).orIgnore().execute();
      return tx.manager.existsBy(ThumbnailRow, { ...values, storageKey: row.storageKey });
    });
  }

  private async abort(content: NewContent): Promise<void> {
    try {
      await content.abort();
    } catch (error) {
      this.logger.warn({ error }, 'The bytes of a thumbnail stay for the sweeper');
    }
  }

  private async draw(file: FileRow, source: Buffer, options: ThumbnailOptions): Promise<Buffer> {
    if (this.picture === undefined) {
      // Loaded where it is used: libvips takes memory.
      this.picture = require('./picture') as typeof Picture;
      this.picture.restrictLoaders();
    }
    try {
      const bytes = await this.picture.resized(source, options);
      this.made.inc({ outcome: 'made' });
      return bytes;
    } catch (error) {
      this.made.inc({ outcome: 'refused' });
      this.logger.info({ error, fileId: file.id }, 'A file is not a picture that can be read');
      const failure = 'The picture is damaged, too large, or of a kind that is not supported';
      this.failed.set(file.id, failure);
      throw notPossible(failure, error);
    }
  }
}

function notPossible(message: string, cause?: unknown): AppError {
  return new AppError(filesErrors.THUMBNAIL_UNAVAILABLE, message, { cause });
}
