import type { Counter } from 'prom-client';
import type { Logger } from '../../../platform/observability/logger';
import type { Contents, StoredContent } from '../storage/contents';
import { WorkQueue } from '../work-queue';
import { type Clamd, ScanRefused } from './clamd';

/** clamd has ten threads by default. */
const parallel = 4;
const longestQueue = 1000;
/** After a failure clamd is left alone for this time, so that uploads do not wait for it one after another. */
const pauseMs = 5_000;

export type Verdict =
  | { readonly result: 'clean' }
  | { readonly result: 'infected'; readonly malware: string }
  /** The scanner was not there, was too slow, or refused the content. */
  | { readonly result: 'unknown' };

/** Decides whether stored contents are malware. */
export class Scanner {
  private readonly queue = new WorkQueue(parallel, longestQueue, 'Too many files wait for their virus scan');
  private pausedUntil = 0;

  /** @param clamd undefined where none is configured: then every content is clean */
  constructor(
    private readonly clamd: Clamd | undefined,
    private readonly contents: Contents,
    private readonly logger: Logger,
    private readonly scans: Pick<Counter<'result'>, 'inc'>,
  ) {}

  get isConfigured(): boolean {
    return this.clamd !== undefined;
  }

  /** Whether the scanner has failed just now. */
  get isPaused(): boolean {
    return performance.now() < this.pausedUntil;
  }

  async verdictOn(content: StoredContent): Promise<Verdict> {
    const { clamd } = this;
    if (clamd === undefined) return { result: 'clean' };
    if (this.isPaused) return this.count({ result: 'unknown' });
    try {
      const malware = await this.queue.run(() => clamd.scan(this.contents.read(content)));
      return this.count(malware === null ? { result: 'clean' } : { result: 'infected', malware });
    } catch (error) {
      if (!(error instanceof ScanRefused)) this.pausedUntil = performance.now() + pauseMs;
      this.logger.warn({ error, storageKey: content.storageKey }, 'A file could not be scanned');
      return this.count({ result: 'unknown' });
    }
  }

  private count(verdict: Verdict): Verdict {
    this.scans.inc({ result: verdict.result });
    return verdict;
  }
}
