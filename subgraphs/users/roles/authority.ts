import type { Transaction } from '../../../platform/database/transaction';
import { forbidden } from '../../../platform/errors';
import { type Caller, requireAuthorityOver } from '../../../platform/security/caller';
import { covers } from '../../../platform/security/permissions';
import { assignmentsOf, permissionsOf } from './access';

/** The system role that grants `*`. At least one active user always holds it. */
export const administrator = 'administrator';

/** @throws AppError 403 for a user who holds more permissions than the caller */
export async function requireAuthority(
  manager: Transaction['manager'],
  caller: Caller,
  userId: string,
): Promise<void> {
  const roles = (await assignmentsOf(manager, [userId])).map(each => each.role);
  requireAuthorityOver(caller, userId, permissionsOf(roles));
}

/** A caller grants, and takes away, only permissions that they hold. @throws AppError 403 with the `missing` permissions */
export function refuseToGrantMore(caller: Caller, permissions: readonly string[]): void {
  const missing = [...new Set(permissions)].filter(permission => !covers(caller.permissions, permission));
  if (missing.length > 0) {
    throw forbidden('Nobody grants permissions that they do not hold themselves', {
      missing: missing.sort(),
    });
  }
}
