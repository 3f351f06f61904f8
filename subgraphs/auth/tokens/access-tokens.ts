import { randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Clock } from '../../../platform/clock';
import { grants } from '../../../platform/security/permissions';
import type { AccountRow, SessionRow } from '../tables';
import type { SigningKeys } from './signing-keys';

export interface AccessToken {
  readonly text: string;
  /** Lifetime from now in seconds. */
  readonly expiresIn: number;
}

/** Signs access tokens (RFC 9068). */
export class AccessTokens {
  constructor(
    private readonly keys: Pick<SigningKeys, 'current'>,
    private readonly facts: { issuer: string; audience: string; ttlSeconds: number },
    private readonly clock: Clock,
  ) {}

  issue(
    account: Pick<AccountRow, 'id' | 'roles' | 'permissions'>,
    session: Pick<SessionRow, 'id' | 'expiresAt' | 'createdAt' | 'authenticatedAt'>,
    issuedAt = this.clock.now(),
  ): AccessToken {
    const now = Math.floor(issuedAt / 1000);
    const expires = Math.min(now + this.facts.ttlSeconds, Math.floor(session.expiresAt / 1000));
    const { kid, privateKey } = this.keys.current();
    const claims = {
      iss: this.facts.issuer,
      aud: this.facts.audience,
      sub: account.id,
      sid: session.id,
      jti: randomUUID(),
      iat: now,
      exp: expires,
      auth_time: Math.floor((session.authenticatedAt ?? session.createdAt) / 1000),
      scope: withoutRedundant(account.permissions).join(' '),
      roles: account.roles,
    };
    const text = jwt.sign(claims, privateKey, {
      algorithm: 'ES256',
      header: { alg: 'ES256', typ: 'at+jwt', kid },
    });
    return { text, expiresIn: expires - now };
  }
}

/** Removes permissions that a wildcard of the list grants, to keep the token short. */
function withoutRedundant(permissions: readonly string[]): string[] {
  const wide = permissions.filter(each => each.endsWith('*'));
  return permissions.filter(each => !wide.some(grant => grant !== each && grants(grant, each)));
}
