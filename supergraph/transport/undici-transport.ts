import { type buildConnector, type Dispatcher, Pool } from 'undici';
import type { CancelSignal } from '../../platform/http/cancellation';
import { timeoutHeader } from '../../platform/http/request';
import {
  type SubgraphRequest,
  type SubgraphResponse,
  type Transport,
  TransportError,
  type TransportFailure,
} from './transport';

export interface UndiciOptions {
  readonly connectionsPerOrigin?: number | undefined;
  readonly maxResponseBytes?: number | undefined;
  readonly connectTimeoutMs?: number | undefined;
  /** Called when a request timed out before any byte of an answer: other connections to the service may lead nowhere too. */
  readonly onSilence?: ((url: string, since: number) => void) | undefined;
  /** Called when a request has ended, with the milliseconds for which it had its connection: it may have waited for one before. */
  readonly onTurn?: ((request: SubgraphRequest, milliseconds: number) => void) | undefined;
  /** Opens connections; undici's own by default. */
  readonly connect?: buildConnector.connector | undefined;
}

/** The general transport: HTTP/1.1 over undici's pools, one request at a time on a connection, TLS where the address says so. */
export class UndiciTransport implements Transport {
  private readonly pools = new Map<string, { pool: Pool; path: string }>();
  private readonly maxBytes: number;

  constructor(private readonly options: UndiciOptions = {}) {
    this.maxBytes = options.maxResponseBytes ?? 16 * 1024 * 1024;
  }

  async send(request: SubgraphRequest): Promise<SubgraphResponse> {
    const deadline = performance.now() + request.timeoutMs;
    try {
      return await this.attempt(request, request.timeoutMs);
    } catch (error) {
      // A kept-alive connection the peer has closed meanwhile looks like a reset before the first byte of an answer.
      if (!(error instanceof StaleConnection)) throw error;
      const left = deadline - performance.now();
      if (!request.isRead || left <= 0) throw new TransportError('reset', { cause: error.cause });
    }
    // Over a new connection: when a service restarts, every other kept one is as dead as this one was.
    const { origin, pathname, search } = new URL(request.url);
    const pool = this.open(origin, 1);
    try {
      return await this.attempt(request, deadline - performance.now(), { pool, path: pathname + search });
    } catch (error) {
      throw error instanceof StaleConnection ? new TransportError('reset', { cause: error.cause }) : error;
    } finally {
      void pool.destroy();
    }
  }

  /** Gives the next requests to this address new connections. Requests in flight go on where they are. */
  renew(url: string): void {
    const entry = this.pools.get(url);
    this.pools.delete(url);
    void entry?.pool.close();
  }

  async close(): Promise<void> {
    const pools = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(pools.map(({ pool }) => pool.destroy()));
  }

  private poolFor(url: string): { pool: Pool; path: string } {
    let entry = this.pools.get(url);
    if (!entry) {
      const { origin, pathname, search } = new URL(url);
      entry = {
        pool: this.open(origin, this.options.connectionsPerOrigin ?? 64),
        path: pathname + search,
      };
      this.pools.set(url, entry);
    }
    return entry;
  }

  private open(origin: string, connections: number): Pool {
    return new Pool(origin, {
      connections,
      pipelining: 1,
      keepAliveTimeout: 4_000,
      // The transport has its own deadlines; undici's would only add timers.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: this.options.connect ?? { timeout: this.options.connectTimeoutMs ?? 5_000 },
    });
  }

  private attempt(
    request: SubgraphRequest,
    timeoutMs: number,
    fresh?: { pool: Pool; path: string },
  ): Promise<SubgraphResponse> {
    return new Promise((resolve, reject) => {
      if (request.signal?.aborted) {
        reject(new TransportError('aborted'));
        return;
      }
      let entry: { pool: Pool; path: string };
      try {
        entry = fresh ?? this.poolFor(request.url);
      } catch (cause) {
        reject(new TransportError('refused', { cause }));
        return;
      }
      const headers = [
        'content-type',
        'application/json',
        'accept',
        accepted,
        timeoutHeader,
        String(Math.ceil(timeoutMs)),
      ];
      for (const [name, value] of request.headers.entries) headers.push(name, value);
      const started = performance.now();
      const collector = new Collector(this.maxBytes, resolve, reject, {
        onSilence: () => {
          // Another request may have renewed it.
          if (this.pools.get(request.url) === entry) this.renew(request.url);
          this.options.onSilence?.(request.url, started);
        },
        onTurn: milliseconds => this.options.onTurn?.(request, milliseconds),
      });
      collector.stopAfter(timeoutMs, request.signal);
      entry.pool.dispatch(
        { path: entry.path, method: 'POST', headers, body: request.body, idempotent: request.isRead },
        collector,
      );
    });
  }
}

const accepted = 'application/graphql-response+json, application/json';

/** The connection ended before any byte of an answer. Whether the service got the request is unknown. */
class StaleConnection extends Error {}

class Collector implements Dispatcher.DispatchHandler {
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private status = 0;
  private timer: NodeJS.Timeout | undefined;
  private signal: CancelSignal | undefined;
  private controller: Dispatcher.DispatchController | undefined;
  private startedAt = 0;
  private stopped: TransportFailure | undefined;
  private isSettled = false;
  private readonly onAbort = (): void => this.stop('aborted');

  constructor(
    private readonly maxBytes: number,
    private readonly resolve: (response: SubgraphResponse) => void,
    private readonly reject: (error: Error) => void,
    private readonly events: { onSilence(): void; onTurn(milliseconds: number): void },
  ) {}

  stopAfter(timeoutMs: number, signal: CancelSignal | undefined): void {
    this.timer = setTimeout(() => this.stop('timeout'), Math.max(1, timeoutMs));
    if (signal) {
      this.signal = signal;
      signal.addEventListener('abort', this.onAbort, { once: true });
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    this.startedAt = performance.now();
    if (this.stopped) controller.abort(new TransportError(this.stopped));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > this.maxBytes) this.stop('too-large');
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (!this.settle()) return;
    const [only] = this.chunks;
    const body = this.chunks.length === 1 && only ? only : Buffer.concat(this.chunks);
    this.resolve({ status: this.status, body });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.settle()) return;
    if (error instanceof TransportError) {
      this.reject(error);
    } else if (this.status === 0 && isReset(error)) {
      this.reject(new StaleConnection('The connection ended', { cause: error }));
    } else {
      this.reject(new TransportError(reasonOf(error), { cause: error }));
    }
  }

  private stop(reason: TransportFailure): void {
    this.stopped = reason;
    // A request that still waits for a connection says nothing about the connections.
    const isSilent = reason === 'timeout' && this.status === 0 && this.controller !== undefined;
    // The request may still wait for a connection, or be in the middle of its answer.
    this.controller?.abort(new TransportError(reason));
    if (this.settle()) this.reject(new TransportError(reason));
    if (isSilent) this.events.onSilence();
  }

  private settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    clearTimeout(this.timer);
    this.signal?.removeEventListener('abort', this.onAbort);
    if (this.controller !== undefined) this.events.onTurn(performance.now() - this.startedAt);
    return true;
  }
}

function codeOf(error: Error): string {
  return String((error as { code?: unknown }).code ?? '');
}

function isReset(error: Error): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes(codeOf(error));
}

function reasonOf(error: Error): TransportFailure {
  const code = codeOf(error);
  if (code.startsWith('HPE_')) return 'malformed';
  if (isReset(error) || code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return 'reset';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') return 'timeout';
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'too-large';
  return ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENOENT'].includes(code)
    ? 'refused'
    : 'malformed';
}
