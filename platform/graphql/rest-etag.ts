import { createHash } from 'node:crypto';
import { AppError, platformErrors } from '../errors';
import { isObject } from '../json';

/**
 * Takes the version out of the body of an answer and makes an entity tag (RFC 9110 §8.8.3) of it: the version, and a hash of the body,
 * since the body also has fields that change without the version.
 *
 * @param path snake_case, such as `profile.version`
 * @returns undefined where the answer has no version, as while the service that owns it is down
 */
export function takeEtag(body: unknown, path: string): string | undefined {
  const names = path.split('.');
  const last = names.pop()!;
  let parent = body;
  for (const name of names) parent = isObject(parent) ? parent[name] : undefined;
  if (!isObject(parent)) return undefined;
  const version = parent[last];
  delete parent[last];
  if (typeof version !== 'number') return undefined;
  const hash = createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 16);
  return `"${version}.${hash}"`;
}

/**
 * The version that an `if-match` header names (RFC 9110 §13.1.1); undefined for any version.
 *
 * @throws AppError 412 for a tag that was never given out
 */
export function versionOf(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const version = /^"(\d{1,9})\.[\w-]{16}"$/.exec(ifMatch.trim())?.[1];
  if (version === undefined) throw preconditionFailed();
  return Number(version);
}

/** Whether an `if-none-match` header names this tag (RFC 9110 §13.1.2). */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  return (ifNoneMatch ?? '').split(',').some(tag => tag.trim().replace(/^W\//, '') === etag);
}

export function preconditionFailed(): AppError {
  return new AppError(platformErrors.PRECONDITION_FAILED, 'It has changed since the version of if-match');
}
