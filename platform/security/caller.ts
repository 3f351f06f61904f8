import { AppError, forbidden, platformErrors, unauthenticated, unavailable } from '../errors';
import { covers, grants } from './permissions';

/** The caller of a request, made from its verified credential. Domain methods check it on their first line. */
export interface Caller {
  readonly kind: 'anonymous' | 'user' | 'service';
  /** The user's id, or the API key's; empty for anonymous callers. */
  readonly id: string;
  /** The user in whose name it acts: the caller, or the creator of the API key. Empty for anonymous callers. */
  readonly onBehalfOf: string;
  /** The session an access token belongs to; undefined for API keys. */
  readonly sessionId: string | undefined;
  /** The access token's `jti`. */
  readonly tokenId: string | undefined;
  /** Seconds since the epoch at which the credential ends; undefined when it does not. */
  readonly expiresAt: number | undefined;
  /** Seconds since the epoch of the last authentication; undefined for API keys and anonymous callers. */
  readonly authenticatedAt: number | undefined;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  has(permission: string): boolean;
  /** @throws AppError 401 for anonymous callers; 403 without the permission; 503 when revocations are not current */
  require(permission: string): void;
  /** The id of the signed-in user. @throws AppError 401 for anonymous callers; 403 for API keys */
  requireUser(): string;
  /** Whatever writes asks it first. @throws AppError 503 for a credential whose revocation may have been missed */
  requireCurrent(): void;
}

export const anonymous: Caller = {
  kind: 'anonymous',
  id: '',
  onBehalfOf: '',
  sessionId: undefined,
  tokenId: undefined,
  expiresAt: undefined,
  authenticatedAt: undefined,
  roles: [],
  permissions: [],
  has: () => false,
  require: () => {
    throw unauthenticated();
  },
  requireUser: () => {
    throw unauthenticated();
  },
  requireCurrent: () => {},
};

/** Whether all revocations are known, see `Revocations.isCurrent`. */
export type IsCurrent = (purpose: 'read' | 'write') => boolean;

export class Authenticated implements Caller {
  readonly kind: 'user' | 'service';
  readonly id: string;
  readonly onBehalfOf: string;
  readonly sessionId: string | undefined;
  readonly tokenId: string | undefined;
  readonly expiresAt: number | undefined;
  readonly authenticatedAt: number | undefined;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  private readonly isCurrent: IsCurrent;

  constructor(facts: {
    kind: 'user' | 'service';
    id: string;
    /** For API keys. */
    onBehalfOf?: string | undefined;
    sessionId?: string | undefined;
    tokenId?: string | undefined;
    expiresAt?: number | undefined;
    authenticatedAt?: number | undefined;
    roles?: readonly string[];
    permissions: readonly string[];
    isCurrent: IsCurrent;
  }) {
    this.kind = facts.kind;
    this.id = facts.id;
    this.onBehalfOf = facts.onBehalfOf ?? facts.id;
    this.sessionId = facts.sessionId;
    this.tokenId = facts.tokenId;
    this.expiresAt = facts.expiresAt;
    this.authenticatedAt = facts.authenticatedAt;
    this.roles = facts.roles ?? [];
    this.permissions = facts.permissions;
    this.isCurrent = facts.isCurrent;
  }

  has(permission: string): boolean {
    return this.permissions.some(grant => grants(grant, permission));
  }

  require(permission: string): void {
    if (!this.has(permission)) throw forbidden(`This needs the permission ${permission}`, { permission });
    // Reading one's own data works without the revocation feed; access by permission does not.
    if (!this.isCurrent('read')) throw notCurrent();
  }

  requireUser(): string {
    if (this.kind !== 'user') throw forbidden('Only a signed-in user can do this');
    return this.id;
  }

  requireCurrent(): void {
    if (!this.isCurrent('write')) throw notCurrent();
  }
}

function notCurrent(): AppError {
  return unavailable('Plinth cannot check now whether this access was revoked: nothing was done');
}

export function isSelf(caller: Caller, userId: string): boolean {
  return caller.kind === 'user' && caller.id === userId;
}

/** Like `caller.require`, for objects that look missing instead of forbidden. @throws AppError 503 as `caller.require` */
export function holds(caller: Caller, permission: string): boolean {
  if (!caller.has(permission)) return false;
  caller.require(permission);
  return true;
}

/** Whether the caller is this user or holds the permission. @throws AppError 503 as `holds` */
export function isSelfOrHolds(caller: Caller, userId: string, permission: string): boolean {
  return isSelf(caller, userId) || holds(caller, permission);
}

/**
 * Authority works downward: nobody acts on an account that holds more permissions than they hold themselves. Call it after
 * `caller.require`, with the permissions that the account holds now.
 *
 * @throws AppError 403
 */
export function requireAuthorityOver(caller: Caller, userId: string, held: readonly string[]): void {
  if (isSelf(caller, userId)) return;
  if (held.every(permission => covers(caller.permissions, permission))) return;
  throw forbidden('Nobody acts on an account that holds more permissions than they do');
}

/** The age in seconds of the last authentication that sensitive actions accept. */
const recentSeconds = 600;

/**
 * Step-up authentication (RFC 9470): a stolen token must not be enough to change factors or delete an account. API keys
 * cannot authenticate again, so their scopes decide alone.
 *
 * @param now milliseconds since the epoch
 * @throws AppError 401 REAUTHENTICATION_REQUIRED with `maxAgeSeconds` when the last authentication is older
 */
export function requireRecent(caller: Caller, now: number): void {
  if (caller.kind === 'service') return;
  const age = Math.floor(now / 1000) - (caller.authenticatedAt ?? Number.NEGATIVE_INFINITY);
  if (age <= recentSeconds) return;
  throw new AppError(
    platformErrors.REAUTHENTICATION_REQUIRED,
    'Prove again who you are: this needs a recent sign-in',
    {
      details: { maxAgeSeconds: recentSeconds },
      headers: {
        'www-authenticate': `Bearer error="insufficient_user_authentication", max_age="${recentSeconds}"`,
      },
    },
  );
}
