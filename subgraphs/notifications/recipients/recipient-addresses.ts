import { isUuid } from '../../../platform/ids';
import { type Channel, isAddress } from '../message';
import { type Preferences, timeZoneOf } from '../preferences/preferences';
import type { PushSubscriptions } from '../push/push-subscriptions';
import type { RecipientRow } from '../tables';
import type { WebhookEndpoints } from '../webhooks/webhook-endpoints';
import type { Recipients } from './recipients';

/** One place that a notification goes to. */
export interface RecipientAddress {
  userId: string | null;
  recipient: string;
  /** That of the user's profile. */
  locale: string | null;
}

/** Turns the recipients of a request into addresses of its channel. */
export class RecipientAddresses {
  constructor(
    private readonly recipients: Recipients,
    private readonly preferences: Preferences,
    private readonly subscriptions: PushSubscriptions,
    private readonly endpoints: WebhookEndpoints,
  ) {}

  /** Only those that can be reached. A user has one address, and one for each subscription where the channel is push. */
  async find(channel: Channel, targets: readonly string[]): Promise<Map<string, RecipientAddress[]>> {
    const found = new Map<string, RecipientAddress[]>();
    for (const target of targets.filter(each => isAddress(channel, each)))
      found.set(target, [{ userId: null, recipient: target, locale: null }]);
    const ids = targets.filter(isUuid);
    if (ids.length === 0) return found;
    switch (channel) {
      case 'email':
        await this.addUsers(ids, user => user.email, found);
        break;
      case 'sms':
        await this.addUsers(ids, user => this.recipients.phoneOf(user), found);
        break;
      case 'push':
        await this.addSubscriptions(ids, found);
        break;
      case 'in_app':
        await this.addUsers(ids, user => user.userId, found);
        break;
      case 'webhook':
        for (const id of await this.endpoints.existing(ids))
          found.set(id, [{ userId: null, recipient: id, locale: null }]);
        break;
    }
    return found;
  }

  /** The time zone of each of these users. */
  async timeZones(userIds: readonly string[]): Promise<Map<string, string>> {
    const [users, preferences] = await Promise.all([
      this.recipients.all(userIds),
      this.preferences.ofUsers(userIds),
    ]);
    return new Map(userIds.map(id => [id, timeZoneOf(preferences.get(id), users.get(id))]));
  }

  private async addUsers(
    ids: readonly string[],
    addressOf: (user: RecipientRow) => string | null,
    found: Map<string, RecipientAddress[]>,
  ): Promise<void> {
    for (const user of await this.recipients.active(ids)) {
      const recipient = addressOf(user);
      const { userId, locale } = user;
      if (recipient !== null) found.set(userId, [{ userId, recipient, locale }]);
    }
  }

  private async addSubscriptions(
    userIds: readonly string[],
    found: Map<string, RecipientAddress[]>,
  ): Promise<void> {
    const active = new Map((await this.recipients.active(userIds)).map(user => [user.userId, user]));
    for (const [userId, ids] of await this.subscriptions.ofUsers([...active.keys()])) {
      const { locale } = active.get(userId)!;
      found.set(
        userId,
        ids.map(recipient => ({ userId, recipient, locale })),
      );
    }
  }
}
