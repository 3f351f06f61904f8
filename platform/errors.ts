/** One row of a catalogue of errors. `npm run errors` collects the rows into `schema/errors.json` and `docs/errors.md`. */
export interface ErrorDefinition<Code extends string = string> {
  readonly code: Code;
  /** The HTTP status of every answer with this code. */
  readonly status: number;
  readonly meaning: string;
  /** What a client does about it. */
  readonly action: string;
}

/** A catalogue of errors: each package declares its own codes, and a code is declared once. */
export function defineErrors<Code extends string>(
  rows: Record<Code, Omit<ErrorDefinition, 'code'>>,
): { readonly [C in Code]: ErrorDefinition<C> } {
  const entries = Object.entries(rows) as [Code, Omit<ErrorDefinition, 'code'>][];
  return Object.fromEntries(entries.map(([code, row]) => [code, { code, ...row }])) as {
    [C in Code]: ErrorDefinition<C>;
  };
}

/** The errors that every server can answer with, and those that several services share. */
export const platformErrors = defineErrors({
  BAD_REQUEST: {
    status: 400,
    meaning:
      'The request cannot be read: its body, its parameters or its headers are not in the expected form.',
    action: 'Correct the request; the message says what is wrong.',
  },
  GRAPHQL_PARSE_FAILED: {
    status: 400,
    meaning: 'The text of the operation is not GraphQL, or it nests too deeply.',
    action: 'Correct the operation; `locations` says where.',
  },
  GRAPHQL_VALIDATION_FAILED: {
    status: 400,
    meaning: 'The operation does not fit the schema.',
    action: 'Correct the operation; generate types from `schema/api.graphql` to find this earlier.',
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: 400,
    meaning: '`operationName` is missing or names no operation of the document.',
    action: 'Send the name of one of the operations of the document.',
  },
  SUBSCRIPTIONS_NEED_A_STREAM: {
    status: 400,
    meaning: 'A subscription was sent as a plain request.',
    action: 'Subscribe over WebSocket or server-sent events.',
  },
  PERSISTED_QUERY_NOT_FOUND: {
    status: 200,
    meaning: 'The server does not know an operation with this hash.',
    action: 'Send the operation again with its text; APQ clients do this on their own.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    status: 200,
    meaning: 'Automatic persisted queries are off.',
    action: 'Send the text of the operation each time; APQ clients do this on their own.',
  },
  UNAUTHENTICATED: {
    status: 401,
    meaning: 'The request has no valid credentials, or the account behind them is gone.',
    action: 'Sign in and send the access token.',
  },
  TOKEN_INVALID: {
    status: 401,
    meaning: 'The access token is malformed, or its signature is wrong.',
    action: 'Sign in again.',
  },
  TOKEN_EXPIRED: {
    status: 401,
    meaning: 'The access token has expired.',
    action: 'Call `refresh` and send the request again with the new token.',
  },
  TOKEN_REVOKED: {
    status: 401,
    meaning: 'The session of the access token has ended.',
    action: 'Sign in again.',
  },
  API_KEY_INVALID: {
    status: 401,
    meaning: 'The API key is unknown, expired or revoked.',
    action: 'Create another API key.',
  },
  REAUTHENTICATION_REQUIRED: {
    status: 401,
    meaning: 'The sign-in is older than `details.maxAgeSeconds`, and this action needs a recent one.',
    action: 'Call `reauthenticate` and send the request again with the new token.',
  },
  SERVICE_SIGNATURE_INVALID: {
    status: 401,
    meaning: 'A command between services has no valid signature.',
    action:
      'None: clients do not send such commands. An operator checks that all services have the same `ENCRYPTION_KEYS`.',
  },
  FORBIDDEN: {
    status: 403,
    meaning:
      'The caller is not allowed to do this; `details.permission` is the permission that is missing, where there is one.',
    action: 'Ask an administrator for the permission; `explainAccess` says which rule decides.',
  },
  CREDENTIAL_OF_ANOTHER_CALLER: {
    status: 403,
    meaning: 'The fresh credential on an open connection is of another caller than the first one.',
    action: 'Open another connection for another caller.',
  },
  NOT_FOUND: {
    status: 404,
    meaning: 'The object or the path does not exist, or the caller may not see it.',
    action: 'Check the id or the path.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    meaning: 'The path does not answer this HTTP method, or a mutation was sent with GET.',
    action: 'Use a method of the `Allow` header.',
  },
  REQUEST_TIMEOUT: {
    status: 408,
    meaning: 'The request body did not arrive in time.',
    action: 'Send the request again over a faster connection.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 409,
    meaning: 'The idempotency key was used for another request.',
    action: 'Send a new key for a new request.',
  },
  LAST_ADMINISTRATOR: {
    status: 409,
    meaning: 'Without this account or role there would be no active administrator.',
    action: 'Make another account an administrator first.',
  },
  OWN_ACCOUNT: {
    status: 409,
    meaning: 'This action is not allowed on the caller’s own account.',
    action: 'Ask another administrator, or use the action for one’s own account that the message names.',
  },
  PRECONDITION_FAILED: {
    status: 412,
    meaning: 'The object is not the version that `if-match` or `if-unmodified-since` names.',
    action: 'Read the object again, and repeat a change with its new `etag`.',
  },
  VERSION_CONFLICT: {
    status: 409,
    meaning:
      'The object was changed since the version that the client read; `details.currentVersion` is the current one.',
    action: 'Read the object again and repeat the change.',
  },
  PAYLOAD_TOO_LARGE: {
    status: 413,
    meaning: 'The body is larger than this path accepts.',
    action: 'Send a smaller body.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The body is compressed, not JSON, or not in UTF-8.',
    action: 'Send uncompressed JSON in UTF-8 with `content-type: application/json`.',
  },
  VALIDATION_FAILED: {
    status: 422,
    meaning: 'Some fields of the input are not valid; `details` lists each as `{field, message}`.',
    action: 'Show the messages beside the fields and let the user correct them.',
  },
  RATE_LIMITED: {
    status: 429,
    meaning: 'This was asked for too often.',
    action: 'Wait for `details.retryAfterSeconds`, then send it again.',
  },
  TOO_MANY_SUBSCRIPTIONS: {
    status: 429,
    meaning: 'The socket or the client has as many subscriptions as it may have.',
    action: 'End a subscription before the next one.',
  },
  INTERNAL_ERROR: {
    status: 500,
    meaning: 'The server failed; the log has the cause under the trace id of the answer.',
    action: 'Report the trace id. A query may be sent again.',
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    meaning: 'A service, database or event bus that this needs does not answer, or is too busy.',
    action:
      'Send it again after `Retry-After`, with growing pauses; read first whether a mutation without an idempotency key took effect.',
  },
  SHUTTING_DOWN: {
    status: 503,
    meaning: 'The server is stopping.',
    action: 'Send it again after `Retry-After`.',
  },
  SUBSCRIBER_TOO_SLOW: {
    status: 503,
    meaning: 'The client read a subscription too slowly, and it was ended.',
    action: 'Subscribe again and read the current state.',
  },
  SUBSCRIPTION_INTERRUPTED: {
    status: 503,
    meaning: 'The source of a subscription was away, and events may be missing.',
    action: 'Read the current state and subscribe again.',
  },
  STORAGE_FULL: {
    status: 507,
    meaning: 'The database has no room left.',
    action: 'Try again later; an operator must free space.',
  },
});

/**
 * Every failure a caller may see is an AppError: a row of a catalogue and a sentence for people.
 * Anything else that is thrown is a bug: it is masked as INTERNAL_ERROR and logged with its cause.
 */
export class AppError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: ErrorDetails | undefined;
  /** Response headers this failure asks for, such as `Retry-After` (RFC 9110 §10.2.3). */
  readonly headers: Readonly<Record<string, string>>;

  /** @param definition a row of a catalogue; only an error that another server sent is code and status alone */
  constructor(
    definition: Pick<ErrorDefinition, 'code' | 'status'>,
    message: string,
    options: {
      details?: ErrorDetails | undefined;
      headers?: Record<string, string>;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = definition.code;
    this.status = definition.status;
    this.details = options.details;
    this.headers = options.headers ?? {};
  }
}

/** A mistake in one field of the input. The rejected value is never part of it: it may be a secret. */
export interface FieldError {
  field: string;
  message: string;
}

export type ErrorDetails = FieldError[] | Record<string, unknown>;

/** 401: who you are is missing or wrong (RFC 9110 §15.5.2). */
export function unauthenticated(
  message = 'Sign in first: this needs a valid access token',
  definition: ErrorDefinition = platformErrors.UNAUTHENTICATED,
  details?: ErrorDetails,
): AppError {
  return new AppError(definition, message, { details, headers: { 'www-authenticate': 'Bearer' } });
}

/** 403: we know who you are, and you may not. */
export function forbidden(message = 'You are not allowed to do this', details?: ErrorDetails): AppError {
  return new AppError(platformErrors.FORBIDDEN, message, { details });
}

/** 404: missing, or not yours to see; the two answer alike. */
export function notFound(what: string): AppError {
  return new AppError(platformErrors.NOT_FOUND, `${what} not found`);
}

/** 422: the request is understood and wrong; every wrong field is named at once. */
export function invalid(details: FieldError[]): AppError {
  const first = details[0];
  const message =
    details.length === 1 && first
      ? `${first.field}: ${first.message}`
      : `${details.length} fields are not valid: ${details.map(d => d.field).join(', ')}`;
  return new AppError(platformErrors.VALIDATION_FAILED, message, { details });
}

/** 429: too many; `retryAfterSeconds` says when it is worth trying again. */
export function tooMany(
  message: string,
  retryAfterSeconds: number,
  definition: ErrorDefinition = platformErrors.RATE_LIMITED,
): AppError {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds));
  return new AppError(definition, message, {
    details: { retryAfterSeconds: seconds },
    headers: { 'retry-after': String(seconds) },
  });
}

/** 503: something this needs is not there right now; the same request may succeed later. */
export function unavailable(
  message: string,
  cause?: unknown,
  retryAfterSeconds = 1,
  details?: ErrorDetails,
): AppError {
  return new AppError(platformErrors.SERVICE_UNAVAILABLE, message, {
    headers: { 'retry-after': String(retryAfterSeconds) },
    details,
    cause,
  });
}
