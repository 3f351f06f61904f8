import { request as send } from 'undici';
import { unavailable } from '../../platform/errors';
import type { StreamRoute } from '../../platform/graphql/rest-table';
import type { HttpRequest } from '../../platform/http/request';
import type { HttpResponse } from '../../platform/http/response';
import type { Route } from '../../platform/http/router';
import type { Logger } from '../../platform/observability/logger';
import { traceFacts } from '../../platform/observability/tracing';
import type { Callers } from './callers';

/** Response headers that are passed to the client. */
const passed = [
  'content-type',
  'content-length',
  'content-disposition',
  'content-range',
  'accept-ranges',
  'cache-control',
  'etag',
  'last-modified',
  'retry-after',
  'www-authenticate',
] as const;

/** Request headers that are passed to the service. */
const asked = ['range', 'if-range', 'if-none-match', 'if-modified-since', 'accept'] as const;

/**
 * Routes that stream the answer of one service. Nothing is buffered, so a client that reads slowly slows the service.
 *
 * @param urls subgraph → URL of its GraphQL
 * @param timeoutMs how long a service may be silent
 */
export function passThroughRoutes(
  table: readonly StreamRoute[],
  urls: ReadonlyMap<string, string>,
  callers: Pick<Callers, 'contextOf'>,
  timeoutMs: number,
  logger: Logger,
): Route[] {
  return table.map(({ method, path, service }) => ({
    method,
    path,
    handle: async incoming => {
      const base = urls.get(service);
      if (base === undefined) throw unavailable('This service is not part of the graph');
      const { headers } = await callers.contextOf(incoming);
      return fetchFrom(new URL(targetOf(incoming, service), base), incoming, headers, timeoutMs, logger);
    },
  }));
}

/** The service answers without its name in front. */
function targetOf(incoming: HttpRequest, service: string): string {
  return `${incoming.path.slice(`/${service}`.length)}${incoming.search}`;
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
  try {
    const answer = await send(url, {
      method: incoming.method === 'HEAD' ? 'HEAD' : 'GET',
      headers,
      signal: incoming.cancellation.signal,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    const kept = passed.flatMap(name => {
      const value = answer.headers[name];
      return value === undefined ? [] : [[name, value] as const];
    });
    return { status: answer.statusCode, headers: Object.fromEntries(kept), body: answer.body };
  } catch (error) {
    logger.warn(
      { error, path: incoming.path, ...traceFacts(incoming.trace) },
      'a service did not answer what was to be passed through',
    );
    throw unavailable('A part of the system does not answer right now', error);
  }
}
