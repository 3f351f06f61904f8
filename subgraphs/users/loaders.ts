import { loaderBy, loaderById, loaderOf } from '../../platform/graphql/loader';
import { isUuid } from '../../platform/ids';
import type { RequestContext } from '../../platform/service';
import type { Profiles, ShownProfile } from './profiles/profiles';
import type { Roles } from './roles/roles';
import { ProfileRow, type RoleAssignmentRow, type RoleRow } from './tables';

/** What one request has read: everything about a page of users takes one query a kind. */
export class Loaders {
  readonly profile;
  readonly role;
  /** What a user holds, by name. */
  readonly roles;

  constructor(profiles: Profiles, roles: Roles) {
    this.profile = loaderBy(
      (row: ShownProfile) => row.userId,
      ids => known(ids, each => profiles.byUserIds(each)),
    );
    this.role = loaderById(ids => known(ids, each => roles.byIds(each)));
    this.roles = loaderOf(async (ids): Promise<RoleRow[][]> => {
      const held = await roles.heldBy(ids.filter(isUuid));
      return ids.map(id => held.get(id) ?? []);
    });
  }

  /** What was read already need not be read again. @returns the user's id */
  see(row: ShownProfile | RoleAssignmentRow): string {
    if (row instanceof ProfileRow) this.profile.prime(row.userId, row);
    return row.userId;
  }

  /** After a change the request reads the user again. */
  forget(userId: string): void {
    this.profile.clear(userId);
    this.roles.clear(userId);
  }

  /** After a change to a role, which may be anybody's. */
  forgetRoles(): void {
    this.role.clearAll();
    this.roles.clearAll();
  }
}

/** References hold whatever somebody sent: what cannot be an id is not looked up. */
async function known<Row>(
  ids: readonly string[],
  fetch: (ids: readonly string[]) => Promise<Row[]>,
): Promise<Row[]> {
  const possible = ids.filter(isUuid);
  return possible.length === 0 ? [] : fetch(possible);
}

export interface UsersContext extends RequestContext {
  readonly loaders: Loaders;
}
