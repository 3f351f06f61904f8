import type { Metric, MetricObjectWithValues, MetricType, MetricValueWithName, Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/**
 * A Prometheus histogram whose series are kept by those who observe: prom-client's looks for the series with each
 * observation, by a text made of its labels, which costs more than all other metrics of a request together.
 */
export class DurationHistogram {
  readonly type = 'histogram' as unknown as MetricType;
  readonly aggregator = 'sum';
  private readonly all: Series[] = [];

  /** @param bounds of the buckets in seconds, ascending; one for everything above them is added */
  constructor(
    readonly name: string,
    readonly help: string,
    private readonly bounds: readonly number[],
    registry: Registry,
  ) {
    registry.registerMetric(this as unknown as Metric);
  }

  /** A new series. The same labels twice would be one series too many. */
  series(labels: Labels): Series {
    const series = new Series(labels, this.bounds);
    this.all.push(series);
    return series;
  }

  /** What prom-client's registry reads when it is scraped. */
  async get(): Promise<Omit<MetricObjectWithValues<MetricValueWithName<string>>, 'collect'>> {
    const { name, help, type, aggregator } = this;
    return { name, help, type, aggregator, values: this.all.flatMap(series => series.values(name)) };
  }
}

export class Series {
  private readonly counts: number[];
  private sum = 0;

  constructor(
    private readonly labels: Labels,
    private readonly bounds: readonly number[],
  ) {
    this.counts = Array<number>(bounds.length + 1).fill(0);
  }

  observe(seconds: number): void {
    const { bounds, counts } = this;
    let bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++;
    counts[bucket]! += 1;
    this.sum += seconds;
  }

  /** Buckets hold what the smaller ones hold, too (https://prometheus.io/docs/concepts/metric_types/#histogram). */
  values(name: string): MetricValueWithName<string>[] {
    const { labels, bounds, counts, sum } = this;
    let count = 0;
    const buckets = counts.map((each, index) => {
      count += each;
      const le = bounds[index] ?? '+Inf';
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
