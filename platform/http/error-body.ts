import type { AppError, ErrorDetails } from '../errors';
import { snakeCase } from './rest-names';

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
    details: withSnakeCase(error.details),
    timestamp: new Date().toISOString(),
    trace_id: traceId,
  };
}

/** REST names everything in snake_case; the details of an error have the names of GraphQL. */
function withSnakeCase(details: ErrorDetails | undefined): ErrorDetails | null {
  if (details === undefined || Array.isArray(details)) return details ?? null;
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [snakeCase(name), value]));
}
