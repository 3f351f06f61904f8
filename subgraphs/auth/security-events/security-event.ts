import type { Transaction } from '../../../platform/database/transaction';
import type { Client } from '../../../platform/http/client-address';
import { uuidv7 } from '../../../platform/ids';
import { currentTrace } from '../../../platform/observability/tracing';
import { type Caller, isSelf } from '../../../platform/security/caller';
import { SecurityEventRow } from '../tables';

/** The types of security events, for owners of accounts and for auditors. */
export enum SecurityEventType {
  REGISTERED = 'REGISTERED',
  SIGNED_IN = 'SIGNED_IN',
  SIGN_IN_FAILED = 'SIGN_IN_FAILED',
  SIGNED_OUT = 'SIGNED_OUT',
  REAUTHENTICATED = 'REAUTHENTICATED',
  SESSIONS_REVOKED = 'SESSIONS_REVOKED',
  REFRESH_TOKEN_REUSED = 'REFRESH_TOKEN_REUSED',
  EMAIL_VERIFIED = 'EMAIL_VERIFIED',
  PASSWORD_RESET_REQUESTED = 'PASSWORD_RESET_REQUESTED',
  PASSWORD_RESET = 'PASSWORD_RESET',
  PASSWORD_CHANGED = 'PASSWORD_CHANGED',
  INVITATION_ACCEPTED = 'INVITATION_ACCEPTED',
  TOTP_ENABLED = 'TOTP_ENABLED',
  TOTP_DISABLED = 'TOTP_DISABLED',
  RECOVERY_CODE_USED = 'RECOVERY_CODE_USED',
  RECOVERY_CODES_RENEWED = 'RECOVERY_CODES_RENEWED',
  API_KEY_CREATED = 'API_KEY_CREATED',
  API_KEY_REVOKED = 'API_KEY_REVOKED',
  SUSPENDED = 'SUSPENDED',
  REACTIVATED = 'REACTIVATED',
  ROLES_CHANGED = 'ROLES_CHANGED',
  DELETED = 'DELETED',
  ROLE_CREATED = 'ROLE_CREATED',
  ROLE_UPDATED = 'ROLE_UPDATED',
  ROLE_DELETED = 'ROLE_DELETED',
}

export interface SecurityEvent {
  accountId: string;
  type: SecurityEventType;
  client: Client;
  /** The user or API key that acted, where that is not the owner of the account. */
  actorId?: string;
  /** Shown to the owner and to auditors, so never a secret. */
  details?: object;
}

/** Call it in the transaction of the action, so that the action and its event are stored together or not at all. */
export async function recordSecurityEvent(tx: Transaction, now: number, event: SecurityEvent): Promise<void> {
  const { accountId, type, client, actorId, details } = event;
  await tx.manager.insert(SecurityEventRow, {
    id: uuidv7(now),
    accountId,
    type,
    occurredAt: now,
    actorId: actorId ?? null,
    address: client.address,
    userAgent: client.userAgent,
    traceId: currentTrace()?.traceId ?? null,
    details: details ?? {},
  });
}

/** The `actorId` of an event of this account: absent where the caller is its owner. */
export function actorOf(caller: Caller, accountId: string): Pick<SecurityEvent, 'actorId'> {
  return isSelf(caller, accountId) ? {} : { actorId: caller.id };
}
