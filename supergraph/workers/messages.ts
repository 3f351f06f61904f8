import type { MetricObjectWithValues, MetricValue } from 'prom-client';

export type Measurement = MetricObjectWithValues<MetricValue<string>>;

/** What the primary says to a worker. */
export type ToWorker =
  /** Take nothing more, finish what is in flight, end. */
  | { readonly say: 'stop' }
  /** Another worker is there: let clients go to it, and end when they have. */
  | { readonly say: 'retire' }
  | { readonly say: 'measure'; readonly question: number }
  | { readonly say: 'page'; readonly question: number; readonly body: string };

/** What a worker says to the primary. */
export type ToPrimary =
  | { readonly say: 'measured'; readonly question: number; readonly metrics: readonly Measurement[] }
  /** Somebody asked this worker for the metrics of all. */
  | { readonly say: 'page?'; readonly question: number };
