import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { withTimeout } from '../timeout';
import { type MetricsFormat, openMetricsContentType, openMetricsOf } from './open-metrics';
import { RequestDurations } from './request-durations';

/** A gauge that takes longer is missing from the page. */
const gaugeTimeoutMs = 2_000;

/**
 * The metrics of one service, served on its `/metrics`. Names follow Prometheus' rules (base units, `_total`) over
 * OpenTelemetry's semantic conventions for HTTP and GraphQL.
 */
export class Metrics {
  readonly registry = new Registry();
  private readonly requests: RequestDurations;
  private readonly operations: Counter<'graphql_operation_type' | 'outcome'>;

  /** @param ofProcess whether the page has the series of the process: of several servers in one process, one has them */
  constructor(
    readonly service: string,
    ofProcess = true,
  ) {
    this.registry.setDefaultLabels({ service });
    if (ofProcess) this.collectProcess();
    this.requests = new RequestDurations(this.registry);
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

  /**
   * @param route the template, not the path
   * @param traceId an exemplar: of a trace that can be looked up
   */
  countRequest(method: string, route: string, status: number, seconds: number, traceId?: string): void {
    this.requests.observe(method, route, status, seconds, traceId);
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

  async page(format: MetricsFormat = 'text'): Promise<{ contentType: string; body: string }> {
    return this.inFormat(format, await this.registry.metrics());
  }

  /** @param own turns a line into what it is on the page of this process alone */
  protected inFormat(
    format: MetricsFormat,
    page: string,
    own = (line: string) => line,
  ): { contentType: string; body: string } {
    if (format === 'text') return { contentType: this.registry.contentType, body: page };
    const body = openMetricsOf(page, line => this.requests.exemplarOf(own(line)));
    return { contentType: openMetricsContentType, body: `${body}# EOF\n` };
  }
}
