import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
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
import { errorResponse, type HttpResponse } from './response';
import { type HeaderFields, writeResponse } from './response-writer';
import { type Route, Router } from './router';
import { UnreadableRequests } from './unreadable-requests';

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
  private readonly unreadable = new UnreadableRequests();
  private inFlight = 0;
  private onDrained: (() => void) | undefined;

  constructor(private readonly options: HttpServerOptions) {
    this.router = new Router(options.routes);
    this.unreadMs = options.unreadMs ?? 60_000;
    this.server = this.create();
    this.server.maxRequestsPerSocket = 0;
    this.server.on('clientError', (error, socket) => this.unreadable.refuse(error, socket));
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

  private answer(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    this.unreadable.track(raw, response);
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

  private async write(request: HttpRequest, raw: ServerResponse, response: HttpResponse): Promise<void> {
    const { rateLimit, trace } = request;
    const headers: HeaderFields = {
      // First, because another service's limit may ask for a longer pause.
      ...(rateLimit && rateLimitHeaders(rateLimit, response.status)),
      ...mergeHeaders(this.defaultHeaders(request), response.headers),
      traceresponse: traceparentOf(trace),
      ...((this.isClosing || !request.isComplete) && { connection: 'close' }),
    };
    const isHead = request.method === 'HEAD';
    await writeResponse(raw, response, headers, { isHead, unreadMs: this.unreadMs }).catch(error => {
      if (!raw.headersSent) throw error;
      this.options.logger.warn(
        { error, path: pathForLog(request), ...traceFacts(trace) },
        'the response broke off',
      );
      // The client sees that the response is not complete.
      raw.destroy();
    });
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
