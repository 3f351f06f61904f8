import { In } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { invalid, notFound } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { isUuid } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { type ProfileRow, RoleAssignmentRow, type RoleRow } from '../tables';
import { assignmentsOf, eachBatchOfMembers, emitAccess, lockRoles, lockUsers } from './access';
import type { AdministratorReleases, Settle } from './administrator-releases';
import { administrator, refuseToGrantMore, requireAuthority } from './authority';
import { isRoleName, unknownRole, validRoleNames } from './role-input';

/** The roles of users. Every change emits the new access of the user in the same transaction. */
export class RoleAssignments {
  constructor(
    private readonly db: Database,
    private readonly releases: Pick<AdministratorReleases, 'run'>,
  ) {}

  /**
   * Gives a user roles, in addition to the roles that are held.
   *
   * @throws AppError 401; 403 without `users:assign-roles` or a permission that the roles grant, and for a user who holds
   * more than the caller; 404; 409 ACCESS_TOO_LARGE; 422 naming unknown roles
   */
  async assign(caller: Caller, client: Client, userId: string, names: readonly string[]): Promise<string> {
    caller.require('users:assign-roles');
    const wanted = validRoleNames(names);
    if (!isUuid(userId)) throw notFound('User');
    await this.db.transaction(async tx => {
      const roles = await this.existing(tx, wanted, 'read');
      const [profile] = await lockUsers(this.db, tx, [userId]);
      if (profile === undefined) throw notFound('User');
      await requireAuthority(tx.manager, caller, userId);
      refuseToGrantMore(
        caller,
        roles.flatMap(role => role.permissions),
      );
      const held = new Set((await assignmentsOf(tx.manager, [userId])).map(each => each.roleId));
      const added = roles.filter(role => !held.has(role.id));
      if (added.length === 0) return;
      await this.give(tx, [profile], added, caller.id);
      const cause = { actorId: caller.id, client, added: namesOf(added), removed: [] };
      await emitAccess(tx, [userId], { cause });
    });
    return userId;
  }

  /**
   * Removes roles from a user, and ignores roles that are not held.
   *
   * @throws AppError 401; 403 without `users:assign-roles`, and for a user who holds more than the caller; 404; 409
   * LAST_ADMINISTRATOR; 422 naming unknown roles; 503 when auth does not answer about an administrator
   */
  async unassign(caller: Caller, client: Client, userId: string, names: readonly string[]): Promise<string> {
    caller.require('users:assign-roles');
    const unwanted = validRoleNames(names);
    if (!isUuid(userId)) throw notFound('User');
    const by = { caller, client };
    if (unwanted.includes(administrator)) {
      // Before auth is asked: a caller without authority learns nothing from its answer.
      await requireAuthority(this.db.read, caller, userId);
      await this.releases.run(userId, (tx, settle) => this.take(tx, by, userId, unwanted, settle));
    } else await this.db.transaction(tx => this.take(tx, by, userId, unwanted, async () => []));
    return userId;
  }

  private async take(
    tx: Transaction,
    { caller, client }: { caller: Caller; client: Client },
    userId: string,
    names: readonly string[],
    settle: Settle,
  ): Promise<void> {
    const roles = await this.existing(tx, names, 'read');
    const [profile] = await lockUsers(this.db, tx, [userId]);
    if (profile === undefined) throw notFound('User');
    await requireAuthority(tx.manager, caller, userId);
    const releases = await settle(tx);
    const held = new Set((await assignmentsOf(tx.manager, [userId])).map(each => each.roleId));
    const removed = roles.filter(role => held.has(role.id));
    if (removed.length === 0 && releases.length === 0) return;
    await tx.manager.delete(RoleAssignmentRow, { userId, roleId: In(removed.map(role => role.id)) });
    const cause = { actorId: caller.id, client, added: [], removed: namesOf(removed) };
    await emitAccess(tx, [userId], { releases, cause });
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
  async moveMembers(
    { caller, client }: { caller: Caller; client: Client },
    tx: Transaction,
    from: RoleRow,
    to: string,
  ): Promise<void> {
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
      const cause = { actorId: caller.id, client, added: [target!.name], removed: [from.name] };
      await emitAccess(tx, idsOf(members), { cause });
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

function namesOf(roles: readonly RoleRow[]): string[] {
  return roles.map(role => role.name);
}

function idsOf(profiles: readonly ProfileRow[]): string[] {
  return profiles.map(profile => profile.userId);
}
