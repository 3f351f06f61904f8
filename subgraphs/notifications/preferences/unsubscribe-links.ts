import { createHash } from 'node:crypto';
import type { Database } from '../../../platform/database/database';
import type { Keyring } from '../../../platform/security/keyring';
import type { Channel } from '../message';
import { UnsubscribedAddressRow } from '../tables';
import type { Preferences } from './preferences';

const purpose = 'unsubscribe';

/** What a link unsubscribes from. */
export interface Subscription {
  /** The id of a user, or the hash of an address, channel and category. */
  subject: { userId: string } | { address: string };
  category: string;
  channel: Channel;
}

/**
 * Links that unsubscribe a recipient from one category of a channel without a sign-in (RFC 8058). They do not expire, because mail
 * is kept for years; the worst that a stolen one does is to unsubscribe its owner.
 */
export class UnsubscribeLinks {
  /** @param base address of the gateway */
  constructor(
    private readonly db: Database,
    private readonly keyring: Keyring,
    private readonly preferences: Preferences,
    private readonly base: string,
  ) {}

  urlFor(notification: {
    userId: string | null;
    recipient: string;
    category: string;
    channel: string;
  }): string {
    const { userId, recipient, category, channel } = notification;
    const subject = userId === null ? `a:${hashOf(channel, recipient, category)}` : `u:${userId}`;
    const text = `${subject}.${channel}.${category}`;
    const token = `${Buffer.from(text).toString('base64url')}.${this.keyring.sign(text, purpose)}`;
    return `${this.base}/notifications/unsubscribe?token=${encodeURIComponent(token)}`;
  }

  /** @returns undefined for a token that was not made here */
  read(token: string): Subscription | undefined {
    const dot = token.indexOf('.');
    const text = Buffer.from(token.slice(0, Math.max(dot, 0)), 'base64url').toString();
    if (dot < 0 || !this.keyring.isSigned(text, token.slice(dot + 1), purpose)) return undefined;
    const [subject = '', channel = '', category = ''] = text.split('.');
    const id = subject.slice(2);
    return {
      subject: subject.startsWith('u:') ? { userId: id } : { address: id },
      channel: channel as Channel,
      category,
    };
  }

  /** Repeated calls change nothing. */
  async unsubscribe({ subject, category, channel }: Subscription): Promise<void> {
    if ('userId' in subject) return this.preferences.unsubscribe(subject.userId, category, channel);
    const row: UnsubscribedAddressRow = { id: subject.address, createdAt: this.db.clock.now() };
    await this.db.transaction(async tx => {
      await tx.manager
        .createQueryBuilder()
        .insert()
        .into(UnsubscribedAddressRow)
        .values(row)
        .orIgnore()
        .execute();
    });
  }

  /** The notifications whose address unsubscribed from their category. */
  async unsubscribed(
    notifications: readonly { id: string; recipient: string; category: string; channel: string }[],
  ): Promise<Set<string>> {
    if (notifications.length === 0) return new Set();
    const hashes = new Map(
      notifications.map(({ id, channel, recipient, category }) => [id, hashOf(channel, recipient, category)]),
    );
    const rows = await this.db.rows(UnsubscribedAddressRow, 'WHERE id IN (??)', [[...hashes.values()]]);
    const found = new Set(rows.map(({ id }) => id));
    return new Set(notifications.map(({ id }) => id).filter(id => found.has(hashes.get(id)!)));
  }
}

function hashOf(channel: string, recipient: string, category: string): string {
  return createHash('sha256').update(`${channel}:${recipient.toLowerCase()}:${category}`).digest('base64url');
}
