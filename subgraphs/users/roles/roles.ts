import {
  affectedRows,
  type Database,
  foreignKeyViolation,
  type Transaction,
  uniqueViolation,
} from '../../../platform/database/database';
import { keysetPage, type Page, type PageRequest } from '../../../platform/database/page';
import { AppError, forbidden, invalid, notFound, platformErrors } from '../../../platform/errors';
import { isUuid, uuidv7 } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { covers } from '../../../platform/security/permissions';
import { usersErrors } from '../errors';
import { ProfileRow, RoleAssignmentRow, RoleRow } from '../tables';
import { announce, assignmentsOf, eachBatchOfMembers, lockRoles, lockUsers } from './access';
import {
  isRoleName,
  type NewRole,
  type RolePatch,
  unknownRole,
  validNewRole,
  validRoleNames,
  validRolePatch,
} from './role-input';

/** The system role that holds `*`. Somebody active always holds it. */
export const administrator = 'administrator';

/** There are few roles beside those who hold them: each is read once, with one text of all its holders. */
const withHolders = `JOIN (SELECT role_id, string_agg(user_id, ',') AS ids FROM role_assignments
  WHERE user_id IN (??) GROUP BY role_id) holders ON holders.role_id = roles.id`;

/** Roles, and who holds them. Every change of what somebody holds is announced in the transaction that makes it. */
export class Roles {
  constructor(private readonly db: Database) {}

  /** By name. @throws AppError 401 and 403 without roles:read, 422 for a size or cursor that is not valid */
  async list(caller: Caller, page: PageRequest): Promise<Page<RoleRow>> {
    caller.require('roles:read');
    return keysetPage(
      this.db.read.createQueryBuilder(RoleRow, 'role'),
      [
        { property: 'name', type: 'text', direction: 'ASC' },
        { property: 'id', type: 'text', direction: 'ASC' },
      ],
      page,
    );
  }

  /** @throws AppError 401 and 403 without roles:read */
  async find(caller: Caller, id: string): Promise<RoleRow | null> {
    caller.require('roles:read');
    return isUuid(id) ? this.db.read.findOneBy(RoleRow, { id }) : null;
  }

  /** For loaders: asks no permission. */
  byIds(ids: readonly string[]): Promise<RoleRow[]> {
    return this.db.rows(RoleRow, 'WHERE id IN (??)', [ids]);
  }

  /** For loaders: asks no permission. The roles of each user who holds any, by name. */
  async heldBy(userIds: readonly string[]): Promise<Map<string, RoleRow[]>> {
    const held = new Map<string, RoleRow[]>();
    if (userIds.length === 0) return held;
    const roles = await this.db.rowsWith(RoleRow, 'holders.ids', withHolders, [userIds]);
    roles.sort(([one], [other]) => (one.name < other.name ? -1 : 1));
    for (const [role, holders] of roles) {
      for (const userId of (holders as string).split(',')) {
        const known = held.get(userId);
        if (known === undefined) held.set(userId, [role]);
        else known.push(role);
      }
    }
    return held;
  }

  /** @throws AppError 422, 403 for permissions that the caller does not hold, 409 ROLE_NAME_TAKEN */
  async create(caller: Caller, input: NewRole): Promise<RoleRow> {
    caller.require('roles:write');
    const role = validNewRole(input);
    refuseToGrantMore(caller, role.permissions);
    const row = Object.assign(new RoleRow(), {
      ...role,
      id: uuidv7(this.db.clock.now()),
      isSystem: false,
      version: 1,
    });
    await this.db.transaction(tx => tx.manager.insert(RoleRow, row)).catch(nameTaken(role.name));
    return row;
  }

  /**
   * Changes the fields that are given, and tells everybody's new permissions who holds the role.
   *
   * @throws AppError 422, 404, 403 for permissions that are added and that the caller does not hold, 409
   * VERSION_CONFLICT, SYSTEM_ROLE, ROLE_NAME_TAKEN
   */
  async edit(caller: Caller, id: string, input: RolePatch, version?: number | null): Promise<RoleRow> {
    caller.require('roles:write');
    const patch = validRolePatch(input);
    if (!isUuid(id)) throw notFound('Role');
    return this.db
      .transaction(async tx => {
        const [role] = await lockRoles(this.db, tx, { ids: [id] }, 'change');
        if (role === undefined) throw notFound('Role');
        if (version != null && version !== role.version) {
          throw new AppError(
            platformErrors.VERSION_CONFLICT,
            'This role was changed meanwhile: read it again',
            { details: { currentVersion: role.version } },
          );
        }
        const renamed = patch.name !== undefined && patch.name !== role.name;
        const held = new Set(role.permissions);
        const added = patch.permissions?.filter(permission => !held.has(permission)) ?? [];
        const regranted =
          patch.permissions !== undefined && (added.length > 0 || patch.permissions.length < held.size);
        const described = patch.description !== undefined && patch.description !== role.description;
        if (role.isSystem && renamed) throw systemRole('A role that comes with Plinth keeps its name');
        if (role.name === administrator && regranted) {
          throw systemRole('The permissions of the administrator role cannot be changed');
        }
        refuseToGrantMore(caller, added);
        if (!renamed && !regranted && !described) return role;
        if (renamed) role.name = patch.name!;
        if (regranted) role.permissions = patch.permissions!;
        if (described) role.description = patch.description!;
        role.version += 1;
        const { name, description, permissions } = role;
        await tx.manager.update(RoleRow, { id }, { name, description, permissions, version: role.version });
        if (renamed || regranted) {
          await eachBatchOfMembers(this.db, tx, id, members => announce(tx, idsOf(members)));
        }
        return role;
      })
      .catch(nameTaken(patch.name ?? ''));
  }

  /**
   * Removes a role that nobody holds; with `reassignTo` its holders get the role of that name instead.
   *
   * @throws AppError 404, 409 ROLE_IN_USE with the number of members, 409 SYSTEM_ROLE, 422 for an unknown `reassignTo`,
   * 403 when that grants what the caller does not hold
   */
  async remove(caller: Caller, id: string, reassignTo?: string | null): Promise<string> {
    caller.require('roles:write');
    if (!isUuid(id)) throw notFound('Role');
    try {
      await this.db.transaction(async tx => {
        const [role] = await lockRoles(this.db, tx, { ids: [id] }, 'change');
        if (role === undefined) throw notFound('Role');
        if (role.isSystem) throw systemRole('A role that comes with Plinth cannot be deleted');
        const members = await tx.manager.countBy(RoleAssignmentRow, { roleId: id });
        if (reassignTo == null) {
          if (members > 0) throw inUse(members);
        } else await this.moveMembers(caller, tx, role, reassignTo);
        await tx.manager.delete(RoleRow, { id });
      });
    } catch (error) {
      throw foreignKeyViolation(error) ? inUse() : error;
    }
    return id;
  }

  /**
   * Gives roles; those already held stay.
   *
   * @throws AppError 401 and 403 without users:assign-roles, 422 naming unknown roles, 404, 403 when a role grants what
   * the caller does not hold
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
      await announce(tx, [userId]);
    });
    return userId;
  }

  /**
   * Takes roles away; those not held are no mistake.
   *
   * @throws AppError 401 and 403 without users:assign-roles, 422 naming unknown roles, 404, 409 LAST_ADMINISTRATOR
   */
  async unassign(caller: Caller, userId: string, names: readonly string[]): Promise<string> {
    caller.require('users:assign-roles');
    const unwanted = validRoleNames(names);
    if (!isUuid(userId)) throw notFound('User');
    await this.db.transaction(async tx => {
      // Of two who remove the last two administrators at once, the second waits here and then sees the first one's deed.
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
      await announce(tx, [userId]);
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

  private async moveMembers(caller: Caller, tx: Transaction, from: RoleRow, to: string): Promise<void> {
    if (!isRoleName(to)) throw invalid([unknownRole('reassignTo', to)]);
    if (to === from.name) {
      throw invalid([{ field: 'reassignTo', message: 'must be another role than the one that goes' }]);
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
      await announce(tx, idsOf(members));
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

/** Asked about the administrator role after somebody lost it. @throws AppError 409 LAST_ADMINISTRATOR */
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
      'Nobody active would be an administrator any more: make somebody else one first',
    );
  }
}

/** Nobody gives what they do not hold themselves: not to others, not to a role that they may have. */
export function refuseToGrantMore(caller: Caller, permissions: readonly string[]): void {
  const missing = [...new Set(permissions)].filter(permission => !covers(caller.permissions, permission));
  if (missing.length > 0) {
    throw forbidden('Nobody grants permissions that they do not hold themselves', {
      missing: missing.sort(),
    });
  }
}

function idsOf(profiles: readonly ProfileRow[]): string[] {
  return profiles.map(profile => profile.userId);
}

function systemRole(message: string): AppError {
  return new AppError(usersErrors.SYSTEM_ROLE, message);
}

function inUse(members?: number): AppError {
  return new AppError(
    usersErrors.ROLE_IN_USE,
    'Somebody holds this role: name the one they get instead as reassignTo',
    members === undefined ? {} : { details: { members } },
  );
}

function nameTaken(name: string): (error: unknown) => never {
  return error => {
    if (uniqueViolation(error)?.includes('name'))
      throw new AppError(usersErrors.ROLE_NAME_TAKEN, `There is a role named ${name} already`);
    throw error;
  };
}
