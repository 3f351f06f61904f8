import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError, platformErrors, unavailable } from '../errors';
import { type Logger, pathForLog } from '../observability/logger';
import type { Metrics } from '../observability/metrics';
import type { Spans } from '../observability/spans';
import { type TraceContext, traceFacts, traceparentOf } from '../observability/tracing';
import { TimeoutError, withTimeout } from '../timeout';
import { readBody } from './body';
import {
  type CertificateFiles,
  type Certificates,
  expiryOf,
  readCertificates,
  watchCertificates,
} from './certificates';
import { type Headers, mergeHeaders } from './headers';
import { rateLimitHeaders } from './rate-limit';
import { HttpRequest } from './request';
import { closeBody, errorResponse, type HttpResponse } from './response';
import { type Route, Router } from './router';

export interface HttpServerOptions {
  routes: readonly Route[];
  logger: Logger;
  metrics: Metrics;
  /** Records the span of each request. */
  spans?: Spans | undefined;
  /** Answers some requests before a route is looked for, such as a CORS preflight to any path. */
  intercept?: (request: HttpRequest) => HttpResponse | undefined;
  /** Headers that a response has unless it sets them itself: CORS, security headers. */
  headers?: (request: HttpRequest) => Headers;
  /**
   * Runs the work of a request in its trace, as `runInContext` does. Without it routes take the trace from the request, and
   * no promise pays for an asynchronous context.
   */
  runIn?: <T>(trace: TraceContext, work: () => T) => T;
  /** How long a client may pause while its body is streamed; a minute when absent. */
  bodyPauseMs?: number;
  /** How long a client may take no byte of a response that waits for it, before its connection is closed; a minute when absent. */
  unreadMs?: number;
  /** Bytes of a request's head. A service behind the gateway takes more than the gateway, which adds headers. */
  maxHeaderSize?: number;
  /**
   * Handles connections before node:http does, such as the gateway's fast path. Requests are answered with `handle`;
   * connections are passed on with `handOver`.
   */
  connections?: (server: HttpServer) => ConnectionHandler;
  /** Certificate and key make it an HTTPS server. With `caFile`, clients must show a certificate of that authority (mTLS). */
  tls?: (CertificateFiles & { pollMs?: number }) | undefined;
  /** Handles requests with an `upgrade` header; without it they are answered like all others (RFC 9110 §7.8). */
  upgrades?: UpgradeHandler;
}

/** Takes over connections that switch to another protocol. */
export interface UpgradeHandler {
  handle(request: IncomingMessage, socket: Socket, head: Buffer): void;
  /** Closes its connections: 1001 when the server stops, 1012 when another process takes over (RFC 6455 §7.4.1). */
  close(code: 1001 | 1012): void;
}

export interface ConnectionHandler {
  accept(socket: Socket): void;
  /** Closes the connections that have no request in flight. */
  closeIdle(): void;
  closeAll(): void;
}

/** Takes a complete response. It throws when it cannot write the response and has not begun to. */
export type WriteResponse = (response: HttpResponse) => void | Promise<void>;

/** Statuses of what node:http cannot read; 400 for any other error. */
const refusals: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};
/** How long a client may take to close a connection that was ended here. */
const lingerMs = 2_000;

const securityHeaders: Headers = Object.freeze({ 'x-content-type-options': 'nosniff' });

/**
 * A node:http server with a router: continues the trace, answers every failure in the API's error format, logs and counts
 * each request, and stops without dropping requests in flight.
 */
export class HttpServer {
  readonly server: Server | TlsServer;
  readonly keepAliveMs = 65_000;
  readonly unreadMs: number;
  private readonly router: Router;
  private readonly connections: ConnectionHandler | undefined;
  private readonly handOverToNode: (this: Server, socket: Socket) => void;
  private unwatch: (() => void) | undefined;
  private isStopping = false;
  private isRetiring = false;
  /** Connection → the responses that are due on it. */
  private readonly answering = new WeakMap<Duplex, Set<ServerResponse>>();
  /** Connections that end because something else than a request arrived. */
  private readonly refused = new WeakSet<Duplex>();
  private inFlight = 0;
  private onDrained: (() => void) | undefined;

  constructor(private readonly options: HttpServerOptions) {
    this.router = new Router(options.routes);
    this.unreadMs = options.unreadMs ?? 60_000;
    this.server = this.create();
    this.server.maxRequestsPerSocket = 0;
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) => this.refuse(error, socket));
    const { upgrades } = options;
    if (upgrades !== undefined) {
      this.server.on('upgrade', (raw: IncomingMessage, socket: Socket, head: Buffer) =>
        upgrades.handle(raw, socket, head),
      );
    }
    const event = options.tls === undefined ? 'connection' : 'secureConnection';
    this.handOverToNode = this.server.listeners(event)[0] as typeof this.handOverToNode;
    this.connections = options.connections?.(this);
    if (this.connections !== undefined) {
      this.server.removeAllListeners(event);
      this.server.on(event, (socket: Socket) => this.connections?.accept(socket));
    }
  }

  /** @throws ConfigError for certificates that cannot be used */
  private create(): Server | TlsServer {
    const { tls, logger, metrics, maxHeaderSize = 16_384 } = this.options;
    const http = {
      // A large upload may take hours. `readBody` limits the time of other bodies.
      requestTimeout: 0,
      headersTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: this.keepAliveMs,
      maxHeaderSize,
    };
    const answer = (raw: IncomingMessage, response: ServerResponse) => void this.answer(raw, response);
    if (tls === undefined) return createServer(http, answer);
    let expiresAt: number;
    const secure = (certificates: Certificates) => {
      expiresAt = expiryOf(certificates);
      return { ...certificates, minVersion: 'TLSv1.2' as const };
    };
    metrics.gauge(
      'plinth_tls_certificate_not_after_timestamp_seconds',
      'When the certificate of this server expires',
      () => expiresAt / 1000,
    );
    const server = createTlsServer(
      {
        ...http,
        ...secure(readCertificates(tls)),
        handshakeTimeout: 10_000,
        requestCert: tls.caFile !== undefined,
        rejectUnauthorized: tls.caFile !== undefined,
      },
      answer,
    );
    // Connections that are open keep the certificate they began with.
    const renew = (certificates: Certificates) => server.setSecureContext(secure(certificates));
    server.once('listening', () => {
      this.unwatch = watchCertificates(tls, logger, renew, tls.pollMs);
    });
    server.once('close', () => this.unwatch?.());
    return server;
  }

  /** Whether each connection ends with its current request. */
  get isClosing(): boolean {
    return this.isStopping || this.isRetiring;
  }

  /** Gives a connection to node:http for good. */
  handOver(socket: Socket): void {
    this.handOverToNode.call(this.server, socket);
  }

  /** Resolves with the port, which is a free one when `port` is 0. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /**
   * Leaves the port to another process: takes no new connections, and the next response on each connection asks the client
   * to open another. Connections that stay silent for `graceMs` are left to `stop`.
   */
  async retire(graceMs: number): Promise<void> {
    this.isRetiring = true;
    this.options.upgrades?.close(1012);
    // `close` of node:http closes idle connections at once.
    const closed = new Promise<void>(resolve => NetServer.prototype.close.call(this.server, () => resolve()));
    await withTimeout(closed, graceMs).catch(() => {});
  }

  /** Takes no new requests, waits at most `graceMs` for those in flight, then closes all connections. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
    this.options.upgrades?.close(1001);
    const closed = new Promise<void>(resolve => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    this.connections?.closeIdle();
    if (this.inFlight > 0) {
      const drained = new Promise<void>(resolve => {
        this.onDrained = resolve;
      });
      await withTimeout(drained, graceMs).catch(() => {});
    }
    this.server.closeAllConnections();
    this.connections?.closeAll();
    await closed;
  }

  /** Answers one request by its route, and logs and counts it. Never rejects: a failure is a response too. */
  async handle(request: HttpRequest, write: WriteResponse): Promise<void> {
    const started = performance.now();
    this.inFlight += 1;
    const { runIn } = this.options;
    const work = () => this.respond(request, write);
    const status = await (runIn === undefined ? work() : runIn(request.trace, work));
    this.log(request, status, performance.now() - started);
    this.inFlight -= 1;
    if (this.inFlight === 0) this.onDrained?.();
  }

  /** The headers that the response to this request has unless it sets them itself. */
  defaultHeaders(request: HttpRequest): Headers {
    return this.options.headers?.(request) ?? securityHeaders;
  }

  /** Ends a connection on which something else than a request arrived. */
  private refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (this.refused.has(socket)) return;
    if (isUnanswerable(error) || !socket.writable || this.isMixing(socket)) {
      socket.destroy();
      return;
    }
    this.refused.add(socket);
    const status = refusals[error.code ?? ''] ?? 400;
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    );
    // To close at once while the client still sends would make it lose the response (RFC 9112 §9.6).
    setTimeout(() => socket.destroy(), lingerMs).unref();
  }

  /**
   * Whether an error that is written now would be taken for the response to another request, or be written into one. It is the response to
   * the only request that is due when that request's body is what cannot be read.
   */
  private isMixing(socket: Duplex): boolean {
    const [first, second] = this.answering.get(socket) ?? [];
    return first !== undefined && (second !== undefined || first.headersSent || first.req.complete);
  }

  /** Keeps the responses that are due on a connection. */
  private track({ socket }: IncomingMessage, response: ServerResponse): void {
    const due = this.answering.get(socket) ?? new Set();
    this.answering.set(socket, due.add(response));
    response.once('close', () => due.delete(response));
  }

  private answer(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    this.track(raw, response);
    const request = new HttpRequest(
      {
        method: raw.method ?? 'GET',
        url: raw.url ?? '/',
        headers: raw.headers,
        remoteAddress: raw.socket.remoteAddress ?? '',
      },
      {
        read: limit => readBody(raw, limit),
        stream: () => {
          // A body that was given up has no socket any more.
          if (raw.destroyed) return raw;
          raw.setTimeout(this.options.bodyPauseMs ?? 60_000, () => {
            raw.destroy(new Error('The client paused too long'));
          });
          // What the server then does with the body may take longer.
          return raw.once('end', () => raw.setTimeout(0));
        },
        get isComplete() {
          return raw.complete;
        },
      },
    );
    response.once('close', () => {
      if (!response.writableFinished) request.cancellation.cancel();
    });
    return this.handle(request, answer => this.write(request, response, answer));
  }

  private async respond(request: HttpRequest, write: WriteResponse): Promise<number> {
    try {
      const response = await withinCallersTime(request, this.dispatch(request));
      await write(response);
      return response.status;
    } catch (error) {
      const response = errorResponse(this.asAppError(error, request), request.trace);
      await write(response);
      return response.status;
    }
  }

  private dispatch(request: HttpRequest): HttpResponse | Promise<HttpResponse> {
    if (this.isStopping) {
      throw new AppError(platformErrors.SHUTTING_DOWN, 'This server is stopping', {
        headers: { 'retry-after': '1' },
      });
    }
    const intercepted = this.options.intercept?.(request);
    if (intercepted !== undefined) return intercepted;
    const { route, params } = this.router.find(request.method, request.path);
    request.route = route.path;
    request.isQuiet = route.quiet ?? false;
    request.params = params;
    return route.handle(request);
  }

  private asAppError(error: unknown, { trace }: HttpRequest): AppError {
    const { logger } = this.options;
    if (error instanceof AppError) {
      if (error.status >= 500) logger.error({ error, ...traceFacts(trace) }, error.message);
      return error;
    }
    logger.error({ error, ...traceFacts(trace) }, 'a request failed by a fault of ours');
    return new AppError(platformErrors.INTERNAL_ERROR, 'Something went wrong on our side');
  }

  private async write(request: HttpRequest, response: ServerResponse, answer: HttpResponse): Promise<void> {
    if (response.destroyed) return closeBody(answer.body);
    const { status, body } = answer;
    const headers: Record<string, string | number | readonly string[]> = {
      // First, because another service's limit may ask for a longer pause.
      ...(request.rateLimit && rateLimitHeaders(request.rateLimit, status)),
      ...mergeHeaders(this.defaultHeaders(request), answer.headers),
      traceresponse: traceparentOf(request.trace),
    };
    if (this.isClosing || !request.isComplete) headers['connection'] = 'close';
    const hasNoBody = request.method === 'HEAD' || status === 204 || status === 304;
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) {
      // RFC 9110 §8.6: a 204 has no content-length.
      if (status !== 204) headers['content-length'] = body === undefined ? 0 : Buffer.byteLength(body);
      response.writeHead(status, headers as Record<string, string | number>);
      response.end(hasNoBody ? undefined : body);
      // Nearly every response is in the socket's buffer by now.
      if (response.writableLength > 0) response.setTimeout(this.unreadMs, () => response.destroy());
      return;
    }
    response.writeHead(status, headers as Record<string, string | number>);
    try {
      if (!hasNoBody) await writeStream(response, body, this.unreadMs);
      response.end();
    } catch (error) {
      const { logger } = this.options;
      logger.warn(
        { error, path: pathForLog(request), ...traceFacts(request.trace) },
        'the response broke off',
      );
      // The client sees that the response is not complete.
      response.destroy();
    }
  }

  private log(request: HttpRequest, status: number, durationMs: number): void {
    const { logger, metrics, spans } = this.options;
    const { traceId, sampled } = request.trace;
    // Without spans the log has what is known of a trace.
    const isKept =
      !request.isQuiet && (spans === undefined ? sampled : spans.server(request, status, durationMs));
    metrics.countRequest(
      request.method,
      request.route,
      status,
      durationMs / 1000,
      isKept ? traceId : undefined,
    );
    logger.request(request.isQuiet ? 'debug' : 'info', request, status, durationMs);
  }
}

/** A connection that was reset, or never became a TLS connection. */
function isUnanswerable({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || /^ERR_(SSL|TLS)_/.test(code ?? '');
}

/** Ends a request that nobody waits for any more. @throws AppError 503 when the caller's time is over */
function withinCallersTime(
  request: HttpRequest,
  response: HttpResponse | Promise<HttpResponse>,
): HttpResponse | Promise<HttpResponse> {
  const { timeoutMs } = request;
  if (timeoutMs === undefined || !(response instanceof Promise)) return response;
  return withTimeout(response, timeoutMs).catch((error: unknown) => {
    if (!(error instanceof TimeoutError)) throw error;
    request.cancellation.cancel();
    throw unavailable('The time that the caller waits is over', error);
  });
}

async function writeStream(
  response: ServerResponse,
  body: AsyncIterable<string | Uint8Array>,
  unreadMs: number,
): Promise<void> {
  for await (const chunk of body) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await drained(response, unreadMs);
  }
}

/** Resolves when the client has taken what was written, or is gone. It is cut off when it takes nothing for `unreadMs`. */
function drained(response: ServerResponse, unreadMs: number): Promise<void> {
  return new Promise(resolve => {
    const cutOff = () => response.destroy();
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      response.off('timeout', cutOff);
      response.setTimeout(0);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
    response.on('timeout', cutOff);
    response.setTimeout(unreadMs);
  });
}
