import type { CancelSignal } from '../../platform/http/cancellation';
import { isHeaderValue } from '../../platform/http/headers';
import { timeoutHeader } from '../../platform/http/request';

/** Sends requests to subgraphs. */
export interface Transport {
  /** Resolves with an HTTP answer of any status, rejects with a TransportError only. */
  send(request: SubgraphRequest): Promise<SubgraphResponse>;
  close(): Promise<void>;
}

export interface SubgraphRequest {
  readonly subgraph: string;
  readonly url: string;
  /** The JSON text of the request. */
  readonly body: string;
  readonly headers: ForwardedHeaders;
  /** A read is sent again when its kept-alive connection was closed; anything else never is. */
  readonly isRead: boolean;
  /** The same object for all requests of one fetch of one operation, by which the transport knows its usual latency. */
  readonly fetch: object;
  readonly timeoutMs: number;
  readonly signal?: CancelSignal | undefined;
}

export interface SubgraphResponse {
  readonly status: number;
  readonly body: Buffer;
}

export type TransportFailure =
  | 'refused'
  | 'reset'
  | 'timeout'
  | 'too-large'
  /** The answer is not HTTP, or not GraphQL. */
  | 'malformed'
  /** The answer is GraphQL and does not fit the request. */
  | 'unfit'
  | 'aborted'
  /** Not sent: every circuit breaker of the service is open. */
  | 'open'
  /** Not sent: too many calls of the service are in flight. */
  | 'overloaded'
  /** The instance stops, and has not begun the request. */
  | 'stopping';

export class TransportError extends Error {
  constructor(
    readonly reason: TransportFailure,
    options?: { cause?: unknown },
  ) {
    super(`The subgraph could not be reached: ${reason}`, options);
    this.name = 'TransportError';
  }
}

const fieldName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** Set by the transport itself, or meaningful for one hop only (RFC 9110 §7.6.1). */
const hopHeaders = new Set([
  'connection',
  'content-length',
  'content-type',
  'accept',
  'accept-encoding',
  'host',
  'keep-alive',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  timeoutHeader,
]);

/** The name as it is sent; empty for a header that is not forwarded. */
function forwardedName(name: string): string {
  const lower = name.toLowerCase();
  return hopHeaders.has(lower) || !fieldName.test(lower) ? '' : lower;
}

/** The headers of one client request that are forwarded to the subgraphs, written once as lines. */
export class ForwardedHeaders {
  private text: string | undefined;

  constructor(private readonly headers: Readonly<Record<string, string>>) {}

  /** The same headers with the `traceparent` of one call. */
  inSpan(traceparent: string): ForwardedHeaders {
    return new ForwardedHeaders({ ...this.headers, traceparent });
  }

  get entries(): [string, string][] {
    const entries: [string, string][] = [];
    this.each((name, value) => entries.push([name, value]));
    return entries;
  }

  /** As lines of an HTTP/1.1 request. */
  get lines(): string {
    if (this.text === undefined) {
      let text = '';
      this.each((name, value) => {
        text += `${name}: ${value}\r\n`;
      });
      this.text = text;
    }
    return this.text;
  }

  private each(visit: (name: string, value: string) => void): void {
    for (const given in this.headers) {
      const value = this.headers[given];
      const name = forwardedName(given);
      if (name !== '' && typeof value === 'string' && isHeaderValue(value)) visit(name, value);
    }
  }
}

/** Headers that only trace a request and cannot change its answer. */
export const tracingHeaders: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'x-request-id']);
