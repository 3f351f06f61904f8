import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { DurationHistogram, type Series } from './duration-histogram';

/**
 * The metrics of one service, served on its `/metrics`. Names follow Prometheus' rules (base units, `_total`) over
 * OpenTelemetry's semantic conventions for HTTP and GraphQL.
 */
export class Metrics {
  readonly registry = new Registry();
  private readonly requests: DurationHistogram;
  private readonly operations: Counter<'graphql_operation_type' | 'outcome'>;
  /** The series of each combination of labels; routes and methods are few, whatever is asked. */
  private readonly requestSeries = new Map<string, Map<string, Map<number, Series>>>();
  /** Operations since the last scrape. */
  private readonly counted = new Map<string, { success: number; error: number }>();

  constructor(readonly service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
    this.requests = new DurationHistogram(
      'http_server_request_duration_seconds',
      'Duration of HTTP requests, from the last header read to the answer written',
      [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      this.registry,
    );
    this.operations = new Counter({
      name: 'graphql_operations_total',
      help: 'GraphQL operations by type and outcome',
      labelNames: ['graphql_operation_type', 'outcome'],
      registers: [this.registry],
      collect: () => this.tellCounted(),
    });
  }

  /** @param route the template, not the path */
  countRequest(method: string, route: string, status: number, seconds: number): void {
    const byStatus = known(
      known(this.requestSeries, route, () => new Map()),
      method,
      () => new Map(),
    );
    const series = known(byStatus, status, () =>
      this.requests.series({
        http_request_method: method,
        http_route: route,
        http_response_status_code: String(status),
      }),
    );
    series.observe(seconds);
  }

  countOperation(type: string, outcome: 'success' | 'error'): void {
    known(this.counted, type, () => ({ success: 0, error: 0 }))[outcome] += 1;
  }

  private tellCounted(): void {
    for (const [type, counts] of this.counted) {
      for (const outcome of ['success', 'error'] as const) {
        if (counts[outcome] === 0) continue;
        this.operations.inc({ graphql_operation_type: type, outcome }, counts[outcome]);
      }
    }
    this.counted.clear();
  }

  counter<Label extends string = never>(
    name: string,
    help: string,
    labelNames: Label[] = [],
  ): Counter<Label> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /** A gauge that is read when it is scraped. */
  gauge(name: string, help: string, read: () => number | Promise<number>): Gauge {
    return new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        this.set(await read());
      },
    });
  }

  /** The Prometheus text exposition format. */
  async page(): Promise<{ contentType: string; body: string }> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }
}

function known<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  let value = map.get(key);
  if (value === undefined) {
    value = make();
    map.set(key, value);
  }
  return value;
}
