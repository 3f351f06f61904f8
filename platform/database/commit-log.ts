import { closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type BetterSqlite3 from 'better-sqlite3';
import { SharedRun } from '../shared-run';

/**
 * Makes SQLite's commits durable in the thread pool: SQLite writes them into its write-ahead log and does not sync it (`synchronous =
 * NORMAL`), and the log is synced here before anybody is answered. SQLite would sync while the event loop waits, which was a third of an
 * upload's time there (`npm run bench:files`, profiled). Commits that come during a sync share the next one.
 *
 * A commit is durable once the log is synced: frames are found again by their checksums, in the order of the commits. With NORMAL
 * SQLite itself syncs the log's header when it begins the log anew, the log before a checkpoint, and the database after it
 * (https://www.sqlite.org/pragma.html#pragma_synchronous), so a log that was begun anew meanwhile has nothing left to sync.
 * Readers see a commit up to one sync before it is durable.
 */
export class CommitLog {
  private descriptor: number | undefined;
  private readonly sync = new SharedRun(() => this.syncLog());
  private readonly changedRows: BetterSqlite3.Statement;
  private seenChanges: number;
  private last: Promise<void> = Promise.resolve();

  /** @param writer the only connection that this process writes with, after its migrations, which SQLite syncs */
  constructor(
    private readonly writer: BetterSqlite3.Database,
    private readonly syncFile: (descriptor: number) => Promise<void> = promisify(fdatasync),
    private readonly onLost: (error: unknown) => void = endProcess,
  ) {
    this.changedRows = writer.prepare('SELECT total_changes() AS changes');
    this.seenChanges = this.countChanges();
    // A rollback journal, where the file system cannot have a log, is synced by SQLite.
    const [journal] = writer.pragma('journal_mode') as [{ journal_mode: string }];
    if (journal.journal_mode === 'wal') writer.pragma('synchronous = NORMAL');
  }

  /** Call it right after each commit, before another transaction begins. `durable` waits for the commit from then on. */
  committed(): void {
    const changes = this.countChanges();
    if (changes === this.seenChanges) return;
    this.seenChanges = changes;
    this.last = this.sync.run();
  }

  /** Resolves when everything that was committed before the call is on disk. */
  durable(): Promise<void> {
    return this.last;
  }

  async close(): Promise<void> {
    await this.last;
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }

  private countChanges(): number {
    return (this.changedRows.get() as { changes: number }).changes;
  }

  private async syncLog(): Promise<void> {
    this.descriptor ??= openSync(`${this.path()}-wal`, 'r+');
    try {
      await this.syncFile(this.descriptor);
    } catch (error) {
      this.onLost(error);
      // Nobody may act as if the commit was there, or as if it was not.
      await new Promise(() => {});
    }
  }

  /** As SQLite resolved it: the log is beside the file that a symbolic link points to. */
  private path(): string {
    const [main] = this.writer.pragma('database_list') as [{ file: string }];
    return main.file;
  }
}

/**
 * After a failed sync nobody knows which commits are on disk, and trying again would succeed without writing them. The next start reads what
 * is there (https://wiki.postgresql.org/wiki/Fsync_Errors).
 */
function endProcess(error: unknown): void {
  setImmediate(() => {
    throw new Error('The database could not be synced to disk', { cause: error });
  });
}
