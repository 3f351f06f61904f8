import { timeoutHeader } from '../../platform/http/request';
import { type ConnectionEnd, PendingRequest, PipelinedConnection } from './pipelined-connection';
import { type SubgraphRequest, type SubgraphResponse, type Transport, TransportError } from './transport';

export interface PipelinedOptions {
  readonly socketsPerOrigin?: number | undefined;
  /** Requests waiting on one connection; beyond it the next connection is taken, beyond all of them `hasRoom` is false. */
  readonly depth?: number | undefined;
  readonly maxResponseBytes?: number | undefined;
  readonly connectTimeoutMs?: number | undefined;
  /** Called with how long a request blocked those behind it on its connection. */
  readonly onTurn?: ((request: SubgraphRequest, milliseconds: number) => void) | undefined;
  /** Called when a service has become silent: its other connections may lead nowhere too. */
  readonly onSilence?: ((url: string) => void) | undefined;
}

/**
 * A small HTTP/1.1 client for reads between the gateway and its services: a few connections a service, all requests of one turn of the
 * event loop in one write, answers in order (RFC 9112 §9.3.2, pipelining). It halves the CPU of an operation: `npm run bench:executor`,
 * column `undici`, which is the plain way.
 *
 * It takes reads only: when a connection ends, the requests that were not answered are sent again. The one that the connection may have
 * ended because of is sent again once.
 */
export class PipelinedTransport implements Transport {
  private readonly origins = new Map<string, Origin>();
  private isClosed = false;

  constructor(private readonly options: PipelinedOptions = {}) {}

  /** Whether a connection to this address has room for a request. */
  hasRoom(url: string): boolean {
    return this.origins.get(url)?.hasRoom() ?? true;
  }

  send(request: SubgraphRequest): Promise<SubgraphResponse> {
    return new Promise((resolve, reject) => {
      if (!request.isRead) {
        reject(new TransportError('refused', { cause: new Error('Only reads may be pipelined') }));
        return;
      }
      if (this.isClosed || request.signal?.aborted) {
        reject(new TransportError('aborted'));
        return;
      }
      let origin: Origin;
      try {
        origin = this.originOf(request.url);
      } catch (cause) {
        reject(new TransportError('refused', { cause }));
        return;
      }
      origin.enqueue(new PendingRequest(request, resolve, reject));
    });
  }

  /** Ends the connections to this address on which nothing came since that time, on the clock of `performance.now()`. */
  suspect(url: string, since: number): void {
    this.origins.get(url)?.suspect(since);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    for (const origin of this.origins.values()) origin.close();
    this.origins.clear();
  }

  private originOf(url: string): Origin {
    let origin = this.origins.get(url);
    if (!origin) {
      origin = new Origin(url, this.options);
      this.origins.set(url, origin);
    }
    return origin;
  }
}

/** The connections to one service. */
class Origin {
  private readonly connections: PipelinedConnection[] = [];
  private readonly head: string;
  private readonly address: { host: string; port: number };
  private readonly count: number;
  private readonly depth: number;
  private queue: PendingRequest[] = [];
  private sweeper: NodeJS.Timeout | undefined;
  private isScheduled = false;
  private isClosed = false;

  constructor(
    private readonly url: string,
    private readonly options: PipelinedOptions,
  ) {
    const { protocol, hostname, port, host, pathname, search } = new URL(url);
    if (protocol !== 'http:') throw new Error('Pipelining is for plain HTTP between services');
    this.address = { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) };
    this.head = `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/graphql-response+json, application/json\r\n`;
    this.count = options.socketsPerOrigin ?? 4;
    this.depth = options.depth ?? 128;
  }

  hasRoom(): boolean {
    return this.connections.length < this.count || this.connections.some(c => c.waiting.length < this.depth);
  }

  enqueue(waiting: PendingRequest): void {
    if (this.isClosed) {
      waiting.fail('aborted');
      return;
    }
    this.queue.push(waiting);
    if (!this.isScheduled) {
      this.isScheduled = true;
      // After the events of this turn, so that all their requests go out in one write.
      setImmediate(this.flush);
    }
    // One timer checks all deadlines: a timer for each would cost more than the request.
    this.sweeper ??= setInterval(this.sweep, 20).unref();
  }

  private readonly write = ({ request: { body, headers, timeoutMs } }: PendingRequest): string => {
    const length = Buffer.byteLength(body);
    // One byte a character, so that many requests go out as one text that is not encoded again.
    const bytes = length === body.length ? body : Buffer.from(body, 'utf8').toString('latin1');
    return `${this.head}${headers.lines}${timeoutHeader}: ${Math.ceil(timeoutMs)}\r\ncontent-length: ${length}\r\n\r\n${bytes}`;
  };

  suspect(since: number): void {
    for (const connection of [...this.connections]) {
      if (connection.isSilentSince(since) && connection.isOlderThan(since)) connection.destroy('reset');
    }
  }

  private readonly onSilence = (since: number): void => {
    this.suspect(since);
    this.options.onSilence?.(this.url);
  };

  private readonly onEnd = (connection: PipelinedConnection, end: ConnectionEnd): void => {
    const at = this.connections.indexOf(connection);
    if (at >= 0) this.connections.splice(at, 1);
    if (end.reason === 'aborted') for (const one of end.unanswered) one.fail('aborted');
    else this.retry(end);
  };

  /**
   * Sends requests of an ended connection again over a new one: when a service restarts, the other connections that are still open here
   * have ended too.
   */
  private retry({ unanswered, reason, cause, isFirstSuspect }: ConnectionEnd): void {
    // It could not be opened, and another one cannot either.
    const isUnreachable = reason === 'refused' || reason === 'timeout';
    let fresh: PipelinedConnection | undefined;
    for (const [index, one] of unanswered.entries()) {
      if (one.isSettled) continue;
      const isSuspect = isFirstSuspect && index === 0;
      if (isUnreachable || this.isClosed || (isSuspect && one.retries > 0)) {
        one.fail(reason, cause);
        continue;
      }
      // The others are not to pay for it.
      if (isSuspect) one.retries++;
      fresh ??= this.connect();
      fresh.add(one);
    }
  }

  close(): void {
    this.isClosed = true;
    clearInterval(this.sweeper);
    for (const waiting of this.queue) waiting.fail('aborted');
    this.queue = [];
    for (const connection of [...this.connections]) connection.destroy('aborted');
  }

  private readonly flush = (): void => {
    this.isScheduled = false;
    const batch = this.queue;
    this.queue = [];
    // All on one connection: the service reads them at once, and answers them in fewer writes.
    let connection: PipelinedConnection | undefined;
    for (const waiting of batch) {
      if (waiting.isSettled) continue;
      if (connection === undefined || connection.waiting.length >= this.depth) {
        connection?.flush();
        connection = this.choose();
      }
      connection.add(waiting);
    }
    connection?.flush();
  };

  /** The connection with the fewest answers to wait for; a new one while there may be more. */
  private choose(): PipelinedConnection {
    let best: PipelinedConnection | undefined;
    for (const connection of this.connections) {
      if (!best || connection.waiting.length < best.waiting.length) best = connection;
    }
    if (best && (best.waiting.length === 0 || this.connections.length >= this.count)) return best;
    return this.connect();
  }

  private connect(): PipelinedConnection {
    const connection = new PipelinedConnection({
      address: this.address,
      maxResponseBytes: this.options.maxResponseBytes ?? 16 * 1024 * 1024,
      connectTimeoutMs: this.options.connectTimeoutMs ?? 5_000,
      write: this.write,
      onTurn: this.options.onTurn ?? (() => undefined),
      onEnd: this.onEnd,
      onSilence: this.onSilence,
    });
    this.connections.push(connection);
    return connection;
  }

  private readonly sweep = (): void => {
    const now = performance.now();
    let isBusy = this.queue.length > 0;
    for (const waiting of this.queue) if (waiting.deadline <= now) waiting.fail('timeout');
    for (const connection of [...this.connections]) {
      if (connection.waiting.length > 0) isBusy = true;
      connection.sweep(now);
    }
    if (!isBusy) {
      clearInterval(this.sweeper);
      this.sweeper = undefined;
    }
  };
}
