import { type GraphQLError, type GraphQLFormattedError, type SourceLocation } from 'graphql';
import type { ErrorDefinition, ErrorDetails } from '../../platform/errors';
import { errorExtensions, withoutValues } from '../../platform/graphql/error-format';
import { gatewayErrors } from '../errors';
import type { ResponsePath } from './projection';

/** An error as it leaves the gateway. */
export interface OutgoingError {
  message: string;
  locations?: readonly SourceLocation[];
  path?: ResponsePath;
  extensions: Record<string, unknown>;
}

/** Where in a request's life it failed: the door turns this into a status (GraphQL over HTTP §6.4). */
export type RequestFailure =
  | 'parse'
  | 'validation'
  | 'operation'
  | 'variables'
  | 'limit'
  | 'method'
  | 'denied'
  | 'internal';

/** The request cannot be executed at all: https://spec.graphql.org/October2021/#sec-Errors.Request-errors. */
export class RequestError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(
    readonly failure: RequestFailure,
    definition: Pick<ErrorDefinition, 'code' | 'status'>,
    message: string,
    readonly options: {
      readonly details?: ErrorDetails | undefined;
      readonly locations?: readonly SourceLocation[] | undefined;
      readonly more?: readonly GraphQLError[];
    } = {},
  ) {
    super(message);
    this.code = definition.code;
    this.status = definition.status;
    this.name = 'RequestError';
  }
}

export interface ErrorStamp {
  readonly timestamp: string;
  readonly traceId?: string | undefined;
}

/** Errors of our own making all have one shape; those of a subgraph keep theirs. */
export function ownError(
  { code, status }: Pick<ErrorDefinition, 'code' | 'status'>,
  message: string,
  stamp: ErrorStamp,
  rest: {
    path?: ResponsePath | undefined;
    details?: ErrorDetails | undefined;
    locations?: readonly SourceLocation[] | undefined;
  } = {},
): OutgoingError {
  return {
    message,
    ...(rest.locations?.length ? { locations: rest.locations } : {}),
    ...(rest.path ? { path: rest.path } : {}),
    extensions: errorExtensions(
      { code, status, details: rest.details },
      stamp.traceId ?? null,
      stamp.timestamp,
    ),
  };
}

export function requestErrors(error: RequestError, stamp: ErrorStamp): OutgoingError[] {
  if (error.options.more?.length) {
    return error.options.more.map(e =>
      ownError(error, withoutValues(e.message), stamp, { locations: e.locations }),
    );
  }
  return [
    ownError(error, error.message, stamp, {
      details: error.options.details,
      locations: error.options.locations,
    }),
  ];
}

/** Names and stacks of ours that a subgraph's framework may add to its errors. */
const internalExtensions = new Set(['stacktrace', 'exception', 'serviceName', 'service', 'subgraph']);

/** A network address in a message: a library's own words about a socket, never something meant for a client. */
const address =
  /\b(?:E(?:CONN\w+|HOSTUNREACH|NETUNREACH|TIMEDOUT|PIPE|NOTFOUND|AI_AGAIN)|getaddrinfo)\b|\b(?:\d{1,3}\.){3}\d{1,3}:\d+\b|\blocalhost:\d+\b|\[[0-9a-f:]+\]:\d+/i;

/**
 * A subgraph's error: message and extensions are its own, the path is the client's. What the contract promises of every error
 * and the subgraph did not say is filled in.
 */
export function subgraphError(
  error: unknown,
  path: ResponsePath | undefined,
  hosts: readonly string[],
  stamp: ErrorStamp,
): OutgoingError {
  const given = (typeof error === 'object' && error !== null ? error : {}) as Partial<GraphQLFormattedError>;
  const message =
    typeof given.message === 'string' && given.message !== '' ? given.message : 'The service failed';
  const leaks = address.test(message) || hosts.some(host => message.includes(host));
  const own = ownError(
    gatewayErrors.DOWNSTREAM_SERVICE_ERROR,
    leaks ? 'A service this answer needs failed' : message,
    stamp,
    path?.length ? { path } : {},
  );
  if (typeof given.extensions === 'object' && given.extensions !== null) {
    for (const [key, value] of Object.entries(given.extensions)) {
      if (internalExtensions.has(key) || (key === 'code' && typeof value !== 'string')) continue;
      own.extensions[key] = value;
    }
  }
  return own;
}
