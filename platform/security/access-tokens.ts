import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { request } from 'undici';
import type { Clock } from '../clock';
import { platformErrors, unauthenticated, unavailable } from '../errors';
import { type AccessClaims, longestAccessToken } from './credentials';
import type { Revocations } from './revocations';

/** A source of public signing keys. */
export interface KeySource {
  /** The key with this id; undefined when the issuer has no such key. @throws AppError 503 when the issuer does not answer */
  find(kid: string): Promise<KeyObject | undefined>;
}

const algorithm = 'ES256';
const longestToken = 8192;
/** How far the clock of the issuer may be ahead. */
const clockToleranceMs = 5_000;
/** Characters of base64url at the end of a token, which are 256 of the 512 bits of its signature. */
const signatureEnd = 43;

/** Headers with a key or the address of a key let the sender choose the issuer (RFC 8725 §3.10). */
const forbiddenHeaders = ['jwk', 'jku', 'x5u', 'x5c', 'crit'];

/**
 * Verifies access tokens: ES256 only, `typ` at+jwt, issuer, audience, expiry, not-before, and the revocation of session and
 * account. The gateway and every service verify for themselves.
 */
export class TokenVerifier {
  /** Verified tokens by the end of their signature, because hashing the whole text costs more. */
  private readonly verified = new LRUCache<string, { token: string; claims: AccessClaims }>({ max: 20_000 });

  constructor(
    private readonly keys: KeySource,
    private readonly expected: { issuer: string; audience: string },
    private readonly revocations: Revocations,
    private readonly clock: Clock,
  ) {}

  /** The claims of the token, without a promise when it was verified before. @throws AppError 401; 503 without the issuer's keys */
  verify(token: string): AccessClaims | Promise<AccessClaims> {
    const end = token.slice(-signatureEnd);
    // `peek` does not update the order of the cache: the oldest tokens expire first.
    const known = this.verified.peek(end);
    if (known === undefined || known.token !== token) {
      return this.check(token).then(claims => {
        this.verified.set(end, { token, claims });
        return this.unrevoked(claims);
      });
    }
    if (known.claims.exp * 1000 <= this.clock.now()) {
      this.verified.delete(end);
      throw expired();
    }
    return this.unrevoked(known.claims);
  }

  private unrevoked(claims: AccessClaims): AccessClaims {
    if (this.revocations.isRevoked(claims))
      throw unauthenticated('The session of this token has ended', platformErrors.TOKEN_REVOKED);
    return claims;
  }

  private async check(token: string): Promise<AccessClaims> {
    const kid = this.keyIdOf(token);
    const key = await this.keys.find(kid);
    if (key === undefined) throw malformed();
    let claims: unknown;
    try {
      claims = jwt.verify(token, key, {
        algorithms: [algorithm],
        issuer: this.expected.issuer,
        audience: this.expected.audience,
        clockTimestamp: Math.floor(this.clock.now() / 1000),
        // Checked below: a token counts as expired only when everything else of it is right.
        ignoreExpiration: true,
      });
    } catch {
      throw malformed();
    }
    if (!isAccessClaims(claims)) throw malformed();
    if (claims.exp - claims.iat > longestAccessToken) throw malformed();
    // Revocation compares `iat` with the time of a change, so a token must not be issued after it is used.
    if (claims.iat * 1000 > this.clock.now() + clockToleranceMs) throw malformed();
    if (claims.exp * 1000 <= this.clock.now()) throw expired();
    return claims;
  }

  private keyIdOf(token: string): string {
    if (token.length > longestToken) throw malformed();
    const parts = token.split('.');
    if (parts.length !== 3) throw malformed();
    let header: unknown;
    try {
      header = JSON.parse(Buffer.from(parts[0]!, 'base64url').toString('utf8'));
    } catch {
      throw malformed();
    }
    if (typeof header !== 'object' || header === null) throw malformed();
    const fields = header as Record<string, unknown>;
    if (fields['alg'] !== algorithm || fields['typ'] !== 'at+jwt') throw malformed();
    if (forbiddenHeaders.some(name => name in fields)) throw malformed();
    const kid = fields['kid'];
    if (typeof kid !== 'string' || kid === '' || kid.length > 100) throw malformed();
    return kid;
  }
}

function isAccessClaims(claims: unknown): claims is AccessClaims {
  if (typeof claims !== 'object' || claims === null) return false;
  const { sub, sid, jti, iat, exp, scope, auth_time, roles } = claims as Record<string, unknown>;
  return (
    [sub, sid, jti, scope].every(value => typeof value === 'string') &&
    sub !== '' &&
    Number.isInteger(iat) &&
    Number.isInteger(exp) &&
    (auth_time === undefined || Number.isInteger(auth_time)) &&
    Array.isArray(roles) &&
    roles.every(role => typeof role === 'string')
  );
}

const malformed = () => unauthenticated('The access token is not valid', platformErrors.TOKEN_INVALID);
const expired = () => unauthenticated('The access token has expired', platformErrors.TOKEN_EXPIRED);

/**
 * The key set of another service (JWKS, RFC 7517), fetched when a key is first needed and then cached. An unknown key id
 * causes another fetch, at most one every `refetchMs`, so that invented key ids do not overload the issuer.
 */
export class RemoteKeySet implements KeySource {
  private keys = new Map<string, KeyObject>();
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private fetching: Promise<void> | undefined;

  constructor(
    private readonly url: string,
    private readonly clock: Clock,
    private readonly limits = { refetchMs: 5_000, maxAgeMs: 600_000, timeoutMs: 3_000 },
  ) {}

  async find(kid: string): Promise<KeyObject | undefined> {
    const age = this.clock.now() - this.fetchedAt;
    const known = this.keys.get(kid);
    if (known !== undefined && age <= this.limits.maxAgeMs) return known;
    if (age > this.limits.refetchMs) {
      try {
        await this.refetch();
      } catch (error) {
        // Tokens of a cached key stay valid while the issuer is down.
        if (known !== undefined) return known;
        throw unavailable('The keys of access tokens cannot be fetched now', error);
      }
    }
    return this.keys.get(kid);
  }

  private refetch(): Promise<void> {
    this.fetching ??= this.fetch().finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  private async fetch(): Promise<void> {
    const response = await request(this.url, {
      headersTimeout: this.limits.timeoutMs,
      bodyTimeout: this.limits.timeoutMs,
    });
    if (response.statusCode !== 200) {
      await response.body.dump();
      throw new Error(`the key set answered ${response.statusCode}`);
    }
    this.keys = keysOf(await response.body.json());
    this.fetchedAt = this.clock.now();
  }
}

function keysOf(set: unknown): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  const list = (set as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(list)) throw new Error('the key set has no list of keys');
  for (const jwk of list as Array<JsonWebKey & { kid?: unknown }>) {
    if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || typeof jwk.kid !== 'string') continue;
    keys.set(jwk.kid, createPublicKey({ key: jwk, format: 'jwk' }));
  }
  return keys;
}
