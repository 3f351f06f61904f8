import { randomBytes } from 'node:crypto';
import { In } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import { KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import { invalid, notFound } from '../../../platform/errors';
import { isUuid, uuidv7 } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import type { Keyring } from '../../../platform/security/keyring';
import { isEndpoint } from '../push/push-subscriptions';
import { WebhookEndpointRow } from '../tables';

export interface WebhookSecrets {
  /** `whsec_` and base64, as Standard Webhooks writes it. */
  current: string;
  /** Also signs until `until`, so that the receiver can change over. */
  previous: { secret: string; until: number } | null;
}

const overlapMs = 24 * 60 * 60_000;
const list = new KeysetList(WebhookEndpointRow, [{ property: 'id', type: 'text', direction: 'ASC' }]);

/** The URLs that get notifications as signed requests. */
export class WebhookEndpoints {
  constructor(
    private readonly db: Database,
    private readonly keyring: Keyring,
    private readonly allowsPrivate: boolean,
  ) {}

  /**
   * @returns the endpoint with the secret that signs its requests
   * @throws AppError 401, 403 without webhooks:write; 422 for a URL that must not be reached
   */
  async create(caller: Caller, url: string): Promise<{ row: WebhookEndpointRow; secret: string }> {
    caller.require('webhooks:write');
    if (url.length > 2_000 || !isEndpoint(url, this.allowsPrivate))
      throw invalid([{ field: 'url', message: 'must be an https URL with a public address' }]);
    const now = this.db.clock.now();
    const id = uuidv7(now);
    const secret = newSecret();
    const row: WebhookEndpointRow = {
      id,
      ownerId: `${caller.kind}:${caller.id}`,
      url: new URL(url).href,
      secrets: this.seal(id, { current: secret, previous: null }),
      createdAt: now,
    };
    await this.db.transaction(tx => tx.manager.insert(WebhookEndpointRow, row));
    return { row, secret };
  }

  /** @throws AppError 401, 403 without webhooks:read; 422 for a page that is not valid */
  async list(caller: Caller, request: PageRequest): Promise<Page<WebhookEndpointRow>> {
    caller.require('webhooks:read');
    return list.page(this.db, [], request);
  }

  /**
   * Makes a new secret. For 24 hours requests carry a signature with each of the two.
   *
   * @throws AppError 401, 403 without webhooks:write; 404
   */
  async rotateSecret(caller: Caller, id: string): Promise<{ row: WebhookEndpointRow; secret: string }> {
    caller.require('webhooks:write');
    if (!isUuid(id)) throw notFound('Webhook endpoint');
    const secret = newSecret();
    const row = await this.db.transaction(async tx => {
      const lock = this.db.kind === 'postgres' ? { lock: { mode: 'pessimistic_write' as const } } : {};
      const known = await tx.manager.findOne(WebhookEndpointRow, { where: { id }, ...lock });
      if (known === null) throw notFound('Webhook endpoint');
      const { current } = this.open(known);
      const previous = { secret: current, until: this.db.clock.now() + overlapMs };
      const changed = { ...known, secrets: this.seal(id, { current: secret, previous }) };
      await tx.manager.save(WebhookEndpointRow, changed);
      return changed;
    });
    return { row, secret };
  }

  /** @throws AppError 401, 403 without webhooks:write; 404 */
  async delete(caller: Caller, id: string): Promise<void> {
    caller.require('webhooks:write');
    const known = isUuid(id) ? await this.db.read.findOneBy(WebhookEndpointRow, { id }) : null;
    if (known === null) throw notFound('Webhook endpoint');
    await this.db.transaction(tx => tx.manager.delete(WebhookEndpointRow, { id }));
  }

  /** Those of these ids that exist. */
  async existing(ids: readonly string[]): Promise<Set<string>> {
    const rows = await this.db.read.find(WebhookEndpointRow, {
      where: { id: In([...ids]) },
      select: { id: true },
    });
    return new Set(rows.map(({ id }) => id));
  }

  /** Where to send, and the secrets that sign now; undefined when it was deleted. */
  async target(id: string): Promise<{ url: string; secrets: string[] } | undefined> {
    const row = await this.db.read.findOneBy(WebhookEndpointRow, { id });
    if (row === null) return undefined;
    const { current, previous } = this.open(row);
    const isOverlapping = previous !== null && previous.until > this.db.clock.now();
    return { url: row.url, secrets: [current, ...(isOverlapping ? [previous.secret] : [])] };
  }

  private seal(id: string, secrets: WebhookSecrets): string {
    return this.keyring.encrypt(JSON.stringify(secrets), `webhook_endpoints.secrets:${id}`);
  }

  private open({ id, secrets }: WebhookEndpointRow): WebhookSecrets {
    return JSON.parse(this.keyring.decrypt(secrets, `webhook_endpoints.secrets:${id}`)) as WebhookSecrets;
  }
}

function newSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`;
}
