import { loaderBy, loaderById, loaderOf } from '../../platform/graphql/loader';
import type { Caller } from '../../platform/security/caller';
import type { RequestContext } from '../../platform/service';
import type { Profiles, ShownProfile } from './profiles/profiles';
import type { Roles } from './roles/roles';
import { ProfileRow, type RoleAssignmentRow, type RoleRow } from './tables';

/** The loaders of one request. The domain leaves out the rows that the caller may not read. */
export class Loaders {
  /** The profile of a user. */
  readonly profile;
  /** A profile by its own id. */
  readonly profileById;
  readonly role;
  /** The roles of a user, by name. */
  readonly roles;

  constructor({ profiles, roles }: { profiles: Profiles; roles: Roles }, caller: Caller) {
    this.profile = loaderBy(
      (row: ShownProfile) => row.userId,
      ids => profiles.byUserIds(caller, ids),
    );
    this.profileById = loaderById(ids => profiles.byIds(caller, ids));
    this.role = loaderById(ids => roles.byIds(caller, ids));
    this.roles = loaderOf(async (ids): Promise<RoleRow[][]> => {
      const held = await roles.heldBy(caller, ids);
      return ids.map(id => held.get(id) ?? []);
    });
  }

  /** Keeps a profile of a list, so that its fields need no second query. @returns the user's id */
  prime(row: ShownProfile | RoleAssignmentRow): string {
    if (row instanceof ProfileRow) this.profile.prime(row.userId, row);
    return row.userId;
  }

  /** Call it after a change of the user: the answer then reads it again. */
  clear(userId: string): void {
    this.profile.clear(userId);
    this.roles.clear(userId);
  }

  /** Call it after a change of a role: any user may hold it. */
  clearRoles(): void {
    this.role.clearAll();
    this.roles.clearAll();
  }
}

export interface UsersContext extends RequestContext {
  readonly loaders: Loaders;
}
