import type { Socket } from 'node:net';
import { HttpRequest } from '../../platform/http/request';
import type { HttpServer } from '../../platform/http/server';
import { FastPathReader, type FastPathRequest } from './fast-path-request';
import { bytesOf, responseHead } from './fast-path-response';
import { ReceivedBytes } from './received-bytes';

/** A request that is not received whole in this time is handed over: node:http has the timeouts for slow clients. */
export const receiveTimeoutMs = 1_000;
/** Requests of one connection that run at once; the next ones wait in the socket. */
const maxInFlight = 64;
/** How long the client may take to close a connection that was ended here. */
const lingerMs = 2_000;
/** Larger bodies are written after the head instead of being copied behind it. */
const maxCopiedLength = 32 * 1024;

/** A request that was read, and its response once there is one. */
interface Exchange {
  readonly request: HttpRequest;
  head: string | undefined;
  body: string | Buffer;
}

/** One connection on which only plain requests were received so far. */
export class FastPathConnection {
  /** In the order of the requests. */
  private readonly exchanges: Exchange[] = [];
  /** Bytes that are received and not read: the beginning of a request, or requests that wait. */
  private pending: ReceivedBytes | undefined;
  private readonly reader: FastPathReader;
  /** The pending bytes go to node:http when all requests before them are answered. */
  private isHandingOver = false;
  private isEnding = false;
  /** Since when it waits for a whole request, on the clock of `performance.now()`. */
  private waitingSince = performance.now();
  private hasAnswered = false;
  /** Whether node:net watches that the client takes bytes of the response. */
  private isWatched = false;
  private readonly remoteAddress: string;

  constructor(
    private readonly socket: Socket,
    private readonly server: HttpServer,
    paths: ReadonlySet<string>,
    private readonly events: { onWritable(): void; onClosed(): void },
  ) {
    this.reader = new FastPathReader(paths);
    this.remoteAddress = socket.remoteAddress ?? '';
    socket.on('data', this.onData);
    socket.on('end', this.onEnd);
    socket.on('close', this.onClose);
    socket.on('error', this.onError);
    socket.on('drain', this.onDrain);
    socket.on('timeout', this.onError);
  }

  get isIdle(): boolean {
    return this.exchanges.length === 0 && this.pending === undefined;
  }

  destroy(): void {
    this.socket.destroy();
  }

  checkTimeout(now: number): void {
    const isSending = this.socket.writableLength > 0;
    this.watchProgress(isSending);
    if (isSending) {
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
      if (waitedMs >= this.server.keepAliveMs) this.socket.destroy();
      return;
    }
    if (waitedMs >= receiveTimeoutMs) this.handOver();
  }

  /** A client may read slowly. One that reads nothing is cut off, for its responses take memory. */
  private watchProgress(isSending: boolean): void {
    if (isSending === this.isWatched) return;
    this.isWatched = isSending;
    // node:net restarts this timeout with each part of a write that the client takes.
    this.socket.setTimeout(isSending ? this.server.unreadMs : 0);
  }

  /** Writes the responses that are ready, up to the first that is not. */
  write(): void {
    const { exchanges, server, socket } = this;
    if (socket.destroyed || exchanges[0]?.head === undefined) return;
    let text = '';
    let count = 0;
    for (const { head, body } of exchanges) {
      if (head === undefined) break;
      count += 1;
      this.isEnding = count === exchanges.length && server.isClosing;
      text += head + (this.isEnding ? 'connection: close\r\n\r\n' : keepAlive(server.keepAliveMs));
      const copied = asLatin1(body);
      if (copied !== undefined) {
        text += copied;
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
    this.continueAfterWrite();
  }

  private continueAfterWrite(): void {
    const { exchanges, socket } = this;
    if (this.isEnding) {
      this.pending = undefined;
      // What still arrives is read and dropped: unread, it would make the client lose the response (RFC 9112 §9.6).
      socket.resume();
      socket.end();
      return;
    }
    if (this.isHandingOver && exchanges.length === 0) {
      this.handOver();
      return;
    }
    if (socket.isPaused() && !this.isHandingOver && !socket.writableNeedDrain) socket.resume();
    if (this.pending !== undefined) this.read();
  }

  private readonly onData = (chunk: Buffer): void => {
    if (this.isEnding) return;
    if (this.pending === undefined) {
      this.pending = new ReceivedBytes(chunk);
      this.waitingSince = performance.now();
    } else this.pending.append(chunk);
    this.read();
  };

  /** As in node:http, a client that closes its side waits for no response. */
  private readonly onEnd = (): void => {
    this.abandon();
    this.waitingSince = performance.now();
    this.socket.end();
  };

  private readonly onClose = (): void => {
    this.abandon();
    this.events.onClosed();
  };

  private readonly onError = (): void => {
    this.socket.destroy();
  };

  private readonly onDrain = (): void => {
    if (this.isHandingOver || this.isEnding) return;
    this.socket.resume();
    this.read();
  };

  private abandon(): void {
    this.isEnding = true;
    this.pending = undefined;
    for (const { request } of this.exchanges.splice(0)) request.cancellation.cancel();
  }

  /** Starts the requests that are received, as far as there is room for their responses. */
  private read(): void {
    const { exchanges, server, socket } = this;
    let offset = 0;
    const bytes = this.pending?.bytes;
    while (bytes !== undefined && offset < bytes.length && !this.isHandingOver) {
      if (server.isClosing && exchanges.length > 0) break;
      if (exchanges.length >= maxInFlight || socket.writableNeedDrain) {
        socket.pause();
        break;
      }
      const found = this.reader.read(bytes, offset);
      if (found === 'incomplete') break;
      if (found === 'unusual') {
        this.isHandingOver = true;
        socket.pause();
        break;
      }
      offset = found.end;
      this.start(found);
    }
    if (offset === bytes?.length) this.pending = undefined;
    else this.pending?.drop(offset);
    if (this.isHandingOver && exchanges.length === 0) this.handOver();
  }

  private start({ url, headers, body }: FastPathRequest): void {
    const { remoteAddress, server } = this;
    const request = new HttpRequest(
      { method: 'POST', url, headers, remoteAddress },
      { read: () => body, isComplete: true },
    );
    const exchange: Exchange = { request, head: undefined, body: '' };
    this.exchanges.push(exchange);
    void server.handle(request, response => {
      const bytes = bytesOf(response.body);
      const complete = (content: string | Buffer): void => {
        exchange.head = responseHead(request, response, server.defaultHeaders(request), content);
        exchange.body = content;
        if (this.exchanges[0] === exchange) this.events.onWritable();
      };
      return bytes instanceof Promise ? bytes.then(complete) : complete(bytes);
    });
  }

  private handOver(): void {
    const { socket, pending } = this;
    socket.off('data', this.onData);
    socket.off('end', this.onEnd);
    socket.off('close', this.onClose);
    socket.off('error', this.onError);
    socket.off('drain', this.onDrain);
    socket.off('timeout', this.onError);
    this.watchProgress(false);
    this.pending = undefined;
    this.events.onClosed();
    socket.pause();
    if (pending !== undefined) socket.unshift(pending.bytes);
    this.server.handOver(socket);
    socket.resume();
  }
}

/** The body as text of one byte a character, which is written in one piece with the head; undefined for any other body. */
function asLatin1(body: string | Buffer): string | undefined {
  if (body.length > maxCopiedLength) return undefined;
  if (typeof body !== 'string') return body.toString('latin1');
  return Buffer.byteLength(body) === body.length ? body : undefined;
}

function keepAlive(keepAliveMs: number): string {
  return `connection: keep-alive\r\nkeep-alive: timeout=${keepAliveMs / 1000}\r\n\r\n`;
}
