import { In, IsNull, MoreThan } from 'typeorm';
import { affectedRows, type Database, type Transaction } from '../../../platform/database/database';
import { type AppError, notFound, platformErrors, unauthenticated } from '../../../platform/errors';
import type { OutboxRelay } from '../../../platform/events/outbox';
import type { Client } from '../../../platform/http/client-address';
import { isUuid, uuidv7 } from '../../../platform/ids';
import type { Logger } from '../../../platform/observability/logger';
import { type SessionsRevoked, sessionsRevoked } from '../../../platform/security/access-events';
import { type Caller, holds, isSelf } from '../../../platform/security/caller';
import { type Revocations } from '../../../platform/security/revocations';
import { noticeOf } from '../accounts/owner-notifications';
import { authErrors } from '../errors';
import { type SignedInFromNewDevice, signedInFromNewDevice } from '../events';
import {
  actorOf,
  recordSecurityEvent,
  type SecurityEvent,
  SecurityEventType,
} from '../security-events/security-event';
import { AccountRow, SessionRow } from '../tables';
import type { AccessTokens } from '../tokens/access-tokens';
import { isNewDevice } from './new-devices';
import type { RefreshTokens } from './refresh-tokens';

export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly tokenType: 'bearer';
  /** Seconds the access token lives. */
  readonly expiresIn: number;
}

export interface SignedIn {
  readonly account: AccountRow;
  readonly tokens: Tokens;
}

/** Either new tokens, or the end of a session whose token came twice. */
type Refreshed = { tokens: Tokens; ended?: never } | { tokens?: never; ended: SessionsRevoked };

export type RevocationScope = 'others' | 'all';

/** More than anybody has devices: the oldest ends when another begins. */
const mostSessions = 100;
/** Two tabs that refresh at once, or an answer that was lost on the way, are not a theft. */
const graceMs = 10_000;

/** Sign-ins and what keeps them going. Whatever ends one is announced, so that every server refuses its tokens. */
export class Sessions {
  constructor(
    private readonly db: Database,
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly announcements: {
      relay: Pick<OutboxRelay, 'flush'>;
      revocations: Pick<Revocations, 'sessionsEnded'>;
    },
    private readonly lifetimeSeconds: number,
    private readonly logger: Logger,
  ) {}

  /**
   * Begins a session in the transaction that signs somebody in, and tells the owner when that was from a new device.
   *
   * @param how REGISTERED for the first one, which is nobody's surprise
   */
  async open(
    tx: Transaction,
    account: AccountRow,
    client: Client,
    how: SecurityEventType.SIGNED_IN | SecurityEventType.REGISTERED = SecurityEventType.SIGNED_IN,
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
    const oldest = await this.live(tx.manager, account.id)
      .orderBy('session.lastSeenAt', 'DESC')
      .addOrderBy('session.id', 'DESC')
      .offset(mostSessions)
      .limit(mostSessions)
      .getMany();
    await this.end(tx, account.id, oldest);
    const details = { sessionId: session.id };
    await recordSecurityEvent(tx, now, { accountId: account.id, type: how, client, details });
    const isNew = await isNewDevice(this.db, tx, now, account.id, client);
    if (isNew && how === SecurityEventType.SIGNED_IN) {
      const data: SignedInFromNewDevice = { ...noticeOf(account, client), ...details };
      await tx.emit({ type: signedInFromNewDevice, data });
    }
    return this.tokensOf(account, session);
  }

  /**
   * New tokens for a refresh token, which is spent by that. One that was spent in the last ten seconds gets what it got
   * then; one that was spent before is in two hands, so the session ends.
   *
   * @throws AppError 401 REFRESH_TOKEN_INVALID, REFRESH_TOKEN_REUSED
   */
  async refresh(refreshToken: string, client: Client): Promise<Tokens> {
    const presented = this.refreshTokens.read(refreshToken);
    if (presented === undefined) throw refreshTokenInvalid();
    const { sessionId, generation } = presented;
    const rotated = await this.rotateAtOnce(sessionId, generation, client);
    if (rotated !== undefined) return rotated;
    const { tokens, ended } = await this.db.transaction(async (tx): Promise<Refreshed> => {
      const isRotated = await this.rotate(tx, sessionId, generation, client);
      const session = await tx.manager.findOneBy(SessionRow, { id: sessionId });
      const now = this.db.clock.now();
      if (session === null || session.revokedAt !== null || session.expiresAt <= now)
        throw refreshTokenInvalid();
      const isInGrace =
        session.generation === generation + 1 &&
        session.rotatedAt !== null &&
        now < session.rotatedAt + graceMs;
      if (isRotated || isInGrace) {
        const account = await tx.manager.findOneBy(AccountRow, { id: session.accountId });
        if (account === null || !account.isActive) throw refreshTokenInvalid();
        return { tokens: this.tokensOf(account, session) };
      }
      const { accountId } = session;
      await recordSecurityEvent(tx, now, {
        accountId,
        type: SecurityEventType.REFRESH_TOKEN_REUSED,
        client,
        details: { sessionId },
      });
      return { ended: await this.end(tx, accountId, [session]) };
    });
    if (tokens !== undefined) return tokens;
    this.logger.warn(
      { sessionId, address: client.address },
      'A spent refresh token came back: its session was ended',
    );
    this.refuse(ended);
    throw unauthenticated(
      'This refresh token was used before: its session has ended, sign in again',
      authErrors.REFRESH_TOKEN_REUSED,
    );
  }

  /** Ends the caller's session, or all they have. When it answers, every server refuses their tokens. */
  async logOut(caller: Caller, everywhere: boolean, client: Client): Promise<void> {
    const accountId = caller.requireUser();
    const event = { accountId, type: SecurityEventType.SIGNED_OUT, client };
    await this.endWhere(session => everywhere || session.id === caller.sessionId, event);
  }

  /** Ends the caller's other sessions, or all. */
  async revokeMany(caller: Caller, scope: RevocationScope, client: Client): Promise<void> {
    const accountId = caller.requireUser();
    const event = { accountId, type: SecurityEventType.SESSIONS_REVOKED, client };
    await this.endWhere(session => scope === 'all' || session.id !== caller.sessionId, event);
  }

  /** Ends one session: the caller's own, or with `sessions:revoke` anybody's. @throws AppError 404 for others */
  async revoke(caller: Caller, sessionId: string, client: Client): Promise<void> {
    if (caller.kind === 'anonymous') caller.requireUser();
    const session = isUuid(sessionId) ? await this.db.read.findOneBy(SessionRow, { id: sessionId }) : null;
    if (session === null || !(isSelf(caller, session.accountId) || holds(caller, 'sessions:revoke'))) {
      throw notFound('Session');
    }
    const { accountId } = session;
    await this.endWhere(each => each.id === session.id, {
      accountId,
      type: SecurityEventType.SESSIONS_REVOKED,
      client,
      ...actorOf(caller, accountId),
    });
  }

  /** The sessions of these accounts that go on, the last seen first; for a loader. */
  ofAccounts(accountIds: readonly string[]): Promise<SessionRow[]> {
    return this.db.read.find(SessionRow, {
      where: {
        accountId: In([...accountIds]),
        revokedAt: IsNull(),
        expiresAt: MoreThan(this.db.clock.now()),
      },
      order: { lastSeenAt: 'DESC', id: 'DESC' },
    });
  }

  /** Ends all sessions of an account but one, in the transaction that takes its access away or asks more of it. */
  async endAll(tx: Transaction, accountId: string, exceptId?: string): Promise<SessionsRevoked> {
    const sessions = await this.live(tx.manager, accountId).getMany();
    return this.end(
      tx,
      accountId,
      sessions.filter(({ id }) => id !== exceptId),
    );
  }

  /** @throws AppError 401 TOKEN_REVOKED when the database knows that the caller's session has ended */
  async requireLive(tx: Transaction, caller: Caller): Promise<SessionRow> {
    const session = await this.live(tx.manager, caller.requireUser())
      .andWhere('session.id = :id', { id: caller.sessionId ?? '' })
      .getOne();
    if (session === null)
      throw unauthenticated('The session of this token has ended', platformErrors.TOKEN_REVOKED);
    return session;
  }

  /** The caller has proved again who they are. @returns tokens of the same session that say so */
  async noteAuthentication(tx: Transaction, account: AccountRow, caller: Caller): Promise<Tokens> {
    const authenticatedAt = this.db.clock.now();
    const session = await this.requireLive(tx, caller);
    await tx.manager.update(SessionRow, { id: session.id }, { authenticatedAt });
    return this.tokensOf(account, { ...session, authenticatedAt });
  }

  /**
   * After the commit: this server refuses the tokens from now on, and when it answers the others do.
   *
   * @throws AppError 503 when it could not be announced; the sessions have ended, and it is announced later
   */
  async announce(revoked: SessionsRevoked): Promise<void> {
    this.refuse(revoked);
    await this.announcements.relay.flush();
  }

  /** After the commit: this server refuses the tokens from now on; the others hear it from the outbox. */
  refuse(revoked: SessionsRevoked): void {
    if (revoked.sessionIds.length > 0) this.announcements.revocations.sessionsEnded(revoked);
  }

  private async endWhere(isMeant: (session: SessionRow) => boolean, event: SecurityEvent): Promise<void> {
    const { accountId } = event;
    const ended = await this.db.transaction(async tx => {
      const sessions = await this.live(tx.manager, accountId).getMany();
      const revoked = await this.end(tx, accountId, sessions.filter(isMeant));
      const { sessionIds } = revoked;
      if (sessionIds.length > 0) {
        await recordSecurityEvent(tx, this.db.clock.now(), { ...event, details: { sessionIds } });
      }
      return revoked;
    });
    await this.announce(ended);
  }

  /**
   * What almost every refresh is: the good token of an active account, in one statement. Undefined for any other, with
   * nothing changed.
   */
  private async rotateAtOnce(
    sessionId: string,
    generation: number,
    client: Client,
  ): Promise<Tokens | undefined> {
    const now = this.db.clock.now();
    const [changed] = await this.db.write(
      `UPDATE sessions SET generation = ?, rotated_at = ?, last_seen_at = ?, address = ?
      WHERE id = ? AND generation = ? AND revoked_at IS NULL AND expires_at > ?
      AND EXISTS (SELECT 1 FROM accounts WHERE accounts.id = account_id AND is_active)
      RETURNING account_id, expires_at, created_at, authenticated_at,
      (SELECT roles FROM accounts WHERE accounts.id = account_id),
      (SELECT permissions FROM accounts WHERE accounts.id = account_id)`,
      [generation + 1, now, now, client.address, sessionId, generation, now],
    );
    if (changed === undefined) return undefined;
    const [accountId, expiresAt, createdAt, authenticatedAt, roles, permissions] = changed as [
      string,
      number,
      number,
      number | null,
      string,
      string,
    ];
    // Signed as of when it was asked: a change of access that the statement did not see yet is then newer than the token.
    return this.tokensOf(
      { id: accountId, roles: JSON.parse(roles), permissions: JSON.parse(permissions) },
      { id: sessionId, generation: generation + 1, expiresAt, createdAt, authenticatedAt },
      now,
    );
  }

  /** Whether this generation was the good one: then it is spent. Of two who ask at once the database lets one. */
  private async rotate(
    tx: Transaction,
    sessionId: string,
    generation: number,
    client: Client,
  ): Promise<boolean> {
    const now = this.db.clock.now();
    const result = await tx.manager
      .createQueryBuilder()
      .update(SessionRow)
      .set({ generation: generation + 1, rotatedAt: now, lastSeenAt: now, address: client.address })
      .where('id = :sessionId AND generation = :generation AND revoked_at IS NULL AND expires_at > :now', {
        sessionId,
        generation,
        now,
      })
      .execute();
    return affectedRows(result) === 1;
  }

  private live(manager: Transaction['manager'], accountId: string) {
    return manager
      .createQueryBuilder(SessionRow, 'session')
      .where('session.accountId = :accountId AND session.revokedAt IS NULL AND session.expiresAt > :now', {
        accountId,
        now: this.db.clock.now(),
      });
  }

  private async end(
    tx: Transaction,
    accountId: string,
    sessions: readonly SessionRow[],
  ): Promise<SessionsRevoked> {
    const revoked: SessionsRevoked = { userId: accountId, sessionIds: sessions.map(({ id }) => id) };
    if (sessions.length > 0) {
      await tx.manager.update(
        SessionRow,
        { id: In(revoked.sessionIds), revokedAt: IsNull() },
        { revokedAt: this.db.clock.now() },
      );
      await tx.emit({ type: sessionsRevoked, data: revoked });
    }
    return revoked;
  }

  private tokensOf(
    account: Pick<AccountRow, 'id' | 'roles' | 'permissions'>,
    session: Pick<SessionRow, 'id' | 'generation' | 'expiresAt' | 'createdAt' | 'authenticatedAt'>,
    issuedAt?: number,
  ): Tokens {
    const access = this.accessTokens.issue(account, session, issuedAt);
    return {
      accessToken: access.text,
      refreshToken: this.refreshTokens.write({ sessionId: session.id, generation: session.generation }),
      tokenType: 'bearer',
      expiresIn: access.expiresIn,
    };
  }
}

function refreshTokenInvalid(): AppError {
  return unauthenticated(
    'This refresh token is not valid any more: sign in again',
    authErrors.REFRESH_TOKEN_INVALID,
  );
}
