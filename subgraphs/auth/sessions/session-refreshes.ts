import { affectedRows, type Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import { type AppError, unauthenticated } from '../../../platform/errors';
import type { Client } from '../../../platform/http/client-address';
import type { Logger } from '../../../platform/observability/logger';
import type { SessionsRevoked } from '../../../platform/security/access-events';
import { authErrors } from '../errors';
import { recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import { AccountRow, SessionRow } from '../tables';
import type { SessionRevocations } from './session-revocations';
import { endSessions } from './session-rows';
import type { SessionTokens, Tokens } from './session-tokens';

/** New tokens, or the end of a session whose refresh token was reused. */
type Refreshed = { tokens: Tokens; ended?: never } | { tokens?: never; ended: SessionsRevoked };

/** Two tabs that refresh at the same time, or a lost answer, are not a theft. */
const reuseGraceMs = 10_000;

/** Refresh token rotation with reuse detection (RFC 9700 §4.14.2). */
export class SessionRefreshes {
  constructor(
    private readonly db: Database,
    private readonly tokens: SessionTokens,
    private readonly revocations: Pick<SessionRevocations, 'applyLocally'>,
    private readonly logger: Logger,
  ) {}

  /**
   * Exchanges a refresh token for new tokens. A token that was used in the last ten seconds gets the same answer again;
   * a token that was used earlier has two holders, so its session ends.
   *
   * @throws AppError 401 REFRESH_TOKEN_INVALID, REFRESH_TOKEN_REUSED
   */
  async refresh(refreshToken: string, client: Client): Promise<Tokens> {
    const presented = this.tokens.readRefreshToken(refreshToken);
    if (presented === undefined) throw refreshTokenInvalid();
    const { sessionId, generation } = presented;
    const rotated = await this.rotateInOneStatement(sessionId, generation, client);
    if (rotated !== undefined) return rotated;
    const { tokens, ended } = await this.db.transaction(tx =>
      this.rotateOrEnd(tx, sessionId, generation, client),
    );
    if (tokens !== undefined) return tokens;
    this.logger.warn(
      { sessionId, address: client.address },
      'A refresh token was reused: its session was ended',
    );
    this.revocations.applyLocally(ended);
    throw unauthenticated(
      'This refresh token was used before: its session has ended, sign in again',
      authErrors.REFRESH_TOKEN_REUSED,
    );
  }

  /**
   * The common case: the current token of an active account, in one statement. In every other case it changes nothing
   * and returns undefined.
   */
  private async rotateInOneStatement(
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
    // The token is dated before the statement: a later change of access is then newer than the token.
    return this.tokens.issue(
      { id: accountId, roles: JSON.parse(roles), permissions: JSON.parse(permissions) },
      { id: sessionId, generation: generation + 1, expiresAt, createdAt, authenticatedAt },
      now,
    );
  }

  private async rotateOrEnd(
    tx: Transaction,
    sessionId: string,
    generation: number,
    client: Client,
  ): Promise<Refreshed> {
    const isRotated = await this.rotate(tx, sessionId, generation, client);
    const session = await tx.manager.findOneBy(SessionRow, { id: sessionId });
    const now = this.db.clock.now();
    if (session === null || session.revokedAt !== null || session.expiresAt <= now)
      throw refreshTokenInvalid();
    const { accountId, rotatedAt } = session;
    const isInGrace =
      session.generation === generation + 1 && rotatedAt !== null && now < rotatedAt + reuseGraceMs;
    if (isRotated || isInGrace) {
      const account = await tx.manager.findOneBy(AccountRow, { id: accountId });
      if (account === null || !account.isActive) throw refreshTokenInvalid();
      return { tokens: this.tokens.issue(account, session) };
    }
    const type = SecurityEventType.REFRESH_TOKEN_REUSED;
    await recordSecurityEvent(tx, now, { accountId, type, client, details: { sessionId } });
    return { ended: await endSessions(tx, accountId, [session], now) };
  }

  /** @returns whether the token was the current one. Of two concurrent requests the database lets one rotate it. */
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
}

function refreshTokenInvalid(): AppError {
  return unauthenticated(
    'This refresh token is not valid any more: sign in again',
    authErrors.REFRESH_TOKEN_INVALID,
  );
}
