import type { MetricObjectWithValues, MetricValue } from 'prom-client';

export type Measurement = MetricObjectWithValues<MetricValue<string>>;

/** From the primary to a worker. */
export type ToWorker =
  /** Accept nothing more, finish what is in flight, end. */
  | { readonly type: 'stop' }
  /** A new worker has started: let clients move to it, then end. */
  | { readonly type: 'retire' }
  /** `worker` is the number of the worker that is asked. */
  | { readonly type: 'collect-metrics'; readonly id: number; readonly worker: number }
  /** The answer to `request-page`; undefined when the metrics could not be collected. */
  | { readonly type: 'page'; readonly id: number; readonly body: string | undefined };

/** From a worker to the primary. */
export type ToPrimary =
  | { readonly type: 'metrics'; readonly id: number; readonly metrics: readonly Measurement[] }
  /** The worker has to answer a scrape, with the metrics of all workers. */
  | { readonly type: 'request-page'; readonly id: number };
