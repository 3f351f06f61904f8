import type { Counter } from 'prom-client';
import type { Metrics } from '../../../platform/observability/metrics';
import type { AppendOutcome } from './log-messages';
import type { LogStore } from './log-store';

/** A metric has a series for each of these services; all others share one. */
const mostSources = 100;

/** Counts the entries of the log, by which alerts watch how many there are, and watches its size. */
export class LogMetrics {
  private readonly entries: Counter<'source' | 'level'>;
  private readonly rejected: Counter;
  private readonly sources = new Set<string>();
  private storedBytes: number | undefined;

  constructor(
    metrics: Metrics,
    private readonly store: Pick<LogStore, 'pendingBytes' | 'prune'>,
  ) {
    this.entries = metrics.counter('plinth_log_entries_total', 'Log entries that were stored', [
      'source',
      'level',
    ]);
    this.rejected = metrics.counter('plinth_log_entries_rejected_total', 'Log entries that were not valid');
    metrics.gauge('plinth_log_pending_bytes', 'Log entries that wait to be stored', () => store.pendingBytes);
    metrics.gauge('plinth_log_stored_bytes', 'Size of the log on disk', async () => {
      this.storedBytes ??= await store.prune();
      return this.storedBytes;
    });
  }

  count({ counts, rejected }: AppendOutcome): void {
    for (const { service, level, count } of counts)
      this.entries.inc({ source: this.sourceOf(service), level }, count);
    if (rejected.length > 0) this.rejected.inc(rejected.length);
  }

  /** Applies the limits of age and size. */
  async prune(): Promise<void> {
    this.storedBytes = await this.store.prune();
  }

  private sourceOf(service: string): string {
    if (this.sources.has(service)) return service;
    if (this.sources.size >= mostSources) return 'other';
    this.sources.add(service);
    return service;
  }
}
