import { type Counter, Gauge, Histogram } from 'prom-client';
import type { Metrics } from '../platform/observability/metrics';
import type { FetchReport } from './execution/execution';
import type { BreakerState } from './traffic/circuit-breaker';
import type { ServiceCalls } from './traffic/service-calls';

type Label = 'subgraph' | 'outcome';

const breakerValues: Record<BreakerState, number> = { closed: 0, half_open: 1, open: 2 };

/** The calls to each service: duration, retries, refusals, and the state of its instances. */
export class SubgraphMetrics {
  private readonly registry: Metrics['registry'];
  private readonly durations: Histogram<Label>;
  private readonly events: Record<'retry' | 'shed', Counter<'subgraph'>>;
  /** The labelled histogram of each combination of labels, which spares calls the check of the labels. */
  private readonly series = new Map<string, Histogram.Internal<Label>>();

  constructor(metrics: Pick<Metrics, 'registry' | 'counter'>) {
    this.registry = metrics.registry;
    this.durations = new Histogram({
      name: 'plinth_subgraph_request_duration_seconds',
      help: 'Duration of calls to a service with all attempts, by outcome: ok, errors (GraphQL errors), or why there was no answer',
      labelNames: ['subgraph', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [this.registry],
    });
    this.events = {
      retry: metrics.counter('plinth_subgraph_retries_total', 'Calls that were tried again', ['subgraph']),
      shed: metrics.counter(
        'plinth_subgraph_shed_total',
        'Calls that were refused because too many of the service were in flight',
        ['subgraph'],
      ),
    };
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

  count(subgraph: string, event: 'retry' | 'shed'): void {
    this.events[event].inc({ subgraph });
  }

  /** Adds a gauge with the hash of the schema that is served. */
  showSchema(hash: () => string): void {
    new Gauge({
      name: 'plinth_schema_info',
      help: 'The supergraph that is served, by its SHA-256; always 1',
      labelNames: ['hash'],
      registers: [this.registry],
      collect() {
        this.reset();
        this.set({ hash: hash() }, 1);
      },
    });
  }

  /** Adds gauges that are read from the calls when they are scraped. */
  show(calls: ServiceCalls): void {
    const registers = [this.registry];
    new Gauge({
      name: 'plinth_subgraph_max_concurrent',
      help: 'Calls to a service that may run at once',
      labelNames: ['subgraph'],
      registers,
      collect() {
        for (const { name, policy } of calls.services) this.set({ subgraph: name }, policy.maxConcurrent);
      },
    });
    new Gauge({
      name: 'plinth_subgraph_instance_ready',
      help: 'Whether the last readiness check of each instance succeeded: 1 or 0',
      labelNames: ['subgraph', 'instance'],
      registers,
      collect() {
        this.reset();
        for (const { name, instances } of calls.services) {
          for (const { id, isReady } of instances)
            this.set({ subgraph: name, instance: id }, Number(isReady));
        }
      },
    });
    new Gauge({
      name: 'plinth_subgraph_in_flight',
      help: 'Calls to a service that wait for their answer',
      labelNames: ['subgraph'],
      registers,
      collect() {
        for (const { name, inFlight } of calls.services) this.set({ subgraph: name }, inFlight);
      },
    });
    new Gauge({
      name: 'plinth_subgraph_breaker_state',
      help: 'Circuit breaker of each instance: 0 closed, 1 half-open, 2 open',
      labelNames: ['subgraph', 'instance'],
      registers,
      collect() {
        const now = performance.now();
        // Without those of instances that are gone.
        this.reset();
        for (const { name, instances } of calls.services) {
          for (const { id, breaker } of instances) {
            this.set({ subgraph: name, instance: id }, breakerValues[breaker.state(now)]);
          }
        }
      },
    });
  }
}
