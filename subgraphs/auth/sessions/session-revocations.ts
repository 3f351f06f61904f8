import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { notFound } from '../../../platform/errors';
import type { OutboxRelay } from '../../../platform/events/outbox';
import type { Client } from '../../../platform/http/client-address';
import { isUuid } from '../../../platform/ids';
import type { SessionsRevoked } from '../../../platform/security/access-events';
import { type Caller, isSelfOrHolds, requireAuthorityOver } from '../../../platform/security/caller';
import type { Revocations } from '../../../platform/security/revocations';
import { permissionsHeldBy } from '../accounts/account-rows';
import {
  actorOf,
  recordSecurityEvent,
  type SecurityEvent,
  SecurityEventType,
} from '../security-events/security-event';
import { AccountRow, SessionRow } from '../tables';
import { endSessions, liveSessions } from './session-rows';

export type RevocationScope = 'others' | 'all';

/** Ends sessions. The revocation is published to all servers, which then refuse the access tokens of the session. */
export class SessionRevocations {
  constructor(
    private readonly db: Database,
    private readonly relay: Pick<OutboxRelay, 'requireBus' | 'announce'>,
    private readonly revocations: Pick<Revocations, 'sessionsEnded'>,
  ) {}

  /**
   * Ends the caller's session, or all sessions of the caller.
   *
   * @throws AppError 503 as `prepare`
   */
  async logOut(caller: Caller, everywhere: boolean, client: Client): Promise<void> {
    const accountId = caller.requireUser();
    const event = { accountId, type: SecurityEventType.SIGNED_OUT, client };
    await this.endWhere(session => everywhere || session.id === caller.sessionId, event);
  }

  /** Ends the caller's other sessions, or all. @throws AppError 503 as `prepare` */
  async revokeMany(caller: Caller, scope: RevocationScope, client: Client): Promise<void> {
    const accountId = caller.requireUser();
    const event = { accountId, type: SecurityEventType.SESSIONS_REVOKED, client };
    await this.endWhere(session => scope === 'all' || session.id !== caller.sessionId, event);
  }

  /**
   * Ends one session: the caller's own, or any session with `sessions:revoke`.
   *
   * @throws AppError 403 for an account with more permissions than the caller; 404 for the session of somebody else; 503 as `prepare`
   */
  async revoke(caller: Caller, sessionId: string, client: Client): Promise<void> {
    if (caller.kind === 'anonymous') caller.requireUser();
    const session = isUuid(sessionId) ? await this.db.read.findOneBy(SessionRow, { id: sessionId }) : null;
    if (session === null || !isSelfOrHolds(caller, session.accountId, 'sessions:revoke')) {
      throw notFound('Session');
    }
    const { accountId } = session;
    const account = await this.db.read.findOneBy(AccountRow, { id: accountId });
    if (account !== null) requireAuthorityOver(caller, accountId, permissionsHeldBy(account));
    await this.endWhere(each => each.id === session.id, {
      accountId,
      type: SecurityEventType.SESSIONS_REVOKED,
      client,
      ...actorOf(caller, accountId),
    });
  }

  /** Ends all sessions of an account but one, in the transaction that suspends it or changes its credentials. */
  async endAll(tx: Transaction, accountId: string, exceptId?: string): Promise<SessionsRevoked> {
    const now = this.db.clock.now();
    const sessions = await liveSessions(tx.manager, accountId, now).getMany();
    return endSessions(
      tx,
      accountId,
      sessions.filter(({ id }) => id !== exceptId),
      now,
    );
  }

  /**
   * Call it before the transaction that ends sessions.
   *
   * @throws AppError 503 when the event bus does not answer: nothing was done, because other servers could not learn of it
   */
  async prepare(): Promise<void> {
    await this.relay.requireBus();
  }

  /** Call it after the commit. This server refuses the tokens at once, and all servers refuse them when it returns. */
  async publish(revoked: SessionsRevoked): Promise<void> {
    this.applyLocally(revoked);
    await this.relay.announce();
  }

  /** Call it after the commit. This server refuses the tokens at once; the relay's event reaches the other servers soon. */
  applyLocally(revoked: SessionsRevoked): void {
    if (revoked.sessionIds.length > 0) this.revocations.sessionsEnded(revoked);
  }

  private async endWhere(isSelected: (session: SessionRow) => boolean, event: SecurityEvent): Promise<void> {
    const { accountId } = event;
    await this.prepare();
    const revoked = await this.db.transaction(async tx => {
      const now = this.db.clock.now();
      const sessions = await liveSessions(tx.manager, accountId, now).getMany();
      const ended = await endSessions(tx, accountId, sessions.filter(isSelected), now);
      const { sessionIds } = ended;
      if (sessionIds.length > 0) await recordSecurityEvent(tx, now, { ...event, details: { sessionIds } });
      return ended;
    });
    await this.publish(revoked);
  }
}
