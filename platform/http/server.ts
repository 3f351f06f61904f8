import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { AppError, platformErrors } from '../errors';
import type { Logger } from '../observability/logger';
import type { Metrics } from '../observability/metrics';
import { type TraceContext, traceFacts, traceparentOf } from '../observability/tracing';
import { FastPathConnections, type WriteAnswer } from './fast-path-connections';
import { type Headers, headerLines, mergeHeaders } from './headers';
import { Remembered } from './memoize';
import { errorResponse, HttpRequest, type HttpResponse, type Route, Router, readAll } from './request';

export interface HttpServerOptions {
  routes: readonly Route[];
  logger: Logger;
  metrics: Metrics;
  /** Answers some requests before a route is looked for, such as a CORS preflight to any path. */
  intercept?: (request: HttpRequest) => HttpResponse | undefined;
  /** What every answer to this request says unless it says otherwise itself: CORS, security headers. */
  headers?: (request: HttpRequest) => Headers;
  /**
   * Runs the work of a request so that all it calls knows its trace, as `runInContext` does. Where it is undefined, routes
   * take the trace from the request: no asynchronous context has to be followed then, which on Node 20 costs every promise.
   */
  runIn?: <T>(trace: TraceContext, work: () => T) => T;
}

const securityHeaders: Headers = Object.freeze({ 'x-content-type-options': 'nosniff' });
const keepAliveMs = 65_000;

/**
 * An HTTP/1.1 server with a router in front: continues the trace, turns every failure into the contract's error, writes one
 * line and one sample a request, and stops without dropping what is in flight. It is one of node:http, but for POSTs to
 * routes that are `quick`, which are answered without it as long as nothing about them is unusual (see FastPathConnections).
 */
export class HttpServer {
  readonly server: Server;
  private readonly router: Router;
  private readonly quick: FastPathConnections;
  private stopping = false;
  private retiring = false;
  private inFlight = 0;
  private idle: (() => void) | undefined;

  constructor(private readonly options: HttpServerOptions) {
    this.router = new Router(options.routes);
    this.server = createServer(
      {
        requestTimeout: 30_000,
        headersTimeout: 10_000,
        keepAliveTimeout: keepAliveMs,
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
    const [general] = this.server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
    this.quick = new FastPathConnections({
      paths: new Set(options.routes.filter(route => route.quick).map(route => route.path)),
      keepAliveMs,
      answer: (request, write) => void this.answerQuickly(request, write),
      isLast: () => this.stopping || this.retiring,
      handOver: socket => general!.call(this.server, socket),
    });
    this.server.removeAllListeners('connection');
    this.server.on('connection', (socket: Socket) => this.quick.take(socket));
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
   * Hands over to another process on the same port: takes no new connections and tells each client, with the next answer, to make
   * another. None is closed under a request that is on its way; those that are silent for `graceMs` are left to `stop`.
   */
  async retire(graceMs: number): Promise<void> {
    this.retiring = true;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      // That of node:http closes idle connections at once.
      new Promise<void>(resolve => NetServer.prototype.close.call(this.server, () => resolve())),
      new Promise<void>(resolve => {
        timer = setTimeout(resolve, graceMs);
      }),
    ]);
    clearTimeout(timer);
  }

  /** Stops taking work, lets what is in flight finish for at most `graceMs`, then cuts what is left. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    const closed = new Promise<void>(resolve => this.server.close(() => resolve()));
    this.server.closeIdleConnections();
    this.quick.closeIdle();
    if (this.inFlight > 0) {
      const drained = new Promise<void>(resolve => {
        this.idle = resolve;
      });
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        drained,
        new Promise<void>(resolve => {
          timer = setTimeout(resolve, graceMs);
        }),
      ]);
      clearTimeout(timer);
    }
    this.server.closeAllConnections();
    this.quick.close();
    await closed;
  }

  private async answer(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = new HttpRequest(
      {
        method: raw.method ?? 'GET',
        url: raw.url ?? '/',
        headers: raw.headers,
        remoteAddress: raw.socket.remoteAddress ?? '',
      },
      {
        read: limit => readAll(raw, limit),
        get isComplete() {
          return raw.complete;
        },
      },
    );
    response.once('close', () => {
      if (!response.writableFinished) request.cancellation.cancel();
    });
    const started = this.begin();
    const work = async (): Promise<void> => {
      const answer = await this.respond(request);
      try {
        await this.write(request, response, answer);
      } catch (error) {
        // The answer had begun: all that is left is to cut it, so that the client sees that it is not whole.
        this.options.logger.warn(
          { error, path: request.path, ...traceFacts(request.trace) },
          'the answer broke off',
        );
        response.destroy();
      } finally {
        this.end(request, answer.status, started);
      }
    };
    const { runIn } = this.options;
    await (runIn === undefined ? work() : runIn(request.trace, work));
  }

  private async answerQuickly(request: HttpRequest, write: WriteAnswer): Promise<void> {
    const started = this.begin();
    const { runIn } = this.options;
    const work = () => this.respond(request);
    let answer = await (runIn === undefined ? work() : runIn(request.trace, work));
    let body: string | Buffer;
    let head: string;
    try {
      const whole = wholeOf(answer.body);
      body = whole instanceof Promise ? await whole : whole;
      head = this.headOf(request, answer, body);
    } catch (error) {
      answer = errorResponse(this.asAppError(error, request), request.trace);
      body = answer.body as string;
      head = this.headOf(request, answer, body);
    }
    write(head, body);
    this.end(request, answer.status, started);
  }

  /** The head as text, for who writes it as it is. */
  private headOf(request: HttpRequest, answer: HttpResponse, body: string | Buffer): string {
    const { status, headers } = answer;
    return (
      `${statusLines.get(status, statusLine)}${headerLines(this.defaultsOf(request), headers)}` +
      `traceresponse: ${traceparentOf(request.trace)}\r\ndate: ${httpDate()}\r\n` +
      // RFC 9110 §8.6: an answer without content by its status says no length.
      (status === 204 ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`)
    );
  }

  private defaultsOf(request: HttpRequest): Headers {
    return this.options.headers?.(request) ?? securityHeaders;
  }

  private begin(): number {
    this.inFlight += 1;
    return performance.now();
  }

  private end(request: HttpRequest, status: number, started: number): void {
    this.note(request, status, performance.now() - started);
    this.inFlight -= 1;
    if (this.inFlight === 0) this.idle?.();
  }

  /** Never fails: what does is an answer too. */
  private respond(request: HttpRequest): HttpResponse | Promise<HttpResponse> {
    const failed = (error: unknown) => errorResponse(this.asAppError(error, request), request.trace);
    try {
      if (this.stopping) {
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
      const answer = route.handle(request);
      return answer instanceof Promise ? answer.catch(failed) : answer;
    } catch (error) {
      return failed(error);
    }
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
    const { body } = answer;
    const head: Record<string, string | number | readonly string[]> = {
      ...mergeHeaders(this.defaultsOf(request), answer.headers),
      traceresponse: traceparentOf(request.trace),
    };
    if (this.stopping || this.retiring || !request.isComplete) head['connection'] = 'close';
    const bodiless = request.method === 'HEAD' || answer.status === 204 || answer.status === 304;
    if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) {
      if (answer.status !== 204) head['content-length'] = body === undefined ? 0 : Buffer.byteLength(body);
      response.writeHead(answer.status, head as Record<string, string | number>);
      response.end(bodiless ? undefined : body);
    } else {
      response.writeHead(answer.status, head as Record<string, string | number>);
      if (!bodiless) {
        for await (const chunk of body) {
          if (response.destroyed) break;
          if (!response.write(chunk)) await drained(response);
        }
      }
      response.end();
    }
  }

  private note(request: HttpRequest, status: number, durationMs: number): void {
    const { logger, metrics } = this.options;
    metrics.countRequest(request.method, request.route, status, durationMs / 1000);
    logger.request(request.isQuiet ? 'debug' : 'info', request, status, durationMs);
  }
}

const statusLines = new Remembered<number, string>();

function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
}

let dateOfSecond = { second: 0, text: '' };

/** RFC 9110 §5.6.7; the same for a whole second. */
function httpDate(): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (dateOfSecond.second !== second) dateOfSecond = { second, text: new Date(now).toUTCString() };
  return dateOfSecond.text;
}

async function gathered(body: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

/** An answer of the quick kind is short, and written in one piece however it was made. */
function wholeOf(body: HttpResponse['body']): string | Buffer | Promise<Buffer> {
  if (body === undefined) return '';
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : gathered(body);
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
