import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogEntry } from './log-entry';
import type { LogStorage } from './log-storage';

interface Pending {
  readonly entries: readonly LogEntry[];
  resolve(): void;
  reject(error: unknown): void;
}

/** Group commit: the entries of requests that wait together are written in one transaction, which syncs the disk once. */
export class LogWriter {
  private queue: Pending[] = [];
  private running: Promise<void> | undefined;

  constructor(
    private readonly storage: Pick<LogStorage, 'append'>,
    /** A transaction takes further requests until it has this many entries. */
    private readonly batchSize: number,
  ) {}

  /** Resolves when the entries are on disk. */
  append(entries: readonly LogEntry[]): Promise<void> {
    if (entries.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.queue.push({ entries, resolve, reject });
      this.running ??= this.run().finally(() => {
        this.running = undefined;
      });
    });
  }

  /** Resolves when nothing waits. */
  async drained(): Promise<void> {
    await this.running;
  }

  private async run(): Promise<void> {
    // After the requests that arrived in the same turn, and with room for searches between two transactions.
    for (await nextTurn(); this.queue.length > 0; await nextTurn()) {
      const batch = this.takeBatch();
      try {
        await this.storage.append(
          batch.length === 1 ? batch[0]!.entries : batch.flatMap(({ entries }) => entries),
        );
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  private takeBatch(): Pending[] {
    let count = 0;
    let taken = 0;
    while (taken < this.queue.length && count < this.batchSize) count += this.queue[taken++]!.entries.length;
    return this.queue.splice(0, taken);
  }
}
