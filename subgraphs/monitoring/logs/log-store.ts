import type { Worker } from 'node:worker_threads';
import type { Clock } from '../../../platform/clock';
import { AppError, tooMany, unavailable } from '../../../platform/errors';
import { startWorkerThread } from '../../../platform/worker-thread';
import { monitoringErrors } from '../errors';
import type { StoredLog } from './log-entry';
import type { LogFormat } from './log-lines';
import type { AppendOutcome, LogRequest, LogResponse, LogWorkerOptions } from './log-messages';
import type { LogQuery } from './log-storage';

type Sent<Request> = Request extends LogRequest ? Omit<Request, 'id'> : never;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** The log, in a thread of its own. */
export class LogStore {
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private heldBytes = 0;
  private isFull = false;
  private isClosed = false;

  /** @param mostBytes of bodies that are being received or stored; more are refused */
  constructor(
    private readonly options: LogWorkerOptions,
    private readonly clock: Clock,
    private readonly mostBytes: number,
  ) {}

  /** Bytes of bodies that are being received or stored. */
  get pendingBytes(): number {
    return this.heldBytes;
  }

  /**
   * Keeps memory for a body while the work goes on.
   *
   * @throws AppError 429 when the bodies that are under way have no room for it
   */
  async withRoom<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    if (this.heldBytes > 0 && this.heldBytes + bytes > this.mostBytes) {
      throw tooMany('More lines arrive than can be stored', 1, monitoringErrors.LOGS_OVERLOADED);
    }
    this.heldBytes += bytes;
    try {
      return await work();
    } finally {
      this.heldBytes -= bytes;
    }
  }

  /**
   * Resolves when the entries are on disk.
   *
   * @param body is given away: its memory moves to the thread
   * @throws AppError 400 for a body that is not of its format, 503, 507
   */
  async append(body: Uint8Array, format: LogFormat): Promise<AppendOutcome> {
    if (this.isFull) {
      throw new AppError(monitoringErrors.LOGS_FULL, 'The log has reached its size limit', {
        headers: { 'retry-after': '60' },
      });
    }
    // A pooled buffer shares its memory with others, which must stay here.
    const isWhole = body.buffer instanceof ArrayBuffer && body.byteLength === body.buffer.byteLength;
    const own = (isWhole ? body : new Uint8Array(body)) as Uint8Array<ArrayBuffer>;
    const request = { kind: 'append' as const, body: own, format, now: this.clock.now() };
    return (await this.send(request, [own.buffer])) as AppendOutcome;
  }

  /** The newest first. */
  async search(query: LogQuery, limit: number): Promise<StoredLog[]> {
    return (await this.send({ kind: 'search', query, limit })) as StoredLog[];
  }

  /** Deletes the lines with any of these terms. @returns how many */
  async erase(terms: readonly string[]): Promise<number> {
    return (await this.send({ kind: 'erase', terms })) as number;
  }

  /** Applies the limits of age and size. @returns the bytes that the log takes */
  async prune(): Promise<number> {
    const bytes = (await this.send({ kind: 'prune', now: this.clock.now() })) as number;
    // The current partition alone is larger: until the next one begins, nothing can be dropped.
    this.isFull = bytes > this.options.retentionBytes;
    return bytes;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    if (this.worker === undefined) return;
    await this.send({ kind: 'close' });
    await this.worker.terminate();
  }

  private send(request: Sent<LogRequest>, transfer: ArrayBuffer[] = []): Promise<unknown> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.thread().postMessage({ id, ...request } satisfies LogRequest, transfer);
    });
  }

  private thread(): Worker {
    if (this.worker !== undefined) return this.worker;
    const worker = startWorkerThread(`${__dirname}/log-worker`, this.options);
    worker.on('message', (response: LogResponse) => this.settle(response));
    worker.once('error', error => this.lose(worker, error));
    worker.once('exit', () => this.lose(worker, new Error('The thread of the log has ended')));
    this.worker = worker;
    return worker;
  }

  private settle({ id, result, error }: LogResponse): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(errorOf(error));
  }

  /** The next request starts another thread. */
  private lose(worker: Worker, error: unknown): void {
    if (this.worker !== worker) return;
    if (!this.isClosed) this.worker = undefined;
    for (const { reject } of this.waiting.values()) reject(unavailable('The log does not answer', error));
    this.waiting.clear();
  }
}

function errorOf({ code, status, message, details, headers }: NonNullable<LogResponse['error']>): Error {
  if (code === undefined || status === undefined) return new Error(message);
  return new AppError({ code, status }, message, { details, ...(headers === undefined ? {} : { headers }) });
}
