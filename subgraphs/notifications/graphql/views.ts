import type { Mailbox } from '../delivery/mailbox';
import { textOf } from '../delivery/smtp-provider';
import type { Message } from '../message';
import type { AttemptRow, MailboxMessageRow, NotificationRow } from '../tables';
import type { TemplateAtVersion } from '../templates/templates';
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
  const { id, channel, recipient, userId, templateId, templateVersion, status } = row;
  return {
    id,
    channel: channel as NotificationChannel,
    recipient,
    user: userId === null ? null : { id: userId },
    templateId,
    templateVersion,
    subject: message?.subject ?? null,
    content: message?.content ?? null,
    status: status as NotificationStatusType,
    scheduledAt: dateOf(row.scheduledAt),
    sentAt: dateOf(row.sentAt),
    createdAt: new Date(row.createdAt),
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
  const { content, contentType } = mailbox.open(row);
  return {
    id: row.id,
    channel: row.channel as NotificationChannel,
    recipient: row.recipient,
    subject: row.subject,
    content,
    contentType: contentType as ContentType,
    text: contentType === 'html' ? textOf(content) : content,
    caughtAt: new Date(row.caughtAt),
  };
}

function dateOf(at: number | null): Date | null {
  return at === null ? null : new Date(at);
}
