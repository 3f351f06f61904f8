import type { IncomingHttpHeaders } from 'node:http';
import type { GraphQLFormattedError } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { AppError, platformErrors } from '../errors';
import type { CancelSignal } from '../http/cancellation';
import type { HttpRequest } from '../http/request';
import { isObject } from '../json';
import type { LiveCredential } from '../security/live-credential';

/** The payload of a `subscribe` message (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md). */
export type SocketOperation = SubscribePayload;

/** Request errors: nothing was executed. Or the results as JSON, one or as many as a subscription has events. */
export type SocketResult =
  | { readonly errors: readonly GraphQLFormattedError[] }
  | AsyncIterator<string | Buffer>;

/** What executes the operations of a socket. */
export interface SocketOperations {
  /** @throws AppError for an operation that is refused */
  run(operation: SocketOperation, client: SocketClient): Promise<SocketResult>;
  /** The error message of an exception that ends a subscription. */
  errorOf(error: unknown): GraphQLFormattedError;
  /** A ping whose payload has more than a credential of the connection. */
  pinged?(payload: Record<string, unknown>, client: SocketClient): Promise<void>;
}

/** The client of one socket. */
export interface SocketClient {
  /** The request of the handshake, with the credential of `connection_init` or of the last ping. */
  readonly credential: LiveCredential;
  readonly handshake: HttpRequest;
  /** Aborted when the socket is closed. */
  readonly signal: CancelSignal;
}

/** The result of a query or mutation. */
export async function* oneResult(result: string | Buffer): AsyncIterableIterator<string | Buffer> {
  yield result;
}

export function hasCredential(payload: Record<string, unknown>): boolean {
  return 'authorization' in payload || 'x-api-key' in payload;
}

/** The headers with the credential of a payload, which replaces the one of the headers. */
export function withCredential(headers: IncomingHttpHeaders, payload: unknown): IncomingHttpHeaders {
  if (!isObject(payload) || !hasCredential(payload)) return headers;
  const { authorization: _, 'x-api-key': __, ...rest } = headers;
  for (const name of ['authorization', 'x-api-key']) {
    const value = payload[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== 'string') throw new AppError(platformErrors.BAD_REQUEST, `${name} must be text`);
    rest[name] = value;
  }
  return rest;
}
