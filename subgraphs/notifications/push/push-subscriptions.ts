import { createECDH, createHash } from 'node:crypto';
import { In } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import { AppError, type FieldError, invalid, notFound } from '../../../platform/errors';
import { isUuid, uuidv7 } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import type { Keyring } from '../../../platform/security/keyring';
import { isPublicHost } from '../delivery/outbound';
import { notificationsErrors } from '../errors';
import { PushSubscriptionRow } from '../tables';

/** Where a push service takes messages for one browser, and the keys that encrypt them (RFC 8291). */
export interface PushTarget {
  endpoint: string;
  p256dh: string;
  auth: string;
}

const mostForUser = 20;

/** The browsers and apps that users get push notifications on. */
export class PushSubscriptions {
  constructor(
    private readonly db: Database,
    private readonly keyring: Keyring,
    private readonly allowsPrivate: boolean,
  ) {}

  /**
   * Adds a browser of the caller. A subscription that is known already becomes the caller's: another user signed in there.
   *
   * @throws AppError 401; 403 for API keys; 409 TOO_MANY_PUSH_SUBSCRIPTIONS; 422 naming every wrong field
   */
  async add(caller: Caller, target: PushTarget): Promise<PushSubscriptionRow> {
    const userId = caller.requireUser();
    const mistakes = this.mistakesIn(target);
    if (mistakes.length > 0) throw invalid(mistakes);
    const endpointHash = createHash('sha256').update(target.endpoint).digest('base64url');
    const now = this.db.clock.now();
    const id = uuidv7(now);
    const { endpoint, p256dh, auth } = target;
    const sealed = this.keyring.encrypt(JSON.stringify({ endpoint, p256dh, auth }), contextOf(id));
    const row: PushSubscriptionRow = { id, userId, endpointHash, target: sealed, createdAt: now };
    await this.db.transaction(async tx => {
      await tx.manager.delete(PushSubscriptionRow, { endpointHash });
      if ((await tx.manager.countBy(PushSubscriptionRow, { userId })) >= mostForUser)
        throw new AppError(
          notificationsErrors.TOO_MANY_PUSH_SUBSCRIPTIONS,
          `A user has at most ${mostForUser} push subscriptions: remove one first`,
        );
      await tx.manager.insert(PushSubscriptionRow, row);
    });
    return row;
  }

  /** The caller's own. @throws AppError 401; 403 for API keys */
  async list(caller: Caller): Promise<PushSubscriptionRow[]> {
    return this.db.read.find(PushSubscriptionRow, {
      where: { userId: caller.requireUser() },
      order: { id: 'ASC' },
    });
  }

  /** @throws AppError 401; 403 for API keys; 404 */
  async remove(caller: Caller, id: string): Promise<void> {
    const userId = caller.requireUser();
    const known = isUuid(id) ? await this.db.read.findOneBy(PushSubscriptionRow, { id, userId }) : null;
    if (known === null) throw notFound('Push subscription');
    await this.forget(id);
  }

  /** Called when the push service says that the subscription has ended. */
  async forget(id: string): Promise<void> {
    await this.db.transaction(tx => tx.manager.delete(PushSubscriptionRow, { id }));
  }

  async target(id: string): Promise<PushTarget | undefined> {
    const row = await this.db.read.findOneBy(PushSubscriptionRow, { id });
    if (row === null) return undefined;
    return JSON.parse(this.keyring.decrypt(row.target, contextOf(id))) as PushTarget;
  }

  /** The ids of the subscriptions of each user. */
  async ofUsers(userIds: readonly string[]): Promise<Map<string, string[]>> {
    const found = new Map<string, string[]>();
    const rows = await this.db.read.find(PushSubscriptionRow, {
      where: { userId: In([...userIds]) },
      order: { id: 'ASC' },
    });
    for (const { userId, id } of rows) found.set(userId, [...(found.get(userId) ?? []), id]);
    return found;
  }

  /** The host of the push service, which says which browser it is. */
  hostOf(row: PushSubscriptionRow): string {
    const { endpoint } = JSON.parse(this.keyring.decrypt(row.target, contextOf(row.id))) as PushTarget;
    return new URL(endpoint).host;
  }

  private mistakesIn({ endpoint, p256dh, auth }: PushTarget): FieldError[] {
    const mistakes: FieldError[] = [];
    const field = (name: string, message: string) => mistakes.push({ field: name, message });
    if (endpoint.length > 1_000 || !isEndpoint(endpoint, this.allowsPrivate))
      field('endpoint', 'must be an https URL of a push service');
    if (!isPublicKey(p256dh)) field('p256dh', 'must be a point of P-256 in base64url');
    if (!/^[A-Za-z0-9_-]{22}(==)?$/.test(auth)) field('auth', 'must be 16 bytes in base64url');
    return mistakes;
  }
}

function contextOf(id: string): string {
  return `push_subscriptions.target:${id}`;
}

/** Whether it is a URL that may be reached. @param allowsPrivate then also http */
export function isEndpoint(text: string, allowsPrivate: boolean): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  if (allowsPrivate) return protocol === 'https:' || protocol === 'http:';
  return protocol === 'https:' && isPublicHost(hostname);
}

function isPublicKey(text: string): boolean {
  if (!/^[A-Za-z0-9_-]{87}=?$/.test(text)) return false;
  const ours = createECDH('prime256v1');
  ours.generateKeys();
  try {
    // Fails for a point that is not on the curve.
    ours.computeSecret(Buffer.from(text, 'base64url'));
    return true;
  } catch {
    return false;
  }
}
