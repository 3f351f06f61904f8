import { In, IsNull, type SelectQueryBuilder } from 'typeorm';
import type { Transaction } from '../../../platform/database/transaction';
import { type SessionsRevoked, sessionsRevoked } from '../../../platform/security/access-events';
import { SessionRow } from '../tables';

/** The sessions of an account that have neither ended nor expired. */
export function liveSessions(
  manager: Transaction['manager'],
  accountId: string,
  now: number,
): SelectQueryBuilder<SessionRow> {
  return manager
    .createQueryBuilder(SessionRow, 'session')
    .where('session.accountId = :accountId AND session.revokedAt IS NULL AND session.expiresAt > :now', {
      accountId,
      now,
    });
}

/** Ends these sessions and emits the event for all servers. The caller publishes it after the commit. */
export async function endSessions(
  tx: Transaction,
  accountId: string,
  sessions: readonly SessionRow[],
  now: number,
): Promise<SessionsRevoked> {
  const revoked: SessionsRevoked = { userId: accountId, sessionIds: sessions.map(({ id }) => id) };
  if (sessions.length > 0) {
    await tx.manager.update(
      SessionRow,
      { id: In(revoked.sessionIds), revokedAt: IsNull() },
      { revokedAt: now },
    );
    await tx.emit({ type: sessionsRevoked, data: revoked });
  }
  return revoked;
}
