import type { Worker } from 'node:cluster';
import { AggregatorRegistry, Counter, Registry } from 'prom-client';
import { TimeoutError, withTimeout } from '../../platform/timeout';
import type { Measurement, ToWorker } from './messages';

const collectMs = 1_000;

/** The metrics of all workers and of the primary. */
export class PoolMetrics {
  readonly ended: Counter;
  private readonly registry = new Registry();
  private readonly pending = new Map<number, (metrics: readonly Measurement[]) => void>();
  private lastId = 0;

  constructor() {
    this.registry.setDefaultLabels({ service: 'gateway' });
    this.ended = new Counter({
      name: 'plinth_gateway_workers_ended_total',
      help: 'Workers of the gateway that ended unexpectedly',
      registers: [this.registry],
    });
  }

  /** Takes what a worker answered to `collect-metrics`. */
  receive(id: number, metrics: readonly Measurement[]): void {
    this.pending.get(id)?.(metrics);
  }

  /** The metrics of every worker under its number. Those of a worker that does not answer in time are missing. */
  async page(
    workers: readonly { readonly number: number; readonly worker: Worker | undefined }[],
  ): Promise<string> {
    const collected = await Promise.all(
      workers.map(({ number, worker }) => (worker === undefined ? [] : this.collect(worker, number))),
    );
    const own = (await this.registry.getMetricsAsJSON()) as Measurement[];
    return AggregatorRegistry.aggregate([...collected, own]).metrics();
  }

  private async collect(worker: Worker, number: number): Promise<Measurement[]> {
    const id = ++this.lastId;
    const answer = new Promise<readonly Measurement[]>(resolve => this.pending.set(id, resolve));
    sendToWorker(worker, { type: 'collect-metrics', id, worker: number });
    const metrics = await withTimeout(answer, collectMs).catch((error: unknown) => {
      if (error instanceof TimeoutError) return [];
      throw error;
    });
    this.pending.delete(id);
    return metrics.map(metric => ({
      ...metric,
      // The label makes every series unique, so nothing is added up and nothing is left out.
      aggregator: 'sum',
      values: metric.values.map(value => ({ ...value, labels: { ...value.labels, worker: String(number) } })),
    }));
  }
}

/** A worker that has ended gets no message; the pool learns of its end by the exit event. */
export function sendToWorker(worker: Worker, message: ToWorker): void {
  worker.send(message, () => undefined);
}
