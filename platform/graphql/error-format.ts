import { type GraphQLError, GraphQLError as GraphQLErrorClass, type GraphQLFormattedError } from 'graphql';
import {
  AppError,
  type ErrorDefinition,
  type ErrorDetails,
  type FieldError,
  platformErrors,
} from '../errors';
import type { Logger } from '../observability/logger';
import { currentTrace } from '../observability/tracing';

/** The `extensions` of a GraphQL error, with the fields of `http/error-body.ts`. */
export function errorExtensions(
  error: Pick<ErrorDefinition, 'code' | 'status'> & { details?: ErrorDetails | undefined },
  traceId: string | null = currentTrace()?.traceId ?? null,
): Record<string, unknown> {
  return {
    code: error.code,
    details: error.details ?? null,
    timestamp: new Date().toISOString(),
    traceId,
    http: { status: error.status },
  };
}

/** A GraphQL response with one error, for a request that fails before it is executed. */
export function graphqlErrorBody(
  error: AppError,
  traceId: string | null,
): { errors: GraphQLFormattedError[] } {
  return { errors: [{ message: error.message, extensions: errorExtensions(error, traceId) }] };
}

/** The request errors of graphql-js and @apollo/server, by their codes. */
const requestErrors: Readonly<Record<string, ErrorDefinition>> = {
  GRAPHQL_PARSE_FAILED: platformErrors.GRAPHQL_PARSE_FAILED,
  GRAPHQL_VALIDATION_FAILED: platformErrors.GRAPHQL_VALIDATION_FAILED,
  OPERATION_RESOLUTION_FAILURE: platformErrors.OPERATION_RESOLUTION_FAILURE,
  PERSISTED_QUERY_NOT_FOUND: platformErrors.PERSISTED_QUERY_NOT_FOUND,
  PERSISTED_QUERY_NOT_SUPPORTED: platformErrors.PERSISTED_QUERY_NOT_SUPPORTED,
  BAD_REQUEST: platformErrors.BAD_REQUEST,
};

/**
 * The API's format of an error of a GraphQL execution. An AppError stays as it is, a wrong variable is a 422 that names the field,
 * and a wrong request is a 400. Any other error is masked, with its cause in the log under the same trace id.
 */
export function formatGraphQLError(
  formatted: GraphQLFormattedError,
  error: unknown,
  logger: Logger,
): GraphQLFormattedError {
  const original = originalOf(error);
  if (original instanceof AppError) {
    if (original.status >= 500) logger.error({ error: original, path: formatted.path }, original.message);
    return { ...formatted, extensions: errorExtensions(original) };
  }
  const code = formatted.extensions?.['code'];
  const isRequestFault = original === undefined || original instanceof GraphQLErrorClass;
  if (isRequestFault && (code === 'BAD_USER_INPUT' || isCoercionMessage(formatted.message))) {
    const fault = coercionFault(formatted.message);
    return withoutEmpty({
      message: `${fault.field}: ${fault.message}`,
      locations: formatted.locations,
      path: formatted.path,
      extensions: errorExtensions({ ...platformErrors.VALIDATION_FAILED, details: [fault] }),
    });
  }
  if (isRequestFault && typeof code === 'string' && Object.hasOwn(requestErrors, code)) {
    return {
      ...formatted,
      message: withoutValues(formatted.message),
      extensions: errorExtensions(requestErrors[code]!),
    };
  }
  logger.error({ error: original ?? error, path: formatted.path }, 'an operation failed by a fault of ours');
  return withoutEmpty({
    message: 'Something went wrong on our side',
    locations: formatted.locations,
    path: formatted.path,
    extensions: errorExtensions(platformErrors.INTERNAL_ERROR),
  });
}

function withoutEmpty(
  error: GraphQLFormattedError & { locations?: unknown; path?: unknown },
): GraphQLFormattedError {
  const { locations, path, ...rest } = error;
  return {
    ...rest,
    ...(locations === undefined ? {} : { locations }),
    ...(path === undefined ? {} : { path }),
  };
}

/** The error that a resolver threw; undefined for an error of graphql-js itself. */
function originalOf(error: unknown): unknown {
  let at: unknown = error;
  while (at instanceof GraphQLErrorClass && (at as GraphQLError).originalError != null) {
    at = (at as GraphQLError).originalError;
  }
  return at === error ? undefined : at;
}

const variableMessage = /^Variable "\$([^"]+)" /;
const argumentMessage = /^Argument "([^"]+)" /;

function isCoercionMessage(message: string): boolean {
  return variableMessage.test(message) || argumentMessage.test(message);
}

/** Removes the literal that graphql-js repeats in its message, because it may be a password. The position and the expected type stay. */
export function withoutValues(message: string): string {
  return message
    .replace(/^(.{1,200}? cannot represent [^:]{1,200}): .*$/s, '$1.')
    .replace(/^(Expected value of type "[^"]+"), found .*$/s, '$1.')
    .replace(/^(Syntax Error: .*(?:Unexpected|found) (?:String|BlockString|Int|Float)) ".*$/s, '$1.');
}

/** The field and the expected type of a coercion error. The message of graphql-js has the rejected value, which may be a password. */
export function coercionFault(message: string): FieldError {
  const top = variableMessage.exec(message)?.[1] ?? argumentMessage.exec(message)?.[1] ?? 'input';
  const path = (/.* at "([^"]{1,200})"; /s.exec(message)?.[1] ?? top).split('.');
  const fault = (text: string, inside?: string): FieldError => {
    const whole = inside === undefined ? path : [...path, inside];
    return {
      field: (whole.length > 1 && whole[0] === 'input' ? whole.slice(1) : whole).join('.'),
      message: text,
    };
  };
  const missing = /Field "([^"]{1,100})" of required type "[^"]+" was not provided/.exec(message);
  if (missing) return fault('is required', missing[1]!);
  const unknown = /Field "([^"]{1,100})" is not defined by type/.exec(message);
  if (unknown) return fault('is not a known field', unknown[1]!);
  if (/of required type "[^"]+" was not provided|must not be null|Expected non-nullable type/.test(message)) {
    return fault('is required');
  }
  if (message.includes('cannot represent a number larger than a 64-bit float')) {
    return fault('must have only numbers that a 64-bit float can hold');
  }
  const scalar = /(Int|Float|String|Boolean|ID|DateTime|JSONObject) cannot represent/.exec(message)?.[1];
  if (scalar) return fault(`must be ${article(scalar)}`);
  const enumeration = /does not exist in "([^"]+)" enum|Enum "([^"]+)" cannot represent/.exec(message);
  if (enumeration) return fault(`must be a value of ${enumeration[1] ?? enumeration[2]}`);
  return fault('is not valid');
}

function article(scalar: string): string {
  switch (scalar) {
    case 'Int':
      return 'a whole number';
    case 'Float':
      return 'a number';
    case 'Boolean':
      return 'true or false';
    case 'DateTime':
      return 'a moment in RFC 3339, such as 2026-01-31T12:00:00Z';
    case 'JSONObject':
      return 'a JSON object';
    default:
      return 'text';
  }
}
