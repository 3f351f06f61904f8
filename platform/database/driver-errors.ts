import { AppError, platformErrors, unavailable } from '../errors';

interface DriverError {
  code?: string;
  message?: string;
  detail?: string;
  constraint?: string;
}

function driverErrorOf(error: unknown): DriverError {
  const { driverError } = (error ?? {}) as { driverError?: DriverError };
  return driverError ?? (typeof error === 'object' && error !== null ? (error as DriverError) : {});
}

/** Network failures, and PostgreSQL's classes 08 (connection), 57P (shutdown, starting) and 53300 (too many). */
const lostConnection =
  /^(ECONN(REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|08...|57P0[1-5]|53300|25P03)$/;
const lostMessage =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable|Query read timeout|connection is not open/;

/** Throws the error a caller may see. */
export function fail(error: unknown): never {
  throw translated(error);
}

/** The AppError for a failure that is not the statement's fault; any other error as it is. */
export function translated(error: unknown): unknown {
  if (error instanceof AppError) return error;
  const { code = '', message = '' } = driverErrorOf(error);
  if (lostConnection.test(code) || lostMessage.test(message)) {
    return unavailable('The database cannot be reached right now', error);
  }
  if (code === 'SQLITE_BUSY' || code === 'SQLITE_BUSY_SNAPSHOT' || code === '57014' || code === '55P03') {
    return unavailable('The database is too busy right now', error);
  }
  if (code === 'SQLITE_FULL' || code === '53100' || code === 'ENOSPC') {
    return new AppError(platformErrors.STORAGE_FULL, 'There is no room left to store this', { cause: error });
  }
  return error;
}

/** serialization_failure and deadlock_detected: PostgreSQL rolled back, and the same work may succeed now. */
export function isConflict(error: unknown): boolean {
  const { code } = driverErrorOf(error);
  return code === '40001' || code === '40P01';
}

/**
 * The columns (in snake_case) whose uniqueness the write would have broken; undefined for any other error. For
 * expressions and partial indexes this needs the index to be made by `uniqueIndex` (migration.ts).
 */
export function uniqueViolation(error: unknown): string[] | undefined {
  const { code, message = '', constraint, detail = '' } = driverErrorOf(error);
  if (code === '23505') {
    return columnsInName(constraint) ?? columnsInKey(/^Key \((.*)\)=\(/s.exec(detail)?.[1] ?? '');
  }
  if (code !== 'SQLITE_CONSTRAINT_UNIQUE' && code !== 'SQLITE_CONSTRAINT_PRIMARYKEY') return undefined;
  const index = /failed: index '([^']+)'/.exec(message)?.[1];
  if (index !== undefined) return columnsInName(index) ?? [];
  const columns = /failed: (.+)$/.exec(message)?.[1] ?? '';
  return columns.split(', ').map(column => column.slice(column.lastIndexOf('.') + 1));
}

function columnsInName(index: string | undefined): string[] | undefined {
  const parts = index?.split('__') ?? [];
  return parts[0] === 'uq' && parts.length > 2 ? parts.slice(2) : undefined;
}

/** `lower(email), "order"` names `email` and `order`. */
function columnsInKey(key: string): string[] {
  return key.split(', ').map(part => /([a-z_][a-z0-9_]*)(?!.*\()/.exec(part)?.[1] ?? part);
}

/** Whether the write points at a row that is not there, or would leave one pointing at nothing. */
export function foreignKeyViolation(error: unknown): boolean {
  const { code } = driverErrorOf(error);
  return code === '23503' || code === 'SQLITE_CONSTRAINT_FOREIGNKEY';
}
