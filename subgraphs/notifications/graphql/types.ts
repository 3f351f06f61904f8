import { Directive, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionOf } from '../../../platform/graphql/connection';
import { DateTime, JSONObject } from '../../../platform/graphql/scalars';

@ObjectType('User', { simpleResolvers: true, description: 'A person with an account.' })
@Directive('@key(fields: "id")')
export class User {
  @Field(() => ID)
  id: string;
}

export enum NotificationChannel {
  EMAIL = 'email',
  SMS = 'sms',
  PUSH = 'push',
  IN_APP = 'in_app',
  WEBHOOK = 'webhook',
}
registerEnumType(NotificationChannel, {
  name: 'NotificationChannel',
  description:
    'The way a notification takes to its recipient. PUSH: Web Push to every subscription of a user. IN_APP: the inbox of a user. WEBHOOK: a signed request to an endpoint.',
});

export enum NotificationStatusType {
  PENDING = 'pending',
  SENT = 'sent',
  DELIVERED = 'delivered',
  FAILED = 'failed',
  CANCELLED = 'cancelled',
}
registerEnumType(NotificationStatusType, {
  name: 'NotificationStatus',
  description:
    'PENDING: accepted, scheduled or being tried again. SENT: a provider accepted it. DELIVERED: the provider of an SMS reported its arrival. FAILED: refused for good, or all attempts failed. CANCELLED: cancelled before it was sent; `reason` says why.',
});

export enum AttemptStatus {
  SENT = 'sent',
  DEFERRED = 'deferred',
  FAILED = 'failed',
}
registerEnumType(AttemptStatus, {
  name: 'NotificationAttemptStatus',
  description: 'The result of one attempt. DEFERRED: it failed, and another attempt follows.',
});

export enum ContentType {
  TEXT = 'text',
  HTML = 'html',
}
registerEnumType(ContentType, { name: 'ContentType', description: 'The format of a content.' });

@ObjectType('NotificationAttempt', { simpleResolvers: true, description: 'One attempt to deliver.' })
export class NotificationAttempt {
  @Field(() => String, { description: 'The provider that was used, such as `smtp`.' })
  provider: string;

  @Field(() => DateTime, { description: 'When the attempt ended.' })
  at: Date;

  @Field(() => AttemptStatus)
  status: AttemptStatus;

  @Field(() => String, { nullable: true, description: 'Why it failed; null when it was sent.' })
  error: string | null;
}

@ObjectType('NotificationAttachment', {
  simpleResolvers: true,
  description: 'A file that goes with an email.',
})
export class NotificationAttachment {
  @Field(() => ID)
  fileId: string;

  @Field(() => String)
  filename: string;

  @Field(() => String, { description: 'A media type such as `image/png`.' })
  contentType: string;

  @Field(() => Int, { description: 'Bytes.' })
  size: number;
}

@ObjectType('Notification', {
  simpleResolvers: true,
  description: 'A message to one recipient over one channel.',
})
@Directive('@key(fields: "id")')
export class Notification {
  @Field(() => ID)
  id: string;

  @Field(() => NotificationChannel)
  channel: NotificationChannel;

  @Field(() => String, { description: 'What it is about; users switch categories on and off.' })
  category: string;

  @Field(() => String, {
    description:
      'The address that it goes to: the id of the subscription for PUSH, of the user for IN_APP, of the endpoint for WEBHOOK.',
  })
  recipient: string;

  @Field(() => User, { nullable: true, description: 'Null when it was sent to an address.' })
  user: User | null;

  @Field(() => ID, { nullable: true, description: 'The template that it was made from.' })
  templateId: string | null;

  @Field(() => Int, { nullable: true, description: 'The version of the template that it was made from.' })
  templateVersion: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'Null where it has none, and for emails about accounts, which are not shown.',
  })
  subject: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Null for emails about accounts: they can hold a token.',
  })
  content: string | null;

  @Field(() => [NotificationAttachment])
  attachments: NotificationAttachment[];

  @Field(() => NotificationStatusType)
  status: NotificationStatusType;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was cancelled, or waits beyond its time; null when there is no special reason.',
  })
  reason: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it is to be sent; null for at once.' })
  scheduledAt: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When a provider accepted it.' })
  sentAt: Date | null;

  @Field(() => DateTime, { description: 'When it was accepted.' })
  createdAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When its user read it; only for IN_APP.' })
  readAt: Date | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When its user removed it from the inbox; only for IN_APP.',
  })
  archivedAt: Date | null;
}

export const NotificationConnection = connectionOf('Notification', () => Notification);

@InputType('SendNotificationInput', {
  description:
    'One message for one or more recipients. Give one of `recipient`, `userId` and `recipients`, and one of `content`, `templateId` and `template`.',
})
export class SendNotificationInput {
  @Field(() => NotificationChannel)
  channel: NotificationChannel;

  @Field(() => String, {
    nullable: true,
    description:
      'An email address, a phone number in E.164 form such as +4930901820, or the id of a webhook endpoint.',
  })
  recipient?: string | null;

  @Field(() => ID, { nullable: true, description: 'A user, for EMAIL, SMS, PUSH and IN_APP.' })
  userId?: string | null;

  @Field(() => [String], {
    nullable: true,
    description: '1 to 1,000 addresses and ids; each becomes a notification, for PUSH each subscription.',
  })
  recipients?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What it is about: 1 to 40 of a-z, 0-9 and `-`; `general` by default. Nobody can switch `security` off; it needs `security-notifications:send`.',
  })
  category?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'At most 255 characters. Required with `content` for EMAIL and PUSH, absent for SMS, the type of the event for WEBHOOK.',
  })
  subject?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'At most 65,536 characters; 1,600 for SMS, 2,000 for PUSH, 10,000 for IN_APP. JSON for WEBHOOK.',
  })
  content?: string | null;

  @Field(() => ContentType, { nullable: true, description: 'Of `content`; TEXT by default.' })
  contentType?: ContentType | null;

  @Field(() => ID, { nullable: true })
  templateId?: string | null;

  @Field(() => String, { nullable: true, description: 'The name of a template.' })
  template?: string | null;

  @Field(() => JSONObject, {
    nullable: true,
    description: 'A value for each variable of the template, and no other.',
  })
  variables?: Record<string, unknown> | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The language of the template’s text: `pt-BR` falls back to `pt`, then to the default. Without it that of each user’s profile.',
  })
  locale?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description:
      'For EMAIL: at most 10 files that the caller can read, 20 MiB together. The moment must be in the next six days.',
  })
  attachments?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Delivered before notifications that are not urgent.',
  })
  isUrgent?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description:
      '1 to 255 printable ASCII characters. For 24 hours the same key with the same input returns the first answer. Errors: IDEMPOTENCY_KEY_REUSED (409) for another input.',
  })
  idempotencyKey?: string | null;
}

@InputType('ScheduleNotificationInput', {
  description: 'A notification that is sent later: at `scheduledAt`, or at `localTime`.',
})
export class ScheduleNotificationInput extends SendNotificationInput {
  @Field(() => DateTime, { nullable: true, description: 'In the future, at most a year ahead.' })
  scheduledAt?: Date | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Such as `2026-03-02T09:00`. A time that the clock skips moves on by the gap; of a time that comes twice it is the first.',
  })
  localTime?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'An IANA time zone such as `Europe/Berlin`. Without it each user gets it at that time of the zone of their quiet hours, else of their profile; UTC without either.',
  })
  timeZone?: string | null;
}

@InputType('NotificationFilter', { description: 'Conditions that must all hold.' })
export class NotificationFilterInput {
  @Field(() => NotificationChannel, { nullable: true })
  channel?: NotificationChannel | null;

  @Field(() => NotificationStatusType, { nullable: true })
  status?: NotificationStatusType | null;

  @Field(() => String, { nullable: true, description: 'The whole address.' })
  recipient?: string | null;

  @Field(() => DateTime, { nullable: true, description: 'Accepted at this moment or later.' })
  from?: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'Accepted before this moment.' })
  to?: Date | null;
}

@ObjectType('MailboxMessage', {
  simpleResolvers: true,
  description: 'A message that the dev mailbox caught instead of sending it.',
})
export class MailboxMessage {
  @Field(() => ID, { description: 'The id of the notification.' })
  id: string;

  @Field(() => NotificationChannel)
  channel: NotificationChannel;

  @Field(() => String)
  recipient: string;

  @Field(() => String, { nullable: true })
  subject: string | null;

  @Field(() => String, { description: 'With its links and tokens, as the recipient would get it.' })
  content: string;

  @Field(() => ContentType)
  contentType: ContentType;

  @Field(() => String, { description: 'The content as plain text.' })
  text: string;

  @Field(() => [NotificationAttachment])
  attachments: NotificationAttachment[];

  @Field(() => String, {
    nullable: true,
    description: 'The link of `List-Unsubscribe`; null for messages that nobody can switch off.',
  })
  unsubscribeUrl: string | null;

  @Field(() => DateTime)
  caughtAt: Date;
}

export const MailboxMessageConnection = connectionOf('MailboxMessage', () => MailboxMessage);
