import type { AppError, ErrorDetails } from '../errors';

/** The body of every REST error. */
export interface ErrorBody {
  /** A stable code, such as `EMAIL_TAKEN`. */
  error: string;
  message: string;
  details: ErrorDetails | null;
  /** RFC 3339. */
  timestamp: string;
  trace_id: string | null;
}

export function errorBody(
  error: Pick<AppError, 'code' | 'message' | 'details'>,
  traceId: string | null,
): ErrorBody {
  return {
    error: error.code,
    message: error.message,
    details: error.details ?? null,
    timestamp: new Date().toISOString(),
    trace_id: traceId,
  };
}
