import type { Clock } from '../../../platform/clock';
import type { Caller } from '../../../platform/security/caller';
import type { StoredLog } from './log-entry';
import type { LogStore } from './log-store';
import { type LogFilter, queryOf } from './logs';

/** Services send their lines once a second, so a second is complete only some seconds later. */
const lagMs = 3_000;
const everyMs = 1_000;
const mostShown = 50;
const mostCounted = 1_000;

/** A span of time whose entries are complete: `from` is included, `to` is not. */
export interface LogSpan {
  readonly from: number;
  readonly to: number;
}

/** Announces each second of the log once it is complete, so that subscribers read what they want of it. */
export class LogTail {
  private timer: NodeJS.Timeout | undefined;
  private announcedTo: number | undefined;

  constructor(
    private readonly parts: {
      clock: Clock;
      store: Pick<LogStore, 'search'>;
      /** Of several instances one announces. */
      isWatching: () => boolean;
      announce: (span: LogSpan) => void;
    },
  ) {}

  start(): void {
    this.timer ??= setInterval(() => this.next(), everyMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** The newest entries of the span that the filter selects, and how many more there are. @throws AppError 403, 422 */
  async read(
    caller: Caller,
    filter: LogFilter,
    span: LogSpan,
  ): Promise<{ entries: StoredLog[]; omitted: number }> {
    caller.require('logs:read');
    const query = queryOf(filter);
    const from = Math.max(span.from, query.from ?? 0);
    const to = Math.min(span.to, query.to ?? Number.MAX_SAFE_INTEGER);
    const found = from < to ? await this.parts.store.search({ ...query, from, to }, mostCounted) : [];
    return { entries: found.slice(0, mostShown), omitted: Math.max(0, found.length - mostShown) };
  }

  private next(): void {
    const { clock, isWatching, announce } = this.parts;
    const to = clock.now() - lagMs;
    const from = this.announcedTo ?? to - everyMs;
    if (to <= from) return;
    this.announcedTo = to;
    if (isWatching()) announce({ from, to });
  }
}
