import { In, IsNull, MoreThan } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { platformErrors, unauthenticated } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import { uuidv7 } from '../../../platform/ids';
import { type Caller, isSelfOrHolds } from '../../../platform/security/caller';
import { accountNotification } from '../accounts/account-notifications';
import { type SignedInFromNewDevice, signedInFromNewDevice } from '../events';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import { type AccountRow, SessionRow } from '../tables';
import { isNewDevice } from './new-devices';
import { endSessions, liveSessions } from './session-rows';
import type { SessionTokens, Tokens } from './session-tokens';

/** More than any person has devices. The session that was used least recently ends when another one opens. */
const mostSessions = 100;

/** One session for each sign-in. `session-refreshes.ts` prolongs them, `session-revocations.ts` ends them. */
export class Sessions {
  constructor(
    private readonly db: Database,
    private readonly tokens: SessionTokens,
    private readonly lifetimeSeconds: number,
  ) {}

  /**
   * Opens a session in the transaction of the sign-in. The owner gets a mail when the device is new.
   *
   * @param type REGISTERED for the first session, which needs no mail
   */
  async open(
    tx: Transaction,
    account: AccountRow,
    client: Client,
    type: SecurityEventType.SIGNED_IN | SecurityEventType.REGISTERED = SecurityEventType.SIGNED_IN,
  ): Promise<Tokens> {
    const now = this.db.clock.now();
    const session: SessionRow = {
      id: uuidv7(now),
      accountId: account.id,
      generation: 1,
      createdAt: now,
      authenticatedAt: null,
      lastSeenAt: now,
      rotatedAt: null,
      expiresAt: now + this.lifetimeSeconds * 1000,
      revokedAt: null,
      address: client.address,
      userAgent: client.userAgent,
    };
    await tx.manager.insert(SessionRow, session);
    await this.endOldest(tx, account.id, now);
    const details = { sessionId: session.id };
    await recordSecurityEvent(tx, now, { accountId: account.id, type, client, details });
    const isNew = await isNewDevice(this.db, tx, now, account.id, client);
    if (isNew && type === SecurityEventType.SIGNED_IN) {
      const data: SignedInFromNewDevice = { ...accountNotification(account, client), ...details };
      await tx.emit({ type: signedInFromNewDevice, data });
    }
    return this.tokens.issue(account, session);
  }

  /**
   * The live sessions of these accounts, the last used first; for a loader. Only of the caller's own account, or of any
   * account with `sessions:read`.
   */
  async ofAccounts(caller: Caller, accountIds: readonly string[]): Promise<SessionRow[]> {
    const visible = accountIds.filter(id => isSelfOrHolds(caller, id, 'sessions:read'));
    if (visible.length === 0) return [];
    return this.db.read.find(SessionRow, {
      where: { accountId: In(visible), revokedAt: IsNull(), expiresAt: MoreThan(this.db.clock.now()) },
      order: { lastSeenAt: 'DESC', id: 'DESC' },
    });
  }

  /** @throws AppError 401 TOKEN_REVOKED when the caller's session has ended according to the database */
  async requireLive(tx: Transaction, caller: Caller): Promise<SessionRow> {
    const session = await liveSessions(tx.manager, caller.requireUser(), this.db.clock.now())
      .andWhere('session.id = :id', { id: caller.sessionId ?? '' })
      .getOne();
    if (session === null) {
      throw unauthenticated('The session of this token has ended', platformErrors.TOKEN_REVOKED);
    }
    return session;
  }

  /** Call it when the caller has authenticated again. @returns tokens of the same session with a new `auth_time` */
  async recordAuthentication(tx: Transaction, account: AccountRow, caller: Caller): Promise<Tokens> {
    const authenticatedAt = this.db.clock.now();
    const session = await this.requireLive(tx, caller);
    await tx.manager.update(SessionRow, { id: session.id }, { authenticatedAt });
    return this.tokens.issue(account, { ...session, authenticatedAt });
  }

  private async endOldest(tx: Transaction, accountId: string, now: number): Promise<void> {
    const oldest = await liveSessions(tx.manager, accountId, now)
      .orderBy('session.lastSeenAt', 'DESC')
      .addOrderBy('session.id', 'DESC')
      .offset(mostSessions)
      .limit(mostSessions)
      .getMany();
    await endSessions(tx, accountId, oldest, now);
  }
}
