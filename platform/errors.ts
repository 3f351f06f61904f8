/**
 * Every failure a caller may see is an AppError: a stable code, a sentence for people, an HTTP status.
 * Anything else that is thrown is a fault of ours: it is masked as INTERNAL_ERROR and logged with its cause.
 */
export class AppError extends Error {
  readonly status: number;
  readonly details: ErrorDetails | undefined;
  /** Response headers this failure asks for, such as `Retry-After` (RFC 9110 §10.2.3). */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: string,
    message: string,
    options: {
      status?: number;
      details?: ErrorDetails | undefined;
      headers?: Record<string, string>;
      cause?: unknown;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.status = options.status ?? 400;
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
  code = 'UNAUTHENTICATED',
): AppError {
  return new AppError(code, message, { status: 401, headers: { 'www-authenticate': 'Bearer' } });
}

/** 403: we know who you are, and you may not. */
export function forbidden(message = 'You are not allowed to do this', details?: ErrorDetails): AppError {
  return new AppError('FORBIDDEN', message, { status: 403, details });
}

/** 404: missing, or not yours to see; the two answer alike. */
export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `${what} not found`, { status: 404 });
}

/** 409: the request collides with what is stored. */
export function conflict(code: string, message: string, details?: ErrorDetails): AppError {
  return new AppError(code, message, { status: 409, details });
}

/** 422: the request is understood and wrong; every wrong field is named at once. */
export function invalid(details: FieldError[]): AppError {
  const first = details[0];
  const message =
    details.length === 1 && first
      ? `${first.field}: ${first.message}`
      : `${details.length} fields are not valid: ${details.map(d => d.field).join(', ')}`;
  return new AppError('VALIDATION_FAILED', message, { status: 422, details });
}

/** 429: too many; `retryAfterSeconds` says when it is worth trying again. */
export function tooMany(message: string, retryAfterSeconds: number, code = 'RATE_LIMITED'): AppError {
  const seconds = Math.max(1, Math.ceil(retryAfterSeconds));
  return new AppError(code, message, {
    status: 429,
    details: { retryAfterSeconds: seconds },
    headers: { 'retry-after': String(seconds) },
  });
}

/** 503: something this needs is not there right now; the same request may succeed later. */
export function unavailable(message: string, cause?: unknown, retryAfterSeconds = 1): AppError {
  return new AppError('SERVICE_UNAVAILABLE', message, {
    status: 503,
    headers: { 'retry-after': String(retryAfterSeconds) },
    cause,
  });
}
