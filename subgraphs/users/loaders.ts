import { loaderBy, loaderById, loaderOfMany } from '../../platform/loader';
import type { RequestContext } from '../../platform/service';
import type { Profiles } from './profiles';
import type { Roles } from './roles';
import type { ProfileRow, RoleAssignmentRow } from './tables';

/** What one request has read: everything about a page of users takes one query a kind. */
export class Loaders {
  readonly profile;
  readonly assignments;
  readonly role;

  constructor(profiles: Profiles, roles: Roles) {
    this.profile = loaderBy(
      (row: ProfileRow) => row.userId,
      ids => profiles.byUserIds(ids),
    );
    this.assignments = loaderOfMany(
      (row: RoleAssignmentRow) => row.userId,
      ids => roles.assignmentsOf(ids),
    );
    this.role = loaderById(ids => roles.byIds(ids));
  }

  /** After a change the request reads the user again. */
  forget(userId: string): void {
    this.profile.clear(userId);
    this.assignments.clear(userId);
  }

  /** After a change to a role, which may be anybody's. */
  forgetRoles(): void {
    this.role.clearAll();
    this.assignments.clearAll();
  }
}

export interface UsersContext extends RequestContext {
  readonly loaders: Loaders;
}
