import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { IsNull } from 'typeorm';
import type { Clock } from '../../../platform/clock';
import { affectedRows, type Database } from '../../../platform/database/database';
import { KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import type { Transaction } from '../../../platform/database/transaction';
import { type FieldError, forbidden, invalid, notFound, unauthenticated } from '../../../platform/errors';
import type { OutboxRelay } from '../../../platform/events/outbox';
import type { Client } from '../../../platform/http/client-address';
import { isUuid, uuidv7 } from '../../../platform/ids';
import { type ApiKeyRevoked, apiKeyRevoked } from '../../../platform/security/access-events';
import { type ApiKeySource, apiKeyPattern } from '../../../platform/security/api-keys';
import { type Caller, holds, requireAuthorityOver, requireRecent } from '../../../platform/security/caller';
import { type ApiKeyFacts } from '../../../platform/security/credentials';
import { covers, inCommon, isPermission } from '../../../platform/security/permissions';
import { lockAccount, permissionsHeldBy } from '../accounts/account-rows';
import { isLine } from '../accounts/credentials';
import {
  actorOf,
  recordSecurityEvent,
  type SecurityEvent,
  SecurityEventType,
} from '../security-events/security-event';
import { AccountRow, ApiKeyRow } from '../tables';

const newestFirst = new KeysetList(ApiKeyRow, [{ property: 'id', type: 'text', direction: 'DESC' }]);

export interface NewApiKey {
  name: string;
  scopes: string[];
  expiresAt?: Date | null | undefined;
}

const mostScopes = 50;
const usedEveryMs = 60_000;

/**
 * Credentials for scripts and services: shown once and stored as a hash. A key has its scopes, as far as the account that
 * created it has these permissions now.
 */
export class ApiKeys implements ApiKeySource {
  constructor(
    private readonly database: Database,
    private readonly relay: Pick<OutboxRelay, 'requireBus' | 'announce'>,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws AppError 401 REAUTHENTICATION_REQUIRED; 403 without `api-keys:write`, and for a scope that the caller does not
   * hold; 422
   */
  async create(caller: Caller, input: NewApiKey, client: Client): Promise<{ row: ApiKeyRow; key: string }> {
    caller.require('api-keys:write');
    const createdBy = caller.requireUser();
    const now = this.clock.now();
    requireRecent(caller, now);
    const { name, scopes, expiresAt } = checked(input, now);
    const tooMuch = scopes.find(scope => !covers(caller.permissions, scope));
    if (tooMuch !== undefined)
      throw forbidden('A key cannot have a permission that its creator does not hold', {
        permission: tooMuch,
      });
    const prefix = randomBytes(6).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    const row = Object.assign(new ApiKeyRow(), {
      id: uuidv7(now),
      name,
      prefix,
      secretHash: hashOf(secret),
      scopes,
      createdBy,
      createdAt: now,
      expiresAt,
      lastUsedAt: null,
      revokedAt: null,
    });
    await this.database.transaction(async tx => {
      // The lock makes a concurrent suspension see this key, or this transaction see the suspension.
      const account = await lockAccount(this.database, tx, createdBy);
      if (!account?.isActive) throw unauthenticated('This account is suspended or does not exist any more');
      await tx.manager.insert(ApiKeyRow, row);
      await recordSecurityEvent(tx, now, {
        accountId: createdBy,
        type: SecurityEventType.API_KEY_CREATED,
        client,
        details: { ...known(row), scopes },
      });
    });
    return { row, key: `plk_${prefix}_${secret}` };
  }

  /** The caller's keys, or all keys with `api-keys:read`: the newest first, revoked ones included. */
  async list(caller: Caller, page: PageRequest): Promise<Page<ApiKeyRow>> {
    const own = holds(caller, 'api-keys:read')
      ? []
      : [{ sql: 'created_by = ?', values: [caller.requireUser()] }];
    return newestFirst.page(this.database, own, page);
  }

  /** @throws AppError 503 when the event bus does not answer; 403 for the key of an account with more permissions than the caller; 404 for an unknown or revoked key, and for the key of another user without `api-keys:revoke` */
  async revoke(caller: Caller, id: string, client: Client): Promise<ApiKeyRow> {
    const mayRevokeAny = holds(caller, 'api-keys:revoke');
    if (!mayRevokeAny) caller.requireUser();
    const row = isUuid(id) ? await this.database.read.findOneBy(ApiKeyRow, { id }) : null;
    if (row === null || (row.createdBy !== caller.id && !mayRevokeAny)) throw notFound('API key');
    const owner = await this.database.read.findOneBy(AccountRow, { id: row.createdBy });
    if (owner !== null) requireAuthorityOver(caller, owner.id, permissionsHeldBy(owner));
    await this.relay.requireBus();
    const revokedAt = this.clock.now();
    const isRevoked = await this.database.transaction(tx =>
      this.end(tx, row, revokedAt, actorOf(caller, row.createdBy), client),
    );
    if (!isRevoked) throw notFound('API key');
    await this.relay.announce();
    return { ...row, revokedAt };
  }

  /** Revokes all keys of an account in the transaction that suspends it, or gives it to the owner of its address. */
  async revokeAll(
    tx: Transaction,
    accountId: string,
    actor: Pick<SecurityEvent, 'actorId'>,
    client: Client,
  ): Promise<void> {
    const rows = await tx.manager.findBy(ApiKeyRow, { createdBy: accountId, revokedAt: IsNull() });
    for (const row of rows) await this.end(tx, row, this.clock.now(), actor, client);
  }

  /** @returns false when the key was revoked before */
  private async end(
    tx: Transaction,
    row: ApiKeyRow,
    revokedAt: number,
    actor: Pick<SecurityEvent, 'actorId'>,
    client: Client,
  ): Promise<boolean> {
    const revoked = await tx.manager.update(ApiKeyRow, { id: row.id, revokedAt: IsNull() }, { revokedAt });
    if (affectedRows(revoked) === 0) return false;
    await recordSecurityEvent(tx, revokedAt, {
      accountId: row.createdBy,
      type: SecurityEventType.API_KEY_REVOKED,
      client,
      ...actor,
      details: known(row),
    });
    const data: ApiKeyRevoked = { keyId: row.id };
    await tx.emit({ type: apiKeyRevoked, data });
    return true;
  }

  /** Finds the key by its prefix and compares the hash in constant time. Stores the time of use at most once a minute. */
  async find(key: string): Promise<ApiKeyFacts | undefined> {
    const [, prefix, secret] = apiKeyPattern.exec(key) ?? [];
    if (prefix === undefined || secret === undefined) return undefined;
    const row = await this.database.read.findOneBy(ApiKeyRow, { prefix });
    const isRight = timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(row?.secretHash ?? hashOf('')));
    const now = this.clock.now();
    if (row === null || !isRight || row.revokedAt !== null) return undefined;
    if (row.expiresAt !== null && row.expiresAt <= now) return undefined;
    if ((row.lastUsedAt ?? 0) <= now - usedEveryMs) {
      await this.database.transaction(tx =>
        tx.manager.update(ApiKeyRow, { id: row.id }, { lastUsedAt: now }),
      );
    }
    const { id, expiresAt, createdBy } = row;
    const creator = await this.database.read.findOneBy(AccountRow, { id: createdBy });
    if (creator === null || !creator.isActive) return undefined;
    return { id, scopes: inCommon(row.scopes, creator.permissions), expiresAt, createdBy };
  }
}

/** The facts by which people recognise a key. */
function known({ id, name, prefix }: ApiKeyRow): { keyId: string; name: string; prefix: string } {
  return { keyId: id, name, prefix: `plk_${prefix}` };
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function checked(
  input: NewApiKey,
  now: number,
): { name: string; scopes: string[]; expiresAt: number | null } {
  const mistakes: FieldError[] = [];
  const name = input.name.trim();
  if (name === '' || name.length > 100 || !isLine(name)) {
    mistakes.push({ field: 'name', message: 'must be 1 to 100 characters without control characters' });
  }
  const scopes = [...new Set(input.scopes)].sort();
  if (scopes.length === 0 || scopes.length > mostScopes) {
    mistakes.push({ field: 'scopes', message: `must be 1 to ${mostScopes} permissions` });
  }
  input.scopes.slice(0, mostScopes).forEach((scope, index) => {
    if (!isPermission(scope))
      mistakes.push({ field: `scopes.${index}`, message: 'must be a permission such as users:read' });
  });
  const expiresAt = input.expiresAt?.getTime() ?? null;
  if (expiresAt !== null && expiresAt <= now)
    mistakes.push({ field: 'expiresAt', message: 'must be in the future' });
  if (mistakes.length > 0) throw invalid(mistakes);
  return { name, scopes, expiresAt };
}
