import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { withTimeout } from '../timeout';

/** A gauge that takes longer is missing from the page. */
const gaugeTimeoutMs = 2_000;

type RequestLabel = 'http_request_method' | 'http_route' | 'http_response_status_code';

/**
 * The metrics of one service, served on its `/metrics`. Names follow Prometheus' rules (base units, `_total`) over
 * OpenTelemetry's semantic conventions for HTTP and GraphQL.
 */
export class Metrics {
  readonly registry = new Registry();
  private readonly requests: Histogram<RequestLabel>;
  private readonly operations: Counter<'graphql_operation_type' | 'outcome'>;
  /** The labelled histogram of each combination of labels, which spares requests the check of the labels. */
  private readonly requestSeries = new Map<string, Histogram.Internal<RequestLabel>>();

  /** @param ofProcess whether the page has the series of the process: of several servers in one process, one has them */
  constructor(
    readonly service: string,
    ofProcess = true,
  ) {
    this.registry.setDefaultLabels({ service });
    if (ofProcess) this.collectProcess();
    this.requests = new Histogram({
      name: 'http_server_request_duration_seconds',
      help: 'Duration of HTTP requests, from the last header read to the answer written',
      labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [this.registry],
    });
    this.operations = new Counter({
      name: 'graphql_operations_total',
      help: 'GraphQL operations by type and outcome',
      labelNames: ['graphql_operation_type', 'outcome'],
      registers: [this.registry],
    });
  }

  private collectProcess(): void {
    collectDefaultMetrics({ register: this.registry });
    // Gauges under the names of counters, which Prometheus' own check refuses. The gauges by type have the same numbers.
    for (const name of ['handles', 'requests', 'resources']) {
      this.registry.removeSingleMetric(`nodejs_active_${name}_total`);
    }
  }

  /** @param route the template, not the path */
  countRequest(method: string, route: string, status: number, seconds: number): void {
    const key = `${method} ${status} ${route}`;
    let series = this.requestSeries.get(key);
    if (series === undefined) {
      series = this.requests.labels(method, route, String(status));
      this.requestSeries.set(key, series);
    }
    series.observe(seconds);
  }

  countOperation(type: string, outcome: 'success' | 'error'): void {
    this.operations.inc({ graphql_operation_type: type, outcome });
  }

  counter<Label extends string = never>(
    name: string,
    help: string,
    labelNames: Label[] = [],
  ): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** @param buckets upper bounds, in the unit of the name */
  histogram<Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    buckets: number[],
  ): Histogram<Label> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }

  /** A gauge that is read when it is scraped. It has no sample while `read` fails. */
  gauge(name: string, help: string, read: () => number | Promise<number>): Gauge {
    return new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        try {
          this.set(await withTimeout(Promise.resolve(read()), gaugeTimeoutMs));
        } catch {
          // One gauge, such as a query to a database that is down, must not take the other metrics away.
          this.remove();
        }
      },
    });
  }

  /** The Prometheus text exposition format. */
  async page(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }
}
