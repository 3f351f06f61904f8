import type { AccountRow, SessionRow } from '../tables';
import type { AccessTokens } from '../tokens/access-tokens';
import type { RefreshTokenFacts, RefreshTokens } from './refresh-tokens';

/** The token response of OAuth 2.0 (RFC 6749 §5.1). */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly tokenType: 'bearer';
  /** Lifetime of the access token in seconds. */
  readonly expiresIn: number;
}

export interface SignedIn {
  readonly account: AccountRow;
  readonly tokens: Tokens;
}

/** The pair of tokens of a session. */
export class SessionTokens {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly refreshTokens: RefreshTokens,
  ) {}

  issue(
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

  /** @returns undefined when this service did not issue the token */
  readRefreshToken(token: string): RefreshTokenFacts | undefined {
    return this.refreshTokens.read(token);
  }
}
