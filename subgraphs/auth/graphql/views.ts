import type { Caller } from '../../../platform/security/caller';
import type { SecurityEventType } from '../security-events/security-event';
import type { SignedIn } from '../sessions/session-tokens';
import { deviceName } from '../sessions/user-agent';
import type { AccountRow, ApiKeyRow, SecurityEventRow, SessionRow } from '../tables';
import type { TokenValidation } from '../tokens/token-validations';
import type { ApiKey } from './api-key.types';
import type { SecurityEvent as SecurityEventView } from './security-event.types';
import type { SignedInType, TokenValidationType, User, UserSession } from './types';

export function userOf(row: AccountRow): User {
  const { id, username, email, isActive, createdAt, lastLogin, emailVerifiedAt } = row;
  return {
    id,
    username,
    email,
    isActive,
    createdAt: new Date(createdAt),
    lastLogin: dateOf(lastLogin),
    emailVerified: emailVerifiedAt !== null,
  };
}

export function signedInOf({ account, tokens }: SignedIn): SignedInType {
  return { ...tokens, user: userOf(account) };
}

export function sessionOf(row: SessionRow, caller: Caller): UserSession {
  const { id, userAgent, address, createdAt, lastSeenAt, expiresAt } = row;
  return {
    id,
    device: deviceName(userAgent),
    userAgent,
    address,
    createdAt: new Date(createdAt),
    lastSeenAt: new Date(lastSeenAt),
    expiresAt: new Date(expiresAt),
    isCurrent: id === caller.sessionId,
  };
}

export function securityEventOf(row: SecurityEventRow): SecurityEventView {
  const { id, accountId, type, occurredAt, actorId, address, userAgent, traceId, details } = row;
  return {
    id,
    userId: accountId,
    type: type as SecurityEventType,
    occurredAt: new Date(occurredAt),
    actorId,
    address,
    device: deviceName(userAgent),
    userAgent,
    traceId,
    details,
  };
}

export function apiKeyOf(row: ApiKeyRow): ApiKey {
  const { id, name, scopes, createdBy } = row;
  return {
    id,
    name,
    prefix: `plk_${row.prefix}`,
    scopes,
    createdBy,
    createdAt: new Date(row.createdAt),
    expiresAt: dateOf(row.expiresAt),
    lastUsedAt: dateOf(row.lastUsedAt),
    revokedAt: dateOf(row.revokedAt),
  };
}

function dateOf(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant);
}

export function validationOf(validation: TokenValidation): TokenValidationType {
  if (!validation.active) {
    const { reason } = validation;
    return { active: false, userId: null, roles: [], permissions: [], expiresAt: null, reason };
  }
  return { ...validation, expiresAt: new Date(validation.expiresAt), reason: null };
}
