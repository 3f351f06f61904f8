import type { Transaction } from '../../../platform/database/transaction';
import { AppError, forbidden, platformErrors } from '../../../platform/errors';
import type { Caller } from '../../../platform/security/caller';
import { covers } from '../../../platform/security/permissions';
import { ProfileRow, RoleAssignmentRow } from '../tables';

/** The system role that grants `*`. At least one active user always holds it. */
export const administrator = 'administrator';

/** Call it after a user has lost the administrator role. @throws AppError 409 LAST_ADMINISTRATOR */
export async function requireActiveMember(tx: Transaction, roleId: string): Promise<void> {
  const left = await tx.manager
    .createQueryBuilder(RoleAssignmentRow, 'member')
    .innerJoin(ProfileRow, 'profile', 'profile.userId = member.userId AND profile.isActive = :active', {
      active: true,
    })
    .where('member.roleId = :roleId', { roleId })
    .limit(1)
    .getOne();
  if (left === null) {
    throw new AppError(
      platformErrors.LAST_ADMINISTRATOR,
      'No active administrator would be left: make another user an administrator first',
    );
  }
}

/** A caller grants only permissions that they hold. @throws AppError 403 with the `missing` permissions */
export function refuseToGrantMore(caller: Caller, permissions: readonly string[]): void {
  const missing = [...new Set(permissions)].filter(permission => !covers(caller.permissions, permission));
  if (missing.length > 0) {
    throw forbidden('Nobody grants permissions that they do not hold themselves', {
      missing: missing.sort(),
    });
  }
}
