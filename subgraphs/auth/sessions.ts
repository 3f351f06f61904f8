import jwt from 'jsonwebtoken';
import { IsNull, MoreThan } from 'typeorm';
import type { Caller } from '../../platform/caller';
import type { Client } from '../../platform/client';
import type { Clock } from '../../platform/clock';
import { affectedRows, type Database, type Transaction } from '../../platform/database';
import { notFound, unauthenticated } from '../../platform/errors';
import { isUuid, uuidv7 } from '../../platform/ids';
import type { OutboxRelay } from '../../platform/outbox';
import { type SessionsRevoked, sessionsRevoked } from '../../platform/revocations';
import { longestAccessToken } from '../../platform/tokens';
import type { RefreshTokens } from './refresh-tokens';
import type { SigningKeys } from './signing-keys';
import { AccountRow, SessionRow } from './tables';

/** Two tabs that refresh at the same moment, and a client that lost the answer, come back within this time. */
const graceMs = 10_000;
const mostSessions = 100;
/** Spent sessions are kept for a month, to recognise a stolen refresh token that is tried late. */
const keptMs = 30 * 24 * 60 * 60_000;

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  tokenType: 'bearer';
  /** Seconds. */
  expiresIn: number;
}

export interface SessionRules {
  issuer: string;
  audience: string;
  /** Seconds. */
  accessTokenTtl: number;
  /** Seconds. */
  refreshTokenTtl: number;
}

/** Who is signed in where: sessions, the tokens that belong to them, and their end. */
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly relay: OutboxRelay,
    private readonly keys: SigningKeys,
    private readonly refreshTokens: RefreshTokens,
    private readonly rules: SessionRules,
    private readonly clock: Clock,
  ) {}

  /** Starts a session inside the transaction that found the account good. */
  async open(tx: Transaction, account: AccountRow, client: Client): Promise<SessionRow> {
    const now = this.clock.now();
    const others = await this.activeOf(tx.manager, account.id);
    if (others.length >= mostSessions) {
      await this.end(
        tx,
        account.id,
        others.slice(mostSessions - 1).map(session => session.id),
      );
    }
    const session = Object.assign(new SessionRow(), {
      id: uuidv7(now),
      accountId: account.id,
      generation: 0,
      rotatedAt: now,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: now + this.rules.refreshTokenTtl * 1000,
      revokedAt: null,
      address: client.address,
      userAgent: client.userAgent,
    });
    await tx.manager.insert(SessionRow, session);
    return session;
  }

  async tokensOf(account: AccountRow, session: Pick<SessionRow, 'id' | 'generation'>): Promise<Tokens> {
    const { issuer, audience, accessTokenTtl } = this.rules;
    const { id: kid, privateKey } = await this.keys.current();
    const now = Math.floor(this.clock.now() / 1000);
    const claims = {
      iss: issuer,
      aud: audience,
      sub: account.id,
      sid: session.id,
      jti: uuidv7(this.clock.now()),
      iat: now,
      exp: now + accessTokenTtl,
      scope: account.permissions.join(' '),
      roles: account.roles,
    };
    return {
      accessToken: jwt.sign(claims, privateKey, {
        algorithm: 'ES256',
        header: { alg: 'ES256', typ: 'at+jwt', kid },
      }),
      refreshToken: this.refreshTokens.write(session.id, session.generation),
      tokenType: 'bearer',
      expiresIn: accessTokenTtl,
    };
  }

  /**
   * The next pair of tokens. The refresh token before the last, within the grace, gets the same successor again; an older one
   * was stolen or replayed, and ends the session (RFC 9700 §4.14.2).
   *
   * @throws AppError 401 REFRESH_TOKEN_INVALID, REFRESH_TOKEN_REUSED
   */
  async refresh(token: string, client: Client): Promise<Tokens> {
    const claim = this.refreshTokens.read(token);
    if (claim === undefined) throw invalidRefresh();
    const outcome = await this.database.transaction(async tx => {
      const session = await tx.manager.findOneBy(SessionRow, { id: claim.sessionId });
      if (session === null || session.revokedAt !== null || session.expiresAt <= this.clock.now())
        return undefined;
      const account = await tx.manager.findOneBy(AccountRow, { id: session.accountId });
      if (account === null || !account.isActive) return undefined;
      return this.rotate(tx, session, account, claim.generation, client);
    });
    if (outcome === undefined) throw invalidRefresh();
    if (outcome === 'reused') {
      await this.relay.flush();
      throw unauthenticated(
        'This refresh token was used before; its session has been ended',
        'REFRESH_TOKEN_REUSED',
      );
    }
    return this.tokensOf(outcome.account, outcome.session);
  }

  /** Ends this session, or all of the caller's, and answers when every server has been told. */
  async logOut(caller: Caller, everywhere: boolean): Promise<void> {
    const userId = caller.requireUser();
    await this.endAndTell(userId, async tx =>
      everywhere
        ? (await this.activeOf(tx.manager, userId)).map(session => session.id)
        : [caller.sessionId ?? ''],
    );
  }

  /** Ends one of the caller's sessions. @throws AppError 404 when it is not one of them, or has ended */
  async revoke(caller: Caller, id: string): Promise<void> {
    const userId = caller.requireUser();
    const session = isUuid(id) ? await this.database.read.findOneBy(SessionRow, { id }) : null;
    const isOthers = session !== null && session.accountId !== userId;
    if (session === null || session.revokedAt !== null || (isOthers && !caller.has('sessions:revoke'))) {
      throw notFound('Session');
    }
    if (isOthers) caller.require('sessions:revoke');
    await this.endAndTell(session.accountId, async () => [id]);
  }

  /** Ends the caller's other sessions, or all of them. Returns how many. */
  async revokeMany(caller: Caller, scope: 'others' | 'all'): Promise<number> {
    const userId = caller.requireUser();
    return this.endAndTell(userId, async tx =>
      (await this.activeOf(tx.manager, userId))
        .map(session => session.id)
        .filter(id => scope === 'all' || id !== caller.sessionId),
    );
  }

  /** Ends every session of an account inside a transaction of the caller's. */
  async endAll(tx: Transaction, accountId: string): Promise<void> {
    const sessions = await this.activeOf(tx.manager, accountId);
    await this.end(
      tx,
      accountId,
      sessions.map(session => session.id),
    );
  }

  /** Active sessions, the newest first, at most a hundred; none for those who may not see them. */
  async list(caller: Caller, accountId: string): Promise<SessionRow[]> {
    if (caller.id !== accountId) {
      if (!caller.has('sessions:read')) return [];
      caller.require('sessions:read');
    }
    return this.activeOf(this.database.read, accountId);
  }

  async isActive(sessionId: string): Promise<boolean> {
    const session = isUuid(sessionId)
      ? await this.database.read.findOneBy(SessionRow, { id: sessionId })
      : null;
    return session !== null && session.revokedAt === null && session.expiresAt > this.clock.now();
  }

  /** Announcements of the last hour, for a bus that forgot them with its process. */
  async recentlyRevoked(): Promise<{ at: number; revoked: SessionsRevoked }[]> {
    const rows = await this.database.read
      .createQueryBuilder(SessionRow, 'session')
      .where('session.revokedAt > :since', { since: this.clock.now() - longestAccessToken * 1000 })
      .limit(20_000)
      .getMany();
    return rows.map(row => ({
      at: row.revokedAt ?? 0,
      revoked: { userId: row.accountId, sessionIds: [row.id] },
    }));
  }

  /** Drops sessions that ended a month ago, a bounded number at a time. */
  async prune(): Promise<void> {
    const before = this.clock.now() - keptMs;
    const old = await this.database.read
      .createQueryBuilder(SessionRow, 'session')
      .select('session.id', 'id')
      .where('session.expiresAt < :before OR session.revokedAt < :before', { before })
      .limit(500)
      .getRawMany<{ id: string }>();
    if (old.length === 0) return;
    await this.database.transaction(tx =>
      tx.manager.delete(
        SessionRow,
        old.map(row => row.id),
      ),
    );
  }

  private async rotate(
    tx: Transaction,
    found: SessionRow,
    account: AccountRow,
    generation: number,
    client: Client,
  ): Promise<'reused' | { account: AccountRow; session: Pick<SessionRow, 'id' | 'generation'> } | undefined> {
    const now = this.clock.now();
    const { id } = found;
    if (generation === found.generation) {
      const rotated = await tx.manager.update(
        SessionRow,
        { id, generation, revokedAt: IsNull() },
        {
          generation: generation + 1,
          rotatedAt: now,
          lastSeenAt: now,
          address: client.address,
          userAgent: client.userAgent,
        },
      );
      if (affectedRows(rotated) === 1) return { account, session: { id, generation: generation + 1 } };
    }
    // Another tab was first, just now or a while ago.
    const session = await tx.manager.findOneByOrFail(SessionRow, { id });
    if (session.revokedAt !== null) return undefined;
    if (generation === session.generation - 1 && now - session.rotatedAt <= graceMs)
      return { account, session };
    await this.end(tx, session.accountId, [id]);
    return 'reused';
  }

  private activeOf(manager: Transaction['manager'], accountId: string): Promise<SessionRow[]> {
    return manager.find(SessionRow, {
      where: { accountId, revokedAt: IsNull(), expiresAt: MoreThan(this.clock.now()) },
      order: { createdAt: 'DESC' },
      take: mostSessions,
    });
  }

  private async endAndTell(
    accountId: string,
    which: (tx: Transaction) => Promise<string[]>,
  ): Promise<number> {
    const ended = await this.database.transaction(async tx => this.end(tx, accountId, await which(tx)));
    await this.relay.flush();
    return ended;
  }

  private async end(tx: Transaction, accountId: string, sessionIds: string[]): Promise<number> {
    if (sessionIds.length === 0) return 0;
    const ended = await tx.manager
      .createQueryBuilder()
      .update(SessionRow)
      .set({ revokedAt: this.clock.now() })
      .where('account_id = :accountId AND id IN (:...sessionIds) AND revoked_at IS NULL', {
        accountId,
        sessionIds,
      })
      .execute();
    const revoked: SessionsRevoked = { userId: accountId, sessionIds };
    await tx.emit({ type: sessionsRevoked, data: revoked });
    return affectedRows(ended);
  }
}

function invalidRefresh() {
  return unauthenticated('The refresh token is not valid', 'REFRESH_TOKEN_INVALID');
}
