import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { LessThan, MoreThan } from 'typeorm';
import { type ReadStreamOptions, ZipFile } from 'yazl';
import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, notFound, tooMany } from '../../../platform/errors';
import { isUuid, uuidv7 } from '../../../platform/ids';
import {
  type ContentRequest,
  type ExportedContent,
  exportedContentPath,
  isListOfContents,
  mostFiles,
  openExported,
  type UserDataExported,
  type UserExportRequested,
  userExportRequested,
} from '../../../platform/personal-data';
import type { Caller } from '../../../platform/security/caller';
import type { Keyring } from '../../../platform/security/keyring';
import type { SessionLinks } from '../../../platform/security/session-links';
import type { ServiceCommands } from '../../../platform/service-commands';
import { usersErrors } from '../errors';
import { participants } from '../participants';
import { isDeleted, lockUserId } from '../roles/access';
import { ExportFileRow, ExportRow, ExportStepRow } from '../tables';

export interface DataExport {
  id: string;
  status: 'collecting' | 'ready';
  requestedAt: number;
  expiresAt: number;
  /** The services whose part has not arrived. */
  waitingFor: string[];
  /** Path and query at the gateway, see SessionLinks; null until it is ready. */
  downloadPath: string | null;
}

const hourMs = 60 * 60_000;
/** An export that is not complete after this time has failed, and another one may be requested. */
const collectingMs = hourMs;
const keptMs = 24 * hourMs;
const mostAnHour = 3;

/**
 * Exports of all personal data of a user. The services send their files encrypted in events (platform/personal-data.ts).
 * They are stored for a day and become a ZIP archive during the download. The signed link ends with the session that read it.
 */
export class Exports {
  constructor(
    private readonly db: Database,
    private readonly keyring: Keyring,
    private readonly links: Pick<SessionLinks, 'queryFor' | 'isValid'>,
    /** The services that export contents. */
    private readonly sources: ReadonlyMap<string, Pick<ServiceCommands, 'read'>>,
  ) {}

  /**
   * Starts an export of the caller's data.
   *
   * @throws AppError 401; 403 for API keys; 409 EXPORT_RUNNING with its id; 429 TOO_MANY_EXPORTS after three in an hour
   */
  async request(caller: Caller): Promise<DataExport> {
    const userId = caller.requireUser();
    const now = this.db.clock.now();
    const row: ExportRow = {
      id: uuidv7(now),
      userId,
      requestedAt: now,
      readyAt: null,
      expiresAt: now + collectingMs,
    };
    await this.db.transaction(async tx => {
      // The lock lets concurrent requests of the user see each other.
      await lockUserId(this.db, tx, userId);
      if (await isDeleted(tx, userId)) throw notFound('User');
      const lately = await tx.manager.find(ExportRow, {
        where: { userId, requestedAt: MoreThan(now - hourMs) },
        order: { requestedAt: 'ASC' },
      });
      const running = lately.find(each => each.readyAt === null && each.expiresAt > now);
      if (running !== undefined) {
        throw new AppError(usersErrors.EXPORT_RUNNING, 'An export is being made already', {
          details: { exportId: running.id },
        });
      }
      if (lately.length >= mostAnHour) {
        const seconds = (lately[0]!.requestedAt + hourMs - now) / 1000;
        throw tooMany(
          `At most ${mostAnHour} exports an hour are possible`,
          seconds,
          usersErrors.TOO_MANY_EXPORTS,
        );
      }
      await tx.manager.insert(ExportRow, row);
      await tx.manager.insert(
        ExportStepRow,
        participants().map(service => ({ exportId: row.id, service, files: null })),
      );
      const data: UserExportRequested = { exportId: row.id, userId };
      await tx.emit({ type: userExportRequested, data });
    });
    return this.withSteps(caller, row);
  }

  /** An export of the caller; null for other exports and expired ones. @throws AppError 401; 403 for API keys */
  async find(caller: Caller, id: string): Promise<DataExport | null> {
    const userId = caller.requireUser();
    const row = isUuid(id) ? await this.live(id) : null;
    return row === null || row.userId !== userId ? null : this.withSteps(caller, row);
  }

  /** Stores a file. Ignores a file that was stored before, and files of an export that has ended. */
  async recordFile(event: UserDataExported, tx: Transaction): Promise<void> {
    const { exportId: id, service, of, name, sealed } = event;
    // The lock lets the last two files see each other, so that one of them completes the export.
    const query = tx.manager.createQueryBuilder(ExportRow, 'export').where('export.id = :id', { id });
    if (this.db.kind === 'postgres') query.setLock('pessimistic_write');
    const row = await query.getOne();
    const now = this.db.clock.now();
    if (row === null || row.readyAt !== null || row.expiresAt <= now || of > mostFiles) return;
    await tx.manager.update(ExportStepRow, { exportId: id, service }, { files: of });
    if (name !== null && sealed !== null) {
      await tx.manager
        .createQueryBuilder()
        .insert()
        .into(ExportFileRow)
        .values({ exportId: id, service, name, sealed })
        .orIgnore()
        .execute();
    }
    const steps = await tx.manager.findBy(ExportStepRow, { exportId: id });
    if (steps.some(step => step.files === null)) return;
    const expected = steps.reduce((sum, step) => sum + step.files!, 0);
    if ((await tx.manager.countBy(ExportFileRow, { exportId: id })) < expected) return;
    await tx.manager.update(ExportRow, { id }, { readyAt: now, expiresAt: now + keptMs });
  }

  /**
   * The ZIP archive of a signed link as a stream, with one file in memory at a time. The contents that services have listed are read from
   * them meanwhile; the stream fails when one breaks off. Those that were deleted since are in `deleted-contents.json` of their service.
   *
   * @throws AppError 404 for a link that is invalid or has ended; 503 when revocations are not current
   */
  async archive(id: string, query: URLSearchParams): Promise<AsyncIterable<Uint8Array>> {
    const row = isUuid(id) ? await this.live(id) : null;
    if (row === null || row.readyAt === null || !this.links.isValid(row.userId, id, query)) {
      throw notFound('Export');
    }
    const files = await this.db.read.find(ExportFileRow, {
      select: { exportId: true, service: true, name: true },
      where: { exportId: id },
      order: { service: 'ASC', name: 'ASC' },
    });
    const zip = new ZipFile();
    // Errors of the archive become errors of the stream.
    const output = zip.outputStream as unknown as Readable;
    const fail = (error: unknown) => output.destroy(error as Error);
    zip.on('error', fail);
    this.fill(zip, row, files).then(() => zip.end(), fail);
    return output;
  }

  /** Adds one file after the other, each when the one before has been read, so that a content that is gone makes no entry. */
  private async fill(
    zip: ZipFile,
    { id, userId, readyAt }: ExportRow,
    files: readonly Pick<ExportFileRow, 'service' | 'name'>[],
  ): Promise<void> {
    const mtime = new Date(readyAt!);
    const missing = new Map<string, ExportedContent[]>();
    for (const { service, name } of files) {
      const place = { exportId: id, service, name };
      const { sealed } = await this.db.read.findOneByOrFail(ExportFileRow, place);
      const bytes = openExported(this.keyring, place, sealed);
      if (!isListOfContents(name)) {
        await add(zip, `${service}/${name}`, { mtime }, Readable.from([bytes]));
        continue;
      }
      for (const content of JSON.parse(bytes.toString()) as ExportedContent[]) {
        const source = await this.contentOf(service, { userId, id: content.id });
        if (source === undefined) {
          missing.set(service, [...(missing.get(service) ?? []), content]);
          continue;
        }
        // Many contents are compressed already.
        const options = { mtime, compress: false, forceZip64Format: content.size >= 2 ** 32 - 1 };
        await add(zip, `${service}/${content.path}`, options, source);
      }
    }
    for (const [service, contents] of missing) {
      const list = JSON.stringify(contents, null, 2);
      await add(zip, `${service}/deleted-contents.json`, { mtime }, Readable.from([Buffer.from(list)]));
    }
  }

  /** Undefined when it was deleted after the export was made. */
  private contentOf(service: string, command: ContentRequest): Promise<Readable | undefined> {
    const source = this.sources.get(service);
    if (source === undefined) throw new Error(`${service} exports no contents`);
    return source.read(exportedContentPath, command);
  }

  /** Deletes expired exports. */
  async prune(): Promise<void> {
    const now = this.db.clock.now();
    // A failed export counts for the limit of its hour.
    const old = await this.db.read.find(ExportRow, {
      where: { expiresAt: LessThan(now), requestedAt: LessThan(now - hourMs) },
      take: 100,
    });
    for (const { id } of old) await this.db.transaction(tx => tx.manager.delete(ExportRow, { id }));
  }

  private live(id: string): Promise<ExportRow | null> {
    return this.db.read.findOneBy(ExportRow, { id, expiresAt: MoreThan(this.db.clock.now()) });
  }

  private async withSteps(caller: Caller, row: ExportRow): Promise<DataExport> {
    const { id, requestedAt, expiresAt } = row;
    const isReady = row.readyAt !== null;
    const steps = await this.db.read.find(ExportStepRow, {
      where: { exportId: id },
      order: { service: 'ASC' },
    });
    return {
      id,
      status: isReady ? 'ready' : 'collecting',
      requestedAt,
      expiresAt,
      waitingFor: steps.filter(step => step.files === null).map(step => step.service),
      downloadPath: isReady ? `/users/exports/${id}?${this.links.queryFor(caller, id, expiresAt)}` : null,
    };
  }
}

/** Adds a file. Resolves when all of it has been read. @throws Error when it breaks off, or the client is gone */
async function add(
  zip: ZipFile,
  path: string,
  options: Partial<ReadStreamOptions>,
  bytes: Readable,
): Promise<void> {
  const output = zip.outputStream as unknown as Readable;
  const stop = () => bytes.destroy();
  output.once('close', stop);
  try {
    if (output.destroyed) stop();
    else zip.addReadStream(bytes, path, options);
    await finished(bytes, { writable: false });
  } finally {
    output.off('close', stop);
  }
}
