import type { Transaction } from '../../../platform/database/database';
import type { Client } from '../../../platform/http/client-address';
import { uuidv7 } from '../../../platform/ids';
import { currentTrace } from '../../../platform/observability/tracing';
import { type Caller, isSelf } from '../../../platform/security/caller';
import { SecurityEventRow } from '../tables';

/** What is worth telling the owner of an account, or an auditor. */
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
}

export interface SecurityEvent {
  accountId: string;
  type: SecurityEventType;
  client: Client;
  /** Who did it, where that is not the account's owner. */
  actorId?: string;
  /** Never a secret: it is shown to the owner and to auditors. */
  details?: object;
}

/** Written in the transaction of the deed, so that there is no deed without its event and no event without its deed. */
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

/** Who did it, for the trail of this account: nobody in particular where that is its owner. */
export function actorOf(caller: Caller, accountId: string): Pick<SecurityEvent, 'actorId'> {
  return isSelf(caller, accountId) ? {} : { actorId: caller.id };
}
