import { Histogram, type Registry } from 'prom-client';

type RequestLabel = 'http_request_method' | 'http_route' | 'http_response_status_code';

interface Exemplar {
  traceId: string;
  seconds: number;
  /** Milliseconds since the Unix epoch. */
  at: number;
}

/** The requests of one method, route and status. */
interface RequestSeries {
  /** Spares requests the check of the labels. */
  readonly observe: (seconds: number) => void;
  /** The newest of each bucket. */
  readonly exemplars: Map<string, Exemplar>;
}

const name = 'http_server_request_duration_seconds';
const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The durations of HTTP requests, with the trace of one request of each bucket as its exemplar. */
export class RequestDurations {
  private readonly histogram: Histogram<RequestLabel>;
  private readonly series = new Map<string, RequestSeries>();

  constructor(registry: Registry) {
    this.histogram = new Histogram({
      name,
      help: 'Duration of HTTP requests, from the last header read to the answer written',
      labelNames: ['http_request_method', 'http_route', 'http_response_status_code'],
      buckets,
      registers: [registry],
    });
  }

  /** @param traceId of a trace that can be looked up */
  observe(method: string, route: string, status: number, seconds: number, traceId: string | undefined): void {
    const key = `${method} ${status} ${route}`;
    let series = this.series.get(key);
    if (series === undefined) {
      const { observe } = this.histogram.labels(method, route, String(status));
      series = { observe, exemplars: new Map() };
      this.series.set(key, series);
    }
    series.observe(seconds);
    if (traceId !== undefined) noteExemplar(series.exemplars, traceId, seconds);
  }

  /** The exemplar of a line of the page in OpenMetrics' syntax. */
  exemplarOf(line: string): string | undefined {
    const [, bound, method, route, status] = bucketLine.exec(line) ?? [];
    if (bound === undefined) return undefined;
    const exemplar = this.series.get(`${method} ${status} ${route}`)?.exemplars.get(bound);
    return exemplar && `# {trace_id="${exemplar.traceId}"} ${exemplar.seconds} ${exemplar.at / 1000}`;
  }
}

const bucketLine = new RegExp(
  `^${name}_bucket\\{le="([^"]+)".*?http_request_method="([^"]*)",http_route="([^"]*)",http_response_status_code="([^"]*)"\\} `,
);
const bounds = buckets.map(String);

function noteExemplar(exemplars: Map<string, Exemplar>, traceId: string, seconds: number): void {
  const index = buckets.findIndex(bound => seconds <= bound);
  const bound = bounds[index] ?? '+Inf';
  const exemplar = exemplars.get(bound);
  if (exemplar === undefined) {
    exemplars.set(bound, { traceId, seconds, at: Date.now() });
    return;
  }
  exemplar.traceId = traceId;
  exemplar.seconds = seconds;
  exemplar.at = Date.now();
}
