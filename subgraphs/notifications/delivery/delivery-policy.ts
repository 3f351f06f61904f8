import type { Clock } from '../../../platform/clock';
import type { Delegations } from '../../../platform/delegations';
import { securityCategory } from '../message';
import { isWanted, type Preferences, quietUntil, timeZoneOf } from '../preferences/preferences';
import type { UnsubscribeLinks } from '../preferences/unsubscribe-links';
import type { Recipients } from '../recipients/recipients';
import { makerOf, permissionsToSend } from '../sending/send-input';
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
    private readonly delegations: Pick<Delegations, 'permissionsOfAll'>,
    private readonly clock: Clock,
  ) {}

  /** Of all of these notifications, with one query for each kind of fact. */
  async decide(rows: readonly NotificationRow[]): Promise<Map<string, Decision>> {
    const userIds = [...new Set(rows.flatMap(({ userId }) => userId ?? []))];
    const toAddresses = rows.filter(
      ({ userId, category }) => userId === null && category !== securityCategory,
    );
    const [users, preferences, unsubscribed, notAllowed] = await Promise.all([
      this.recipients.all(userIds),
      this.preferences.ofUsers(userIds),
      this.links.unsubscribed(toAddresses),
      this.notAllowed(rows.filter(({ scheduledAt }) => scheduledAt !== null)),
    ]);
    return new Map(
      rows.map(row => {
        if (notAllowed.has(row.id))
          return [row.id, { kind: 'cancel', reason: 'The sender may not send any more' }];
        const user = row.userId === null ? undefined : users.get(row.userId);
        const chosen = row.userId === null ? undefined : preferences.get(row.userId);
        return [row.id, this.decideOne(row, user, chosen, unsubscribed.has(row.id))];
      }),
    );
  }

  /** The ids of these scheduled notifications whose sender may not send them any more. */
  private async notAllowed(rows: readonly NotificationRow[]): Promise<Set<string>> {
    const makers = [...new Set(rows.flatMap(({ callerId }) => makerOf(callerId) || []))];
    const held = await this.delegations.permissionsOfAll(makers, permissionsToSend(securityCategory));
    const isAllowed = ({ callerId, category }: NotificationRow): boolean => {
      const maker = makerOf(callerId);
      if (maker === undefined || maker === '') return maker === undefined;
      return permissionsToSend(category).every(permission => held.get(maker)?.includes(permission));
    };
    return new Set(rows.filter(row => !isAllowed(row)).map(({ id }) => id));
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
    const until = quietUntil(chosen.quietHours, timeZoneOf(chosen, user), now);
    return until === undefined ? send : { kind: 'wait', reason: 'The recipient has quiet hours', until };
  }
}
