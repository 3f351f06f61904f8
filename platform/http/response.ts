import type { AppError } from '../errors';
import type { TraceContext } from '../observability/tracing';
import { errorBody } from './error-body';
import type { Headers } from './headers';

export interface HttpResponse {
  status: number;
  headers?: Headers;
  body?: string | Buffer | AsyncIterable<string | Uint8Array>;
}

export function jsonResponse(status: number, value: unknown, headers: Headers = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  };
}

/** An error in the REST shape of the API. */
export function errorResponse(error: AppError, { traceId }: TraceContext): HttpResponse {
  return jsonResponse(error.status, errorBody(error, traceId), {
    ...error.headers,
    'cache-control': 'no-store',
  });
}

/** Closes the source of a body that nobody reads, such as a file. */
export async function closeBody(body: HttpResponse['body']): Promise<void> {
  if (typeof body !== 'object' || Buffer.isBuffer(body)) return;
  await body[Symbol.asyncIterator]().return?.();
}
