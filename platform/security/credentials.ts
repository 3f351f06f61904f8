/** The claims of an access token that Plinth uses (RFC 9068, "JWT Profile for OAuth 2.0 Access Tokens"). */
export interface AccessClaims {
  /** User id. */
  readonly sub: string;
  /** Session id. */
  readonly sid: string;
  readonly jti: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
  /** Permissions, separated by spaces (RFC 8693 §4.2). */
  readonly scope: string;
  /** The last authentication in seconds since the epoch (RFC 9068 §2.2.1); a refresh does not change it. */
  readonly auth_time?: number;
  readonly roles: readonly string[];
}

/** The longest lifetime of an access token in seconds, and so of a revocation. */
export const longestAccessToken = 3600;

/** The facts of a valid API key. */
export interface ApiKeyFacts {
  readonly id: string;
  /** The scopes of the key that the user who created it has as permissions. */
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch; null when it does not end. */
  readonly expiresAt: number | null;
  /** The user who created it. The key has no more rights than this user, and ends with the account. */
  readonly createdBy: string;
}
