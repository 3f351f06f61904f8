import type { Socket } from 'node:net';
import { type FastPathRequest, readFastPathRequest } from './fast-path-request';
import { HttpRequest } from './request';

export interface FastPathOptions {
  /** The paths whose POSTs are answered here. */
  readonly paths: ReadonlySet<string>;
  /** How long a connection may be silent between requests. */
  readonly keepAliveMs: number;
  /** Has a request answered: calls `write` once, after it has returned. */
  readonly answer: (request: HttpRequest, write: WriteAnswer) => void;
  /** Whether connections end with what they are working on. */
  readonly isLast: () => boolean;
  /** Takes over a connection, with what was received and not answered, for good. */
  readonly handOver: (socket: Socket) => void;
}

/** @param head the status line and the header lines, without what the connection itself says */
export type WriteAnswer = (head: string, body: string | Buffer) => void;

/** How many requests of one connection are worked on at once; the next ones wait where they are. */
const mostInFlight = 64;
/** A request that does not arrive whole in this time arrives slowly, and is for who has the timeouts for that. */
const patienceMs = 1_000;
/** How long the other side may take to close a connection that was ended here. */
const lingerMs = 2_000;
/** Larger bodies are written beside the head, not copied behind it. */
const longestCopied = 32 * 1024;

/**
 * The connections on which nothing but plain requests came yet. node:http is made for every kind of message and builds a stream
 * each for the request and the answer; for one that arrives in one piece and is answered in one, that costs as much as
 * everything else that is done about it. Here it is read, answered and written as text; requests that were sent without
 * waiting (pipelining, RFC 9112 §9.3.2) are worked on together and answered in order, as many as are ready in one write.
 *
 * With the first request that is in any way unusual the whole connection goes to node:http, and stays there.
 */
export class FastPathConnections {
  private readonly connections = new Set<Connection>();
  private sweeper: NodeJS.Timeout | undefined;
  /** Those with answers to write. */
  private readonly ready = new Set<Connection>();

  constructor(private readonly options: FastPathOptions) {}

  take(socket: Socket): void {
    if (this.options.paths.size === 0) {
      this.options.handOver(socket);
      return;
    }
    const connection = new Connection(socket, this.options, {
      isReady: () => this.writeSoon(connection),
      isGone: () => this.connections.delete(connection),
    });
    this.connections.add(connection);
    // One timer looks after all of them; one each would cost more than the requests.
    this.sweeper ??= setInterval(this.sweep, patienceMs).unref();
  }

  closeIdle(): void {
    for (const connection of this.connections) if (connection.isIdle) connection.destroy();
  }

  close(): void {
    this.writeAll();
    for (const connection of this.connections) connection.destroy();
  }

  /**
   * When the requests that this turn of the event loop has brought are worked on as far as they can be. Answers that go out one after
   * the other find their readers awake; to wake somebody for each costs as much as making it.
   */
  private writeSoon(connection: Connection): void {
    if (this.ready.size === 0) setImmediate(this.writeAll);
    this.ready.add(connection);
  }

  private readonly writeAll = (): void => {
    const those = [...this.ready];
    this.ready.clear();
    for (const connection of those) connection.write();
  };

  private readonly sweep = (): void => {
    const now = performance.now();
    for (const connection of this.connections) connection.sweep(now);
    if (this.connections.size > 0) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
  };
}

/** A request that was read, and its answer once that is there. */
interface Exchange {
  readonly request: HttpRequest;
  head: string | undefined;
  body: string | Buffer;
}

class Connection {
  /** In the order of their answers. */
  private readonly exchanges: Exchange[] = [];
  /** Received and not yet read: the beginning of a request, or what has to wait. */
  private pending: Buffer | undefined;
  /** What is pending goes to node:http when all that came before it is answered. */
  private isLeaving = false;
  private isEnding = false;
  /** Since when it waits for a whole request, on the clock of `performance.now()`. */
  private waitingSince = performance.now();
  private hasAnswered = false;
  private readonly remoteAddress: string;

  constructor(
    private readonly socket: Socket,
    private readonly options: FastPathOptions,
    private readonly tell: { isReady(): void; isGone(): void },
  ) {
    this.remoteAddress = socket.remoteAddress ?? '';
    socket.on('data', this.onData);
    socket.on('end', this.onEnd);
    socket.on('close', this.onClose);
    socket.on('error', this.onError);
    socket.on('drain', this.onDrain);
  }

  get isIdle(): boolean {
    return this.exchanges.length === 0 && this.pending === undefined;
  }

  destroy(): void {
    this.socket.destroy();
  }

  sweep(now: number): void {
    // An answer is under way, however slowly it is read.
    if (this.socket.writableLength > 0) {
      this.waitingSince = now;
      return;
    }
    const waitedMs = now - this.waitingSince;
    if (this.isEnding) {
      if (waitedMs >= lingerMs) this.socket.destroy();
      return;
    }
    if (this.exchanges.length > 0) return;
    if (this.isIdle && this.hasAnswered) {
      if (waitedMs >= this.options.keepAliveMs) this.socket.destroy();
      return;
    }
    // Nothing yet, or half of something: node:http knows how long that may take.
    if (waitedMs >= patienceMs) this.leave();
  }

  private readonly onData = (chunk: Buffer): void => {
    if (this.isEnding) return;
    if (this.pending === undefined) {
      this.pending = chunk;
      this.waitingSince = performance.now();
    } else this.pending = Buffer.concat([this.pending, chunk]);
    this.read();
  };

  /** As node:http has it: who closes their side of a connection waits for no answer. */
  private readonly onEnd = (): void => {
    this.abandon();
    this.waitingSince = performance.now();
    this.socket.end();
  };

  private readonly onClose = (): void => {
    this.abandon();
    this.tell.isGone();
  };

  private readonly onError = (): void => {
    this.socket.destroy();
  };

  private readonly onDrain = (): void => {
    if (this.isLeaving || this.isEnding) return;
    this.socket.resume();
    this.read();
  };

  private abandon(): void {
    this.isEnding = true;
    this.pending = undefined;
    for (const { request } of this.exchanges.splice(0)) request.cancellation.cancel();
  }

  /** Works on the requests that are there, as far as there is room for their answers. */
  private read(): void {
    const { exchanges, options, socket } = this;
    let at = 0;
    while (this.pending !== undefined && !this.isLeaving) {
      if (options.isLast() && exchanges.length > 0) break;
      if (exchanges.length >= mostInFlight || socket.writableNeedDrain) {
        socket.pause();
        break;
      }
      const found = readFastPathRequest(this.pending, at, options.paths);
      if (found === 'incomplete') break;
      if (found === 'unusual') {
        this.isLeaving = true;
        socket.pause();
        break;
      }
      at = found.end;
      if (at === this.pending.length) {
        this.pending = undefined;
        at = 0;
      }
      this.begin(found);
    }
    if (at > 0) this.pending = this.pending?.subarray(at);
    if (this.isLeaving && exchanges.length === 0) this.leave();
  }

  private begin({ url, headers, body }: FastPathRequest): void {
    const { remoteAddress } = this;
    const request = new HttpRequest(
      { method: 'POST', url, headers, remoteAddress },
      { read: () => body, isComplete: true },
    );
    const exchange: Exchange = { request, head: undefined, body: '' };
    this.exchanges.push(exchange);
    this.options.answer(request, (head, answer) => {
      exchange.head = head;
      exchange.body = answer;
      if (this.exchanges[0] === exchange) this.tell.isReady();
    });
  }

  /** Writes the answers that are there, up to the first that is not. */
  write(): void {
    const { exchanges, options, socket } = this;
    if (socket.destroyed || exchanges[0]?.head === undefined) return;
    let text = '';
    let count = 0;
    for (const { head, body } of exchanges) {
      if (head === undefined) break;
      count += 1;
      text += head;
      this.isEnding = count === exchanges.length && options.isLast();
      text += this.isEnding ? 'connection: close\r\n\r\n' : kept(options.keepAliveMs);
      const plain = plainText(body);
      if (plain !== undefined) {
        text += plain;
        continue;
      }
      socket.cork();
      socket.write(text, 'latin1');
      socket.write(body);
      socket.uncork();
      text = '';
    }
    exchanges.splice(0, count);
    if (text !== '') socket.write(text, 'latin1');
    this.waitingSince = performance.now();
    this.hasAnswered = true;
    if (this.isEnding) {
      this.pending = undefined;
      // What comes now is read and dropped: unread, it would make the other side lose the answer (RFC 9112 §9.6).
      socket.resume();
      socket.end();
      return;
    }
    if (this.isLeaving && exchanges.length === 0) {
      this.leave();
      return;
    }
    if (socket.isPaused() && !this.isLeaving && !socket.writableNeedDrain) socket.resume();
    if (this.pending !== undefined) this.read();
  }

  private leave(): void {
    const { socket, pending } = this;
    socket.off('data', this.onData);
    socket.off('end', this.onEnd);
    socket.off('close', this.onClose);
    socket.off('error', this.onError);
    socket.off('drain', this.onDrain);
    this.pending = undefined;
    this.tell.isGone();
    socket.pause();
    if (pending !== undefined) socket.unshift(pending);
    this.options.handOver(socket);
    socket.resume();
  }
}

/** What can be written in one piece with the head, a byte a character; undefined for what is written beside it. */
function plainText(body: string | Buffer): string | undefined {
  if (body.length > longestCopied) return undefined;
  if (typeof body !== 'string') return body.toString('latin1');
  return Buffer.byteLength(body) === body.length ? body : undefined;
}

function kept(keepAliveMs: number): string {
  return `connection: keep-alive\r\nkeep-alive: timeout=${keepAliveMs / 1000}\r\n\r\n`;
}
