import type { LogEntry, StoredLog } from './log-entry';
import type { WantedTerm } from './terms';

/** The span of one partition, in milliseconds. Retention drops whole partitions. */
export const partitionMs = 60 * 60_000;

export function partitionOf(timestamp: number): number {
  return Math.floor(timestamp / partitionMs) * partitionMs;
}

/** Conditions that all hold. */
export interface LogQuery {
  readonly service?: string | undefined;
  /** Any of these; all levels when absent. */
  readonly levels?: readonly number[] | undefined;
  /** Milliseconds since the Unix epoch; `from` is included, `to` is not. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly terms?: readonly WantedTerm[] | undefined;
  /** Lines older than this one: timestamp and position. */
  readonly before?: readonly [number, number] | undefined;
}

/** A partition of the log. */
export interface LogPartition {
  /** Its first moment; milliseconds since the Unix epoch. */
  readonly start: number;
  readonly bytes: number;
}

/** The lines on one kind of database. */
export interface LogStorage {
  /** Resolves when the entries are on disk. */
  append(entries: readonly LogEntry[]): Promise<void>;
  /** The newest first. */
  search(query: LogQuery, limit: number): Promise<StoredLog[]>;
  /** Deletes the lines with any of these terms. @returns how many */
  erase(terms: readonly string[]): Promise<number>;
  /** The oldest first. */
  partitions(): Promise<LogPartition[]>;
  dropPartition(start: number): Promise<void>;
  close(): Promise<void>;
}
