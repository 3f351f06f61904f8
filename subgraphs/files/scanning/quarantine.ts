import { In } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import { KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import { AppError, notFound } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { filesErrors } from '../errors';
import { type FileEvent, fileUpdated } from '../events';
import type { LiveFiles } from '../files/live-files';
import { FileRow, FileStatus } from '../tables';
import type { Scanner } from './scanner';

const newestFirst = new KeysetList(FileRow, [{ property: 'id', type: 'text', direction: 'DESC' }]);
/** The second condition is that of the index. */
const isQuarantined = `status = '${FileStatus.QUARANTINED}' AND status <> '${FileStatus.AVAILABLE}'`;
const filesInRound = 100;
/** Rows that are read to find files without a scan. */
const listedInRound = 1000;
const firstRetryMs = 60_000;
const lastRetryMs = 60 * 60_000;
/** Longer than the scan of the largest content that clamd takes. The files of a process that has ended are then scanned by another. */
const leaseMs = 5 * 60_000;

/** The time of the next scan of a file that could not be scanned. */
export function nextScanAt(now: number, scans: number): number {
  return now + Math.min(firstRetryMs * 2 ** Math.min(scans, 10), lastRetryMs);
}

/**
 * Refuses a content that must not leave the storage.
 *
 * @param servesUnscanned whether files that wait for their scan are served
 * @throws AppError 403 FILE_QUARANTINED; 503 FILE_PENDING_SCAN
 */
export function assertServable({ status }: Pick<FileRow, 'status'>, servesUnscanned: boolean): void {
  if (status === FileStatus.QUARANTINED) {
    throw new AppError(filesErrors.FILE_QUARANTINED, 'This file is malware');
  }
  if (status === FileStatus.PENDING_SCAN && !servesUnscanned) {
    throw new AppError(filesErrors.FILE_PENDING_SCAN, 'This file waits for its virus scan', {
      headers: { 'retry-after': '60' },
    });
  }
}

/** Files that wait for their scan, and those in which malware was found after they were stored. */
export class Quarantine {
  /** The id of the last file that had its turn; undefined when all had. */
  private lastQueued: string | undefined = '';

  constructor(
    private readonly db: Database,
    private readonly scanner: Pick<Scanner, 'isPaused' | 'verdictOn'>,
    private readonly live: LiveFiles,
  ) {}

  /** @throws AppError 401; 403 without `files:quarantine` */
  async list(caller: Caller, page: PageRequest): Promise<Page<FileRow>> {
    caller.require('files:quarantine');
    return newestFirst.page(this.db, [{ sql: isQuarantined, values: [] }], page);
  }

  /**
   * Makes a file available that is no malware.
   *
   * @throws AppError 401; 403 without `files:quarantine`; 404 when no such file is in quarantine
   */
  async release(caller: Caller, fileId: string): Promise<FileRow> {
    caller.require('files:quarantine');
    const isReleased =
      isUuid(fileId) && (await this.change(fileId, [FileStatus.QUARANTINED], FileStatus.AVAILABLE, null));
    const row = isReleased ? await this.db.read.findOneBy(FileRow, { id: fileId }) : null;
    if (row === null) throw notFound('File');
    return row;
  }

  /** Scans files that wait for it. Each is scanned by one instance of the service, which takes a lease on it first. */
  async scanPending(): Promise<void> {
    const rows = await this.db.rows(
      FileRow,
      `WHERE next_scan_at IS NOT NULL AND next_scan_at <= ? ORDER BY next_scan_at LIMIT ${filesInRound}`,
      [this.db.clock.now()],
    );
    for (const row of rows) {
      if (this.scanner.isPaused) return;
      const leaseEnd = this.db.clock.now() + leaseMs;
      if (!(await this.claim(row, leaseEnd))) continue;
      const verdict = await this.scanner.verdictOn(row);
      const from = [FileStatus.PENDING_SCAN, FileStatus.AVAILABLE];
      if (verdict.result === 'clean') {
        await this.change(row.id, from, FileStatus.AVAILABLE, null);
      } else if (verdict.result === 'infected') {
        await this.change(row.id, from, FileStatus.QUARANTINED, verdict.malware);
      } else {
        await this.db.write(
          'UPDATE files SET scans = scans + 1, next_scan_at = ? WHERE id = ? AND next_scan_at = ?',
          [nextScanAt(this.db.clock.now(), row.scans + 1), row.id, leaseEnd],
        );
      }
    }
  }

  /**
   * Has files scanned that were stored without a scanner: some at each call, until all have their turn. They stay available meanwhile. A
   * file that was scanned is not scanned again, so a process that ends loses its place in the list only.
   */
  async queueUnscanned(): Promise<void> {
    if (this.lastQueued === undefined || this.scanner.isPaused) return;
    const rows = await this.db.rows(
      FileRow,
      `WHERE id > ? ORDER BY id LIMIT ${listedInRound}`,
      [this.lastQueued],
      queuedProperties,
    );
    const unscanned = rows
      .filter(row => row.status === FileStatus.AVAILABLE && row.scannedAt === null && row.nextScanAt === null)
      .slice(0, filesInRound);
    const now = this.db.clock.now();
    await this.db.write(
      "UPDATE files SET next_scan_at = ? WHERE id IN (??) AND status = 'available' AND scanned_at IS NULL AND next_scan_at IS NULL",
      [now, unscanned.map(({ id }) => id)],
    );
    const isWhole = unscanned.length < filesInRound;
    const last = (isWhole ? rows : unscanned).at(-1)?.id;
    this.lastQueued = isWhole && rows.length < listedInRound ? undefined : last;
  }

  /** Takes the file until then, if no other instance has taken it or scanned it since it was read. */
  private async claim({ id, nextScanAt: due }: FileRow, until: number): Promise<boolean> {
    const text = 'UPDATE files SET next_scan_at = ? WHERE id = ? AND next_scan_at = ? RETURNING id';
    return (await this.db.write(text, [until, id, due])).length > 0;
  }

  private async change(
    id: string,
    from: readonly FileStatus[],
    to: FileStatus,
    malware: string | null,
  ): Promise<boolean> {
    return this.db.transaction(async tx => {
      const row = await tx.manager.findOneBy(FileRow, { id, status: In(from) });
      if (row === null) return false;
      const scannedAt = to === FileStatus.AVAILABLE ? this.db.clock.now() : null;
      await tx.manager.update(FileRow, { id }, { status: to, malware, nextScanAt: null, scannedAt });
      // A file that was available and is, has not changed for anybody.
      if (row.status === to) return true;
      const data: FileEvent = { fileId: id, ownerId: row.ownerId };
      await tx.emit({ type: fileUpdated, data });
      this.live.changed(tx, id);
      return true;
    });
  }
}

const queuedProperties = ['id', 'status', 'scannedAt', 'nextScanAt'] as const satisfies (keyof FileRow)[];
