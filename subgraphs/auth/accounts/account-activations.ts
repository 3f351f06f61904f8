import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, notFound, platformErrors } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { isUuid } from '../../../platform/ids';
import { type Caller, isSelf, requireAuthorityOver } from '../../../platform/security/caller';
import {
  type AccountActivationChanged,
  accountActivationChanged,
  type UserActivationChanged,
  userActivationChanged,
} from '../events';
import { actorOf, recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import type { SessionRevocations } from '../sessions/session-revocations';
import { AccountRow } from '../tables';
import type { ApiKeys } from '../tokens/api-keys';
import { accountNotification } from './account-notifications';
import { permissionsHeldBy } from './account-rows';
import type { ActiveAdministrators } from './active-administrators';

/** Suspends accounts and reactivates them. */
export class AccountActivations {
  constructor(
    private readonly deps: {
      db: Database;
      revocations: SessionRevocations;
      apiKeys: Pick<ApiKeys, 'revokeAll'>;
      administrators: Pick<ActiveAdministrators, 'requireAnother'>;
    },
  ) {}

  /**
   * Suspends an account, ends all its sessions and revokes its API keys. Every server refuses them when it returns.
   *
   * @throws AppError 403 without `users:activate`, and for an account with more permissions than the caller; 404; 409 OWN_ACCOUNT, LAST_ADMINISTRATOR; 503 as
   * `SessionRevocations.prepare`
   */
  async deactivate(caller: Caller, userId: string, client: Client): Promise<AccountRow> {
    caller.require('users:activate');
    if (isSelf(caller, userId)) {
      throw new AppError(platformErrors.OWN_ACCOUNT, 'Nobody can suspend their own account');
    }
    const { db, revocations, apiKeys, administrators } = this.deps;
    await revocations.prepare();
    const { account, revoked } = await db.transaction(async tx => {
      const found = await this.find(tx, caller, userId);
      await administrators.requireAnother(tx, found.id);
      await this.setActive(tx, found, false, caller, client);
      await apiKeys.revokeAll(tx, found.id, actorOf(caller, found.id), client);
      return { account: found, revoked: await revocations.endAll(tx, found.id) };
    });
    await revocations.publish(revoked);
    return account;
  }

  /** Reactivates a suspended account. @throws AppError 403 as `deactivate`; 404 */
  async reactivate(caller: Caller, userId: string, client: Client): Promise<AccountRow> {
    caller.require('users:activate');
    return this.deps.db.transaction(async tx => {
      const account = await this.find(tx, caller, userId);
      await this.setActive(tx, account, true, caller, client);
      return account;
    });
  }

  private async find(tx: Transaction, caller: Caller, userId: string): Promise<AccountRow> {
    const account = isUuid(userId) ? await tx.manager.findOneBy(AccountRow, { id: userId }) : null;
    if (account === null) throw notFound('User');
    requireAuthorityOver(caller, account.id, permissionsHeldBy(account));
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
    await recordSecurityEvent(tx, this.deps.db.clock.now(), {
      accountId: account.id,
      type: isActive ? SecurityEventType.REACTIVATED : SecurityEventType.SUSPENDED,
      client,
      ...actorOf(caller, account.id),
    });
    const data: UserActivationChanged = { userId: account.id, isActive };
    await tx.emit({ type: userActivationChanged, data });
    const notice: AccountActivationChanged = {
      ...accountNotification(account, { address: '', userAgent: '' }),
      device: '',
      change: isActive ? 'reactivated' : 'suspended',
    };
    await tx.emit({ type: accountActivationChanged, data: notice });
  }
}
