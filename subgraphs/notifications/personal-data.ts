import type { EntityManager } from 'typeorm';
import { affectedRows } from '../../platform/database/database';
import type { Transaction } from '../../platform/database/transaction';
import type { Erased, ExportedFile, PersonalData } from '../../platform/personal-data';
import type { AccountMails } from './account-mails/account-mails';
import type { Recipients } from './recipients/recipients';
import type { NotificationHistory } from './sending/notification-history';
import {
  AttemptRow,
  MailboxMessageRow,
  NotificationRow,
  NotificationScheduleRow,
  PreferencesRow,
  PushSubscriptionRow,
  RecipientRow,
  SendRequestRow,
  WebhookEndpointRow,
} from './tables';

/** Characters of a file of the export: with base64 around it, its gzip stays below the limit of a file whatever is in it. */
const fileLength = 150_000;
const mostFiles = 31;

/** The messages to a user, by id or by address, preferences and push subscriptions, and the keys of requests that the user sent. */
export class NotificationData implements PersonalData {
  constructor(
    private readonly recipients: Recipients,
    private readonly history: Pick<NotificationHistory, 'messageOf'>,
    private readonly mails: Pick<AccountMails, 'sendDeletionNotice'>,
  ) {}

  async erase(userId: string, tx: Transaction): Promise<Erased> {
    const { email, locale } = await this.recipients.erase(userId, tx);
    // Not by phone number: users may claim one that is not theirs.
    const { manager } = tx;
    const of = async (row: typeof NotificationRow | typeof MailboxMessageRow): Promise<number> => {
      const byId = affectedRows(await manager.delete(row, { userId }));
      return email === null ? byId : byId + affectedRows(await manager.delete(row, { recipient: email }));
    };
    const erased = {
      notifications: await of(NotificationRow),
      mailbox_messages: await of(MailboxMessageRow),
      notification_schedules: affectedRows(
        await manager.delete(NotificationScheduleRow, { callerId: `user:${userId}` }),
      ),
      preferences: affectedRows(await manager.delete(PreferencesRow, { userId })),
      push_subscriptions: affectedRows(await manager.delete(PushSubscriptionRow, { userId })),
      send_requests: affectedRows(await manager.delete(SendRequestRow, { callerId: `user:${userId}` })),
    };
    const sender = `user:${userId}`;
    const sent = await manager.update(NotificationRow, { callerId: sender }, { callerId: 'user:' });
    const owned = await manager.update(WebhookEndpointRow, { ownerId: sender }, { ownerId: 'user:' });
    if (email !== null) await this.mails.sendDeletionNotice(email, locale, tx);
    const anonymised = { notifications: affectedRows(sent), webhook_endpoints: affectedRows(owned) };
    return { erased, anonymised };
  }

  async collect(userId: string, manager: EntityManager): Promise<ExportedFile[]> {
    const known = await manager.findOneBy(RecipientRow, { userId });
    if (known === null || known.erasedAt !== null) return [];
    const rows = await manager
      .createQueryBuilder(NotificationRow, 'notification')
      .where('notification.userId = :userId OR notification.recipient = :email', {
        userId,
        email: known.email ?? '',
      })
      .orderBy('notification.id', 'DESC')
      .limit(10_000)
      .getMany();
    const files: ExportedFile[] = [
      {
        name: 'recipient.json',
        content: {
          userId,
          email: known.email,
          phone: this.recipients.phoneOf(known),
          locale: known.locale,
          timeZone: known.timeZone,
          isActive: known.isActive,
        },
      },
      { name: 'preferences.json', content: await preferencesOf(userId, manager) },
    ];
    // The numbers of the next files begin at 1.
    const others = files.length - 1;
    let page: unknown[] = [];
    let length = 0;
    const finish = () => {
      if (page.length > 0) files.push({ name: `notifications-${files.length - others}.json`, content: page });
      page = [];
      length = 0;
    };
    for (const row of rows) {
      const shown = await this.shown(row, manager);
      const size = JSON.stringify(shown).length;
      if (length + size > fileLength) finish();
      if (files.length >= mostFiles) break;
      page.push(shown);
      length += size;
    }
    finish();
    return files;
  }

  private async shown(row: NotificationRow, manager: EntityManager): Promise<object> {
    const message = this.history.messageOf(row);
    const attempts = await manager.find(AttemptRow, {
      where: { notificationId: row.id },
      order: { id: 'ASC' },
    });
    return {
      id: row.id,
      channel: row.channel,
      recipient: row.recipient,
      subject: message?.subject ?? null,
      content: message?.content ?? null,
      status: row.status,
      createdAt: new Date(row.createdAt).toISOString(),
      sentAt: row.sentAt === null ? null : new Date(row.sentAt).toISOString(),
      attempts: attempts.map(({ provider, at, status, error }) => ({
        provider,
        at: new Date(at).toISOString(),
        status,
        error,
      })),
    };
  }
}

/** What the user chose, and when a browser was added; its keys are secrets. */
async function preferencesOf(userId: string, manager: EntityManager): Promise<object> {
  const preferences = await manager.findOneBy(PreferencesRow, { userId });
  const subscriptions = await manager.find(PushSubscriptionRow, { where: { userId }, order: { id: 'ASC' } });
  return {
    switches: preferences?.switches ?? [],
    quietHours: preferences?.quietHours ?? null,
    pushSubscriptions: subscriptions.map(({ id, createdAt }) => ({
      id,
      createdAt: new Date(createdAt).toISOString(),
    })),
  };
}
