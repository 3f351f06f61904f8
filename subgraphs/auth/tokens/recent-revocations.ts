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
 * What was announced about tokens that may still live, made again from the rows: a bus that lives in this process has
 * forgotten it with the restart, and the tokens have not.
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
      return again(sessionsRevoked, revokedAt!, data);
    }),
    ...accounts.map(({ id, roles, permissions, accessChangedAt }) => {
      const data: AccessChanged = { userId: id, roles, permissions };
      return again(accessChanged, accessChangedAt!, data);
    }),
  ];
}

function again(type: string, occurredAt: number, data: unknown): DomainEvent {
  return { id: uuidv7(occurredAt), type, version: 1, source: 'auth', occurredAt, data };
}
