import type { Histogram } from 'prom-client';
import type { Metrics } from '../../../platform/observability/metrics';
import type { PendingObject, PresignedStore, Storage, StoredObject } from './storage';

export type Backend = 'folder' | 's3';
type Operation = 'write' | 'commit' | 'abort' | 'read' | 'stat' | 'remove';

/** A storage whose operations are timed: `plinth_file_storage_duration_seconds`. A read counts until its first bytes. */
export class MeasuredStorage implements Storage {
  private readonly times: OperationTimes;

  constructor(
    private readonly storage: Storage,
    backend: Backend,
    metrics: Metrics,
  ) {
    this.times = new OperationTimes(backend, metrics);
  }

  get presigned(): PresignedStore | undefined {
    return this.storage.presigned;
  }

  create(id: string): PendingObject {
    const object = this.storage.create(id);
    return {
      key: object.key,
      write: chunk => this.times.of('write', object.write(chunk)),
      commit: () => this.times.of('commit', object.commit()),
      abort: () => this.times.of('abort', object.abort()),
    };
  }

  async *read(key: string, start: number, end: number, pieceSize: number): AsyncGenerator<Buffer> {
    const bytes = this.storage.read(key, start, end, pieceSize)[Symbol.asyncIterator]();
    try {
      let next = await this.times.of('read', bytes.next());
      for (; !next.done; next = await bytes.next()) yield next.value;
    } finally {
      await bytes.return?.();
    }
  }

  sizeOf(key: string): Promise<number | undefined> {
    return this.times.of('stat', this.storage.sizeOf(key));
  }

  remove(key: string): Promise<void> {
    return this.times.of('remove', this.storage.remove(key));
  }

  list(): AsyncIterable<StoredObject> {
    return this.storage.list();
  }

  removePending(key: string): Promise<void> {
    return this.storage.removePending(key);
  }

  ping(): Promise<void> {
    return this.storage.ping();
  }

  close(): Promise<void> {
    return this.storage.close();
  }
}

class OperationTimes {
  private readonly histogram: Histogram<'operation' | 'backend' | 'outcome'>;
  /** By operation and outcome. */
  private readonly series = new Map<string, Histogram.Internal<string>>();

  constructor(
    private readonly backend: Backend,
    metrics: Metrics,
  ) {
    this.histogram = metrics.histogram(
      'plinth_file_storage_duration_seconds',
      'Duration of operations of the file storage; that of a read until its first bytes',
      ['operation', 'backend', 'outcome'],
      [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    );
  }

  async of<T>(operation: Operation, work: Promise<T>): Promise<T> {
    const started = performance.now();
    let outcome: 'ok' | 'error' = 'error';
    try {
      const result = await work;
      outcome = 'ok';
      return result;
    } finally {
      this.seriesOf(operation, outcome).observe((performance.now() - started) / 1000);
    }
  }

  private seriesOf(operation: Operation, outcome: string): Histogram.Internal<string> {
    const key = `${operation} ${outcome}`;
    let series = this.series.get(key);
    if (series === undefined) {
      series = this.histogram.labels(operation, this.backend, outcome);
      this.series.set(key, series);
    }
    return series;
  }
}
