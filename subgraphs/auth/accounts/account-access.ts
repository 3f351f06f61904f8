import { In } from 'typeorm';
import type { Clock } from '../../../platform/clock';
import type { Transaction } from '../../../platform/database/transaction';
import { type AccessChanged, accessChanged } from '../../../platform/security/access-events';
import type { UserRolesChanged } from '../events';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import { AccountRow, AdministratorReleaseRow } from '../tables';
import { administratorRole } from './account-rows';

/** Keeps the copies of roles and permissions that access tokens carry. The users service owns them. */
export class AccountAccess {
  constructor(private readonly clock: Clock) {}

  /**
   * Stores the new access for future tokens, and emits `access.changed` for the servers that verify existing tokens.
   *
   * @param publishedAt an older event that arrives late changes nothing; the trail says this moment too
   */
  async apply(
    { changes, releases, cause }: UserRolesChanged,
    publishedAt: number,
    tx: Transaction,
  ): Promise<void> {
    if (releases !== undefined && releases.length > 0) {
      await tx.manager.delete(AdministratorReleaseRow, { id: In(releases) });
    }
    // Rows are always locked in the same order, so that two events cannot deadlock.
    const ordered = [...changes].sort((a, b) => (a.userId < b.userId ? -1 : 1));
    for (const { userId, roles, permissions } of ordered) {
      if (cause !== undefined) await this.recordChange(tx, userId, cause, publishedAt);
      const { affected } = await tx.manager
        .createQueryBuilder()
        .update(AccountRow)
        .set({
          roles,
          permissions,
          isAdministrator: roles.includes(administratorRole),
          accessChangedAt: this.clock.now(),
          accessPublishedAt: publishedAt,
          version: () => 'version + 1',
        })
        .where('id = :userId AND (access_told_at IS NULL OR access_told_at <= :publishedAt)', {
          userId,
          publishedAt,
        })
        .execute();
      if (affected === 0) continue;
      const data: AccessChanged = { userId, roles, permissions };
      await tx.emit({ type: accessChanged, data });
    }
  }

  private async recordChange(
    tx: Transaction,
    accountId: string,
    { actorId, client, added, removed }: NonNullable<UserRolesChanged['cause']>,
    changedAt: number,
  ): Promise<void> {
    await recordSecurityEvent(tx, changedAt, {
      accountId,
      type: SecurityEventType.ROLES_CHANGED,
      client,
      ...(actorId === accountId ? {} : { actorId }),
      details: { added, removed },
    });
  }
}
