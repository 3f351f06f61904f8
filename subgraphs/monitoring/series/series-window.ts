import { identityOf, type MetricsPage, type SeriesIdentity } from './prometheus-text';

/** Series of one server; further ones are left out. */
const mostSeries = 5_000;

/** One series, with its values in the window. */
export interface WindowSeries extends SeriesIdentity {
  readonly key: string;
  /** counter, gauge, histogram …, of the family that it belongs to. */
  readonly type: string;
  readonly index: number;
}

interface SeriesChange {
  readonly series: WindowSeries;
  readonly value: number;
  /** False for a gauge, whose value it is. */
  readonly isIncrease: boolean;
}

interface Snapshot {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** By the index of the series; NaN where the page did not have it. */
  readonly values: Float64Array;
}

/** The last scrapes of one server, in memory, for rates over minutes. */
export class SeriesWindow {
  readonly series: WindowSeries[] = [];
  private readonly indexes = new Map<string, number>();
  private readonly foreign = new Set<string>();
  private readonly snapshots: Snapshot[] = [];

  /** @param service series that name another service, as on the gateway's page of all, are left out */
  constructor(
    private readonly service: string,
    private readonly spanMs: number,
  ) {}

  add(at: number, { samples, types }: MetricsPage): void {
    for (const { key } of samples) {
      if (this.indexes.has(key) || this.foreign.has(key) || this.series.length >= mostSeries) continue;
      const identity = identityOf(key);
      if ((identity.labels['service'] ?? this.service) !== this.service) {
        this.foreign.add(key);
        continue;
      }
      this.indexes.set(key, this.series.length);
      this.series.push({ ...identity, key, type: typeOf(identity.name, types), index: this.series.length });
    }
    const values = new Float64Array(this.series.length).fill(Number.NaN);
    for (const { key, value } of samples) {
      const index = this.indexes.get(key);
      if (index !== undefined) values[index] = value;
    }
    this.snapshots.push({ at, values });
    while (this.snapshots.length > 2 && this.snapshots[0]!.at < at - this.spanMs) this.snapshots.shift();
  }

  /** The last value; undefined where the last page did not have it. */
  last({ index }: WindowSeries): number | undefined {
    return valueAt(this.snapshots.at(-1), index);
  }

  /** The moment of the last page. */
  get lastAt(): number | undefined {
    return this.snapshots.at(-1)?.at;
  }

  /**
   * What a counter grew by over the last `spanMs`, and the seconds between the first and the last value of them. A value that is smaller than the
   * one before it is that of a server that started again, from zero. Undefined where there are not two values.
   */
  increase({ index }: WindowSeries, spanMs: number): { by: number; seconds: number } | undefined {
    const lastAt = this.lastAt;
    if (lastAt === undefined) return undefined;
    let by = 0;
    let first: number | undefined;
    let previous: number | undefined;
    let previousAt = 0;
    // The scrape just before the span is part of it, so that a span of one interval has two values.
    const start = this.snapshots.findLastIndex(({ at }) => at <= lastAt - spanMs);
    for (const snapshot of this.snapshots.slice(Math.max(0, start))) {
      let value = valueAt(snapshot, index);
      if (value === undefined) {
        // A series that appears with its first event began at zero.
        if (first !== undefined) continue;
        value = 0;
      }
      if (previous !== undefined) by += value >= previous ? value - previous : value;
      first ??= snapshot.at;
      previous = value;
      previousAt = snapshot.at;
    }
    if (first === undefined || previousAt === first) return undefined;
    return { by, seconds: (previousAt - first) / 1000 };
  }

  /** What each counter grew by since the scrape before, and the last value of each other series. */
  changes(): SeriesChange[] {
    const [before, now] = this.snapshots.slice(-2);
    const changes: SeriesChange[] = [];
    for (const series of this.series) {
      const value = valueAt(now, series.index);
      if (value === undefined) continue;
      const isIncrease = series.type === 'counter' || series.type === 'histogram';
      const last = isIncrease ? (valueAt(before, series.index) ?? 0) : 0;
      changes.push({ series, value: value >= last ? value - last : value, isIncrease });
    }
    return changes;
  }
}

function valueAt(snapshot: Snapshot | undefined, index: number): number | undefined {
  const value = snapshot?.values[index];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

/** `_bucket`, `_sum` and `_count` belong to the family of a histogram. */
function typeOf(name: string, types: ReadonlyMap<string, string>): string {
  return types.get(name) ?? types.get(name.replace(/_(bucket|sum|count|total)$/, '')) ?? 'untyped';
}
