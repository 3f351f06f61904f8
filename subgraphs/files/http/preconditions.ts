import { AppError, platformErrors } from '../../../platform/errors';
import type { HttpRequest } from '../../../platform/http/request';

export interface Validators {
  /** A strong entity tag, with its quotes. */
  readonly etag: string;
  /** Milliseconds since the Unix epoch. */
  readonly modifiedAt: number;
}

/**
 * Evaluates the conditional headers in the order of RFC 9110 §13.2.2.
 *
 * @returns true when the client has this version already (304)
 * @throws AppError 412 PRECONDITION_FAILED
 */
export function isNotModified(request: HttpRequest, { etag, modifiedAt }: Validators): boolean {
  const seconds = Math.floor(modifiedAt / 1000);
  const failed = new AppError(platformErrors.PRECONDITION_FAILED, 'The file has changed');
  const ifMatch = request.header('if-match');
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, etag, false)) throw failed;
  } else {
    const since = secondsOf(request.header('if-unmodified-since'));
    if (since !== undefined && seconds > since) throw failed;
  }
  const ifNoneMatch = request.header('if-none-match');
  if (ifNoneMatch !== undefined) return matches(ifNoneMatch, etag, true);
  const since = secondsOf(request.header('if-modified-since'));
  return since !== undefined && seconds <= since;
}

/** Whether a range may be answered: without `If-Range`, or with one that names this version (RFC 9110 §13.1.5). */
export function mayAnswerRange(request: HttpRequest, { etag, modifiedAt }: Validators): boolean {
  const value = request.header('if-range');
  if (value === undefined) return true;
  if (value.includes('"')) return value === etag;
  return secondsOf(value) === Math.floor(modifiedAt / 1000);
}

function matches(header: string, etag: string, isWeak: boolean): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some(part => {
    const tag = part.trim();
    return (isWeak && tag.startsWith('W/') ? tag.slice(2) : tag) === etag;
  });
}

function secondsOf(text: string | undefined): number | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}
