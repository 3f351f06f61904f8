import type { Database } from './database/database';
import { AccountAccessRow } from './database/platform-tables';
import type { Transaction } from './database/transaction';
import type { DomainEvent } from './events/event-bus';
import type { TransactionalHandler } from './events/outbox';
import {
  type AccessChanged,
  accessChanged,
  type UserActivationChanged,
  type UserDeletionRequested,
  userActivationChanged,
  userDeletionRequested,
} from './security/access-events';
import { inCommon } from './security/permissions';

/**
 * The rule for whatever acts later in the name of a user: share links, scheduled messages, jobs. It may do what was delegated
 * to it, as far as the user may do that *now*, and nothing while the account is suspended or after its deletion. API keys
 * follow the same rule (`inCommon`), with auth's own rows; links that end with a session are `SessionLinks`.
 *
 * The service keeps a copy of what changed in the access of users, from events. A user without a row has had no change since
 * the service exists, so what was checked at the delegation still holds.
 */
export class Delegations {
  constructor(private readonly db: Database) {}

  /** Adds the handlers of this copy to those of the service, for `context.consume`. */
  withHandlers(
    handlers: Readonly<Record<string, TransactionalHandler>>,
  ): Record<string, TransactionalHandler> {
    const also =
      (type: string, own: TransactionalHandler): TransactionalHandler =>
      async (event, tx) => {
        await own(event, tx);
        await handlers[type]?.(event, tx);
      };
    return {
      ...handlers,
      [accessChanged]: also(accessChanged, (event, tx) => this.applyAccess(event, tx)),
      [userActivationChanged]: also(userActivationChanged, (event, tx) => this.applyActivation(event, tx)),
      [userDeletionRequested]: also(userDeletionRequested, async (event, tx) => {
        const { userId } = event.data as UserDeletionRequested;
        await tx.manager.delete(AccountAccessRow, { userId });
      }),
    };
  }

  /**
   * The part of these permissions that the user has now; null while the account is suspended.
   *
   * @param delegated the permissions that the user had at the delegation and gave to it; none for the user's own data
   */
  async permissionsOf(userId: string, delegated: readonly string[]): Promise<string[] | null> {
    const [row] = await this.db.rows(AccountAccessRow, 'WHERE user_id = ?', [userId]);
    if (row === undefined) return [...delegated];
    if (!row.isActive) return null;
    return row.permissions === null ? [...delegated] : inCommon(delegated, row.permissions);
  }

  async isActive(userId: string): Promise<boolean> {
    return (await this.permissionsOf(userId, [])) !== null;
  }

  private async applyAccess({ data, occurredAt }: DomainEvent, tx: Transaction): Promise<void> {
    const { userId, permissions } = data as AccessChanged;
    await this.insertMissing(userId, tx);
    await tx.manager
      .createQueryBuilder()
      .update(AccountAccessRow)
      .set({ permissions, permissionsAt: occurredAt })
      // An older event that arrives late changes nothing.
      .where('userId = :userId AND permissionsAt <= :occurredAt', { userId, occurredAt })
      .execute();
  }

  private async applyActivation({ data, occurredAt }: DomainEvent, tx: Transaction): Promise<void> {
    const { userId, isActive } = data as UserActivationChanged;
    await this.insertMissing(userId, tx);
    await tx.manager
      .createQueryBuilder()
      .update(AccountAccessRow)
      .set({ isActive, activeAt: occurredAt })
      .where('userId = :userId AND activeAt <= :occurredAt', { userId, occurredAt })
      .execute();
  }

  private async insertMissing(userId: string, tx: Transaction): Promise<void> {
    await tx.manager
      .createQueryBuilder()
      .insert()
      .into(AccountAccessRow)
      .values({ userId, isActive: true, permissions: null, permissionsAt: 0, activeAt: 0 })
      .orIgnore()
      .execute();
  }
}
