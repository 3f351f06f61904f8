import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { AppError, platformErrors } from '../errors';
import type { RequestFacts } from '../observability/logger';
import { continueTrace, type TraceContext } from '../observability/tracing';
import { assertUtf8, inflate, parseContentType, parseJson, payloadTooLarge } from './body';
import { Cancellation } from './cancellation';
import type { RateLimitState } from './rate-limit';

/** The request line and the headers, as they were received. */
export interface RequestHead {
  readonly method: string;
  /** Path and query, still percent-encoded. */
  readonly url: string;
  /** By their names in lower case. */
  readonly headers: IncomingHttpHeaders;
  readonly remoteAddress: string;
}

/** The source of a request's body. */
export interface BodySource {
  /** @throws AppError 413 over the limit, 400 when the client breaks off */
  read(limit: number): Buffer | Promise<Buffer>;
  /** The body as it arrives; undefined where it is in memory already. */
  stream?(): Readable;
  /** Whether the body has been read to its end. */
  readonly isComplete: boolean;
}

/** Milliseconds that the caller waits for the answer: the gateway passes on what remains of an operation's time. */
export const timeoutHeader = 'x-request-timeout-ms';

/** One HTTP request. The body is read when a route asks for it. */
export class HttpRequest {
  readonly method: string;
  /** The path, still percent-encoded, without the query. */
  readonly path: string;
  /** The part from `?` on; empty when there is none. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  /** The address of the peer, read at once: a destroyed socket no longer has it. */
  readonly remoteAddress: string;
  /** The caller's trace, continued in a span of this server. */
  readonly trace: TraceContext;
  /** Cancelled when the client goes away before it has its answer. */
  readonly cancellation = new Cancellation();
  params: Readonly<Record<string, string>> = {};
  /** The template of the route that answers, for logs and metrics. */
  route = 'unmatched';
  /** Whether its line is logged at debug. */
  isQuiet = false;
  /** Fields that the route adds to the line in the log. */
  readonly facts: RequestFacts = {};
  /** The rate limit that the request counts against, which the response reports; undefined where there is none. */
  rateLimit: RateLimitState | undefined;
  private parsedQuery: URLSearchParams | undefined;

  constructor(
    head: RequestHead,
    private readonly source: BodySource,
  ) {
    const { url, headers } = head.url.startsWith('/') ? head : originForm(head);
    const mark = url.indexOf('?');
    this.method = head.method;
    this.path = mark === -1 ? url : url.slice(0, mark);
    this.search = mark === -1 ? '' : url.slice(mark);
    this.headers = headers;
    this.remoteAddress = head.remoteAddress;
    this.trace = continueTrace(this.header('traceparent'));
  }

  /** An unread body leaves the connection in the middle of a request. */
  get isComplete(): boolean {
    return this.source.isComplete;
  }

  /** Milliseconds that the caller waits for the answer; undefined when it does not say. */
  get timeoutMs(): number | undefined {
    const text = this.header(timeoutHeader);
    return text !== undefined && /^\d{1,7}$/.test(text) ? Number(text) : undefined;
  }

  get query(): URLSearchParams {
    this.parsedQuery ??= new URLSearchParams(this.search);
    return this.parsedQuery;
  }

  header(name: string): string | undefined {
    const value = this.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  /**
   * The body's bytes.
   *
   * @param inflatedLimit bytes that a body in gzip may become; such a body is not accepted when absent
   * @throws AppError 413 over the limit, 415 for a compressed body, 400 when the client breaks off
   */
  body(limit: number, inflatedLimit?: number): Buffer | Promise<Buffer> {
    const encoding = this.header('content-encoding') ?? 'identity';
    const isGzip = inflatedLimit !== undefined && encoding === 'gzip';
    if (encoding !== 'identity' && !isGzip) {
      throw new AppError(platformErrors.UNSUPPORTED_MEDIA_TYPE, 'Compressed request bodies are not taken');
    }
    const declared = Number(this.header('content-length') ?? 0);
    if (declared > limit) throw payloadTooLarge(limit);
    const body = this.source.read(limit);
    return isGzip ? Promise.resolve(body).then(bytes => inflate(bytes, inflatedLimit)) : body;
  }

  /** The body as it arrives, with back-pressure. It ends with an error when the client breaks off. */
  stream(): Readable {
    return this.source.stream?.() ?? Readable.from(streamOf(this.source));
  }

  /** The bytes of a JSON body. @throws AppError as `body` does, and 415 for another content type or charset */
  jsonBody(limit: number): Buffer | Promise<Buffer> {
    const { mime, charset } = parseContentType(this.header('content-type'));
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

const absoluteForm = /^https?:\/\/([^/?#]+)([^#]*)/i;

/** A target that names the server too takes the place of the `host` header (RFC 9112 §3.2.2). */
function originForm(head: RequestHead): RequestHead {
  const [, host, target = ''] = absoluteForm.exec(head.url) ?? [];
  if (host === undefined) return head;
  const url = target.startsWith('/') ? target : `/${target}`;
  return { ...head, url, headers: { ...head.headers, host } };
}

async function* streamOf(source: BodySource): AsyncGenerator<Buffer> {
  yield await source.read(Number.MAX_SAFE_INTEGER);
}
