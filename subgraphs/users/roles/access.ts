import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, unauthenticated } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import { type Caller, isSelfOrHolds } from '../../../platform/security/caller';
import { usersErrors } from '../errors';
import { type UserRolesChanged, userRolesChanged } from '../events';
import { DeletionRow, ProfileRow, RoleAssignmentRow, RoleRow } from '../tables';

/** The users of one batch and of one event. */
const batchSize = 100;

/** Characters of roles and permissions together, because access tokens carry both within 8 KiB. */
const longestAccess = 4_000;

export function requireSignedIn(caller: Caller): void {
  if (caller.kind === 'anonymous') throw unauthenticated();
}

/** The users whose profile, roles and permissions the caller may read. References may hold ids that are no UUID. */
export function visibleUsers(caller: Caller, userIds: readonly string[]): string[] {
  return userIds.filter(id => isUuid(id) && isSelfOrHolds(caller, id, 'users:read'));
}

/** The permissions of all roles, sorted and without duplicates, wildcards included. */
export function permissionsOf(roles: readonly Pick<RoleRow, 'permissions'>[]): string[] {
  return [...new Set(roles.flatMap(role => role.permissions))].sort();
}

/**
 * Locks the access of these users until the transaction ends, always in the same order to avoid deadlocks. An event has the
 * complete access of a user, so concurrent changes must see each other. SQLite has one writer at a time and needs no lock.
 */
export function lockUsers(db: Database, tx: Transaction, userIds: readonly string[]): Promise<ProfileRow[]> {
  const query = tx.manager
    .createQueryBuilder(ProfileRow, 'profile')
    .where('profile.userId IN (:...userIds)', { userIds })
    .orderBy('profile.createdAt')
    .addOrderBy('profile.userId');
  if (db.kind === 'postgres') query.setLock('for_no_key_update');
  return query.getMany();
}

/**
 * Serialises the creation, deletion and export of a user until the transaction ends. It is an advisory lock, because the row
 * may not exist yet.
 */
export async function lockUserId(db: Database, tx: Transaction, userId: string): Promise<void> {
  if (db.kind === 'sqlite') return;
  await tx.manager.query("SELECT pg_advisory_xact_lock(hashtext('plinth user'), hashtext($1))", [userId]);
}

/** Whether the deletion of the user was requested. Late events about the user are then ignored. */
export function isDeleted(tx: Transaction, userId: string): Promise<boolean> {
  return tx.manager.existsBy(DeletionRow, { userId });
}

/**
 * The roles with these names or ids, locked in the order of their ids: against changes and deletion (`read`), or against
 * new assignments as well (`change`).
 */
export function lockRoles(
  db: Database,
  tx: Transaction,
  by: { names: readonly string[] } | { ids: readonly string[] },
  purpose: 'read' | 'change',
): Promise<RoleRow[]> {
  const query = tx.manager.createQueryBuilder(RoleRow, 'role').orderBy('role.id');
  if ('names' in by) query.where('role.name IN (:...names)', by);
  else query.where('role.id IN (:...ids)', by);
  if (db.kind === 'postgres') query.setLock(purpose === 'read' ? 'pessimistic_read' : 'pessimistic_write');
  return query.getMany();
}

/** The assignments of these users with their roles, by name of the role. */
export function assignmentsOf(
  manager: Transaction['manager'],
  userIds: readonly string[],
): Promise<RoleAssignmentRow[]> {
  return manager
    .createQueryBuilder(RoleAssignmentRow, 'assignment')
    .innerJoinAndSelect('assignment.role', 'role')
    .where('assignment.userId IN (:...userIds)', { userIds })
    .orderBy('role.name')
    .getMany();
}

/**
 * Emits the complete access of these users, which are locked and at most 100.
 *
 * @throws AppError 409 ACCESS_TOO_LARGE when the access of a user does not fit into an access token
 */
export async function emitAccess(
  tx: Transaction,
  userIds: readonly string[],
  more: Pick<UserRolesChanged, 'releases' | 'cause'> = {},
): Promise<void> {
  const held = new Map<string, RoleRow[]>(userIds.map(userId => [userId, []]));
  for (const { userId, role } of await assignmentsOf(tx.manager, userIds)) held.get(userId)!.push(role);
  const changes = [...held].map(([userId, roles]) => ({
    userId,
    roles: roles.map(role => role.name),
    permissions: permissionsOf(roles),
  }));
  for (const { roles, permissions } of changes) {
    if ([...roles, ...permissions].join(' ').length > longestAccess) {
      throw new AppError(
        usersErrors.ACCESS_TOO_LARGE,
        'A user would hold more roles and permissions than an access token can carry: use wildcards, or fewer roles',
      );
    }
  }
  const data: UserRolesChanged = { changes, ...more };
  await tx.emit({ type: userRolesChanged, data });
}

/** Visits all members of a role in batches, and locks each batch. */
export async function eachBatchOfMembers(
  db: Database,
  tx: Transaction,
  roleId: string,
  visit: (members: ProfileRow[]) => Promise<void>,
): Promise<void> {
  let after: { createdAt: number; userId: string } | undefined;
  for (;;) {
    const query = tx.manager
      .createQueryBuilder(RoleAssignmentRow, 'assignment')
      .where('assignment.roleId = :roleId', { roleId })
      .orderBy('assignment.createdAt')
      .addOrderBy('assignment.userId')
      .limit(batchSize);
    if (after !== undefined) {
      query.andWhere('(assignment.createdAt, assignment.userId) > (:createdAt, :userId)', after);
    }
    const assignments = await query.getMany();
    const last = assignments.at(-1);
    if (last === undefined) return;
    after = { createdAt: last.createdAt, userId: last.userId };
    await visit(
      await lockUsers(
        db,
        tx,
        assignments.map(each => each.userId),
      ),
    );
    if (assignments.length < batchSize) return;
  }
}
