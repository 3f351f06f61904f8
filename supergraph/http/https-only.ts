import type { BlockList } from 'node:net';
import { AppError } from '../../platform/errors';
import { isTrusted } from '../../platform/http/client-address';
import { fieldValue, type Headers } from '../../platform/http/headers';
import type { HttpRequest } from '../../platform/http/request';
import { errorResponse, type HttpResponse } from '../../platform/http/response';
import { gatewayErrors } from '../errors';

export interface HttpsPolicy {
  /** Whether the gateway's own listener has TLS. */
  readonly isTls: boolean;
  readonly trustedProxies: BlockList;
  readonly plainHttp: 'accept' | 'redirect' | 'refuse';
  /** Seconds; 0 sends no header. */
  readonly hstsMaxAge: number;
}

/** Probes and scrapes come from inside, past the proxy. */
const inside = new Set(['/health', '/health/ready', '/metrics']);

/** Which requests came over TLS, here or at a trusted proxy, and what becomes of the others. */
export class HttpsOnly {
  private readonly strict = new WeakMap<Headers, Headers>();

  constructor(private readonly policy: HttpsPolicy) {}

  /** The last hop that a trusted proxy names in `x-forwarded-proto` counts, otherwise the connection. */
  isSecure(request: HttpRequest): boolean {
    const { isTls, trustedProxies } = this.policy;
    const forwarded = request.header('x-forwarded-proto');
    if (forwarded === undefined || !isTrusted(request.remoteAddress, trustedProxies)) return isTls;
    return fieldValue(forwarded.slice(forwarded.lastIndexOf(',') + 1)).toLowerCase() === 'https';
  }

  /** The answer to a request that must not come over plain HTTP; undefined for all others. */
  intercept(request: HttpRequest): HttpResponse | undefined {
    const { plainHttp } = this.policy;
    if (plainHttp === 'accept' || inside.has(request.path) || this.isSecure(request)) return undefined;
    request.route = 'plain-http';
    const host = request.header('host') ?? '';
    const isSafe = request.method === 'GET' || request.method === 'HEAD';
    if (plainHttp === 'redirect' && isSafe && hostname.test(host)) {
      const location = `https://${host.replace(/:\d+$/, '')}${request.path}${request.search}`;
      return { status: 308, headers: { location } };
    }
    return errorResponse(
      new AppError(gatewayErrors.HTTPS_REQUIRED, 'This server answers over HTTPS only'),
      request.trace,
    );
  }

  /** Adds HSTS, which is only for responses over TLS (RFC 6797 §7.2). Frozen headers give the same object each time. */
  headers(request: HttpRequest, headers: Headers): Headers {
    const { hstsMaxAge } = this.policy;
    if (hstsMaxAge === 0 || !this.isSecure(request)) return headers;
    let strict = this.strict.get(headers);
    if (strict === undefined) {
      strict = Object.freeze({ ...headers, 'strict-transport-security': `max-age=${hstsMaxAge}` });
      if (Object.isFrozen(headers)) this.strict.set(headers, strict);
    }
    return strict;
  }
}

/** A host that may stand in a `location` header: a name, or an address of either kind. */
const hostname = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;
