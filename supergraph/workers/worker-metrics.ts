import { unavailable } from '../../platform/errors';
import { Metrics } from '../../platform/observability/metrics';
import type { MetricsFormat } from '../../platform/observability/open-metrics';
import { TimeoutError, withTimeout } from '../../platform/timeout';
import type { Measurement, ToPrimary, ToWorker } from './messages';

const pageMs = 3_000;

/**
 * The metrics of one of several workers. A scrape cannot choose the worker, so each answers with the metrics of all. The exemplars are its own:
 * prom-client knows none when it joins the metrics, and the next scrape comes to another worker.
 */
export class WorkerMetrics extends Metrics {
  private readonly pending = new Map<number, (body: string | undefined) => void>();
  private lastId = 0;
  /** Of this worker; the primary tells it with each request for the metrics, before the page. */
  private number = 0;

  constructor(service: string) {
    super(service);
    process.on('message', (message: ToWorker) => {
      if (message.type === 'collect-metrics') {
        this.number = message.worker;
        void this.collect(message.id);
      } else if (message.type === 'page') this.pending.get(message.id)?.(message.body);
    });
  }

  override async page(format: MetricsFormat = 'text'): Promise<{ contentType: string; body: string }> {
    const id = ++this.lastId;
    const answer = new Promise<string | undefined>(resolve => this.pending.set(id, resolve));
    sendToPrimary({ type: 'request-page', id });
    try {
      const body = await withTimeout(answer, pageMs).catch((error: unknown) => {
        if (error instanceof TimeoutError) return undefined;
        throw error;
      });
      if (body === undefined) throw unavailable('The metrics are not there right now');
      const labels = `,service="${this.service}",worker="${this.number}"}`;
      return this.inFormat(format, body, line => line.replace(labels, '}'));
    } finally {
      this.pending.delete(id);
    }
  }

  private async collect(id: number): Promise<void> {
    // Without metrics the page lacks this worker, as when it does not answer in time.
    const metrics = await this.registry.getMetricsAsJSON().catch(() => []);
    sendToPrimary({ type: 'metrics', id, metrics: metrics as Measurement[] });
  }
}

function sendToPrimary(message: ToPrimary): void {
  process.send?.(message);
}
