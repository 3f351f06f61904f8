import { LRUCache } from 'lru-cache';
import type { Database } from './database/database';
import { AccountAccessRow, DelegatingKeyRow } from './database/platform-tables';
import type { Transaction } from './database/transaction';
import type { DomainEvent } from './events/event-bus';
import type { TransactionalHandler } from './events/outbox';
import {
  type AccessChanged,
  type ApiKeyRevoked,
  accessChanged,
  apiKeyRevoked,
  type UserActivationChanged,
  type UserDeletionRequested,
  userActivationChanged,
  userDeletionRequested,
} from './security/access-events';
import type { Caller } from './security/caller';
import { inCommon } from './security/permissions';

/**
 * The rule for whatever acts later in the name of a caller: share links, signed links, scheduled messages, jobs. It may do what was
 * delegated to it, as far as its maker may do that *now*: a user with these permissions and an active account; an API key that is not
 * revoked and has not expired, of such a user. Links that end with a session are `SessionLinks`.
 *
 * The service keeps a copy of what changed, from events. A user without a row has had no change since the service exists, so what was
 * checked at the delegation still holds.
 */
export class Delegations {
  /** Keys whose rows are stored. */
  private readonly stored = new LRUCache<string, true>({ max: 1_000 });

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
      [apiKeyRevoked]: also(apiKeyRevoked, (event, tx) => this.applyRevocation(event, tx)),
      [userDeletionRequested]: also(userDeletionRequested, async (event, tx) => {
        const { userId } = event.data as UserDeletionRequested;
        await tx.manager.delete(AccountAccessRow, { userId });
        await tx.manager.update(DelegatingKeyRow, { userId }, { userId: null, isRevoked: true });
      }),
    };
  }

  /** Call it before something is stored or signed that will act in the name of the caller. */
  async remember(caller: Caller): Promise<void> {
    if (caller.kind !== 'service' || this.stored.has(caller.id)) return;
    const { id: keyId, onBehalfOf: userId, expiresAt } = caller;
    const facts = { userId, expiresAt: expiresAt === undefined ? null : expiresAt * 1000 };
    await this.db.transaction(tx => this.insertKey({ keyId, ...facts, isRevoked: false }, tx));
    this.stored.set(keyId, true);
  }

  /**
   * The part of these permissions that the maker has now; null for one that may do nothing any more.
   *
   * @param makerId the user or API key
   * @param delegated the permissions that the maker had at the delegation and gave to it; none for the user's own data
   */
  async permissionsOf(makerId: string, delegated: readonly string[]): Promise<string[] | null> {
    return (await this.permissionsOfAll([makerId], delegated)).get(makerId) ?? null;
  }

  /** The same for many makers, in two queries. */
  async permissionsOfAll(
    makerIds: readonly string[],
    delegated: readonly string[],
  ): Promise<Map<string, string[] | null>> {
    if (makerIds.length === 0) return new Map();
    const keys = await this.db.rows(DelegatingKeyRow, 'WHERE key_id IN (??)', [makerIds]);
    const keyOf = new Map(keys.map(key => [key.keyId, key]));
    const userOf = (makerId: string) => keyOf.get(makerId)?.userId ?? makerId;
    const users = await this.db.rows(AccountAccessRow, 'WHERE user_id IN (??)', [
      [...new Set(makerIds.map(userOf))],
    ]);
    const accessOf = new Map(users.map(user => [user.userId, user]));
    const now = this.db.clock.now();
    return new Map(
      makerIds.map(makerId => {
        const [key, access] = [keyOf.get(makerId), accessOf.get(userOf(makerId))];
        const isOver = key !== undefined && (key.isRevoked || (key.expiresAt ?? now + 1) <= now);
        if (isOver || access?.isActive === false) return [makerId, null];
        const held = access?.permissions;
        return [makerId, held == null ? [...delegated] : inCommon(delegated, held)];
      }),
    );
  }

  async isActive(makerId: string): Promise<boolean> {
    return (await this.permissionsOf(makerId, [])) !== null;
  }

  private async applyRevocation({ data }: DomainEvent, tx: Transaction): Promise<void> {
    const { keyId } = data as ApiKeyRevoked;
    await this.insertKey({ keyId, userId: null, expiresAt: null, isRevoked: true }, tx);
    await tx.manager.update(DelegatingKeyRow, { keyId }, { isRevoked: true });
  }

  private async insertKey(row: DelegatingKeyRow, tx: Transaction): Promise<void> {
    await tx.manager.createQueryBuilder().insert().into(DelegatingKeyRow).values(row).orIgnore().execute();
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
