import type { Mailbox } from '../delivery/mailbox';
import { textOf } from '../delivery/smtp-provider';
import type { Message } from '../message';
import type { AttemptRow, MailboxMessageRow, NotificationRow, PreferencesRow } from '../tables';
import type { TemplateAtVersion } from '../templates/templates';
import type { NotificationPreferences, NotificationSwitch } from './preferences.types';
import type { NotificationTemplate } from './template.types';
import type {
  AttemptStatus,
  ContentType,
  MailboxMessage,
  Notification,
  NotificationAttempt,
  NotificationChannel,
  NotificationStatusType,
} from './types';

export function notificationOf(row: NotificationRow, message: Message | null): Notification {
  const { id, channel, category, recipient, userId, templateId, templateVersion, status, reason } = row;
  return {
    id,
    channel: channel as NotificationChannel,
    category,
    recipient,
    user: userId === null ? null : { id: userId },
    templateId,
    templateVersion,
    subject: message?.subject ?? null,
    content: message?.content ?? null,
    attachments: message?.attachments ?? [],
    status: status as NotificationStatusType,
    reason,
    scheduledAt: dateOf(row.scheduledAt),
    sentAt: dateOf(row.sentAt),
    createdAt: new Date(row.createdAt),
    readAt: dateOf(row.readAt),
    archivedAt: dateOf(row.archivedAt),
  };
}

export function attemptOf({ provider, at, status, error }: AttemptRow): NotificationAttempt {
  return { provider, at: new Date(at), status: status as AttemptStatus, error };
}

export function templateOf({ row, version }: TemplateAtVersion): NotificationTemplate {
  const first = version.texts[0]!;
  return {
    id: row.id,
    name: row.name,
    channel: row.channel as NotificationChannel,
    subjectTemplate: first.subjectTemplate,
    contentTemplate: first.contentTemplate,
    variables: version.variables,
    texts: version.texts,
    version: version.version,
    updatedAt: new Date(row.updatedAt),
  };
}

export function mailboxMessageOf(row: MailboxMessageRow, mailbox: Pick<Mailbox, 'open'>): MailboxMessage {
  const { content, contentType, attachments = [], unsubscribeUrl } = mailbox.open(row);
  return {
    id: row.id,
    channel: row.channel as NotificationChannel,
    recipient: row.recipient,
    subject: row.subject,
    content,
    contentType: contentType as ContentType,
    text: contentType === 'html' ? textOf(content) : content,
    attachments,
    unsubscribeUrl,
    caughtAt: new Date(row.caughtAt),
  };
}

export function preferencesOf({
  switches,
  quietHours,
}: Pick<PreferencesRow, 'switches' | 'quietHours'>): NotificationPreferences {
  return { switches: switches as NotificationSwitch[], quietHours };
}

function dateOf(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}
