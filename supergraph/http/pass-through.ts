import { type Dispatcher, request as send } from 'undici';
import { notFound, unavailable } from '../../platform/errors';
import type { StreamRoute } from '../../platform/graphql/rest-table';
import { payloadTooLarge } from '../../platform/http/body';
import type { HttpRequest } from '../../platform/http/request';
import type { HttpResponse } from '../../platform/http/response';
import type { Route } from '../../platform/http/router';
import { type Logger, pathForLog } from '../../platform/observability/logger';
import { traceFacts } from '../../platform/observability/tracing';
import type { Callers } from './callers';

/** Response headers that are passed to the client. */
const passed = [
  'content-type',
  'content-length',
  'content-disposition',
  'content-range',
  'content-security-policy',
  'accept-ranges',
  'cache-control',
  'etag',
  'last-modified',
  'location',
  'referrer-policy',
  'repr-digest',
  'retry-after',
  'tus-resumable',
  'tus-version',
  'tus-extension',
  'tus-max-size',
  'tus-checksum-algorithm',
  'upload-offset',
  'upload-length',
  'upload-metadata',
  'upload-expires',
  'vary',
  'x-frame-options',
  'www-authenticate',
] as const;

/** Request headers that are passed to the service. */
const asked = [
  'range',
  'if-range',
  'if-match',
  'if-none-match',
  'if-modified-since',
  'if-unmodified-since',
  'accept',
  'content-type',
  'content-length',
  'content-encoding',
  'x-share-password',
  'x-twilio-signature',
  'tus-resumable',
  'upload-length',
  'upload-defer-length',
  'upload-offset',
  'upload-metadata',
  'upload-checksum',
] as const;

/** How long a service may take for its answer after the last byte of an upload, which it writes to disk and scans. */
const uploadTimeoutMs = 120_000;

/**
 * Routes that stream requests to one service and its answers back. Nothing is buffered, so a client that reads slowly slows the
 * service, and a service that reads slowly slows the client.
 *
 * @param urlOf the URL of a service's GraphQL
 * @param timeoutMs how long a service may be silent
 */
export function passThroughRoutes(
  table: readonly StreamRoute[],
  urlOf: (service: string) => string | undefined,
  callers: Pick<Callers, 'contextOf'>,
  timeoutMs: number,
  logger: Logger,
): Route[] {
  return table.map(({ method, path, service, target, maxBytes }) => ({
    method,
    path,
    handle: async incoming => {
      if (maxBytes !== undefined && Number(incoming.header('content-length') ?? 0) > maxBytes) {
        throw payloadTooLarge(maxBytes);
      }
      const base = urlOf(service);
      if (base === undefined) throw unavailable('This service is not part of the graph');
      const { headers } = await callers.contextOf(incoming);
      return fetchFrom(
        new URL(targetOf(target ?? withoutName(path, service), incoming), base),
        incoming,
        headers,
        timeoutMs,
        logger,
      );
    },
  }));
}

function withoutName(path: string, service: string): string {
  const prefix = `/${service}/`;
  return path.startsWith(prefix) ? path.slice(prefix.length - 1) : path;
}

/**
 * The path is made of the route and its parameters, each encoded as one segment: a
 * URL parser reads `..\\` and `%2e%2e` in the client's own path as a way to another path.
 *
 * @throws AppError 404 for a parameter that no encoding keeps in its segment (RFC 3986 §5.2.4)
 */
function targetOf(path: string, incoming: HttpRequest): string {
  const target = path.replace(/:([a-z]+)/gi, (_, name: string) => {
    const value = incoming.params[name] ?? '';
    if (value === '.' || value === '..') throw notFound('This path is');
    return encodeURIComponent(value);
  });
  return `${target}${incoming.search}`;
}

async function fetchFrom(
  url: URL,
  incoming: HttpRequest,
  forwarded: Readonly<Record<string, string>>,
  timeoutMs: number,
  logger: Logger,
): Promise<HttpResponse> {
  const headers: Record<string, string> = { ...forwarded };
  for (const name of asked) {
    const value = incoming.header(name);
    if (value !== undefined) headers[name] = value;
  }
  const hasBody =
    incoming.header('transfer-encoding') !== undefined || Number(incoming.header('content-length') ?? 0) > 0;
  try {
    const answer = await send(url, {
      method: incoming.method as Dispatcher.HttpMethod,
      headers,
      body: hasBody ? incoming.stream() : null,
      signal: incoming.cancellation.signal,
      headersTimeout: hasBody ? Math.max(timeoutMs, uploadTimeoutMs) : timeoutMs,
      bodyTimeout: timeoutMs,
    });
    const kept = passed.flatMap(name => {
      const value = answer.headers[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return { status: answer.statusCode, headers: Object.fromEntries(kept), body: answer.body };
  } catch (error) {
    logger.warn(
      { error, path: pathForLog(incoming), ...traceFacts(incoming.trace) },
      'a service did not answer what was to be passed through',
    );
    throw unavailable('A part of the system does not answer right now', error);
  }
}
