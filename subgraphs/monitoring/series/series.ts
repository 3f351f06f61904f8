import type { Database } from '../../../platform/database/database';
import type { Logger } from '../../../platform/observability/logger';
import { SampleRow } from '../tables';
import type { Target } from '../watch/targets';
import { readMetricsPage } from './prometheus-text';
import { SeriesWindow, type WindowSeries } from './series-window';

const requestFamily = 'http_server_request_duration_seconds';
/** Probes, scrapes and the arrival of lines are no requests of users. */
const operatorRoutes = new Set(['/health', '/health/ready', '/metrics', '/logs', '/v1/logs', '/v1/traces']);
const windowMs = 60 * 60_000;
/** Series of one server that are kept beside those of its requests. */
const mostKept = 200;
const dayMs = 24 * 60 * 60_000;

/** Seconds of a sample, and how long samples of it are kept. */
const resolutions = [
  { seconds: 60, keptMs: 2 * dayMs },
  { seconds: 3_600, keptMs: 90 * dayMs },
] as const;

/** The metrics of every watched server: the last hour in memory, sums over minutes and hours in the database. */
export class Series {
  private readonly windows = new Map<string, SeriesWindow>();
  private readonly kept = new Map<string, Set<string>>();
  /** Failed scrapes in a row. */
  private readonly failures = new Map<string, number>();

  constructor(
    private readonly db: Database,
    private readonly targets: readonly Target[],
    private readonly timeoutMs: number,
    private readonly logger: Logger,
  ) {}

  /** By server: the last hour of its metrics. */
  all(): ReadonlyMap<string, SeriesWindow> {
    return this.windows;
  }

  async scrapeAll(): Promise<void> {
    await Promise.all(this.targets.map(target => this.scrape(target)));
  }

  /** Deletes samples that are too old for their resolution. */
  async prune(): Promise<void> {
    const now = this.db.clock.now();
    for (const { seconds, keptMs } of resolutions) {
      await this.db.write('DELETE FROM samples WHERE resolution = ? AND at < ?', [seconds, now - keptMs]);
    }
  }

  /** The samples since `from`, in the order of time. */
  async samples(resolution: number, from: number): Promise<SampleRow[]> {
    return this.db.rows(SampleRow, 'WHERE resolution = ? AND at >= ? ORDER BY at', [resolution, from]);
  }

  private async scrape(target: Target): Promise<void> {
    const { name } = target;
    let text: string;
    try {
      text = await target.scrape(this.timeoutMs);
    } catch (error) {
      // Its health says so too. At a start this server is often there before the others.
      const failures = (this.failures.get(name) ?? 0) + 1;
      this.failures.set(name, failures);
      if (failures === (this.windows.has(name) ? 2 : 20))
        this.logger.warn({ error, target: name }, 'The metrics cannot be read');
      return;
    }
    this.failures.delete(name);
    let window = this.windows.get(name);
    const isFirst = window === undefined;
    window ??= new SeriesWindow(name, windowMs);
    this.windows.set(name, window);
    window.add(this.db.clock.now(), readMetricsPage(text));
    // The first page has the sums since the start of the server, in one value.
    if (!isFirst) await this.store(name, window);
  }

  private async store(service: string, window: SeriesWindow): Promise<void> {
    const sums = new Map<string, { value: number; isIncrease: boolean }>();
    for (const { series, value, isIncrease } of window.changes()) {
      for (const metric of this.metricsOf(service, series)) {
        const sum = sums.get(metric);
        if (sum === undefined) sums.set(metric, { value, isIncrease });
        else sum.value += value;
      }
    }
    const now = window.lastAt!;
    const hasRequests = (sums.get('requests')?.value ?? 0) > 0;
    // Empty buckets are needed where others are not empty: a quantile lies between the bounds of two neighbours.
    const isKept = (metric: string, { value, isIncrease }: { value: number; isIncrease: boolean }) =>
      !isIncrease || value > 0 || (hasRequests && metric.startsWith('le:'));
    const rows = [...sums]
      .filter(([metric, sum]) => isKept(metric, sum))
      .flatMap(([metric, sum]) => resolutions.map(({ seconds }) => ({ metric, sum, seconds })));
    await Promise.all(
      rows.map(({ metric, sum, seconds }) => {
        const at = Math.floor(now / (seconds * 1000)) * seconds * 1000;
        const values = [service, metric, seconds, at, sum.value];
        return this.db.write(sum.isIncrease ? addSample : setSample, values);
      }),
    );
  }

  /** The names under which a series is summed up. */
  private metricsOf(service: string, series: WindowSeries): string[] {
    const { name, labels } = series;
    if (name.startsWith(requestFamily)) {
      if (operatorRoutes.has(labels['http_route'] ?? '')) return [];
      if (name.endsWith('_bucket')) return [`le:${labels['le']}`];
      if (!name.endsWith('_count')) return [];
      return Number(labels['http_response_status_code']) >= 500 ? ['requests', 'errors'] : ['requests'];
    }
    if (!name.startsWith('plinth_') || series.type === 'histogram') return [];
    const metric = series.key
      .replace(/,?service="[^"]*"/, '')
      .replace('{,', '{')
      .replace('{}', '');
    const kept = this.kept.get(service) ?? new Set();
    this.kept.set(service, kept);
    if (!kept.has(metric) && kept.size >= mostKept) return [];
    kept.add(metric);
    return [metric];
  }
}

const addSample = `INSERT INTO samples (service, metric, resolution, at, value) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (service, metric, resolution, at) DO UPDATE SET value = samples.value + excluded.value`;
const setSample = `INSERT INTO samples (service, metric, resolution, at, value) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (service, metric, resolution, at) DO UPDATE SET value = excluded.value`;
