import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, notFound, platformErrors } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { isUuid } from '../../../platform/ids';
import { type Caller, isSelf } from '../../../platform/security/caller';
import { type UserActivationChanged, userActivationChanged } from '../events';
import { actorOf, recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import type { SessionRevocations } from '../sessions/session-revocations';
import { AccountRow } from '../tables';
import type { ApiKeys } from '../tokens/api-keys';

/** Suspends accounts and reactivates them. */
export class AccountActivations {
  constructor(
    private readonly db: Database,
    private readonly revocations: SessionRevocations,
    private readonly apiKeys: Pick<ApiKeys, 'revokeAll'>,
  ) {}

  /**
   * Suspends an account, ends all its sessions and revokes its API keys. Every server refuses them when it returns.
   *
   * @throws AppError 403 without `users:activate`; 404; 409 OWN_ACCOUNT, LAST_ADMINISTRATOR; 503 as
   * `SessionRevocations.publish`
   */
  async deactivate(caller: Caller, userId: string, client: Client): Promise<AccountRow> {
    caller.require('users:activate');
    if (isSelf(caller, userId)) {
      throw new AppError(platformErrors.OWN_ACCOUNT, 'Nobody can suspend their own account');
    }
    const { account, revoked } = await this.db.transaction(async tx => {
      const administrators = await this.lockActiveAdministrators(tx);
      const found = await this.find(tx, userId);
      if (administrators.length === 1 && administrators[0]!.id === found.id) {
        throw new AppError(platformErrors.LAST_ADMINISTRATOR, 'This is the last active administrator');
      }
      await this.setActive(tx, found, false, caller, client);
      await this.apiKeys.revokeAll(tx, found.id, caller, client);
      return { account: found, revoked: await this.revocations.endAll(tx, found.id) };
    });
    await this.revocations.publish(revoked);
    return account;
  }

  /** Reactivates a suspended account. @throws AppError 403 without `users:activate`; 404 */
  async reactivate(caller: Caller, userId: string, client: Client): Promise<AccountRow> {
    caller.require('users:activate');
    return this.db.transaction(async tx => {
      const account = await this.find(tx, userId);
      await this.setActive(tx, account, true, caller, client);
      return account;
    });
  }

  private async find(tx: Transaction, userId: string): Promise<AccountRow> {
    const account = isUuid(userId) ? await tx.manager.findOneBy(AccountRow, { id: userId }) : null;
    if (account === null) throw notFound('User');
    return account;
  }

  private async setActive(
    tx: Transaction,
    account: AccountRow,
    isActive: boolean,
    caller: Caller,
    client: Client,
  ): Promise<void> {
    const { affected } = await tx.manager
      .createQueryBuilder()
      .update(AccountRow)
      .set({ isActive, version: () => 'version + 1' })
      .where('id = :id AND is_active <> :isActive', { id: account.id, isActive })
      .execute();
    account.isActive = isActive;
    if (affected === 0) return;
    await recordSecurityEvent(tx, this.db.clock.now(), {
      accountId: account.id,
      type: isActive ? SecurityEventType.REACTIVATED : SecurityEventType.SUSPENDED,
      client,
      ...actorOf(caller, account.id),
    });
    const data: UserActivationChanged = { userId: account.id, isActive };
    await tx.emit({ type: userActivationChanged, data });
  }

  /** Locked, so that two administrators cannot suspend each other at the same time. */
  private lockActiveAdministrators(tx: Transaction): Promise<AccountRow[]> {
    const query = tx.manager
      .createQueryBuilder(AccountRow, 'account')
      .where('account.isAdministrator = :yes AND account.isActive = :yes', { yes: true })
      .orderBy('account.id');
    if (this.db.kind === 'postgres') query.setLock('pessimistic_write');
    return query.getMany();
  }
}
