import { invalid } from '../../../platform/errors';
import type { Caller } from '../../../platform/security/caller';
import type { Health, HealthBucket, ServiceHealth } from '../health/health';
import { levelNumbers, type StoredLog } from '../logs/log-entry';
import type { LogStore } from '../logs/log-store';
import type { SampleRow } from '../tables';
import { quantileOf } from './quantiles';
import type { Series } from './series';

export interface RequestPoint {
  /** The first moment of the step. */
  readonly at: number;
  /** Per second. */
  readonly requestRate: number;
  readonly errorRate: number;
  /** Seconds; null in a step without requests. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

export interface MetricValue {
  readonly metric: string;
  readonly value: number;
}

export interface ServiceDashboard {
  readonly health: ServiceHealth;
  readonly strip: readonly HealthBucket[];
  /** Over the whole range. */
  readonly requests: Omit<RequestPoint, 'at'>;
  readonly points: readonly RequestPoint[];
  /** What each counter grew by in the range, and the last value of each gauge. */
  readonly metrics: readonly MetricValue[];
}

export interface Dashboard {
  readonly from: number;
  readonly to: number;
  /** Seconds. */
  readonly step: number;
  readonly services: readonly ServiceDashboard[];
  /** The newest errors; null for callers without `logs:read`. */
  readonly recentErrors: readonly StoredLog[] | null;
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };
const shortest = 5 * 60_000;
const longest = 90 * 86_400_000;
const mostPoints = 120;
const recentErrors = 20;
/** Minutes are kept for two days. */
const longestInMinutes = 86_400_000;

/** The data of the operator's page. */
export class Dashboards {
  constructor(
    private readonly series: Pick<Series, 'samples'>,
    private readonly health: Pick<Health, 'states' | 'strips'>,
    private readonly logs: Pick<LogStore, 'search'>,
    private readonly now: () => number,
  ) {}

  /**
   * @param range such as `15m`, `6h` or `7d`; 5 minutes to 90 days
   * @throws AppError 401, 403; 422 for a range that is not valid
   */
  async read(caller: Caller, range: string): Promise<Dashboard> {
    caller.require('monitoring:read');
    const spanMs = spanOf(range);
    const isInMinutes = spanMs <= longestInMinutes;
    const resolution = isInMinutes ? 60 : 3_600;
    const stepMs = Math.max(1, Math.ceil(spanMs / mostPoints / (resolution * 1000))) * resolution * 1000;
    const to = this.now();
    const from = Math.floor((to - spanMs) / stepMs) * stepMs;
    const [states, strips, samples, errors] = await Promise.all([
      this.health.states(),
      this.health.strips(from, Math.max(stepMs, 5 * 60_000)),
      this.series.samples(resolution, from),
      caller.has('logs:read')
        ? this.logs.search({ levels: [levelNumbers.error, levelNumbers.fatal], from }, recentErrors)
        : null,
    ]);
    const byService = new Map<string, SampleRow[]>(states.map(({ name }) => [name, []]));
    for (const sample of samples) byService.get(sample.service)?.push(sample);
    return {
      from,
      to,
      step: stepMs / 1000,
      recentErrors: errors,
      services: states.map(health => ({
        health,
        strip: strips.get(health.name) ?? [],
        ...partOf(byService.get(health.name) ?? [], { from, to, stepMs }),
      })),
    };
  }
}

function spanOf(range: string): number {
  const [, count = '', unit = ''] = /^(\d{1,5})([mhd])$/.exec(range) ?? [];
  const spanMs = Number(count) * (unitMs[unit] ?? Number.NaN);
  if (!(spanMs >= shortest && spanMs <= longest)) {
    throw invalid([{ field: 'range', message: 'must be a time such as 15m, 6h or 7d, from 5m to 90d' }]);
  }
  return spanMs;
}

/** Sums of one step, or of the whole range. */
class Sums {
  requests = 0;
  errors = 0;
  readonly buckets = new Map<number, number>();

  add({ metric, value }: SampleRow): void {
    if (metric === 'requests') this.requests += value;
    else if (metric === 'errors') this.errors += value;
    else {
      const bound = metric === 'le:+Inf' ? Number.POSITIVE_INFINITY : Number(metric.slice('le:'.length));
      this.buckets.set(bound, (this.buckets.get(bound) ?? 0) + value);
    }
  }

  over(seconds: number): Omit<RequestPoint, 'at'> {
    const quantile = (part: number) => {
      const value = quantileOf(part, this.buckets);
      return Number.isNaN(value) ? null : value;
    };
    return {
      requestRate: this.requests / seconds,
      errorRate: this.errors / seconds,
      p50: quantile(0.5),
      p95: quantile(0.95),
      p99: quantile(0.99),
    };
  }
}

function partOf(
  samples: readonly SampleRow[],
  { from, to, stepMs }: { from: number; to: number; stepMs: number },
): Pick<ServiceDashboard, 'requests' | 'points' | 'metrics'> {
  const total = new Sums();
  const steps = new Map<number, Sums>();
  const metrics = new Map<string, number>();
  for (const sample of samples) {
    if (sample.metric.startsWith('plinth_')) {
      const isCounter = /_total(\{|$)/.test(sample.metric);
      const before = isCounter ? (metrics.get(sample.metric) ?? 0) : 0;
      metrics.set(sample.metric, before + sample.value);
      continue;
    }
    const at = Math.floor(sample.at / stepMs) * stepMs;
    let step = steps.get(at);
    if (step === undefined) {
      step = new Sums();
      steps.set(at, step);
    }
    step.add(sample);
    total.add(sample);
  }
  const points: RequestPoint[] = [];
  for (let at = from; at <= to; at += stepMs) {
    // The last step is not over yet.
    const seconds = Math.max(1, Math.min(stepMs, to - at) / 1000);
    points.push({ at, ...(steps.get(at) ?? new Sums()).over(seconds) });
  }
  return {
    requests: total.over((to - from) / 1000),
    points,
    metrics: [...metrics]
      .map(([metric, value]) => ({ metric, value }))
      .sort((a, b) => (a.metric < b.metric ? -1 : 1)),
  };
}
