import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { uuidv7 } from '../../../platform/ids';
import type { Logger } from '../../../platform/observability/logger';
import type { UserActivationChanged, UserRegistered } from '../events';
import { emitAccess, isDeleted, lockRoles, lockUserId, lockUsers } from '../roles/access';
import { indexForSearch } from '../search/search-index';
import { ProfileRow, RoleAssignmentRow } from '../tables';

export type GivenProfile = Partial<
  Pick<ProfileRow, 'firstName' | 'lastName' | 'phone' | 'locale' | 'timeZone' | 'metadata'>
> & {
  assignedBy?: string;
};

/** Creates a profile for every account of auth, with copies of the fields by which the list filters and orders. */
export class Registrations {
  constructor(
    private readonly db: Database,
    private readonly logger: Logger,
  ) {}

  /**
   * Creates the profile, assigns the roles and emits the access. A repeated call changes nothing, and a deleted user is not
   * created again.
   *
   * @param given the input of the caller who creates the user
   */
  async register(registered: UserRegistered, tx: Transaction, given: GivenProfile = {}): Promise<void> {
    const { userId, username, email, isActive, createdAt } = registered;
    const { assignedBy = null, ...fields } = given;
    await lockUserId(this.db, tx, userId);
    if (await isDeleted(tx, userId)) return;
    const now = this.db.clock.now();
    const roles =
      registered.roles.length === 0 ? [] : await lockRoles(this.db, tx, { names: registered.roles }, 'read');
    if (roles.length < new Set(registered.roles).size) {
      this.logger.warn({ userId, roles: registered.roles }, 'A user was registered with an unknown role');
    }
    const usernameKey = username.toLowerCase();
    await tx.manager
      .createQueryBuilder()
      .insert()
      .into(ProfileRow)
      .values({
        id: uuidv7(now),
        userId,
        username,
        usernameKey,
        email,
        isActive,
        createdAt,
        metadata: {},
        ...fields,
        version: 1,
        updatedAt: now,
      })
      .orIgnore()
      .execute();
    const [profile] = await lockUsers(this.db, tx, [userId]);
    await indexForSearch(this.db, tx, profile!);
    if (roles.length > 0) {
      await tx.manager
        .createQueryBuilder()
        .insert()
        .into(RoleAssignmentRow)
        .values(
          roles.map(role => ({
            userId,
            roleId: role.id,
            createdAt,
            usernameKey,
            assignedAt: now,
            assignedBy,
          })),
        )
        .orIgnore()
        .execute();
    }
    await emitAccess(tx, [userId]);
  }

  /** @throws Error when the profile does not exist yet, so that the event is delivered again */
  async applyActivation({ userId, isActive }: UserActivationChanged, tx: Transaction): Promise<void> {
    if (await isDeleted(tx, userId)) return;
    const { affected } = await tx.manager.update(ProfileRow, { userId }, { isActive });
    if (affected === 0) throw new Error(`There is no profile of user ${userId} yet`);
  }
}
