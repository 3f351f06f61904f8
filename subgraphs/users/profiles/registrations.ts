import type { Database, Transaction } from '../../../platform/database/database';
import { uuidv7 } from '../../../platform/ids';
import type { Logger } from '../../../platform/observability/logger';
import type { UserActivationChanged, UserRegistered } from '../events';
import { announce, isDeleted, lockExistence, lockRoles, lockUsers } from '../roles/access';
import { indexForSearch } from '../search/search-index';
import { ProfileRow, RoleAssignmentRow } from '../tables';

export type GivenProfile = Partial<Pick<ProfileRow, 'firstName' | 'lastName' | 'phone' | 'metadata'>> & {
  assignedBy?: string;
};

/** Follows auth: every account has a profile here, with copies of what the list filters and orders by. */
export class Registrations {
  constructor(
    private readonly db: Database,
    private readonly logger: Logger,
  ) {}

  /**
   * Makes the profile, gives the roles and tells what they grant; once, even if told again under another event id. A user
   * who was deleted meanwhile stays deleted.
   *
   * @param given what somebody else says about the user, and who that is
   */
  async register(registered: UserRegistered, tx: Transaction, given: GivenProfile = {}): Promise<void> {
    const { userId, username, email, isActive, createdAt } = registered;
    const { assignedBy = null, ...said } = given;
    await lockExistence(this.db, tx, userId);
    if (await isDeleted(tx, userId)) return;
    const now = this.db.clock.now();
    const roles =
      registered.roles.length === 0 ? [] : await lockRoles(this.db, tx, { names: registered.roles }, 'read');
    if (roles.length < new Set(registered.roles).size) {
      this.logger.warn(
        { userId, roles: registered.roles },
        'A user registered with a role that is not there',
      );
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
        ...said,
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
    await announce(tx, [userId]);
  }

  /** @throws Error when the profile is not there yet, so that the event comes again */
  async noteActivation({ userId, isActive }: UserActivationChanged, tx: Transaction): Promise<void> {
    if (await isDeleted(tx, userId)) return;
    const { affected } = await tx.manager.update(ProfileRow, { userId }, { isActive });
    if (affected === 0) throw new Error(`There is no profile of user ${userId} yet`);
  }
}
