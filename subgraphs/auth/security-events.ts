import { In } from 'typeorm';
import type { Database, Transaction } from '../../platform/database/database';
import {
  cursorsOf,
  keysetPage,
  type OrderKey,
  type Page,
  type PageRequest,
  pageOf,
  pageSize,
} from '../../platform/database/page';
import type { Client } from '../../platform/http/client-address';
import { earliestIdAt, isUuid, uuidv7 } from '../../platform/ids';
import { currentTrace } from '../../platform/observability/tracing';
import { type Caller, isSelf } from '../../platform/security/caller';
import { SecurityEventRow } from './tables';

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

export interface SecurityEventFilter {
  userId?: string | null | undefined;
  type?: SecurityEventType | null | undefined;
  from?: Date | null | undefined;
  to?: Date | null | undefined;
}

const newestFirst: readonly OrderKey[] = [{ property: 'id', type: 'text', direction: 'DESC' }];

/** Reads the trail. Nothing here, or anywhere, changes it. */
export class SecurityEvents {
  constructor(private readonly db: Database) {}

  /** Of all accounts, the newest first. @throws AppError 403 without `security-events:read` */
  async search(
    caller: Caller,
    filter: SecurityEventFilter,
    page: PageRequest,
  ): Promise<Page<SecurityEventRow>> {
    caller.require('security-events:read');
    const query = this.db.read.createQueryBuilder(SecurityEventRow, 'event');
    const { userId, type, from, to } = filter;
    if (userId != null) query.andWhere(isUuid(userId) ? 'event.accountId = :userId' : '1 = 0', { userId });
    if (type != null) query.andWhere('event.type = :type', { type });
    if (from != null) query.andWhere('event.id >= :from', { from: earliestIdAt(from.getTime()) });
    if (to != null) query.andWhere('event.id < :to', { to: earliestIdAt(to.getTime()) });
    return keysetPage(query, newestFirst, page);
  }

  /** The same page for each of these accounts, in two queries for all of them. @throws AppError 422 */
  async pagesOf(accountIds: readonly string[], request: PageRequest): Promise<Page<SecurityEventRow>[]> {
    const size = pageSize(request.first);
    const cursors = cursorsOf(newestFirst);
    const [after] = request.after == null ? [] : cursors.read(request.after);
    const parameters: unknown[] = [];
    const bound = (value: unknown) => {
      parameters.push(value);
      return this.db.kind === 'sqlite' ? '?' : `$${parameters.length}`;
    };
    // One short walk of the index an account, where a condition over all of them would read all they have.
    const newest = accountIds.map(accountId => {
      const own = `account_id = ${bound(accountId)}`;
      const where = after === undefined ? own : `${own} AND id < ${bound(after)}`;
      return `SELECT id FROM (SELECT id FROM security_events WHERE ${where} ORDER BY id DESC LIMIT ${size + 1}) AS newest`;
    });
    const found = (await this.db.read.query(newest.join(' UNION ALL '), parameters)) as { id: string }[];
    const rows = await this.db.read.find(SecurityEventRow, {
      where: { id: In(found.map(({ id }) => id)) },
      order: { id: 'DESC' },
    });
    const ofAccount = new Map(accountIds.map(id => [id, [] as SecurityEventRow[]]));
    for (const row of rows) ofAccount.get(row.accountId)!.push(row);
    return [...ofAccount.values()].map(own => pageOf(own.slice(0, size), own.length > size, cursors.write));
  }
}
