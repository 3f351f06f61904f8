import type { IncomingHttpHeaders } from 'node:http';
import { AppError, platformErrors, unauthenticated } from '../errors';
import type { TokenVerifier } from './access-tokens';
import type { ApiKeyVerifier } from './api-keys';
import { Authenticated, anonymous, type Caller } from './caller';
import type { AccessClaims, ApiKeyFacts } from './credentials';
import { inCommon } from './permissions';
import type { Access, Revocations } from './revocations';

/**
 * Makes the caller of a request from its credential. A request without a credential has an anonymous caller, and an invalid
 * credential is a 401.
 */
export class Authenticator {
  /** Callers by claims, until the access of the user changes. */
  private readonly callers = new WeakMap<AccessClaims, { access: Access | undefined; caller: Caller }>();

  constructor(
    private readonly tokens: Pick<TokenVerifier, 'verify'>,
    private readonly revocations: Revocations,
    private readonly apiKeys: Pick<ApiKeyVerifier, 'verify'>,
  ) {}

  /** Without a promise when no other server must be asked. @throws AppError 400, 401, 503 */
  authenticate(headers: IncomingHttpHeaders): Caller | Promise<Caller> {
    const key = headers['x-api-key'];
    const token = bearerToken(headers.authorization);
    if (key === undefined) {
      if (token === undefined) return anonymous;
      const claims = this.tokens.verify(token);
      return claims instanceof Promise ? claims.then(each => this.callerOf(each)) : this.callerOf(claims);
    }
    if (token !== undefined)
      throw new AppError(platformErrors.BAD_REQUEST, 'Send an access token or an API key, not both');
    if (typeof key !== 'string')
      throw unauthenticated('The API key is not valid', platformErrors.API_KEY_INVALID);
    return this.apiKeys.verify(key).then(facts => this.serviceOf(facts));
  }

  /** A key acts as a service. It has its scopes, as far as the user who created it has these permissions now. */
  private serviceOf(facts: ApiKeyFacts): Caller {
    const creator = this.revocations.accessOf(facts.createdBy);
    return new Authenticated({
      kind: 'service',
      id: facts.id,
      onBehalfOf: facts.createdBy,
      expiresAt: facts.expiresAt === null ? undefined : Math.floor(facts.expiresAt / 1000),
      permissions: creator === undefined ? facts.scopes : inCommon(facts.scopes, creator.permissions),
      isCurrent: purpose => this.revocations.isCurrent(purpose),
    });
  }

  callerOf(claims: AccessClaims): Caller {
    const changed = this.revocations.changedAccess(claims);
    const known = this.callers.get(claims);
    if (known !== undefined && known.access === changed) return known.caller;
    const caller = new Authenticated({
      kind: 'user',
      id: claims.sub,
      sessionId: claims.sid,
      tokenId: claims.jti,
      expiresAt: claims.exp,
      authenticatedAt: claims.auth_time,
      roles: changed?.roles ?? claims.roles,
      permissions: changed?.permissions ?? claims.scope.split(' ').filter(scope => scope !== ''),
      isCurrent: purpose => this.revocations.isCurrent(purpose),
    });
    this.callers.set(claims, { access: changed, caller });
    return caller;
  }
}

const bearer = 'bearer ';

/** The token of an `authorization: Bearer …` header (RFC 6750 §2.1); undefined when there is no header. */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const token = header.slice(bearer.length).trim();
  if (header.slice(0, bearer.length).toLowerCase() !== bearer || token === '')
    throw unauthenticated(
      'The authorization header is not `Bearer <access token>`',
      platformErrors.TOKEN_INVALID,
    );
  return token;
}
