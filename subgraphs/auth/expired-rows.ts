import type { EntityManager, ObjectLiteral } from 'typeorm';
import type { RowClass } from '../../platform/database/data-source';
import type { Database } from '../../platform/database/database';
import { earliestIdAt } from '../../platform/ids';
import { deviceKeptMs } from './sessions/new-devices';
import {
  AccountCreationRow,
  AccountTokenRow,
  KnownDeviceRow,
  LoginChallengeRow,
  LoginThrottleRow,
  MailLimitRow,
  SecurityEventRow,
  SessionRow,
} from './tables';
import type { SigningKeys } from './tokens/signing-keys';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
/** Small enough that no sign-in waits for a batch. */
const batch = 500;
const mostBatches = 20;

/** Deletes rows that are no longer needed: ended sessions, old counters, expired links, abandoned sign-ins, old signing keys. */
export class ExpiredRows {
  constructor(
    private readonly db: Database,
    private readonly keys: Pick<SigningKeys, 'prune'>,
    private readonly securityEventRetentionDays: number,
  ) {}

  async prune(): Promise<void> {
    const now = this.db.clock.now();
    // Ended sessions are needed for an hour for recent-revocations.ts, and for the detection of reused refresh tokens.
    await this.remove(SessionRow, 'id', 'row.expiresAt < :before', { before: now - dayMs });
    await this.remove(SessionRow, 'id', 'row.revokedAt < :before', { before: now - dayMs });
    await this.remove(LoginThrottleRow, 'key', 'row.updatedAt < :before AND row.blockedUntil < :now', {
      before: now - dayMs,
      now,
    });
    await this.remove(SecurityEventRow, 'id', 'row.id < :before', {
      before: earliestIdAt(now - this.securityEventRetentionDays * dayMs),
    });
    await this.remove(KnownDeviceRow, 'id', 'row.lastSeenAt < :before', { before: now - deviceKeptMs });
    await this.remove(MailLimitRow, 'key', 'row.updatedAt < :before', { before: now - hourMs });
    await this.remove(AccountTokenRow, 'id', 'row.expiresAt < :now', { now });
    // Twice the time for which the users service asks about them.
    await this.remove(AccountCreationRow, 'creationId', 'row.createdAt < :before', {
      before: now - 2 * dayMs,
    });
    await this.remove(LoginChallengeRow, 'hash', 'row.expiresAt < :now', { now });
    await this.keys.prune();
  }

  private async remove(row: RowClass, key: string, where: string, parameters: ObjectLiteral): Promise<void> {
    for (let i = 0; i < mostBatches; i++) {
      const deleted = await this.db.transaction(tx => removeBatch(tx.manager, row, key, where, parameters));
      if (deleted < batch) return;
    }
  }
}

async function removeBatch(
  manager: EntityManager,
  row: RowClass,
  key: string,
  where: string,
  parameters: ObjectLiteral,
): Promise<number> {
  const found = await manager
    .createQueryBuilder(row, 'row')
    .select(`row.${key}`, 'key')
    .where(where, parameters)
    .limit(batch)
    .getRawMany<{ key: string }>();
  const keys = found.map(each => each.key);
  if (keys.length > 0) {
    await manager.createQueryBuilder().delete().from(row).where(`${key} IN (:...keys)`, { keys }).execute();
  }
  return keys.length;
}
