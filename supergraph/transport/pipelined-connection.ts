import { connect, type Socket } from 'node:net';
import { ParseFailure, ResponseParser } from './response-parser';
import {
  type SubgraphRequest,
  type SubgraphResponse,
  TransportError,
  type TransportFailure,
} from './transport';

/** A request that waits for its answer. */
export class PendingRequest {
  retries = 0;
  isSettled = false;
  readonly deadline: number;
  /** The connection that it is written to. */
  connection: PipelinedConnection | undefined;
  private readonly onAbort: (() => void) | undefined;

  constructor(
    readonly request: SubgraphRequest,
    private readonly resolve: (response: SubgraphResponse) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.deadline = performance.now() + request.timeoutMs;
    if (request.signal) {
      this.onAbort = () => {
        this.fail('aborted');
        this.connection?.abandon();
      };
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

export interface ConnectionOptions {
  readonly address: { readonly host: string; readonly port: number };
  readonly maxResponseBytes: number;
  readonly connectTimeoutMs: number;
  /** The request as it is written. */
  readonly write: (pending: PendingRequest) => string;
  /** Called with how long a request blocked those behind it, and not with its whole latency, which grows with everyone's load. */
  readonly onTurn: (request: SubgraphRequest, milliseconds: number) => void;
  /** Called once, when the connection has ended, with the requests it did not answer. */
  readonly onEnd: (connection: PipelinedConnection, end: ConnectionEnd) => void;
  /** Called after a request timed out on a connection that received nothing since that time, on the clock of `performance.now()`. */
  readonly onSilence: (since: number) => void;
}

export interface ConnectionEnd {
  readonly unanswered: readonly PendingRequest[];
  readonly reason: TransportFailure;
  readonly cause: unknown;
  /** Whether the first unanswered request may be why the connection ended. */
  readonly isFirstSuspect: boolean;
}

/** How long a request whose client is gone may keep others waiting. */
const abandonedMs = 100;

/** One connection that carries several requests at a time; answers come in the order of the requests. */
export class PipelinedConnection {
  /** Written, or to be written at the next flush, in the order of their answers. */
  readonly waiting: PendingRequest[] = [];
  private readonly socket: Socket;
  private readonly parser: ResponseParser;
  private readonly openedAt = performance.now();
  /** When the first request in line became the first. */
  private turnSince = 0;
  private isFirstUnsent = false;
  /** When bytes came last. */
  private receivedAt = 0;
  private outgoing = '';
  private isOpen = false;
  private isDead = false;

  constructor(private readonly options: ConnectionOptions) {
    this.parser = new ResponseParser(
      { maxHeadBytes: 16 * 1024, maxBodyBytes: options.maxResponseBytes },
      (status, body, isLast) => this.answer(status, body, isLast),
      () => {
        // The peer has begun to answer, so the request reached it and is not sent again.
        const first = this.waiting[0];
        if (first) first.retries++;
      },
    );
    this.socket = connect({ ...options.address, noDelay: true });
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

  isSilentSince(time: number): boolean {
    return this.receivedAt <= time;
  }

  isOlderThan(time: number): boolean {
    return this.openedAt <= time;
  }

  add(pending: PendingRequest): void {
    pending.connection = this;
    if (this.waiting.push(pending) === 1) {
      this.turnSince = performance.now();
      this.isFirstUnsent = true;
    }
    this.outgoing += this.options.write(pending);
  }

  /** Ends the connection when nobody waits for it any more, so that the service stops working too. */
  abandon(): void {
    if (this.waiting.every(one => one.isSettled)) this.destroy('aborted');
  }

  flush(): void {
    if (!this.isOpen || this.outgoing === '') return;
    const text = this.outgoing;
    this.outgoing = '';
    this.socket.write(text, 'latin1');
    if (!this.isFirstUnsent) return;
    // The time before, such as that in which a burst of requests was made, is not the service's.
    this.isFirstUnsent = false;
    this.turnSince = performance.now();
  }

  sweep(now: number): void {
    if (!this.isOpen && now - this.openedAt > this.options.connectTimeoutMs) {
      this.destroy('timeout');
      return;
    }
    for (const one of this.waiting) {
      if (!one.isSettled && one.deadline <= now) one.fail('timeout');
    }
    // Answers come in order: a request that was given up still blocks those behind it.
    const first = this.waiting[0];
    if (!first?.isSettled) return;
    const isTimeout = first.deadline <= now;
    if (!isTimeout && now - this.turnSince < abandonedMs) return;
    const since = this.turnSince;
    this.endTurn(first, now);
    this.destroy('reset');
    if (isTimeout && this.isSilentSince(since)) this.options.onSilence(since);
  }

  destroy(reason: TransportFailure, cause?: unknown, isFirstSuspect = true): void {
    if (this.isDead) return;
    this.isDead = true;
    this.socket.destroy();
    this.options.onEnd(this, { unanswered: this.waiting.splice(0), reason, cause, isFirstSuspect });
  }

  private receive(chunk: Buffer): void {
    if (this.isDead) return;
    this.receivedAt = performance.now();
    try {
      if (this.waiting.length === 0) throw new ParseFailure('malformed');
      this.parser.push(chunk);
    } catch (error) {
      const failure = error instanceof ParseFailure ? error.reason : 'malformed';
      // The fault concerns the first in line only.
      this.waiting.shift()?.fail(failure, error);
      this.destroy('reset', error, false);
    }
  }

  private answer(status: number, body: Buffer, isLast: boolean): void {
    const first = this.waiting.shift();
    if (!first) throw new ParseFailure('malformed');
    this.endTurn(first, performance.now());
    // The body is a view of the socket's chunk: code that keeps it for long copies it.
    first.succeed({ status, body });
    // The peer has not begun with the requests behind its last answer (RFC 9112 §9.6).
    if (isLast) this.destroy('reset', undefined, false);
  }

  private endTurn({ request }: PendingRequest, now: number): void {
    this.options.onTurn(request, now - this.turnSince);
    this.turnSince = now;
  }
}
