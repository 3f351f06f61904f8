import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { DurationHistogram } from './duration-histogram';

/**
 * The metrics of one service, served on its `/metrics`. Names follow Prometheus' rules (base units, `_total`) over
 * OpenTelemetry's semantic conventions for HTTP and GraphQL.
 */
export class Metrics {
  readonly registry = new Registry();
  private readonly requests: DurationHistogram;
  private readonly operations: Counter<'graphql_operation_type' | 'outcome'>;
  /** The series of each combination of labels; routes and methods are few, whatever is asked. */
  private readonly requestSeries = new Map<string, { observe(seconds: number): void }>();
  /** Operations since the last scrape. */
  private readonly counted = new Map<string, number>();

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
    const key = `${method} ${status} ${route}`;
    let series = this.requestSeries.get(key);
    if (series === undefined) {
      series = this.requests.series({
        http_request_method: method,
        http_route: route,
        http_response_status_code: String(status),
      });
      this.requestSeries.set(key, series);
    }
    series.observe(seconds);
  }

  countOperation(type: string, outcome: 'success' | 'error'): void {
    const key = `${type} ${outcome}`;
    this.counted.set(key, (this.counted.get(key) ?? 0) + 1);
  }

  private tellCounted(): void {
    for (const [key, count] of this.counted) {
      const [type = '', outcome = ''] = key.split(' ');
      this.operations.inc({ graphql_operation_type: type, outcome }, count);
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
