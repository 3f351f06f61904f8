import type { Database } from '../../../platform/database/database';
import type { DomainEvent } from '../../../platform/events/event-bus';
import { uuidv7 } from '../../../platform/ids';
import {
  type AccessChanged,
  accessChanged,
  type SessionsRevoked,
  sessionsRevoked,
} from '../../../platform/security/access-events';
import { longestAccessToken } from '../../../platform/security/credentials';
import { AccountRow, SessionRow } from '../tables';

/**
 * The revocation events of tokens that may not have expired, made from the rows: an in-process bus loses its events with a
 * restart.
 */
export async function recentRevocations(db: Database): Promise<DomainEvent[]> {
  const since = db.clock.now() - longestAccessToken * 1000;
  const [sessions, accounts] = await Promise.all([
    db.read
      .createQueryBuilder(SessionRow, 'session')
      .where('session.revokedAt >= :since', { since })
      .orderBy('session.revokedAt')
      .getMany(),
    db.read
      .createQueryBuilder(AccountRow, 'account')
      .where('account.accessChangedAt >= :since', { since })
      .orderBy('account.accessChangedAt')
      .getMany(),
  ]);
  return [
    ...sessions.map(({ id, accountId, revokedAt }) => {
      const data: SessionsRevoked = { userId: accountId, sessionIds: [id] };
      return eventAt(sessionsRevoked, revokedAt!, data);
    }),
    ...accounts.map(({ id, roles, permissions, accessChangedAt }) => {
      const data: AccessChanged = { userId: id, roles, permissions };
      return eventAt(accessChanged, accessChangedAt!, data);
    }),
  ];
}

function eventAt(type: string, occurredAt: number, data: unknown): DomainEvent {
  return { id: uuidv7(occurredAt), type, version: 1, source: 'auth', occurredAt, data };
}
