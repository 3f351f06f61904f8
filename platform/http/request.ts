import { isAscii } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { AppError, notFound, platformErrors } from '../errors';
import type { RequestFacts } from '../observability/logger';
import { continueTrace, type TraceContext } from '../observability/tracing';
import { Cancellation } from './cancellation';
import { errorBody } from './error-body';
import type { Headers } from './headers';
import { Remembered } from './memoize';

/** A request's line and headers, as they came. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, still percent-encoded. */
  readonly url: string;
  /** By their names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string;
}

/** Where the bytes of a request's body come from. */
export interface BodySource {
  /** @throws AppError 413 over the limit, 400 when the client breaks off */
  read(limit: number): Buffer | Promise<Buffer>;
  /** Whether the body has been read to its end. */
  readonly isComplete: boolean;
}

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
  /** The trace of the caller, continued in a span of this server's. */
  readonly trace: TraceContext;
  /** Cancelled when the client goes away before it has its answer. */
  readonly cancellation = new Cancellation();
  params: Readonly<Record<string, string>> = {};
  /** The template of the route that answers, for logs and metrics. */
  route = 'unmatched';
  /** Whether its line in the log is for debugging only. */
  isQuiet = false;
  /** What the route adds to this request's line in the log. */
  readonly facts: RequestFacts = {};
  private parsedQuery: URLSearchParams | undefined;

  constructor(
    head: RequestHead,
    private readonly source: BodySource,
  ) {
    const { url } = head;
    const mark = url.indexOf('?');
    this.method = head.method;
    this.path = mark === -1 ? url : url.slice(0, mark);
    this.search = mark === -1 ? '' : url.slice(mark);
    this.headers = head.headers;
    this.remoteAddress = head.remoteAddress;
    this.trace = continueTrace(this.header('traceparent'));
  }

  /** A body that was not read leaves the connection in the middle of a request. */
  get isComplete(): boolean {
    return this.source.isComplete;
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
  body(limit: number): Buffer | Promise<Buffer> {
    const encoding = this.header('content-encoding');
    if (encoding !== undefined && encoding !== 'identity') {
      throw new AppError(platformErrors.UNSUPPORTED_MEDIA_TYPE, 'Compressed request bodies are not taken');
    }
    const declared = Number(this.header('content-length') ?? 0);
    if (declared > limit) throw tooLarge(limit);
    return this.source.read(limit);
  }

  /** The bytes of a body that says it is JSON. @throws AppError as `body` does, and 415 for another content type or charset */
  jsonBody(limit: number): Buffer | Promise<Buffer> {
    const { mime, charset } = contentType(this.header('content-type'));
    if (mime !== 'application/json') {
      throw new AppError(
        platformErrors.UNSUPPORTED_MEDIA_TYPE,
        'Send the body as content-type application/json',
      );
    }
    assertUtf8(charset);
    return this.body(limit);
  }

  /** The body as JSON. @throws AppError as `jsonBody` does, and 400 when it does not parse */
  async json(limit: number): Promise<unknown> {
    return parseJson(await this.jsonBody(limit));
  }
}

/** By its events: iterating over a stream makes several promises a chunk. */
export function readAll(raw: IncomingMessage, limit: number): Promise<Buffer> {
  if (raw.readableEnded) return Promise.resolve(Buffer.alloc(0));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const brokeOff = (cause?: unknown): void =>
      reject(new AppError(platformErrors.BAD_REQUEST, 'The request body broke off', { cause }));
    if (raw.destroyed && !raw.readableEnded) brokeOff(raw.errored);
    raw.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      // What is not read any more does not arrive either: the sender waits, until the connection is closed.
      raw.pause();
      raw.removeAllListeners('data');
      reject(tooLarge(limit));
    });
    raw.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)));
    raw.on('error', brokeOff);
    raw.on('close', () => {
      if (!raw.readableEnded) brokeOff();
    });
  });
}

interface ContentType {
  readonly mime: string;
  readonly charset: string | undefined;
}

const contentTypes = new Remembered<string | undefined, ContentType>();

/** The mime type and charset of a content-type header, in lower case. */
export function contentType(header: string | undefined): ContentType {
  return contentTypes.get(header, readContentType);
}

function readContentType(header: string | undefined): ContentType {
  const [mime = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters
    .map(part => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/.exec(part)?.[1])
    .find(value => value !== undefined);
  return { mime: mime.trim(), charset };
}

/** @throws AppError 415 when JSON is said to be in another charset than it may be in */
export function assertUtf8(charset: string | undefined): void {
  if (charset !== undefined && !/^utf-?8$/.test(charset)) {
    throw new AppError(platformErrors.UNSUPPORTED_MEDIA_TYPE, 'JSON is sent as UTF-8 (RFC 8259 §8.1)');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @throws AppError 400 for what is not JSON in UTF-8, or nests deeper than any honest value */
export function parseJson(bytes: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(isAscii(bytes) ? bytes.toString('latin1') : utf8.decode(bytes));
  } catch (error) {
    throw new AppError(platformErrors.BAD_REQUEST, 'Invalid JSON: the body does not parse', { cause: error });
  }
  if (mayNest(bytes, deepestJson)) assertJsonDepth(value);
  return value;
}

const deepestJson = 100;

/** A few brackets cannot nest deeply: almost every body is done with this glance. */
function mayNest(bytes: Buffer, depth: number): boolean {
  let count = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if ((byte === 0x5b || byte === 0x7b) && ++count > depth) return true;
  }
  return false;
}

/**
 * `JSON.parse` has no limit to nesting, but what works on the value (`JSON.stringify` first of all) recurses into it.
 *
 * @throws AppError 400
 */
export function assertJsonDepth(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepestJson) {
      throw new AppError(platformErrors.BAD_REQUEST, `The JSON nests deeper than ${deepestJson} levels`);
    }
    level = level.flatMap(one => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
}

function tooLarge(limit: number): AppError {
  return new AppError(platformErrors.PAYLOAD_TOO_LARGE, `The body is larger than ${limit} bytes`);
}

export interface HttpResponse {
  status: number;
  /** Frozen where they are the same for many answers: then they are written once. */
  headers?: Headers;
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
  /** Is asked so often, with so short a body, that its plain POSTs are answered by FastPathConnections. */
  quick?: boolean;
}

export function jsonResponse(status: number, value: unknown, headers: Headers = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** An error in the contract's REST shape. */
export function errorResponse(error: AppError, { traceId }: TraceContext): HttpResponse {
  return jsonResponse(error.status, errorBody(error, traceId), {
    ...error.headers,
    'cache-control': 'no-store',
  });
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
  /** What answers a path without parameters, by the path: it is found in every tree of segments, and first. */
  private readonly exact = new Map<string, Branch['routes']>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.add(route);
  }

  /** @throws AppError 404 for an unknown path, 405 with `allow` for a method that path does not have */
  find(method: string, path: string): { route: Route; params: Record<string, string> } {
    const values: string[] = [];
    const found = this.exact.get(path) ?? this.descend(this.root, path.split('/').slice(1), 0, values);
    if (found === undefined) throw notFound('This path is');
    const match = found.get(method) ?? (method === 'HEAD' ? found.get('GET') : undefined) ?? found.get('*');
    if (match === undefined) {
      throw new AppError(platformErrors.METHOD_NOT_ALLOWED, `${method} is not answered here`, {
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
    if (names.length === 0) this.exact.set(route.path, at.routes);
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
    throw new AppError(platformErrors.BAD_REQUEST, 'The path is not valid percent-encoding (RFC 3986 §2.1)', {
      cause: error,
    });
  }
}
