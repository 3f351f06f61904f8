import { Histogram } from 'prom-client';
import type { Metrics } from '../platform/observability/metrics';
import type { FetchReport } from './execution/execution';

type Label = 'subgraph' | 'outcome';

/** Counts the calls to each service and their duration. */
export class SubgraphMetrics {
  private readonly durations: Histogram<Label>;
  /** The labelled histogram of each combination of labels, which spares calls the check of the labels. */
  private readonly series = new Map<string, Histogram.Internal<Label>>();

  constructor({ registry }: Pick<Metrics, 'registry'>) {
    this.durations = new Histogram({
      name: 'plinth_subgraph_request_duration_seconds',
      help: 'Duration of calls to a service, by outcome: ok, errors (GraphQL errors), or why there was no answer',
      labelNames: ['subgraph', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    });
  }

  observe({ subgraph, outcome, milliseconds }: FetchReport): void {
    const key = `${outcome} ${subgraph}`;
    let series = this.series.get(key);
    if (series === undefined) {
      series = this.durations.labels(subgraph, outcome);
      this.series.set(key, series);
    }
    series.observe(milliseconds / 1000);
  }
}
