import { affectedRows, type Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { invalid, notFound } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { type ProfileRow, RoleAssignmentRow, type RoleRow } from '../tables';
import { assignmentsOf, eachBatchOfMembers, emitAccess, lockRoles, lockUsers } from './access';
import { administrator, refuseToGrantMore, requireActiveMember } from './authority';
import { isRoleName, unknownRole, validRoleNames } from './role-input';

/** The roles of users. Every change emits the new access of the user in the same transaction. */
export class RoleAssignments {
  constructor(private readonly db: Database) {}

  /**
   * Gives a user roles, in addition to the roles that are held.
   *
   * @throws AppError 401, 403 without `users:assign-roles` or a permission that the roles grant; 404; 409 ACCESS_TOO_LARGE;
   * 422 naming unknown roles
   */
  async assign(caller: Caller, userId: string, names: readonly string[]): Promise<string> {
    caller.require('users:assign-roles');
    const wanted = validRoleNames(names);
    if (!isUuid(userId)) throw notFound('User');
    await this.db.transaction(async tx => {
      const roles = await this.existing(tx, wanted, 'read');
      const [profile] = await lockUsers(this.db, tx, [userId]);
      if (profile === undefined) throw notFound('User');
      refuseToGrantMore(
        caller,
        roles.flatMap(role => role.permissions),
      );
      const held = new Set((await assignmentsOf(tx.manager, [userId])).map(each => each.roleId));
      const added = roles.filter(role => !held.has(role.id));
      if (added.length === 0) return;
      await this.give(tx, [profile], added, caller.id);
      await emitAccess(tx, [userId]);
    });
    return userId;
  }

  /**
   * Removes roles from a user, and ignores roles that are not held.
   *
   * @throws AppError 401, 403 without `users:assign-roles`; 404; 409 LAST_ADMINISTRATOR; 422 naming unknown roles
   */
  async unassign(caller: Caller, userId: string, names: readonly string[]): Promise<string> {
    caller.require('users:assign-roles');
    const unwanted = validRoleNames(names);
    if (!isUuid(userId)) throw notFound('User');
    await this.db.transaction(async tx => {
      // The lock lets a concurrent removal of the last two administrators see this one.
      const roles = await this.existing(tx, unwanted, unwanted.includes(administrator) ? 'change' : 'read');
      const [profile] = await lockUsers(this.db, tx, [userId]);
      if (profile === undefined) throw notFound('User');
      const removed = affectedRows(
        await tx.manager
          .createQueryBuilder()
          .delete()
          .from(RoleAssignmentRow)
          .where('userId = :userId AND roleId IN (:...ids)', { userId, ids: roles.map(role => role.id) })
          .execute(),
      );
      if (removed === 0) return;
      const administrators = roles.find(role => role.name === administrator);
      if (administrators !== undefined) await requireActiveMember(tx, administrators.id);
      await emitAccess(tx, [userId]);
    });
    return userId;
  }

  private async existing(
    tx: Transaction,
    names: readonly string[],
    purpose: 'read' | 'change',
    field = 'roles',
  ): Promise<RoleRow[]> {
    const roles = await lockRoles(this.db, tx, { names }, purpose);
    const known = new Set(roles.map(role => role.name));
    const mistakes = names.filter(name => !known.has(name)).map(name => unknownRole(field, name));
    if (mistakes.length > 0) throw invalid(mistakes);
    return roles;
  }

  /** Gives the members of a role that is being deleted another role instead. */
  async moveMembers(caller: Caller, tx: Transaction, from: RoleRow, to: string): Promise<void> {
    if (!isRoleName(to)) throw invalid([unknownRole('reassignTo', to)]);
    if (to === from.name) {
      throw invalid([{ field: 'reassignTo', message: 'must not be the role that is deleted' }]);
    }
    const [target] = await this.existing(tx, [to], 'read', 'reassignTo');
    refuseToGrantMore(caller, target!.permissions);
    await eachBatchOfMembers(this.db, tx, from.id, async members => {
      await this.give(tx, members, [target!], caller.id);
      await tx.manager
        .createQueryBuilder()
        .delete()
        .from(RoleAssignmentRow)
        .where('roleId = :roleId AND userId IN (:...userIds)', { roleId: from.id, userIds: idsOf(members) })
        .execute();
      await emitAccess(tx, idsOf(members));
    });
  }

  private async give(
    tx: Transaction,
    profiles: readonly ProfileRow[],
    roles: readonly RoleRow[],
    assignedBy: string,
  ): Promise<void> {
    const assignedAt = this.db.clock.now();
    await tx.manager
      .createQueryBuilder()
      .insert()
      .into(RoleAssignmentRow)
      .values(
        profiles.flatMap(({ userId, createdAt, usernameKey }) =>
          roles.map(role => ({ userId, roleId: role.id, createdAt, usernameKey, assignedAt, assignedBy })),
        ),
      )
      .orIgnore()
      .execute();
  }
}

function idsOf(profiles: readonly ProfileRow[]): string[] {
  return profiles.map(profile => profile.userId);
}
