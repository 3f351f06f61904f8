import type { Database } from '../../../platform/database/database';
import { AppError, platformErrors } from '../../../platform/errors';
import type { TokenVerifier } from '../../../platform/security/access-tokens';
import type { AccessClaims } from '../../../platform/security/credentials';
import { authErrors } from '../errors';
import { AccountRow, SessionRow } from '../tables';

export type TokenValidation =
  | { active: true; userId: string; roles: string[]; permissions: string[]; expiresAt: number }
  | { active: false; reason: string };

/** Validates access tokens: signature, times, and the session and account in the database. */
export class TokenValidations {
  constructor(
    private readonly db: Database,
    private readonly tokens: Pick<TokenVerifier, 'verify'>,
  ) {}

  /** @param token undefined for a request without a token */
  async validate(token: string | undefined): Promise<TokenValidation> {
    if (token === undefined) return { active: false, reason: platformErrors.UNAUTHENTICATED.code };
    let claims: AccessClaims;
    try {
      claims = await this.tokens.verify(token);
    } catch (error) {
      if (error instanceof AppError && error.status === 401) return { active: false, reason: error.code };
      throw error;
    }
    const [found] = await this.db.pairs(
      SessionRow,
      AccountRow,
      'JOIN accounts ON accounts.id = sessions.account_id WHERE sessions.id = ?',
      [claims.sid],
    );
    const [session, account] = found ?? [];
    if (session === undefined || session.revokedAt !== null || session.accountId !== claims.sub) {
      return { active: false, reason: platformErrors.TOKEN_REVOKED.code };
    }
    if (account === undefined || !account.isActive)
      return { active: false, reason: authErrors.ACCOUNT_INACTIVE.code };
    const { roles, permissions } = account;
    return { active: true, userId: account.id, roles, permissions, expiresAt: claims.exp * 1000 };
  }
}
