import { Column, Entity, PrimaryColumn } from 'typeorm';
import { IdColumn, InstantColumn, JsonColumn, TextColumn } from '../../platform/database/columns';
import type { RowClass } from '../../platform/database/data-source';

/** One message to one recipient over one channel: the unit that is delivered, retried and shown. */
@Entity('notifications')
export class NotificationRow {
  @IdColumn()
  id: string;

  /** The request that created it. */
  @TextColumn()
  requestId: string;

  /** `user:` or `service:` and the id; `system` for the mails of accounts. */
  @TextColumn()
  callerId: string;

  /** `email`, `sms`, `push`, `in_app` or `webhook`. */
  @TextColumn()
  channel: string;

  /** The user decides about each category; see Preferences. */
  @TextColumn()
  category: string;

  /** Null when it was sent to an address. */
  @TextColumn({ nullable: true })
  userId: string | null;

  /** The address; for push the id of the subscription, in the app the id of the user, for a webhook that of its endpoint. */
  @TextColumn()
  recipient: string;

  @TextColumn({ nullable: true })
  templateId: string | null;

  @Column('integer', { nullable: true })
  templateVersion: number | null;

  /** 0 is delivered first. */
  @Column('integer')
  priority: number;

  /** JSON of a Message, encrypted in the context `notifications.message:<id>`; null once a secret one is sent. */
  @TextColumn({ nullable: true })
  message: string | null;

  /** Whether the message holds a token: then it is never shown, and removed after delivery. */
  @Column('boolean')
  isSecret: boolean;

  /** `pending`, `sent`, `delivered`, `failed` or `cancelled`. */
  @TextColumn()
  status: string;

  /** Why it waits or was cancelled, in words; null when there is no special reason. */
  @TextColumn({ nullable: true })
  reason: string | null;

  @InstantColumn({ nullable: true })
  scheduledAt: number | null;

  /** When a worker may take it: the next attempt, or the end of a lease. Null when the status is final. */
  @InstantColumn({ nullable: true })
  dueAt: number | null;

  /** The lease of the worker that delivers it. */
  @TextColumn({ nullable: true })
  lease: string | null;

  /** Attempts since it was created or replayed. */
  @Column('integer')
  attempts: number;

  @InstantColumn({ nullable: true })
  expiresAt: number | null;

  /** The trace of the request that caused it; null for what a schedule sends. */
  @TextColumn({ nullable: true })
  traceId: string | null;

  @InstantColumn()
  createdAt: number;

  @InstantColumn({ nullable: true })
  sentAt: number | null;

  /** When the user read it in the app. */
  @InstantColumn({ nullable: true })
  readAt: number | null;

  /** When the user removed it from the inbox of the app. */
  @InstantColumn({ nullable: true })
  archivedAt: number | null;

  /** Whether the row is removed once its status is final: it has the address of a deleted user. */
  @Column('boolean')
  isTransient: boolean;
}

@Entity('attempts')
export class AttemptRow {
  @IdColumn()
  id: string;

  @TextColumn()
  notificationId: string;

  @TextColumn()
  provider: string;

  @InstantColumn()
  at: number;

  /** `sent`, `deferred` (it is tried again) or `failed`. */
  @TextColumn()
  status: string;

  @TextColumn({ nullable: true })
  error: string | null;
}

/** A call of `sendNotification` with an idempotency key; kept for 24 hours. */
@Entity('send_requests')
export class SendRequestRow {
  @IdColumn()
  id: string;

  @TextColumn()
  callerId: string;

  /** SHA-256 of the idempotency key; with the caller unique. */
  @TextColumn()
  keyHash: string;

  /** A signature over the request. */
  @TextColumn()
  fingerprint: string;

  @InstantColumn()
  createdAt: number;
}

/** A copy of the user's addresses, language and time zone, from the events of auth and users. An erased user keeps the row with the id alone. */
@Entity('recipients')
export class RecipientRow {
  @PrimaryColumn('text')
  userId: string;

  @TextColumn({ nullable: true })
  email: string | null;

  @Column('boolean')
  isActive: boolean;

  @InstantColumn({ nullable: true })
  erasedAt: number | null;

  /** E.164, encrypted in the context `recipients.phone:<user id>`. */
  @TextColumn({ nullable: true })
  phone: string | null;

  /** BCP 47, in its canonical form. */
  @TextColumn({ nullable: true })
  locale: string | null;

  /** A name of the IANA database. */
  @TextColumn({ nullable: true })
  timeZone: string | null;

  /** Of the profile that phone number, locale and time zone came with. */
  @Column('integer')
  profileVersion: number;

  /** Whether the deletion became known before the address did, to which the notice of it goes. */
  @Column('boolean')
  isNoticeOwed: boolean;
}

@Entity('templates')
export class TemplateRow {
  @IdColumn()
  id: string;

  @TextColumn()
  name: string;

  @TextColumn()
  channel: string;

  /** The newest version; each change adds one. */
  @Column('integer')
  version: number;

  @InstantColumn()
  createdAt: number;

  @InstantColumn()
  updatedAt: number;

  /** A deleted template keeps its versions, because notifications refer to them. */
  @InstantColumn({ nullable: true })
  deletedAt: number | null;
}

export interface TemplateText {
  locale: string;
  subjectTemplate: string | null;
  contentTemplate: string;
}

@Entity('template_versions')
export class TemplateVersionRow {
  @PrimaryColumn('text')
  templateId: string;

  @PrimaryColumn('integer')
  version: number;

  /** Names that the texts may use, and that a sender must give. */
  @JsonColumn()
  variables: string[];

  /** The first is the default locale. */
  @JsonColumn()
  texts: TemplateText[];
}

/** A notification that recurs. */
@Entity('notification_schedules')
export class NotificationScheduleRow {
  @IdColumn()
  id: string;

  /** `user:` or `service:` and the id. */
  @TextColumn()
  callerId: string;

  /** JSON of a SendInput, encrypted in the context `notification_schedules.input:<id>`. */
  @TextColumn()
  input: string;

  /** Local time of the first occurrence, such as `2026-03-02T09:00`. */
  @TextColumn()
  startsAt: string;

  @TextColumn()
  timeZone: string;

  /** A recurrence rule of RFC 5545. */
  @TextColumn()
  rule: string;

  /** Null when no occurrence is left. */
  @InstantColumn({ nullable: true })
  nextAt: number | null;

  /** Occurrences that were sent. */
  @Column('integer')
  sent: number;

  @InstantColumn()
  createdAt: number;

  @InstantColumn({ nullable: true })
  cancelledAt: number | null;
}

/** What a user chose about notifications. */
@Entity('preferences')
export class PreferencesRow {
  @PrimaryColumn('text')
  userId: string;

  /** Later ones do not repeat the category and channel of an earlier one. */
  @JsonColumn()
  switches: PreferenceSwitch[];

  @JsonColumn({ nullable: true })
  quietHours: QuietHours | null;

  @InstantColumn()
  updatedAt: number;
}

export interface PreferenceSwitch {
  /** Null for every category without a switch of its own. */
  category: string | null;
  /** Null for every channel without a switch of its own. */
  channel: string | null;
  isEnabled: boolean;
}

/** Times of the day as `HH:MM`; `from` after `to` goes over midnight. */
export interface QuietHours {
  from: string;
  to: string;
  /** An IANA time zone such as `Europe/Berlin`; null for that of the profile. */
  timeZone: string | null;
}

/** An address that unsubscribed with a signed link, and belongs to no user that the sender named. */
@Entity('unsubscribed_addresses')
export class UnsubscribedAddressRow {
  /** SHA-256 of channel, address and category. */
  @IdColumn()
  id: string;

  @InstantColumn()
  createdAt: number;
}

/** A browser or app that gets push notifications of a user (https://www.w3.org/TR/push-api/). */
@Entity('push_subscriptions')
export class PushSubscriptionRow {
  @IdColumn()
  id: string;

  @TextColumn()
  userId: string;

  /** SHA-256 of the endpoint; unique. */
  @TextColumn()
  endpointHash: string;

  /** JSON of a PushTarget, encrypted in the context `push_subscriptions.target:<id>`. */
  @TextColumn()
  target: string;

  @InstantColumn()
  createdAt: number;
}

/** A URL that gets notifications as signed requests (https://www.standardwebhooks.com). */
@Entity('webhook_endpoints')
export class WebhookEndpointRow {
  @IdColumn()
  id: string;

  /** `user:` or `service:` and the id. */
  @TextColumn()
  ownerId: string;

  @TextColumn()
  url: string;

  /** JSON of WebhookSecrets, encrypted in the context `webhook_endpoints.secrets:<id>`. */
  @TextColumn()
  secrets: string;

  @InstantColumn()
  createdAt: number;
}

/** A message that was caught in the dev mailbox instead of being sent. */
@Entity('mailbox_messages')
export class MailboxMessageRow {
  /** That of the notification: a second attempt replaces the first. */
  @IdColumn()
  id: string;

  @TextColumn({ nullable: true })
  userId: string | null;

  @TextColumn()
  channel: string;

  @TextColumn()
  recipient: string;

  @TextColumn({ nullable: true })
  subject: string | null;

  /** JSON of a Message, encrypted in the context `mailbox.message:<id>`. */
  @TextColumn()
  message: string;

  @InstantColumn()
  caughtAt: number;
}

/** What is encrypted with ENCRYPTION_KEYS. */
export const encryptedColumns = {
  notifications: ['message'],
  notification_schedules: ['input'],
  recipients: ['phone'],
  push_subscriptions: ['target'],
  webhook_endpoints: ['secrets'],
  mailbox_messages: ['message'],
};

/** Every table of the notifications service. */
export const entities: RowClass[] = [
  NotificationRow,
  AttemptRow,
  SendRequestRow,
  RecipientRow,
  TemplateRow,
  TemplateVersionRow,
  NotificationScheduleRow,
  PreferencesRow,
  UnsubscribedAddressRow,
  PushSubscriptionRow,
  WebhookEndpointRow,
  MailboxMessageRow,
];
