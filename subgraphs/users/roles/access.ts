import type { Database, Transaction } from '../../../platform/database/database';
import { AppError, unauthenticated } from '../../../platform/errors';
import type { Caller } from '../../../platform/security/caller';
import { usersErrors } from '../errors';
import { type UserRolesChanged, userRolesChanged } from '../events';
import { DeletionRow, ProfileRow, RoleAssignmentRow, RoleRow } from '../tables';

/** How many users are changed and announced at once. */
const batchSize = 100;

/** Access tokens carry both, and no token is longer than 8 KiB. */
const longestAccess = 4_000;

export function requireSignedIn(caller: Caller): void {
  if (caller.kind === 'anonymous') throw unauthenticated();
}

/** What the roles grant together: sorted, each once, wildcards as they are. */
export function permissionsOf(roles: readonly Pick<RoleRow, 'permissions'>[]): string[] {
  return [...new Set(roles.flatMap(role => role.permissions))].sort();
}

/**
 * Locks these users' access against every other change of it, until the transaction ends. What is announced is the
 * whole of what a user holds, so two changes that did not see each other would announce two halves. Always in the same
 * order, or two changes would wait for each other. On SQLite there is one writer at a time anyway.
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
 * Whoever makes, deletes or exports this user take turns, until the transaction ends: a row that is not there yet cannot
 * be locked.
 */
export async function lockExistence(db: Database, tx: Transaction, userId: string): Promise<void> {
  if (db.kind === 'sqlite') return;
  await tx.manager.query("SELECT pg_advisory_xact_lock(hashtext('plinth user'), hashtext($1))", [userId]);
}

/** Whether the user's deletion was asked for: what is told of them late is about nobody any more. */
export function isDeleted(tx: Transaction, userId: string): Promise<boolean> {
  return tx.manager.existsBy(DeletionRow, { userId });
}

/**
 * The roles of these names or ids, locked in the order of their ids: against edits and removal (`read`), or also
 * against being given to anybody (`change`).
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

/** The assignments of these users, each with its role, by name of the role. */
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
 * Tells what these users, at most 100 and locked, hold now.
 *
 * @throws AppError 409 ACCESS_TOO_LARGE when somebody would hold more than an access token carries
 */
export async function announce(tx: Transaction, userIds: readonly string[]): Promise<void> {
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
        'With this somebody would hold more roles and permissions than an access token carries: use wildcards, or fewer roles',
      );
    }
  }
  const data: UserRolesChanged = { changes };
  await tx.emit({ type: userRolesChanged, data });
}

/** Goes through everybody who holds the role, in batches, however many they are; each batch is locked. */
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
