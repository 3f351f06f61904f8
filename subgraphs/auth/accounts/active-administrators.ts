import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { AppError, platformErrors } from '../../../platform/errors';
import { AccountRow, AdministratorReleaseRow } from '../tables';

/**
 * Decides, alone and under one lock, that an active administrator is left: for suspensions, and for the users service before it
 * removes the administrator role or deletes an administrator. Otherwise each service would ask its own copy at the same
 * moment, and both could be wrong.
 */
export class ActiveAdministrators {
  constructor(private readonly db: Database) {}

  /**
   * Checks that an active administrator is left without this account. Other checks wait until the transaction ends.
   *
   * @throws AppError 409 LAST_ADMINISTRATOR
   */
  async requireAnother(tx: Transaction, accountId: string): Promise<void> {
    if (this.db.kind === 'postgres') {
      await tx.manager.query("SELECT pg_advisory_xact_lock(hashtext('plinth administrators'))");
    }
    const counted = await tx.manager
      .createQueryBuilder(AccountRow, 'account')
      .where('account.isAdministrator = :yes AND account.isActive = :yes', { yes: true })
      .andWhere('NOT EXISTS (SELECT 1 FROM administrator_releases r WHERE r.account_id = account.id)')
      .limit(2)
      .getMany();
    if (counted.length === 1 && counted[0]!.id === accountId) {
      throw new AppError(
        platformErrors.LAST_ADMINISTRATOR,
        'No active administrator would be left: make another user an administrator first',
      );
    }
  }

  /**
   * A command of the users service, which is about to remove the role. The account does not count as an administrator until an
   * event of the users service ends the release (AccountAccess.apply). A repeated command changes nothing.
   *
   * @throws AppError 409 LAST_ADMINISTRATOR
   */
  async release({ releaseId, userId }: { releaseId: string; userId: string }): Promise<void> {
    await this.db.transaction(async tx => {
      await this.requireAnother(tx, userId);
      await tx.manager
        .createQueryBuilder()
        .insert()
        .into(AdministratorReleaseRow)
        .values({ id: releaseId, accountId: userId, createdAt: this.db.clock.now() })
        .orIgnore()
        .execute();
    });
  }
}
