import { LRUCache } from 'lru-cache';
import type { Headers } from '../../platform/http/headers';
import type { HttpRequest } from '../../platform/http/request';
import type { HttpResponse } from '../../platform/http/response';

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const exposed =
  'traceresponse, etag, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, location, tus-resumable, tus-version, tus-extension, tus-max-size, upload-offset, upload-length, upload-expires';
/** Seconds for which a browser may cache a preflight; no browser caches one longer than a day. */
const maxAge = '7200';

const forNobody: Headers = Object.freeze({
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
});
const forAnyOther: Headers = Object.freeze({ ...forNobody, vary: 'origin' });

/**
 * CORS: which pages of other origins may call (https://fetch.spec.whatwg.org/#http-cors-protocol). Credentials are never allowed: callers
 * authenticate by a header that a page must set, not by cookies that a browser adds.
 */
export class Cors {
  private readonly origins: ReadonlySet<string>;
  /** By the origin they are for, so that they are the same object, and written once, for all its requests. */
  private readonly allowing = new LRUCache<string, Headers>({ max: 100 });

  /** @param origins `*` is every origin; `:*` at the end of one is every port */
  constructor(origins: readonly string[]) {
    this.origins = new Set(origins);
  }

  /** The answer to a preflight; undefined when the request is not one. */
  preflight(request: HttpRequest): HttpResponse | undefined {
    const wanted = request.header('access-control-request-method');
    if (request.method !== 'OPTIONS' || wanted === undefined || request.header('origin') === undefined) {
      return undefined;
    }
    request.route = 'preflight';
    if (!this.allows(request)) return { status: 204, headers: { vary: 'origin' } };
    return {
      status: 204,
      headers: {
        'access-control-allow-methods': methods,
        'access-control-allow-headers':
          request.header('access-control-request-headers')?.slice(0, 1000) ?? 'authorization, content-type',
        'access-control-max-age': maxAge,
        vary: 'origin, access-control-request-method, access-control-request-headers',
      },
    };
  }

  /** Default headers of every answer: which origins may read it, and that browsers must not render or frame it. */
  headers(request: HttpRequest): Headers {
    if (this.origins.size === 0) return forNobody;
    if (!this.allows(request)) return forAnyOther;
    const origin = this.origins.has('*') ? '*' : request.header('origin')!;
    let headers = this.allowing.get(origin);
    if (headers === undefined) {
      headers = Object.freeze({
        ...forAnyOther,
        'access-control-allow-origin': origin,
        'access-control-expose-headers': exposed,
      });
      this.allowing.set(origin, headers);
    }
    return headers;
  }

  /** Whether pages of the request's origin may call. */
  allows(request: HttpRequest): boolean {
    const origin = request.header('origin');
    if (origin === undefined) return false;
    return (
      this.origins.has('*') ||
      this.origins.has(origin) ||
      // A browser leaves out the port that the scheme implies.
      this.origins.has(`${origin.replace(/:\d+$/, '')}:*`)
    );
  }
}
