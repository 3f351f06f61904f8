import { connect, type Socket } from 'node:net';
import { ParseFailure, ResponseParser } from './response-parser';
import {
  type SubgraphRequest,
  type SubgraphResponse,
  type Transport,
  TransportError,
  type TransportFailure,
} from './transport';

export interface PipelinedOptions {
  readonly socketsPerOrigin?: number | undefined;
  /** Requests waiting on one connection; beyond it the next connection is taken, beyond all of them `hasRoom` is false. */
  readonly depth?: number | undefined;
  readonly maxResponseBytes?: number | undefined;
  readonly connectTimeoutMs?: number | undefined;
  /** Unix sockets by origin, where a service listens on one on this machine. */
  readonly socketPaths?: Readonly<Record<string, string>> | undefined;
  /**
   * Told how long a request kept those behind it on its connection waiting: not what it waited for itself, which says how busy
   * everybody is.
   */
  readonly onTurn?: ((request: SubgraphRequest, milliseconds: number) => void) | undefined;
}

/**
 * A small HTTP/1.1 client for plain reads between the gateway and its services: a few connections a service, all requests of one
 * turn of the event loop in one write each, answers in order (RFC 9112 §9.3.2, pipelining).
 *
 * It takes reads only: when a connection dies, what was written but not answered is sent again, once.
 */
export class PipelinedTransport implements Transport {
  private readonly origins = new Map<string, Origin>();
  private isClosed = false;

  constructor(private readonly options: PipelinedOptions = {}) {}

  /** Is there a connection for this address that is not already waiting for many answers? */
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
      origin.enqueue(new Waiting(request, resolve, reject));
    });
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

/** One request and whoever waits for it. */
class Waiting {
  retries = 0;
  isSettled = false;
  connection: Connection | undefined;
  readonly deadline: number;
  private readonly onAbort: (() => void) | undefined;

  constructor(
    readonly request: SubgraphRequest,
    private readonly resolve: (response: SubgraphResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.deadline = performance.now() + request.timeoutMs;
    if (request.signal) {
      this.onAbort = () => this.fail('aborted');
      request.signal.addEventListener('abort', this.onAbort, { once: true });
    }
  }

  succeed(response: SubgraphResponse): void {
    if (this.settle()) this.resolve(response);
  }

  fail(reason: TransportFailure, cause?: unknown): void {
    if (this.settle()) this.reject(new TransportError(reason, cause === undefined ? {} : { cause }));
  }

  private settle(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    if (this.onAbort) this.request.signal?.removeEventListener('abort', this.onAbort);
    return true;
  }
}

class Origin {
  private readonly connections: Connection[] = [];
  private readonly head: string;
  private readonly target: { host: string; port: number } | { path: string };
  private readonly count: number;
  private readonly depth: number;
  private queue: Waiting[] = [];
  private sweeper: NodeJS.Timeout | undefined;
  private isScheduled = false;
  private isClosed = false;

  constructor(
    url: string,
    readonly options: PipelinedOptions,
  ) {
    const { protocol, hostname, port, host, pathname, search, origin } = new URL(url);
    if (protocol !== 'http:') throw new Error('Pipelining is for plain HTTP between services');
    const path = options.socketPaths?.[origin];
    this.target = path
      ? { path }
      : { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? 80 : Number(port) };
    this.head = `POST ${pathname}${search} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/graphql-response+json, application/json\r\n`;
    this.count = options.socketsPerOrigin ?? 4;
    this.depth = options.depth ?? 32;
  }

  hasRoom(): boolean {
    return this.connections.length < this.count || this.connections.some(c => c.waiting.length < this.depth);
  }

  enqueue(waiting: Waiting): void {
    if (this.isClosed) {
      waiting.fail('aborted');
      return;
    }
    this.queue.push(waiting);
    if (!this.isScheduled) {
      this.isScheduled = true;
      // After the events of this turn: whatever they ask for goes out in one write.
      setImmediate(this.flush);
    }
    // One timer looks after all deadlines; one each would cost more than the request.
    this.sweeper ??= setInterval(this.sweep, 20).unref();
  }

  write(waiting: Waiting): string {
    const { body, headers } = waiting.request;
    const length = Buffer.byteLength(body);
    // A byte a character, so that many requests go out as one text without being encoded.
    const bytes = length === body.length ? body : Buffer.from(body, 'utf8').toString('latin1');
    return `${this.head}${headers.lines}content-length: ${length}\r\n\r\n${bytes}`;
  }

  /**
   * Takes back what a dead connection has not answered, and sends it again over a new one: when a service restarts, the other
   * connections that are still open here are as dead as this one.
   */
  retry(waiting: readonly Waiting[], reason: TransportFailure, cause: unknown): void {
    let fresh: Connection | undefined;
    for (const one of waiting) {
      if (one.isSettled) continue;
      if (one.retries > 0 || reason === 'refused' || this.isClosed) {
        one.fail(reason, cause);
        continue;
      }
      one.retries++;
      if (!fresh) {
        fresh = new Connection(this, this.target);
        this.connections.push(fresh);
      }
      fresh.add(one);
    }
  }

  forget(connection: Connection): void {
    const at = this.connections.indexOf(connection);
    if (at >= 0) this.connections.splice(at, 1);
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
    // All on one connection: its other end reads them at once, and answers them in fewer writes than requests.
    let connection: Connection | undefined;
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
  private choose(): Connection {
    let best: Connection | undefined;
    for (const connection of this.connections) {
      if (!best || connection.waiting.length < best.waiting.length) best = connection;
    }
    if (best && (best.waiting.length === 0 || this.connections.length >= this.count)) return best;
    const created = new Connection(this, this.target);
    this.connections.push(created);
    return created;
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

class Connection {
  /** Written or about to be, in the order of their answers. */
  readonly waiting: Waiting[] = [];
  private readonly socket: Socket;
  private readonly parser: ResponseParser;
  private readonly openedAt = performance.now();
  /** Since when the first in line is the first. */
  private turnSince = 0;
  private outgoing = '';
  private isOpen = false;
  private isDead = false;

  constructor(
    private readonly origin: Origin,
    target: { host: string; port: number } | { path: string },
  ) {
    this.parser = new ResponseParser(
      { maxHeadBytes: 16 * 1024, maxBodyBytes: origin.options.maxResponseBytes ?? 16 * 1024 * 1024 },
      (status, body, isLast) => this.answer(status, body, isLast),
      () => {
        // The peer has begun to answer: this request reached it and is not sent a second time.
        const first = this.waiting[0];
        if (first) first.retries++;
      },
    );
    this.socket = connect({ ...target, noDelay: true });
    this.socket.on('connect', () => {
      this.isOpen = true;
      this.flush();
    });
    this.socket.on('data', chunk => this.receive(chunk));
    this.socket.on('end', () => {
      this.parser.end();
      this.destroy('reset');
    });
    this.socket.on('error', error => this.destroy(this.isOpen ? 'reset' : 'refused', error));
    this.socket.on('close', () => this.destroy(this.isOpen ? 'reset' : 'refused'));
  }

  add(waiting: Waiting): void {
    waiting.connection = this;
    if (this.waiting.push(waiting) === 1) this.turnSince = performance.now();
    this.outgoing += this.origin.write(waiting);
  }

  flush(): void {
    if (!this.isOpen || this.outgoing === '') return;
    const text = this.outgoing;
    this.outgoing = '';
    this.socket.write(text, 'latin1');
  }

  sweep(now: number): void {
    if (!this.isOpen && now - this.openedAt > (this.origin.options.connectTimeoutMs ?? 5_000)) {
      this.destroy('timeout');
      return;
    }
    let isStuck = false;
    for (const one of this.waiting) {
      if (!one.isSettled && one.deadline <= now) one.fail('timeout');
    }
    // Answers come in order: one that nobody waits for any more still blocks those behind it.
    const first = this.waiting[0];
    if (first?.isSettled && first.deadline <= now) {
      isStuck = true;
      this.endTurn(first, now);
    }
    if (isStuck) this.destroy('reset');
  }

  destroy(reason: TransportFailure, cause?: unknown): void {
    if (this.isDead) return;
    this.isDead = true;
    this.socket.destroy();
    this.origin.forget(this);
    const left = this.waiting.splice(0);
    if (reason === 'aborted') for (const one of left) one.fail('aborted');
    else this.origin.retry(left, reason, cause);
  }

  private receive(chunk: Buffer): void {
    if (this.isDead) return;
    try {
      if (this.waiting.length === 0) throw new ParseFailure('malformed');
      this.parser.push(chunk);
    } catch (error) {
      const failure = error instanceof ParseFailure ? error.reason : 'malformed';
      // Only the first in line is to blame; the others never had a turn.
      this.waiting.shift()?.fail(failure, error);
      this.destroy('reset', error);
    }
  }

  private answer(status: number, body: Buffer, isLast: boolean): void {
    const first = this.waiting.shift();
    if (!first) throw new ParseFailure('malformed');
    this.endTurn(first, performance.now());
    // The body is a view of the socket's chunk; who keeps it for long copies it.
    first.succeed({ status, body });
    if (isLast) this.destroy('reset');
  }

  private endTurn({ request }: Waiting, now: number): void {
    this.origin.options.onTurn?.(request, now - this.turnSince);
    this.turnSince = now;
  }
}
