import type { Database } from '../../../platform/database/database';
import { invalid, notFound } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import { type Caller, holds, isSelfOrHolds } from '../../../platform/security/caller';
import { decisiveGrant, grants, isPermission } from '../../../platform/security/permissions';
import { ProfileRow, RoleRow } from '../tables';
import { assignmentsOf, permissionsOf, requireSignedIn } from './access';

/** A permission of a role that grants the requested permission. */
export interface Grant {
  role: RoleRow;
  grant: string;
}

export interface Explanation {
  allowed: boolean;
  /** The grant that decides; undefined when it is not allowed. */
  decidedBy: Grant | undefined;
  /** Every grant of the permission; each alone is enough. */
  grants: Grant[];
  /** By name, at most 100; empty when a grant exists, undefined without `roles:read`. */
  wouldGrant: RoleRow[] | undefined;
  reason: string;
}

const mostWouldGrant = 100;
const batch = 500;

/** Explains why a user has a permission or not. */
export class Explanations {
  constructor(private readonly db: Database) {}

  /**
   * Explains the decision from the roles in the database; existing tokens follow within a second.
   *
   * @throws AppError 401; 404 for another user without `users:read`; 422 for an invalid permission or a wildcard
   */
  async explain(caller: Caller, userId: string, permission: string): Promise<Explanation> {
    requireSignedIn(caller);
    if (!isSelfOrHolds(caller, userId, 'users:read')) throw notFound('User');
    if (!isPermission(permission) || permission.endsWith('*')) {
      const message = 'must be a permission without a wildcard, such as files:read';
      throw invalid([{ field: 'permission', message }]);
    }
    const profile = isUuid(userId) ? await this.db.read.findOneBy(ProfileRow, { userId }) : null;
    if (profile === null) throw notFound('User');
    const held = (await assignmentsOf(this.db.read, [userId])).map(each => each.role);
    const decision = decide(held, permission, profile.isActive);
    if (!holds(caller, 'roles:read')) return explanation(decision, held, permission, undefined);
    const isMissing = decision.grants.length === 0;
    return explanation(decision, held, permission, isMissing ? await this.rolesThatGrant(permission) : []);
  }

  /** Reads all roles, which are few: their permissions are a document without an index. */
  private async rolesThatGrant(permission: string): Promise<RoleRow[]> {
    const found: RoleRow[] = [];
    for (let after = ''; ; ) {
      const roles = await this.db.read
        .createQueryBuilder(RoleRow, 'role')
        .where('role.name > :after', { after })
        .orderBy('role.name')
        .limit(batch)
        .getMany();
      found.push(...roles.filter(role => decisiveGrant(role.permissions, permission) !== undefined));
      const last = roles.at(-1);
      if (last === undefined || roles.length < batch || found.length >= mostWouldGrant)
        return found.slice(0, mostWouldGrant);
      after = last.name;
    }
  }
}

interface Decision {
  isActive: boolean;
  decidedBy: Grant | undefined;
  grants: Grant[];
}

/**
 * The same decision as `caller.has`: over the sorted permissions of all roles. Of several roles with the decisive grant it is
 * the first by name.
 *
 * @param roles by name
 */
export function decide(roles: readonly RoleRow[], permission: string, isActive = true): Decision {
  const matching = roles.flatMap(role =>
    role.permissions.filter(grant => grants(grant, permission)).map(grant => ({ role, grant })),
  );
  const decisive = isActive ? decisiveGrant(permissionsOf(roles), permission) : undefined;
  return { isActive, decidedBy: matching.find(each => each.grant === decisive), grants: matching };
}

function explanation(
  { isActive, decidedBy, grants }: Decision,
  held: readonly RoleRow[],
  permission: string,
  wouldGrant: RoleRow[] | undefined,
): Explanation {
  const answer = { allowed: decidedBy !== undefined, decidedBy, grants, wouldGrant };
  if (decidedBy !== undefined) {
    const { role, grant } = decidedBy;
    const how = grant === permission ? '' : `, which covers ${permission}`;
    return { ...answer, reason: `Allowed: the role ${role.name} grants ${grant}${how}.` };
  }
  const whose =
    held.length === 0 ? 'no role is held' : `no role held (${namesOf(held)}) grants ${permission}`;
  const why = isActive ? whose : 'the account is suspended';
  return { ...answer, reason: `Not allowed: ${why}.${hint(wouldGrant)}` };
}

function hint(wouldGrant: readonly RoleRow[] | undefined): string {
  return wouldGrant === undefined || wouldGrant.length === 0
    ? ''
    : ` Granted by the ${wouldGrant.length === 1 ? 'role' : 'roles'} ${namesOf(wouldGrant)}.`;
}

const mostNamed = 10;

/** Roles that the sentence names; the data has all of them. */
function namesOf(roles: readonly RoleRow[]): string {
  const names = roles.slice(0, mostNamed).map(role => role.name);
  const more = roles.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
