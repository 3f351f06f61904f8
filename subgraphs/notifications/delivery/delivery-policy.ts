import type { Clock } from '../../../platform/clock';
import { securityCategory } from '../message';
import { isWanted, type Preferences, quietUntil } from '../preferences/preferences';
import type { UnsubscribeLinks } from '../preferences/unsubscribe-links';
import type { Recipients } from '../recipients/recipients';
import type { NotificationRow, PreferencesRow, RecipientRow } from '../tables';

/** What to do with a notification that is due. */
export type Decision =
  | { kind: 'send' }
  | { kind: 'fail'; reason: string }
  | { kind: 'cancel'; reason: string }
  | { kind: 'wait'; reason: string; until: number };

const send: Decision = { kind: 'send' };
/** Channels that make a noise. */
const loud: readonly string[] = ['email', 'sms', 'push'];

/** Decides at the moment of delivery whether the recipient still gets a notification, and whether now. */
export class DeliveryPolicy {
  constructor(
    private readonly recipients: Recipients,
    private readonly preferences: Preferences,
    private readonly links: UnsubscribeLinks,
    private readonly clock: Clock,
  ) {}

  /** Of all of these notifications, with one query for each kind of fact. */
  async decide(rows: readonly NotificationRow[]): Promise<Map<string, Decision>> {
    const userIds = [...new Set(rows.flatMap(({ userId }) => userId ?? []))];
    const toAddresses = rows.filter(
      ({ userId, category }) => userId === null && category !== securityCategory,
    );
    const [users, preferences, unsubscribed] = await Promise.all([
      this.recipients.all(userIds),
      this.preferences.ofUsers(userIds),
      this.links.unsubscribed(toAddresses),
    ]);
    return new Map(
      rows.map(row => {
        const user = row.userId === null ? undefined : users.get(row.userId);
        const chosen = row.userId === null ? undefined : preferences.get(row.userId);
        return [row.id, this.decideOne(row, user, chosen, unsubscribed.has(row.id))];
      }),
    );
  }

  private decideOne(
    row: NotificationRow,
    user: RecipientRow | undefined,
    chosen: PreferencesRow | undefined,
    isUnsubscribed: boolean,
  ): Decision {
    const now = this.clock.now();
    if (row.message === null) return { kind: 'fail', reason: 'Its content is gone' };
    if (row.expiresAt !== null && row.expiresAt <= now)
      return { kind: 'fail', reason: 'It expired before it could be delivered' };
    // Plinth itself writes to a suspended user only about the account.
    if (user?.isActive === false && row.callerId !== 'system')
      return { kind: 'cancel', reason: 'The user is suspended or deleted' };
    if (row.category === securityCategory) return send;
    if (isUnsubscribed || (chosen !== undefined && !isWanted(chosen, row.category, row.channel)))
      return { kind: 'cancel', reason: 'The recipient does not want this category over this channel' };
    if (chosen?.quietHours == null || !loud.includes(row.channel)) return send;
    const until = quietUntil(chosen.quietHours, now);
    return until === undefined ? send : { kind: 'wait', reason: 'The recipient has quiet hours', until };
  }
}
