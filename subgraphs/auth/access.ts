import type { Caller } from '../../platform/caller';

/** Whether the caller may see that user at all. @throws AppError 503 when revocations cannot be known */
export function maySee(caller: Caller, userId: string): boolean {
  return isSelf(caller, userId) || holds(caller, 'users:read');
}

export function isSelf(caller: Caller, userId: string): boolean {
  return caller.kind === 'user' && caller.id === userId;
}

/** Like `caller.require`, for what then looks like missing instead of forbidden. */
export function holds(caller: Caller, permission: string): boolean {
  if (!caller.has(permission)) return false;
  caller.require(permission);
  return true;
}
