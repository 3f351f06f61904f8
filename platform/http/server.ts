import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { AppError, platformErrors, unavailable } from '../errors';
import { type Logger, pathForLog } from '../observability/logger';
import type { Metrics } from '../observability/metrics';
import { type TraceContext, traceFacts, traceparentOf } from '../observability/tracing';
import { TimeoutError, withTimeout } from '../timeout';
import { readBody } from './body';
import { type Headers, mergeHeaders } from './headers';
import { rateLimitHeaders } from './rate-limit';
import { HttpRequest } from './request';
import { errorResponse, type HttpResponse } from './response';
import { type Route, Router } from './router';

export interface HttpServerOptions {
  routes: readonly Route[];
  logger: Logger;
  metrics: Metrics;
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
  /**
   * Handles connections before node:http does, such as the gateway's fast path. Requests are answered with `handle`;
   * connections are passed on with `handOver`.
   */
  connections?: (server: HttpServer) => ConnectionHandler;
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
  readonly server: Server;
  readonly keepAliveMs = 65_000;
  private readonly router: Router;
  private readonly connections: ConnectionHandler | undefined;
  private readonly handOverToNode: (this: Server, socket: Socket) => void;
  private isStopping = false;
  private isRetiring = false;
  private inFlight = 0;
  private onDrained: (() => void) | undefined;

  constructor(private readonly options: HttpServerOptions) {
    this.router = new Router(options.routes);
    this.server = createServer(
      {
        // A large upload may take hours. `readBody` limits the time of other bodies.
        requestTimeout: 0,
        headersTimeout: 10_000,
        keepAliveTimeout: this.keepAliveMs,
        maxHeaderSize: 16_384,
      },
      (raw, response) => void this.answer(raw, response),
    );
    this.server.maxRequestsPerSocket = 0;
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
      const status =
        error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    });
    this.handOverToNode = this.server.listeners('connection')[0] as typeof this.handOverToNode;
    this.connections = options.connections?.(this);
    if (this.connections !== undefined) {
      this.server.removeAllListeners('connection');
      this.server.on('connection', (socket: Socket) => this.connections?.accept(socket));
    }
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
    // `close` of node:http closes idle connections at once.
    const closed = new Promise<void>(resolve => NetServer.prototype.close.call(this.server, () => resolve()));
    await withTimeout(closed, graceMs).catch(() => {});
  }

  /** Takes no new requests, waits at most `graceMs` for those in flight, then closes all connections. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
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
    const request = new HttpRequest(
      {
        method: raw.method ?? 'GET',
        url: raw.url ?? '/',
        headers: raw.headers,
        remoteAddress: raw.socket.remoteAddress ?? '',
      },
      {
        read: limit => readBody(raw, limit),
        stream: () =>
          raw.setTimeout(this.options.bodyPauseMs ?? 60_000, () => {
            raw.destroy(new Error('The client paused too long'));
          }),
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
    if (response.destroyed) return;
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
      return;
    }
    response.writeHead(status, headers as Record<string, string | number>);
    try {
      if (!hasNoBody) await writeStream(response, body);
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
    const { logger, metrics } = this.options;
    metrics.countRequest(request.method, request.route, status, durationMs / 1000);
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

async function writeStream(
  response: ServerResponse,
  body: AsyncIterable<string | Uint8Array>,
): Promise<void> {
  for await (const chunk of body) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await drained(response);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
