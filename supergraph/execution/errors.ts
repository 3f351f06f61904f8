import type { GraphQLFormattedError, SourceLocation } from 'graphql';
import { type ErrorDefinition, type ErrorDetails, platformErrors } from '../../platform/errors';
import { errorExtensions, withoutValues } from '../../platform/graphql/error-format';
import { gatewayErrors, unavailableMessage } from '../errors';
import type { RequestError } from '../request-error';
import type { ResponsePath } from './response-path';

/** An error as it leaves the gateway. */
export interface OutgoingError {
  message: string;
  locations?: readonly SourceLocation[];
  path?: ResponsePath;
  extensions: Record<string, unknown>;
}

/** An error of the gateway, in the shape of the contract. */
export function outgoingError(
  error: Pick<ErrorDefinition, 'code' | 'status'> & { readonly details?: ErrorDetails | undefined },
  message: string,
  traceId: string | undefined,
  place: {
    readonly path?: ResponsePath | undefined;
    readonly locations?: readonly SourceLocation[] | undefined;
  } = {},
): OutgoingError {
  return {
    message,
    ...(place.locations?.length ? { locations: place.locations } : {}),
    ...(place.path ? { path: place.path } : {}),
    extensions: errorExtensions(error, traceId ?? null),
  };
}

export function requestErrors(error: RequestError, traceId: string | undefined): OutgoingError[] {
  const { validationErrors } = error;
  if (validationErrors.length === 0) return [outgoingError(error, error.message, traceId, error)];
  return validationErrors.map(({ message, locations }) =>
    outgoingError(error, withoutValues(message), traceId, { locations }),
  );
}

/** A service gave no answer. The error names the service as the supergraph does, and not where it runs. */
export function serviceUnavailable(
  { service, retryAfterSeconds }: { readonly service: string; readonly retryAfterSeconds: number },
  path: ResponsePath | undefined,
  traceId: string | undefined,
): OutgoingError {
  return outgoingError(
    { ...platformErrors.SERVICE_UNAVAILABLE, details: { service, retryAfterSeconds } },
    unavailableMessage(service),
    traceId,
    path?.length ? { path } : {},
  );
}

/** Internal names and stacks that a subgraph's framework may add to its errors. */
const internalExtensions = new Set(['stacktrace', 'exception', 'serviceName', 'service', 'subgraph']);

/** A network address or a socket error in a message: it comes from a library and is not meant for a client. */
const address =
  /\b(?:E(?:CONN\w+|HOSTUNREACH|NETUNREACH|TIMEDOUT|PIPE|NOTFOUND|AI_AGAIN)|getaddrinfo)\b|\b(?:\d{1,3}\.){3}\d{1,3}:\d+\b|\blocalhost:\d+\b|\[[0-9a-f:]+\]:\d+/i;

/**
 * A subgraph's error: message and extensions are the subgraph's, the path is the client's. Extensions that the contract promises
 * and the subgraph left out are filled in.
 */
export function subgraphError(
  error: unknown,
  subgraph: string,
  path: ResponsePath | undefined,
  hosts: readonly string[],
  traceId: string | undefined,
): OutgoingError {
  const given = (typeof error === 'object' && error !== null ? error : {}) as Partial<GraphQLFormattedError>;
  const message =
    typeof given.message === 'string' && given.message !== ''
      ? given.message
      : `The ${subgraph} service failed`;
  const hasAddress = address.test(message) || hosts.some(host => message.includes(host));
  const outgoing = outgoingError(
    gatewayErrors.DOWNSTREAM_SERVICE_ERROR,
    hasAddress ? `The ${subgraph} service failed` : message,
    traceId,
    path?.length ? { path } : {},
  );
  if (typeof given.extensions === 'object' && given.extensions !== null) {
    for (const [key, value] of Object.entries(given.extensions)) {
      if (internalExtensions.has(key) || (key === 'code' && typeof value !== 'string')) continue;
      outgoing.extensions[key] = value;
    }
  }
  return outgoing;
}
