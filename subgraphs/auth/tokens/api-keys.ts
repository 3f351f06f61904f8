import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { IsNull } from 'typeorm';
import type { Clock } from '../../../platform/clock';
import { affectedRows, type Database } from '../../../platform/database/database';
import { keysetPage, type Page, type PageRequest } from '../../../platform/database/page';
import { type FieldError, forbidden, invalid, notFound } from '../../../platform/errors';
import type { OutboxRelay } from '../../../platform/events/outbox';
import type { Client } from '../../../platform/http/client-address';
import { isUuid, uuidv7 } from '../../../platform/ids';
import { type ApiKeyRevoked, apiKeyRevoked } from '../../../platform/security/access-events';
import { type ApiKeySource, apiKeyPattern } from '../../../platform/security/api-keys';
import { type Caller, holds } from '../../../platform/security/caller';
import { type ApiKeyFacts } from '../../../platform/security/credentials';
import { covers, isPermission } from '../../../platform/security/permissions';
import { isLine } from '../accounts/credentials';
import { actorOf, recordSecurityEvent, SecurityEventType } from '../security-events/security-event';
import { ApiKeyRow } from '../tables';

export interface NewApiKey {
  name: string;
  scopes: string[];
  expiresAt?: Date | null | undefined;
}

const mostScopes = 50;
const usedEveryMs = 60_000;

/** Credentials for scripts and services: shown once, stored as a hash, with no more than their scopes. */
export class ApiKeys implements ApiKeySource {
  constructor(
    private readonly database: Database,
    private readonly relay: Pick<OutboxRelay, 'flush'>,
    private readonly clock: Clock,
  ) {}

  /** @throws AppError 403 when a scope is more than the caller holds, 422 */
  async create(caller: Caller, input: NewApiKey, client: Client): Promise<{ row: ApiKeyRow; key: string }> {
    caller.require('api-keys:write');
    const createdBy = caller.requireUser();
    const now = this.clock.now();
    const { name, scopes, expiresAt } = checked(input, now);
    const tooMuch = scopes.find(scope => !covers(caller.permissions, scope));
    if (tooMuch !== undefined) throw forbidden('Nobody gives more than they hold', { permission: tooMuch });
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

  /** One's own keys, or with `api-keys:read` everybody's; the newest first, revoked ones too. */
  async list(caller: Caller, page: PageRequest): Promise<Page<ApiKeyRow>> {
    const query = this.database.read.createQueryBuilder(ApiKeyRow, 'key');
    if (!holds(caller, 'api-keys:read'))
      query.where('key.createdBy = :createdBy', { createdBy: caller.requireUser() });
    return keysetPage(query, [{ property: 'id', type: 'text', direction: 'DESC' }], page);
  }

  /** @throws AppError 404 for a key that is unknown, revoked, or somebody else's */
  async revoke(caller: Caller, id: string, client: Client): Promise<ApiKeyRow> {
    const mayRevokeAny = holds(caller, 'api-keys:revoke');
    if (!mayRevokeAny) caller.requireUser();
    const row = isUuid(id) ? await this.database.read.findOneBy(ApiKeyRow, { id }) : null;
    if (row === null || (row.createdBy !== caller.id && !mayRevokeAny)) throw notFound('API key');
    const revokedAt = this.clock.now();
    await this.database.transaction(async tx => {
      const revoked = await tx.manager.update(ApiKeyRow, { id, revokedAt: IsNull() }, { revokedAt });
      if (affectedRows(revoked) === 0) throw notFound('API key');
      await recordSecurityEvent(tx, revokedAt, {
        accountId: row.createdBy,
        type: SecurityEventType.API_KEY_REVOKED,
        client,
        ...actorOf(caller, row.createdBy),
        details: known(row),
      });
      const data: ApiKeyRevoked = { keyId: id };
      await tx.emit({ type: apiKeyRevoked, data });
    });
    await this.relay.flush();
    return { ...row, revokedAt };
  }

  /** Found by the prefix, believed by the hash, in constant time. Notes the use, at most once a minute. */
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
    const { id, scopes, expiresAt, createdBy } = row;
    return { id, scopes, expiresAt, createdBy };
  }
}

/** What somebody recognises a key by. */
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
