import type { Database } from '../../../platform/database/database';
import { foreignKeyViolation, uniqueViolation } from '../../../platform/database/driver-errors';
import { KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, notFound, platformErrors } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { isUuid, uuidv7 } from '../../../platform/ids';
import { type Caller, holds } from '../../../platform/security/caller';
import { usersErrors } from '../errors';
import { type RoleChanged, roleChanged } from '../events';
import { type ProfileRow, RoleAssignmentRow, RoleRow } from '../tables';
import { eachBatchOfMembers, emitAccess, lockRoles, visibleUsers } from './access';
import { administrator, refuseToGrantMore } from './authority';
import type { RoleAssignments } from './role-assignments';
import { type NewRole, type RolePatch, validNewRole, validRolePatch } from './role-input';

/** There are fewer roles than members, so each role is read once, with the ids of its members in one text. */
const withHolders = `JOIN (SELECT role_id, string_agg(user_id, ',') AS ids FROM role_assignments
  WHERE user_id IN (??) GROUP BY role_id) holders ON holders.role_id = roles.id`;

const byName = new KeysetList(RoleRow, [
  { property: 'name', type: 'text', direction: 'ASC' },
  { property: 'id', type: 'text', direction: 'ASC' },
]);

/**
 * Roles. The transaction of each change emits it for the trail of security events, and the new access of the members when
 * permissions change.
 */
export class Roles {
  constructor(
    private readonly db: Database,
    private readonly assignments: Pick<RoleAssignments, 'moveMembers'>,
  ) {}

  /** By name. @throws AppError 401 and 403 without roles:read, 422 for a size or cursor that is not valid */
  async list(caller: Caller, page: PageRequest): Promise<Page<RoleRow>> {
    caller.require('roles:read');
    return byName.page(this.db, [], page);
  }

  /** @throws AppError 401 and 403 without roles:read */
  async find(caller: Caller, id: string): Promise<RoleRow | null> {
    caller.require('roles:read');
    return isUuid(id) ? this.db.read.findOneBy(RoleRow, { id }) : null;
  }

  /** For a loader. Only the caller's own roles, or every role with `roles:read`. */
  async byIds(caller: Caller, ids: readonly string[]): Promise<RoleRow[]> {
    const known = ids.filter(isUuid);
    if (known.length === 0) return [];
    const rows = await this.db.rows(RoleRow, 'WHERE id IN (??)', [known]);
    return rows.filter(({ name }) => caller.roles.includes(name) || holds(caller, 'roles:read'));
  }

  /**
   * The roles of each user who holds any, by name; for a loader. Only of the caller, or of every user with `users:read`.
   */
  async heldBy(caller: Caller, userIds: readonly string[]): Promise<Map<string, RoleRow[]>> {
    const held = new Map<string, RoleRow[]>();
    const visible = visibleUsers(caller, userIds);
    if (visible.length === 0) return held;
    const roles = await this.db.rowsWith(RoleRow, 'holders.ids', withHolders, [visible]);
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
  async create(caller: Caller, client: Client, input: NewRole): Promise<RoleRow> {
    caller.require('roles:write');
    const role = validNewRole(input);
    refuseToGrantMore(caller, role.permissions);
    const row = Object.assign(new RoleRow(), {
      ...role,
      id: uuidv7(this.db.clock.now()),
      isSystem: false,
      version: 1,
    });
    await this.db
      .transaction(async tx => {
        await tx.manager.insert(RoleRow, row);
        await emitChange(tx, { caller, client }, 'created', row, { added: row.permissions });
      })
      .catch(nameTaken(role.name));
    return row;
  }

  /**
   * Changes the given fields, and emits the new access of all members of the role.
   *
   * @throws AppError 422, 404, 403 for permissions that are added and that the caller does not hold, 409
   * VERSION_CONFLICT, SYSTEM_ROLE, ROLE_NAME_TAKEN
   */
  async edit(
    caller: Caller,
    client: Client,
    id: string,
    input: RolePatch,
    version?: number | null,
  ): Promise<RoleRow> {
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
        const removed = role.permissions.filter(each => patch.permissions?.includes(each) === false);
        const regranted = added.length > 0 || removed.length > 0;
        const described = patch.description !== undefined && patch.description !== role.description;
        if (role.isSystem && renamed) throw systemRole('A role that comes with Plinth keeps its name');
        if (role.name === administrator && regranted) {
          throw systemRole('The permissions of the administrator role cannot be changed');
        }
        // Also what it grants already: who holds less may not take it from its members.
        refuseToGrantMore(caller, [...role.permissions, ...added]);
        if (!renamed && !regranted && !described) return role;
        const formerName = role.name;
        if (renamed) role.name = patch.name!;
        if (regranted) role.permissions = patch.permissions!;
        if (described) role.description = patch.description!;
        role.version += 1;
        const { name, description, permissions } = role;
        await tx.manager.update(RoleRow, { id }, { name, description, permissions, version: role.version });
        const difference = { added, removed, ...(renamed ? { formerName } : {}) };
        await emitChange(tx, { caller, client }, 'updated', role, difference);
        if (renamed || regranted) {
          await eachBatchOfMembers(this.db, tx, id, members => emitAccess(tx, idsOf(members)));
        }
        return role;
      })
      .catch(nameTaken(patch.name ?? ''));
  }

  /**
   * Removes a role that nobody holds; with `reassignTo` its holders get the role of that name instead.
   *
   * @throws AppError 404, 409 ROLE_IN_USE with the number of members, 409 SYSTEM_ROLE, 422 for an unknown `reassignTo`,
   * 403 when one of the roles grants what the caller does not hold
   */
  async remove(caller: Caller, client: Client, id: string, reassignTo?: string | null): Promise<string> {
    caller.require('roles:write');
    if (!isUuid(id)) throw notFound('Role');
    try {
      await this.db.transaction(async tx => {
        const [role] = await lockRoles(this.db, tx, { ids: [id] }, 'change');
        if (role === undefined) throw notFound('Role');
        if (role.isSystem) throw systemRole('A role that comes with Plinth cannot be deleted');
        refuseToGrantMore(caller, role.permissions);
        const members = await tx.manager.countBy(RoleAssignmentRow, { roleId: id });
        if (reassignTo == null) {
          if (members > 0) throw inUse(members);
        } else await this.assignments.moveMembers({ caller, client }, tx, role, reassignTo);
        await tx.manager.delete(RoleRow, { id });
        await emitChange(tx, { caller, client }, 'deleted', role, { removed: role.permissions });
      });
    } catch (error) {
      throw foreignKeyViolation(error) ? inUse() : error;
    }
    return id;
  }
}

async function emitChange(
  tx: Transaction,
  { caller, client }: { caller: Caller; client: Client },
  change: RoleChanged['change'],
  role: RoleRow,
  difference: Partial<Pick<RoleChanged, 'added' | 'removed' | 'formerName'>>,
): Promise<void> {
  const { id: actorId, onBehalfOf } = caller;
  const what = { change, roleId: role.id, role: role.name, added: [], removed: [], ...difference };
  const data: RoleChanged = { ...what, actorId, onBehalfOf, client };
  await tx.emit({ type: roleChanged, data });
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
