import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import { errorBody } from './error-shapes';
import { AppError, notFound } from './errors';
import type { Logger } from './logger';
import type { Metrics } from './metrics';
import { continueTrace, runInContext, traceparentOf } from './tracing';

/** One request, read lazily: the body only when a route asks for it. */
export class HttpRequest {
  readonly method: string;
  /** The path, still percent-encoded, without the query. */
  readonly path: string;
  /** The part from `?` on; empty when there is none. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  /** The peer's address; taken at once, because a socket that was torn down no longer tells. */
  readonly remoteAddress: string;
  params: Readonly<Record<string, string>> = {};
  /** The template of the route that answers, for logs and metrics. */
  route = 'unmatched';
  /** What the route adds to this request's line in the log. */
  readonly facts: Record<string, unknown> = {};
  private parsedQuery: URLSearchParams | undefined;

  constructor(
    readonly raw: IncomingMessage,
    /** Aborted when the client goes away before it has its answer. */
    readonly signal: AbortSignal,
  ) {
    const url = raw.url ?? '/';
    const mark = url.indexOf('?');
    this.method = raw.method ?? 'GET';
    this.path = mark === -1 ? url : url.slice(0, mark);
    this.search = mark === -1 ? '' : url.slice(mark);
    this.headers = raw.headers;
    this.remoteAddress = raw.socket.remoteAddress ?? '';
  }

  get query(): URLSearchParams {
    this.parsedQuery ??= new URLSearchParams(this.search);
    return this.parsedQuery;
  }

  header(name: string): string | undefined {
    const value = this.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /** The body's bytes. @throws AppError 413 over the limit, 415 for a compressed body, 400 when the client breaks off */
  async body(limit: number): Promise<Buffer> {
    const encoding = this.header('content-encoding');
    if (encoding !== undefined && encoding !== 'identity') {
      throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Compressed request bodies are not taken', {
        status: 415,
      });
    }
    const declared = Number(this.header('content-length') ?? 0);
    if (declared > limit) throw tooLarge(limit);
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of this.raw as AsyncIterable<Buffer>) {
        size += chunk.length;
        if (size > limit) throw tooLarge(limit);
        chunks.push(chunk);
      }
    } catch (error) {
      if (error instanceof AppError) throw error;
      throw new AppError('BAD_REQUEST', 'The request body broke off', { cause: error });
    }
    return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size);
  }

  /** The body as JSON. @throws AppError 415 for another content type or charset, 400 when it does not parse */
  async json(limit: number): Promise<unknown> {
    const type = contentType(this.header('content-type'));
    if (type.mime !== 'application/json') {
      throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as content-type application/json', {
        status: 415,
      });
    }
    assertUtf8(type.charset);
    return parseJson(await this.body(limit));
  }
}

/** The mime type and charset of a content-type header, in lower case. */
export function contentType(header: string | undefined): { mime: string; charset: string | undefined } {
  const [mime = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters
    .map(part => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/.exec(part)?.[1])
    .find(value => value !== undefined);
  return { mime: mime.trim(), charset };
}

/** @throws AppError 415 when JSON is said to be in another charset than it may be in */
export function assertUtf8(charset: string | undefined): void {
  if (charset !== undefined && !/^utf-?8$/.test(charset)) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'JSON is sent as UTF-8 (RFC 8259 §8.1)', { status: 415 });
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws AppError 400 for what is not JSON in UTF-8, or nests deeper than any honest value */
export function parseJson(bytes: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    throw new AppError('BAD_REQUEST', 'Invalid JSON: the body does not parse', { cause: error });
  }
  if (mayNest(bytes, deepestJson)) assertShallowJson(value);
  return value;
}

const deepestJson = 100;

/** A few brackets cannot nest deeply: almost every body is done with this glance. */
function mayNest(bytes: Buffer, depth: number): boolean {
  let count = 0;
  for (const byte of bytes) if ((byte === 0x5b || byte === 0x7b) && ++count > depth) return true;
  return false;
}

/**
 * `JSON.parse` has no limit to nesting, but what works on the value (`JSON.stringify` first of all) recurses into it.
 *
 * @throws AppError 400
 */
export function assertShallowJson(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepestJson) {
      throw new AppError('BAD_REQUEST', `The JSON nests deeper than ${deepestJson} levels`);
    }
    level = level.flatMap(one => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
}

function tooLarge(limit: number): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', `The body is larger than ${limit} bytes`, { status: 413 });
}

export interface HttpResponse {
  status: number;
  headers?: Record<string, string | number | readonly string[]>;
  body?: string | Buffer | AsyncIterable<string | Uint8Array>;
}

export interface Route {
  /** `*` answers every method. */
  method: string;
  /** A path with `:name` for one segment and a final `*` for the rest. */
  path: string;
  handle(request: HttpRequest): HttpResponse | Promise<HttpResponse>;
  /** Probes and scrapes come every few seconds: they are logged at debug. */
  quiet?: boolean;
}

export function jsonResponse(
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** An error in the contract's REST shape. */
export function errorResponse(error: AppError): HttpResponse {
  return jsonResponse(error.status, errorBody(error), { ...error.headers, 'cache-control': 'no-store' });
}

interface Branch {
  literal: Map<string, Branch>;
  parameter: Branch | undefined;
  routes: Map<string, { route: Route; names: string[] }>;
  rest: Map<string, { route: Route; names: string[] }>;
}

const branch = (): Branch => ({
  literal: new Map(),
  parameter: undefined,
  routes: new Map(),
  rest: new Map(),
});

/** Finds the route of a request; a literal segment wins over a parameter. */
export class Router {
  private readonly root = branch();

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.add(route);
  }

  /** @throws AppError 404 for an unknown path, 405 with `allow` for a method that path does not have */
  find(method: string, path: string): { route: Route; params: Record<string, string> } {
    const segments = path.split('/').slice(1);
    const values: string[] = [];
    const found = this.descend(this.root, segments, 0, values);
    if (found === undefined) throw notFound('This path is');
    const match = found.get(method) ?? (method === 'HEAD' ? found.get('GET') : undefined) ?? found.get('*');
    if (match === undefined) {
      throw new AppError('METHOD_NOT_ALLOWED', `${method} is not answered here`, {
        status: 405,
        headers: { allow: [...found.keys()].join(', ') },
      });
    }
    const params: Record<string, string> = {};
    match.names.forEach((name, index) => {
      params[name] = decodeSegment(values[index] ?? '');
    });
    return { route: match.route, params };
  }

  private add(route: Route): void {
    const names: string[] = [];
    let at = this.root;
    const segments = route.path.split('/').slice(1);
    for (const segment of segments) {
      if (segment === '*') {
        at.rest.set(route.method, { route, names });
        return;
      }
      if (segment.startsWith(':')) {
        names.push(segment.slice(1));
        at.parameter ??= branch();
        at = at.parameter;
      } else {
        const next = at.literal.get(segment) ?? branch();
        at.literal.set(segment, next);
        at = next;
      }
    }
    if (at.routes.has(route.method)) throw new Error(`two routes answer ${route.method} ${route.path}`);
    at.routes.set(route.method, { route, names });
  }

  private descend(
    at: Branch,
    segments: string[],
    index: number,
    values: string[],
  ): Branch['routes'] | undefined {
    if (index === segments.length) return at.routes.size > 0 ? at.routes : undefined;
    const segment = segments[index]!;
    const literal = at.literal.get(segment);
    if (literal !== undefined) {
      const found = this.descend(literal, segments, index + 1, values);
      if (found !== undefined) return found;
    }
    if (at.parameter !== undefined && segment !== '') {
      values.push(segment);
      const found = this.descend(at.parameter, segments, index + 1, values);
      if (found !== undefined) return found;
      values.pop();
    }
    return at.rest.size > 0 ? at.rest : undefined;
  }
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new AppError('BAD_REQUEST', 'The path is not valid percent-encoding (RFC 3986 §2.1)', {
      cause: error,
    });
  }
}

export interface HttpServerOptions {
  routes: readonly Route[];
  logger: Logger;
  metrics: Metrics;
  /** Answers some requests before a route is looked for, such as a CORS preflight to any path. */
  intercept?: (request: HttpRequest) => HttpResponse | undefined;
  /** Applied to every answer before it is written: CORS, security headers. */
  decorate?: (request: HttpRequest, response: HttpResponse) => HttpResponse;
}

const securityHeaders = { 'x-content-type-options': 'nosniff' } as const;

/**
 * A node:http server with a router in front of it: continues the trace, turns every failure into the contract's error,
 * writes one line and one sample a request, and stops without dropping what is in flight.
 */
export class HttpServer {
  readonly server: Server;
  private readonly router: Router;
  private stopping = false;
  private retiring = false;
  private inFlight = 0;
  private idle: (() => void) | undefined;

  constructor(private readonly options: HttpServerOptions) {
    this.router = new Router(options.routes);
    this.server = createServer(
      { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000, maxHeaderSize: 16_384 },
      (raw, response) => void this.answer(raw, response),
    );
    this.server.maxRequestsPerSocket = 0;
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
      const status =
        error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
    });
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
    await closed;
  }

  private async answer(raw: IncomingMessage, response: ServerResponse): Promise<void> {
    const started = performance.now();
    const aborter = new AbortController();
    const request = new HttpRequest(raw, aborter.signal);
    const trace = continueTrace(request.header('traceparent'));
    this.inFlight += 1;
    response.once('close', () => {
      if (!response.writableFinished) aborter.abort();
    });
    await runInContext(trace, async () => {
      let quiet = false;
      let answer: HttpResponse;
      try {
        if (this.stopping)
          throw new AppError('SHUTTING_DOWN', 'This server is stopping', {
            status: 503,
            headers: { 'retry-after': '1' },
          });
        const intercepted = this.options.intercept?.(request);
        if (intercepted === undefined) {
          const { route, params } = this.router.find(request.method, request.path);
          request.route = route.path;
          request.params = params;
          quiet = route.quiet ?? false;
          answer = await route.handle(request);
        } else answer = intercepted;
      } catch (error) {
        answer = errorResponse(this.asAppError(error));
      }
      try {
        const decorated = this.options.decorate?.(request, answer) ?? answer;
        await this.write(request, response, decorated, traceparentOf(trace));
      } catch (error) {
        // The answer had begun: all that is left is to cut it, so that the client sees that it is not whole.
        this.options.logger.warn({ error, path: request.path }, 'the answer broke off');
        response.destroy();
      } finally {
        this.note(request, answer.status, performance.now() - started, quiet);
        this.inFlight -= 1;
        if (this.inFlight === 0) this.idle?.();
      }
    });
  }

  private asAppError(error: unknown): AppError {
    if (error instanceof AppError) {
      if (error.status >= 500) this.options.logger.error({ error }, error.message);
      return error;
    }
    this.options.logger.error({ error }, 'a request failed by a fault of ours');
    return new AppError('INTERNAL_ERROR', 'Something went wrong on our side', { status: 500 });
  }

  private async write(
    request: HttpRequest,
    response: ServerResponse,
    answer: HttpResponse,
    traceparent: string,
  ): Promise<void> {
    if (response.destroyed) return;
    const { body } = answer;
    const head: Record<string, string | number | readonly string[]> = {
      ...securityHeaders,
      traceresponse: traceparent,
      ...answer.headers,
    };
    // A body we did not read to its end leaves the connection in the middle of a request.
    if (this.stopping || this.retiring || !request.raw.complete) head['connection'] = 'close';
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

  private note(request: HttpRequest, status: number, durationMs: number, quiet: boolean): void {
    const { logger, metrics } = this.options;
    metrics.requests.labels(request.method, request.route, String(status)).observe(durationMs / 1000);
    const level = quiet ? 'debug' : 'info';
    if (!logger.isLevelEnabled(level)) return;
    logger[level](
      {
        http_request_method: request.method,
        url_path: request.path.slice(0, 500),
        http_route: request.route,
        http_response_status_code: status,
        duration_ms: Math.round(durationMs * 100) / 100,
        client_address: request.remoteAddress,
        ...request.facts,
      },
      'request',
    );
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
