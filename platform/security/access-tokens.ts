import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { request } from 'undici';
import type { Clock } from '../clock';
import { platformErrors, unauthenticated, unavailable } from '../errors';
import { type AccessClaims, longestAccessToken } from './credentials';
import type { Revocations } from './revocations';

/** Where the public half of a signing key comes from. */
export interface KeySource {
  /** The key of that id; undefined when the issuer has no such key. Throws when the issuer cannot be asked. */
  find(kid: string): Promise<KeyObject | undefined>;
}

const algorithm = 'ES256';
const longestToken = 8192;
/** Characters of base64url: 256 bits of the signature's 512. */
const signatureEnd = 43;

/** A header that carries a key, or where to find one, is an attempt to choose who is believed (RFC 8725 §3.10). */
const forbiddenHeaders = ['jwk', 'jku', 'x5u', 'x5c', 'crit'];

/**
 * Verifies access tokens: ES256 only, `typ` at+jwt, issuer, audience, expiry, not-before, and that neither the session
 * nor the account was revoked since. Every service and the gateway have one and each verifies for itself.
 */
export class TokenVerifier {
  /** By how a token ends, which is its signature's: to find it by all of its text would read all of it. */
  private readonly verified = new LRUCache<string, { token: string; claims: AccessClaims }>({ max: 20_000 });

  constructor(
    private readonly keys: KeySource,
    private readonly expected: { issuer: string; audience: string },
    private readonly revocations: Revocations,
    private readonly clock: Clock,
  ) {}

  /** The token's claims, at once where it is known. @throws AppError 401 that says what is wrong; 503 when the issuer's keys cannot be had */
  verify(token: string): AccessClaims | Promise<AccessClaims> {
    const end = token.slice(-signatureEnd);
    // Those that came first expire first: that a token is used is not worth writing down.
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
      });
    } catch (error) {
      throw error instanceof jwt.TokenExpiredError ? expired() : malformed();
    }
    if (!isAccessClaims(claims)) throw malformed();
    if (claims.exp - claims.iat > longestAccessToken) throw malformed();
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
 * The key set another service publishes (JWKS, RFC 7517), fetched when a key is first needed and then kept. A key id
 * that is not in it makes it fetched again, but not more often than every `refetchMs`: tokens with made-up key ids must
 * not become a storm on the issuer. A key that left the set is forgotten with the next fetch.
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
        // An issuer that is down for a while does not sign out everybody whose key is known.
        if (known !== undefined) return known;
        throw unavailable('The keys that verify access tokens cannot be fetched right now', error);
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
