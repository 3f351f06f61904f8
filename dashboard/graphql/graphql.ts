/* eslint-disable */
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
export type Maybe<T> = T | null;
export type InputMaybe<T> = T | null | undefined;
export type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
export type MakeOptional<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]?: Maybe<T[SubKey]> };
export type MakeMaybe<T, K extends keyof T> = Omit<T, K> & { [SubKey in K]: Maybe<T[SubKey]> };
export type MakeEmpty<T extends { [key: string]: unknown }, K extends keyof T> = { [_ in K]?: never };
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A date-time string at UTC, such as 2007-12-03T10:15:30Z, compliant with the `date-time` format outlined in section 5.6 of the RFC 3339 profile of the ISO 8601 standard for representation of dates and times using the Gregorian calendar. */
  DateTime: { input: string; output: string; }
  /** The `JSONObject` scalar type represents JSON objects as specified by [ECMA-404](http://www.ecma-international.org/publications/files/ECMA-ST/ECMA-404.pdf). */
  JSONObject: { input: Record<string, unknown>; output: Record<string, unknown>; }
  /** A file of a multipart operation (https://github.com/jaydenseric/graphql-multipart-request-spec), sent with the header `apollo-require-preflight`. */
  Upload: { input: any; output: any; }
};

/** Conditions that all hold. */
export type AlertFilter = {
  service?: InputMaybe<Scalars['String']['input']>;
  /** Any of these states. */
  states?: InputMaybe<Array<AlertState>>;
};

/** What happens when the condition of a rule has no value. */
export type AlertNoData =
  /** As if the condition held. */
  | 'ALERT'
  /** Open alerts stay as they are. */
  | 'KEEP'
  /** As if the condition did not hold. */
  | 'RESOLVE';

/** Where a rule comes from. */
export type AlertRuleSource =
  | 'API'
  | 'BUILT_IN'
  | 'FILE';

/** How urgent an alert is. */
export type AlertSeverity =
  | 'CRITICAL'
  | 'INFO'
  | 'WARNING';

/** The state of an alert. */
export type AlertState =
  /** The condition has held for that long. */
  | 'FIRING'
  /** The condition holds, but not yet for as long as the rule says. */
  | 'PENDING'
  /** It has fired, and the condition no longer holds. */
  | 'RESOLVED';

/** The circuit breaker of an instance. */
export type BreakerState =
  /** Calls pass. */
  | 'CLOSED'
  /** The next call tries whether the instance has recovered. */
  | 'HALF_OPEN'
  /** No call passes. */
  | 'OPEN';

export type CompleteLoginInput = {
  /** The `challenge` of MFA_REQUIRED, at most five minutes old. */
  challenge: Scalars['String']['input'];
  /** The six digits of the authenticator app, or a recovery code. Spaces, hyphens and capitals do not matter. */
  code: Scalars['String']['input'];
};

/** The format of a content. */
export type ContentType =
  | 'HTML'
  | 'TEXT';

/** A new alert rule. */
export type CreateAlertRuleInput = {
  /** At most 500 characters, such as `rate(plinth_logins_total{outcome="failure"}[5m]) > 1`. */
  condition: Scalars['String']['input'];
  /** Such as `30s`, `5m` or `1h`, at most 24h; `0s` by default. */
  for?: InputMaybe<Scalars['String']['input']>;
  /** True by default. */
  isEnabled?: InputMaybe<Scalars['Boolean']['input']>;
  /** Such as `30s`, `5m` or `1h`, at most 24h; `0s` by default. */
  keepFiringFor?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 100 characters; unique. */
  name: Scalars['String']['input'];
  /** RESOLVE by default. */
  noData?: InputMaybe<AlertNoData>;
  /** At most 20 email addresses. */
  notify?: InputMaybe<Array<Scalars['String']['input']>>;
  /** WARNING by default. */
  severity?: InputMaybe<AlertSeverity>;
};

export type CreateApiKeyInput = {
  /** A moment in the future; without it the key does not expire. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** 1 to 100 characters. */
  name: Scalars['String']['input'];
  /** 1 to 50 permissions that the caller holds. */
  scopes: Array<Scalars['String']['input']>;
};

/** A notification and when it is sent. */
export type CreateNotificationScheduleInput = {
  /** Without an idempotency key. */
  notification: SendNotificationInput;
  /** A recurrence rule (RFC 5545 §3.3.10) such as `FREQ=WEEKLY;BYDAY=MO,TH`, HOURLY at most, without BYMINUTE and BYSECOND; COUNT is at most 1,000. A local time that the clock skips is left out. */
  rule: Scalars['String']['input'];
  /** The local time of the first occurrence, such as `2026-03-02T09:00`; its time of the day is that of the others, and the clock must not skip it. */
  startsAt: Scalars['String']['input'];
  /** An IANA time zone such as `Europe/Berlin`. Without it that of the user now, of the quiet hours, else of the profile, else UTC; needed for several recipients. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
};

/** A new role. */
export type CreateRoleInput = {
  /** At most 500 characters. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** 2 to 50 of a-z, 0-9 and `-`, beginning with a letter. */
  name: Scalars['String']['input'];
  /** At most 100 permissions that the caller holds, such as `files:read`, `files:*` or `*`. */
  permissions: Array<Scalars['String']['input']>;
};

/** A new silence. */
export type CreateSilenceInput = {
  /** Why; 1 to 500 characters. */
  comment: Scalars['String']['input'];
  /** At most a year ahead. */
  endsAt: Scalars['DateTime']['input'];
  /** All rules by default. */
  ruleId?: InputMaybe<Scalars['ID']['input']>;
  /** All services by default. */
  service?: InputMaybe<Scalars['String']['input']>;
  /** Now by default. */
  startsAt?: InputMaybe<Scalars['DateTime']['input']>;
};

/** A new template. */
export type CreateTemplateInput = {
  channel: NotificationChannel;
  /** Liquid, for email around HTML; at most 65,536 characters. */
  contentTemplate: Scalars['String']['input'];
  /** The language of these texts; `en` by default. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** 2 to 64 of a-z, 0-9 and `-`, beginning with a letter. */
  name: Scalars['String']['input'];
  /** Liquid; required for EMAIL and PUSH, absent for SMS. */
  subjectTemplate?: InputMaybe<Scalars['String']['input']>;
  /** The texts of other languages. */
  translations?: InputMaybe<Array<TemplateTextInput>>;
  /** At most 50 names; the texts use no others. */
  variables?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** The announcement of an upload straight to S3. */
export type CreateUploadInput = {
  /** The media type; the one found in the content counts. */
  contentType?: InputMaybe<Scalars['String']['input']>;
  /** At most 255 bytes; never a path. */
  filename: Scalars['String']['input'];
  /** Whether everybody may read it. False when absent. */
  isPublic?: InputMaybe<Scalars['Boolean']['input']>;
  /** SHA-256 of the content, in hexadecimal. The bytes that arrive are compared with it. */
  sha256?: InputMaybe<Scalars['String']['input']>;
  /** Bytes; a whole number up to 5 GiB. */
  size: Scalars['Float']['input'];
  /** At most 32 tags of 64 characters. */
  tags?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** A new user: an account and a profile. */
export type CreateUserInput = {
  /** An email address of at most 254 characters; unique. */
  email: Scalars['String']['input'];
  /** 1 to 100 characters, no control characters. */
  firstName?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 100 characters, no control characters. */
  lastName?: InputMaybe<Scalars['String']['input']>;
  /** A language tag (BCP 47) such as `pt-BR`: the language of messages to the user. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** A free object: at most 16 KiB as JSON, at most 10 levels deep. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** 8 to 1,024 characters, as at a registration. Without a password the user gets an invitation by mail. */
  password?: InputMaybe<Scalars['String']['input']>;
  /** E.164, such as +4930901820. Encrypted at rest. */
  phone?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 50 names of roles; `user` when absent. Needs `users:assign-roles` and each permission that they grant. */
  roles?: InputMaybe<Array<Scalars['String']['input']>>;
  /** An IANA time zone such as `Europe/Berlin`: that of local times of messages to the user. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
  /** 3 to 32 of a-z, 0-9, `.`, `_` and `-`; unique without regard to case. */
  username: Scalars['String']['input'];
};

/** The progress of an export. */
export type DataExportStatus =
  /** The services send their parts. Limits: one hour. */
  | 'COLLECTING'
  /** It can be downloaded for 24 hours. */
  | 'READY';

/** The progress of a deletion. The access of the user has ended in every state. */
export type DeletionStatus =
  /** All services have answered: no data of the user is left, and username and email are free. */
  | 'COMPLETED'
  /** The profile is deleted, and the other services have been asked. */
  | 'REQUESTED'
  /** Some services have answered. */
  | 'RUNNING';

/** Conditions that all hold. */
export type FileFilter = {
  /** A media type, or a range such as `image/*`. */
  contentType?: InputMaybe<Scalars['String']['input']>;
  /** A part of the file name, without regard to case. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Files of this owner; those that the caller owns or was granted when absent. */
  ownerId?: InputMaybe<Scalars['ID']['input']>;
  tag?: InputMaybe<Scalars['String']['input']>;
};

/** A right to a file. The rights to write and to delete include reading. */
export type FilePermissionKind =
  | 'DELETE'
  | 'READ'
  | 'WRITE';

/** The result of the virus scan of a file. */
export type FileStatus =
  /** The content may be read. */
  | 'AVAILABLE'
  /** The scanner does not answer. The file is scanned again, and is not served before. */
  | 'PENDING_SCAN'
  /** Malware was found after the file was stored. The content is not served. */
  | 'QUARANTINED';

/** One line of a log. */
export type LogEntryInput = {
  level: LogLevel;
  /** At most 65,536 characters. */
  message: Scalars['String']['input'];
  /** At most 65,536 characters of JSON. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** 1 to 100 letters, digits, `.`, `_`, `:`, `/` or `-`. */
  service: Scalars['String']['input'];
  /** The moment of its arrival by default. */
  timestamp?: InputMaybe<Scalars['DateTime']['input']>;
  /** 32 hexadecimal digits. */
  traceId?: InputMaybe<Scalars['String']['input']>;
};

/** Conditions that all hold. */
export type LogFilter = {
  /** Written at this moment or later. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Any of these levels. */
  levels?: InputMaybe<Array<LogLevel>>;
  /** The path of a value in `metadata`, such as `user.id`; for a list, the path of the list. Goes with `metadataValue`. */
  metadataPath?: InputMaybe<Scalars['String']['input']>;
  /** The value at `metadataPath`: a text of at most 200 characters, a whole number, `true` or `false`. */
  metadataValue?: InputMaybe<Scalars['String']['input']>;
  /** The name of the service. */
  service?: InputMaybe<Scalars['String']['input']>;
  /** Words that all occur in the message, in any order, without regard to case and accents. A word of three or more characters also finds longer words that begin with it. At most 500 characters. */
  text?: InputMaybe<Scalars['String']['input']>;
  /** Written before this moment. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
  /** 32 hexadecimal digits. */
  traceId?: InputMaybe<Scalars['String']['input']>;
};

/** The severity of a log entry. */
export type LogLevel =
  | 'DEBUG'
  | 'ERROR'
  | 'FATAL'
  | 'INFO'
  | 'TRACE'
  | 'WARN';

export type LoginInput = {
  password: Scalars['String']['input'];
  /** The username or the email address. */
  username: Scalars['String']['input'];
};

/** The result of one attempt. DEFERRED: it failed, and another attempt follows. */
export type NotificationAttemptStatus =
  | 'DEFERRED'
  | 'FAILED'
  | 'SENT';

/** The way a notification takes to its recipient. PUSH: Web Push to every subscription of a user. IN_APP: the inbox of a user. WEBHOOK: a signed request to an endpoint. */
export type NotificationChannel =
  | 'EMAIL'
  | 'IN_APP'
  | 'PUSH'
  | 'SMS'
  | 'WEBHOOK';

/** Conditions that must all hold. */
export type NotificationFilter = {
  channel?: InputMaybe<NotificationChannel>;
  /** Accepted at this moment or later. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** The whole address. */
  recipient?: InputMaybe<Scalars['String']['input']>;
  status?: InputMaybe<NotificationStatus>;
  /** Accepted before this moment. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

/** PENDING: accepted, scheduled or being tried again. SENT: a provider accepted it. DELIVERED: the provider of an SMS reported its arrival. FAILED: refused for good, or all attempts failed. CANCELLED: cancelled before it was sent; `reason` says why. */
export type NotificationStatus =
  | 'CANCELLED'
  | 'DELIVERED'
  | 'FAILED'
  | 'PENDING'
  | 'SENT';

/** Switches a category over a channel on or off. */
export type NotificationSwitchInput = {
  /** Null for every category without a switch of its own. */
  category?: InputMaybe<Scalars['String']['input']>;
  /** Not WEBHOOK. Null for every channel without a switch of its own. */
  channel?: InputMaybe<NotificationChannel>;
  /** Cannot be false for the category `security`. */
  isEnabled: Scalars['Boolean']['input'];
};

/** The parts of the `PushSubscription` that a browser gives (https://www.w3.org/TR/push-api/). */
export type PushSubscriptionInput = {
  /** `keys.auth`, in base64url. */
  auth: Scalars['String']['input'];
  /** An https URL, at most 1,000 characters. */
  endpoint: Scalars['String']['input'];
  /** `keys.p256dh`, in base64url. */
  p256dh: Scalars['String']['input'];
};

/** See `QuietHours`. */
export type QuietHoursInput = {
  /** A time of the day such as `22:00`. */
  from: Scalars['String']['input'];
  /** An IANA time zone such as `Europe/Berlin`; without it that of the profile. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
  /** A time of the day such as `07:00`. */
  to: Scalars['String']['input'];
};

export type ReauthenticateInput = {
  /** The six digits of the authenticator app, or a recovery code. Required where the account has a second factor. */
  code?: InputMaybe<Scalars['String']['input']>;
  password: Scalars['String']['input'];
};

export type RegisterInput = {
  /** An email address of at most 254 characters. */
  email: Scalars['String']['input'];
  /** 8 to 1,024 characters of any kind; no common password, and not derived from the username or email. */
  password: Scalars['String']['input'];
  /** 3 to 32 of a-z, 0-9, `.`, `_` and `-`, beginning with a letter or digit. */
  username: Scalars['String']['input'];
};

/** A notification that is sent later: at `scheduledAt`, or at `localTime`. */
export type ScheduleNotificationInput = {
  /** For EMAIL: at most 10 files that the caller can read, 20 MiB together. The moment must be in the next six days. */
  attachments?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** What it is about: 1 to 40 of a-z, 0-9 and `-`; `general` by default. Nobody can switch `security` off; it needs `security-notifications:send`. */
  category?: InputMaybe<Scalars['String']['input']>;
  channel: NotificationChannel;
  /** At most 65,536 characters; 1,600 for SMS, 2,000 for PUSH, 10,000 for IN_APP. JSON for WEBHOOK. */
  content?: InputMaybe<Scalars['String']['input']>;
  /** Of `content`; TEXT by default. */
  contentType?: InputMaybe<ContentType>;
  /** 1 to 255 printable ASCII characters. For 24 hours the same key with the same input returns the first answer. Errors: IDEMPOTENCY_KEY_REUSED (409) for another input. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Delivered before notifications that are not urgent. */
  isUrgent?: InputMaybe<Scalars['Boolean']['input']>;
  /** Such as `2026-03-02T09:00`. A time that the clock skips moves on by the gap; of a time that comes twice it is the first. */
  localTime?: InputMaybe<Scalars['String']['input']>;
  /** The language of the template’s text: `pt-BR` falls back to `pt`, then to the default. Without it that of each user’s profile. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** An email address, a phone number in E.164 form such as +4930901820, or the id of a webhook endpoint. */
  recipient?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 1,000 addresses and ids; each becomes a notification, for PUSH each subscription. */
  recipients?: InputMaybe<Array<Scalars['String']['input']>>;
  /** In the future, at most a year ahead. */
  scheduledAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** At most 255 characters. Required with `content` for EMAIL and PUSH, absent for SMS, the type of the event for WEBHOOK. */
  subject?: InputMaybe<Scalars['String']['input']>;
  /** The name of a template. */
  template?: InputMaybe<Scalars['String']['input']>;
  templateId?: InputMaybe<Scalars['ID']['input']>;
  /** An IANA time zone such as `Europe/Berlin`. Without it each user gets it at that time of the zone of their quiet hours, else of their profile; UTC without either. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
  /** A user, for EMAIL, SMS, PUSH and IN_APP. */
  userId?: InputMaybe<Scalars['ID']['input']>;
  /** A value for each variable of the template, and no other. */
  variables?: InputMaybe<Scalars['JSONObject']['input']>;
};

/** Conditions that must all hold. */
export type SecurityEventFilter = {
  /** At this moment or later. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Before this moment. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
  type?: InputMaybe<SecurityEventType>;
  /** The user of the account. */
  userId?: InputMaybe<Scalars['ID']['input']>;
};

/** The type of a security event. */
export type SecurityEventType =
  /** The owner created an API key: `details`. */
  | 'API_KEY_CREATED'
  /** An API key of the owner was revoked: `details`. */
  | 'API_KEY_REVOKED'
  /** `actorId` deleted the account. */
  | 'DELETED'
  /** The owner verified the email with a mailed link. */
  | 'EMAIL_VERIFIED'
  /** The owner accepted an invitation and set the first password. */
  | 'INVITATION_ACCEPTED'
  /** The owner changed the password; all other sessions ended. */
  | 'PASSWORD_CHANGED'
  /** A new password was set with a mailed link; all sessions ended. */
  | 'PASSWORD_RESET'
  /** A link to set a new password was mailed. */
  | 'PASSWORD_RESET_REQUESTED'
  /** `actorId` reactivated the account. */
  | 'REACTIVATED'
  /** The owner authenticated again. */
  | 'REAUTHENTICATED'
  /** New recovery codes were issued; the old ones are invalid. */
  | 'RECOVERY_CODES_RENEWED'
  /** A recovery code replaced a code of the authenticator app. */
  | 'RECOVERY_CODE_USED'
  /** A refresh token was reused, so two clients hold it. Its session, `details.sessionId`, was ended. */
  | 'REFRESH_TOKEN_REUSED'
  /** The account was created; without an address by the operator. */
  | 'REGISTERED'
  /** Roles were given or taken: `details.added` and `details.removed`. */
  | 'ROLES_CHANGED'
  /** The owner created a role: `details.role`, and `details.added` with its permissions. An action of an API key stands in the log of the user who created the key, with the key as `actorId`. */
  | 'ROLE_CREATED'
  /** The owner, or an API key as with `ROLE_CREATED`, deleted a role: `details.role`, and `details.removed` with its permissions. */
  | 'ROLE_DELETED'
  /** The owner, or an API key as with `ROLE_CREATED`, changed a role: `details.role`, `details.formerName` when it was renamed, and permissions in `details.added` and `details.removed`. */
  | 'ROLE_UPDATED'
  /** Sessions were revoked from another session: `details.sessionIds`. */
  | 'SESSIONS_REVOKED'
  /** A session was opened: `details.sessionId`. */
  | 'SIGNED_IN'
  /** The owner logged out: `details.sessionIds`. */
  | 'SIGNED_OUT'
  /** A password or code was wrong. Attempts that are refused during a wait are not recorded, which limits these events to about a hundred a day. */
  | 'SIGN_IN_FAILED'
  /** `actorId` suspended the account; all sessions ended. */
  | 'SUSPENDED'
  /** The second factor was disabled. */
  | 'TOTP_DISABLED'
  /** The second factor was enabled. */
  | 'TOTP_ENABLED';

/** One message for one or more recipients. Give one of `recipient`, `userId` and `recipients`, and one of `content`, `templateId` and `template`. */
export type SendNotificationInput = {
  /** For EMAIL: at most 10 files that the caller can read, 20 MiB together. The moment must be in the next six days. */
  attachments?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** What it is about: 1 to 40 of a-z, 0-9 and `-`; `general` by default. Nobody can switch `security` off; it needs `security-notifications:send`. */
  category?: InputMaybe<Scalars['String']['input']>;
  channel: NotificationChannel;
  /** At most 65,536 characters; 1,600 for SMS, 2,000 for PUSH, 10,000 for IN_APP. JSON for WEBHOOK. */
  content?: InputMaybe<Scalars['String']['input']>;
  /** Of `content`; TEXT by default. */
  contentType?: InputMaybe<ContentType>;
  /** 1 to 255 printable ASCII characters. For 24 hours the same key with the same input returns the first answer. Errors: IDEMPOTENCY_KEY_REUSED (409) for another input. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Delivered before notifications that are not urgent. */
  isUrgent?: InputMaybe<Scalars['Boolean']['input']>;
  /** The language of the template’s text: `pt-BR` falls back to `pt`, then to the default. Without it that of each user’s profile. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** An email address, a phone number in E.164 form such as +4930901820, or the id of a webhook endpoint. */
  recipient?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 1,000 addresses and ids; each becomes a notification, for PUSH each subscription. */
  recipients?: InputMaybe<Array<Scalars['String']['input']>>;
  /** At most 255 characters. Required with `content` for EMAIL and PUSH, absent for SMS, the type of the event for WEBHOOK. */
  subject?: InputMaybe<Scalars['String']['input']>;
  /** The name of a template. */
  template?: InputMaybe<Scalars['String']['input']>;
  templateId?: InputMaybe<Scalars['ID']['input']>;
  /** A user, for EMAIL, SMS, PUSH and IN_APP. */
  userId?: InputMaybe<Scalars['ID']['input']>;
  /** A value for each variable of the template, and no other. */
  variables?: InputMaybe<Scalars['JSONObject']['input']>;
};

/** The health of a service, as its probes show it. */
export type ServiceStatus =
  /** The last probes succeeded. */
  | 'HEALTHY'
  /** At least the last two probes failed. */
  | 'UNHEALTHY'
  /** There is no recent probe. */
  | 'UNKNOWN';

/** A selection of the caller’s sessions. */
export type SessionScope =
  /** All sessions. */
  | 'ALL'
  /** All sessions except that of this request. */
  | 'OTHERS';

/** The limits of a share link. */
export type ShareFileInput = {
  /** Seconds, at most 366 days; without it the link does not expire. */
  expiresIn?: InputMaybe<Scalars['Int']['input']>;
  /** 1 to 1,000,000. */
  maxDownloads?: InputMaybe<Scalars['Int']['input']>;
  /** 4 to 1,024 characters. */
  password?: InputMaybe<Scalars['String']['input']>;
};

/** The result of an access to a share link. */
export type ShareOutcome =
  | 'DOWNLOADED'
  | 'WRONG_PASSWORD';

/** The kind of a span, as OpenTelemetry defines it. */
export type SpanKind =
  | 'CLIENT'
  | 'CONSUMER'
  | 'INTERNAL'
  | 'PRODUCER'
  | 'SERVER';

/** The texts of a template in one more language. */
export type TemplateTextInput = {
  contentTemplate: Scalars['String']['input'];
  /** A language tag such as `es` or `pt-BR`. */
  locale: Scalars['String']['input'];
  subjectTemplate?: InputMaybe<Scalars['String']['input']>;
};

/** How a picture fits into width and height, as `object-fit` of CSS does. */
export type ThumbnailFit =
  /** Is in both as a whole; the rest is transparent, or white in JPEG. */
  | 'CONTAIN'
  /** Fills both; what is too much is cut off. */
  | 'COVER'
  /** Fills both; the proportions change. */
  | 'FILL'
  /** At most as large as both; never larger than the file. */
  | 'INSIDE'
  /** At least as large as both. */
  | 'OUTSIDE';

/** The media type of a thumbnail. */
export type ThumbnailFormat =
  | 'AVIF'
  | 'JPEG'
  | 'PNG'
  | 'WEBP';

/** The fields that change. */
export type UpdateAlertRuleInput = {
  condition?: InputMaybe<Scalars['String']['input']>;
  /** Such as `30s`, `5m` or `1h`, at most 24h; `0s` by default. */
  for?: InputMaybe<Scalars['String']['input']>;
  /** True by default. */
  isEnabled?: InputMaybe<Scalars['Boolean']['input']>;
  /** Such as `30s`, `5m` or `1h`, at most 24h; `0s` by default. */
  keepFiringFor?: InputMaybe<Scalars['String']['input']>;
  name?: InputMaybe<Scalars['String']['input']>;
  /** RESOLVE by default. */
  noData?: InputMaybe<AlertNoData>;
  /** At most 20 email addresses. */
  notify?: InputMaybe<Array<Scalars['String']['input']>>;
  /** WARNING by default. */
  severity?: InputMaybe<AlertSeverity>;
};

/** The fields that change. */
export type UpdateFileInput = {
  /** 1 to 255 bytes, no slashes or control characters. */
  filename?: InputMaybe<Scalars['String']['input']>;
  isPublic?: InputMaybe<Scalars['Boolean']['input']>;
  /** At most 32 tags of 64 characters. */
  tags?: InputMaybe<Array<Scalars['String']['input']>>;
  /** The change is refused when this is not the current version. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** The preferences to change; the others stay. */
export type UpdatePreferencesInput = {
  /** Null removes them. */
  quietHours?: InputMaybe<QuietHoursInput>;
  /** Each replaces the one of the same category and channel; at most 100 in all. */
  switches?: InputMaybe<Array<NotificationSwitchInput>>;
};

/** The fields of a role that change. An absent field stays as it is. */
export type UpdateRoleInput = {
  /** At most 500 characters; null clears it. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** As in `CreateRoleInput`; cannot be null. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Replaces all permissions; the caller must hold those that are added. Cannot be null; an empty list removes all. */
  permissions?: InputMaybe<Array<Scalars['String']['input']>>;
  /** The version that the client has read. Errors: VERSION_CONFLICT (409) when there is a newer version. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** The whole of a template; it becomes a new version. */
export type UpdateTemplateInput = {
  /** Liquid, for email around HTML; at most 65,536 characters. */
  contentTemplate: Scalars['String']['input'];
  /** The language of these texts; `en` by default. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** 2 to 64 of a-z, 0-9 and `-`, beginning with a letter. */
  name: Scalars['String']['input'];
  /** Liquid; required for EMAIL and PUSH, absent for SMS. */
  subjectTemplate?: InputMaybe<Scalars['String']['input']>;
  /** The texts of other languages. */
  translations?: InputMaybe<Array<TemplateTextInput>>;
  /** At most 50 names; the texts use no others. */
  variables?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** The profile fields that change. An absent field stays as it is, null clears it. */
export type UpdateUserInput = {
  /** The id of an uploaded picture, which becomes `UserProfile.avatar`. */
  avatarFileId?: InputMaybe<Scalars['ID']['input']>;
  /** An http or https URL of at most 2,048 characters, without user name and password. */
  avatarUrl?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 100 characters, no control characters. */
  firstName?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 100 characters, no control characters. */
  lastName?: InputMaybe<Scalars['String']['input']>;
  /** A language tag (BCP 47) such as `pt-BR`: the language of messages to the user. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** Replaces the whole object: at most 16 KiB as JSON, at most 10 levels deep. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** E.164, such as +4930901820. Encrypted at rest. */
  phone?: InputMaybe<Scalars['String']['input']>;
  /** An IANA time zone such as `Europe/Berlin`: that of local times of messages to the user. */
  timeZone?: InputMaybe<Scalars['String']['input']>;
  /** The version that the client has read; without it the last write of a field wins. Errors: VERSION_CONFLICT (409) when there is a newer version. */
  version?: InputMaybe<Scalars['Int']['input']>;
};

/** The metadata of a new file. */
export type UploadFileInput = {
  /** The name of the part when absent; at most 255 bytes. */
  filename?: InputMaybe<Scalars['String']['input']>;
  /** Whether everybody may read it. False when absent. */
  isPublic?: InputMaybe<Scalars['Boolean']['input']>;
  /** At most 32 tags of 64 characters. */
  tags?: InputMaybe<Array<Scalars['String']['input']>>;
};

/** Conditions that must all hold. */
export type UserFilter = {
  /** Whether the account is active. */
  active?: InputMaybe<Scalars['Boolean']['input']>;
  /** Registered at this moment or later. */
  createdAfter?: InputMaybe<Scalars['DateTime']['input']>;
  /** Registered before this moment. */
  createdBefore?: InputMaybe<Scalars['DateTime']['input']>;
  /** The name of a role of the user. */
  role?: InputMaybe<Scalars['String']['input']>;
};

/** The orders of the list of users. Usernames are ordered without regard to case. */
export type UserOrder =
  | 'CREATED_AT_ASC'
  | 'CREATED_AT_DESC'
  | 'USERNAME_ASC'
  | 'USERNAME_DESC';

export type DashboardOverviewQueryVariables = Exact<{
  range: Scalars['String']['input'];
}>;


export type DashboardOverviewQuery = { __typename?: 'Query', dashboard?: { __typename?: 'Dashboard', from: string, to: string, step: number, services: Array<{ __typename?: 'ServiceDashboard', service: { __typename?: 'Service', name: string, status: ServiceStatus, since?: string | null, lastCheck?: string | null, responseTime?: number | null, error?: string | null, errorCount: number, uptime: { __typename?: 'Uptime', day?: number | null, week?: number | null, month?: number | null } }, requests: { __typename?: 'RequestStatistics', requestRate: number, errorRate: number, p50?: number | null, p95?: number | null, p99?: number | null }, points: Array<{ __typename?: 'RequestPoint', at: string, requestRate: number, errorRate: number, p50?: number | null, p95?: number | null, p99?: number | null }>, health: Array<{ __typename?: 'HealthBucket', at: string, ok: number, failed: number }>, metrics: Array<{ __typename?: 'MetricValue', metric: string, value: number }> }>, recentErrors?: Array<{ __typename?: 'LogEntry', id: string, service: string, level: LogLevel, message: string, timestamp: string, metadata?: Record<string, unknown> | null, traceId?: string | null }> | null } | null, alerts?: { __typename?: 'AlertConnection', nodes: Array<{ __typename?: 'Alert', id: string, name: string, severity: AlertSeverity, service: string, state: AlertState, pendingSince: string, firingSince?: string | null, resolvedAt?: string | null, acknowledgedBy?: string | null }> } | null };

export type DashboardHealthChangesSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type DashboardHealthChangesSubscription = { __typename?: 'Subscription', serviceHealthChanged?: { __typename?: 'Service', name: string } | null };

export type DashboardAlertChangesSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type DashboardAlertChangesSubscription = { __typename?: 'Subscription', alertChanged?: { __typename?: 'Alert', id: string } | null };

export type DashboardAlertFragment = { __typename?: 'Alert', id: string, name: string, severity: AlertSeverity, service: string, state: AlertState, pendingSince: string, firingSince?: string | null, resolvedAt?: string | null, acknowledgedBy?: string | null };

export type DashboardServiceFragment = { __typename?: 'ServiceDashboard', service: { __typename?: 'Service', name: string, status: ServiceStatus, since?: string | null, lastCheck?: string | null, responseTime?: number | null, error?: string | null, errorCount: number, uptime: { __typename?: 'Uptime', day?: number | null, week?: number | null, month?: number | null } }, requests: { __typename?: 'RequestStatistics', requestRate: number, errorRate: number, p50?: number | null, p95?: number | null, p99?: number | null }, points: Array<{ __typename?: 'RequestPoint', at: string, requestRate: number, errorRate: number, p50?: number | null, p95?: number | null, p99?: number | null }>, health: Array<{ __typename?: 'HealthBucket', at: string, ok: number, failed: number }>, metrics: Array<{ __typename?: 'MetricValue', metric: string, value: number }> };

export type DashboardLogsQueryVariables = Exact<{
  first: Scalars['Int']['input'];
  filter?: InputMaybe<LogFilter>;
}>;


export type DashboardLogsQuery = { __typename?: 'Query', logs?: { __typename?: 'LogEntryConnection', nodes: Array<{ __typename?: 'LogEntry', id: string, service: string, level: LogLevel, message: string, timestamp: string, metadata?: Record<string, unknown> | null, traceId?: string | null }> } | null };

export type DashboardLogTailSubscriptionVariables = Exact<{
  filter?: InputMaybe<LogFilter>;
}>;


export type DashboardLogTailSubscription = { __typename?: 'Subscription', logAdded?: { __typename?: 'LogAddition', omitted: number, entries: Array<{ __typename?: 'LogEntry', id: string, service: string, level: LogLevel, message: string, timestamp: string, metadata?: Record<string, unknown> | null, traceId?: string | null }> } | null };

export type DashboardLogEntryFragment = { __typename?: 'LogEntry', id: string, service: string, level: LogLevel, message: string, timestamp: string, metadata?: Record<string, unknown> | null, traceId?: string | null };

export type DashboardTraceQueryVariables = Exact<{
  id: Scalars['ID']['input'];
}>;


export type DashboardTraceQuery = { __typename?: 'Query', trace?: { __typename?: 'Trace', id: string, isTruncated?: boolean | null, spans?: Array<{ __typename?: 'Span', id: string, parentId?: string | null, service: string, name: string, kind: SpanKind, startedAt: string, offsetMs: number, durationMs: number, isError: boolean, attributes: Record<string, unknown> }> | null, logs?: { __typename?: 'LogEntryConnection', nodes: Array<{ __typename?: 'LogEntry', id: string, service: string, level: LogLevel, message: string, timestamp: string, metadata?: Record<string, unknown> | null, traceId?: string | null }> } | null } | null };

export type DashboardGraphQueryVariables = Exact<{ [key: string]: never; }>;


export type DashboardGraphQuery = { __typename?: 'Query', gateway?: { __typename?: 'Gateway', schema: { __typename?: 'GatewaySchema', hash: string, servedSince: string, refused: Array<{ __typename?: 'RefusedSchema', subgraph: string, errors: Array<string> }> }, services: Array<{ __typename?: 'GatewayService', name: string, entities: Array<string>, inFlight: number, maxConcurrent: number, instances: Array<{ __typename?: 'GatewayInstance', id: string, url: string, version?: string | null, isReady: boolean, outstanding: number, breaker: BreakerState }> }> } | null };

export const DashboardAlertFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DashboardAlert"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Alert"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"severity"}},{"kind":"Field","name":{"kind":"Name","value":"service"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"pendingSince"}},{"kind":"Field","name":{"kind":"Name","value":"firingSince"}},{"kind":"Field","name":{"kind":"Name","value":"resolvedAt"}},{"kind":"Field","name":{"kind":"Name","value":"acknowledgedBy"}}]}}]} as unknown as DocumentNode<DashboardAlertFragment, unknown>;
export const DashboardServiceFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DashboardService"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ServiceDashboard"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"service"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"since"}},{"kind":"Field","name":{"kind":"Name","value":"lastCheck"}},{"kind":"Field","name":{"kind":"Name","value":"responseTime"}},{"kind":"Field","name":{"kind":"Name","value":"error"}},{"kind":"Field","name":{"kind":"Name","value":"errorCount"}},{"kind":"Field","name":{"kind":"Name","value":"uptime"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"day"}},{"kind":"Field","name":{"kind":"Name","value":"week"}},{"kind":"Field","name":{"kind":"Name","value":"month"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"requests"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"requestRate"}},{"kind":"Field","name":{"kind":"Name","value":"errorRate"}},{"kind":"Field","name":{"kind":"Name","value":"p50"}},{"kind":"Field","name":{"kind":"Name","value":"p95"}},{"kind":"Field","name":{"kind":"Name","value":"p99"}}]}},{"kind":"Field","name":{"kind":"Name","value":"points"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"requestRate"}},{"kind":"Field","name":{"kind":"Name","value":"errorRate"}},{"kind":"Field","name":{"kind":"Name","value":"p50"}},{"kind":"Field","name":{"kind":"Name","value":"p95"}},{"kind":"Field","name":{"kind":"Name","value":"p99"}}]}},{"kind":"Field","name":{"kind":"Name","value":"health"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"ok"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metric"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}}]} as unknown as DocumentNode<DashboardServiceFragment, unknown>;
export const DashboardLogEntryFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DashboardLogEntry"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"LogEntry"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"service"}},{"kind":"Field","name":{"kind":"Name","value":"level"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"timestamp"}},{"kind":"Field","name":{"kind":"Name","value":"metadata"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]} as unknown as DocumentNode<DashboardLogEntryFragment, unknown>;
export const DashboardOverviewDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"DashboardOverview"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"range"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"dashboard"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"range"},"value":{"kind":"Variable","name":{"kind":"Name","value":"range"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"step"}},{"kind":"Field","name":{"kind":"Name","value":"services"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DashboardService"}}]}},{"kind":"Field","name":{"kind":"Name","value":"recentErrors"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DashboardLogEntry"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"alerts"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"20"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DashboardAlert"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DashboardService"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"ServiceDashboard"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"service"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"since"}},{"kind":"Field","name":{"kind":"Name","value":"lastCheck"}},{"kind":"Field","name":{"kind":"Name","value":"responseTime"}},{"kind":"Field","name":{"kind":"Name","value":"error"}},{"kind":"Field","name":{"kind":"Name","value":"errorCount"}},{"kind":"Field","name":{"kind":"Name","value":"uptime"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"day"}},{"kind":"Field","name":{"kind":"Name","value":"week"}},{"kind":"Field","name":{"kind":"Name","value":"month"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"requests"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"requestRate"}},{"kind":"Field","name":{"kind":"Name","value":"errorRate"}},{"kind":"Field","name":{"kind":"Name","value":"p50"}},{"kind":"Field","name":{"kind":"Name","value":"p95"}},{"kind":"Field","name":{"kind":"Name","value":"p99"}}]}},{"kind":"Field","name":{"kind":"Name","value":"points"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"requestRate"}},{"kind":"Field","name":{"kind":"Name","value":"errorRate"}},{"kind":"Field","name":{"kind":"Name","value":"p50"}},{"kind":"Field","name":{"kind":"Name","value":"p95"}},{"kind":"Field","name":{"kind":"Name","value":"p99"}}]}},{"kind":"Field","name":{"kind":"Name","value":"health"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"at"}},{"kind":"Field","name":{"kind":"Name","value":"ok"}},{"kind":"Field","name":{"kind":"Name","value":"failed"}}]}},{"kind":"Field","name":{"kind":"Name","value":"metrics"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"metric"}},{"kind":"Field","name":{"kind":"Name","value":"value"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DashboardLogEntry"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"LogEntry"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"service"}},{"kind":"Field","name":{"kind":"Name","value":"level"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"timestamp"}},{"kind":"Field","name":{"kind":"Name","value":"metadata"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DashboardAlert"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Alert"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"severity"}},{"kind":"Field","name":{"kind":"Name","value":"service"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"pendingSince"}},{"kind":"Field","name":{"kind":"Name","value":"firingSince"}},{"kind":"Field","name":{"kind":"Name","value":"resolvedAt"}},{"kind":"Field","name":{"kind":"Name","value":"acknowledgedBy"}}]}}]} as unknown as DocumentNode<DashboardOverviewQuery, DashboardOverviewQueryVariables>;
export const DashboardHealthChangesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"DashboardHealthChanges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"serviceHealthChanged"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}}]}}]}}]} as unknown as DocumentNode<DashboardHealthChangesSubscription, DashboardHealthChangesSubscriptionVariables>;
export const DashboardAlertChangesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"DashboardAlertChanges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"alertChanged"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}}]}}]}}]} as unknown as DocumentNode<DashboardAlertChangesSubscription, DashboardAlertChangesSubscriptionVariables>;
export const DashboardLogsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"DashboardLogs"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"LogFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"logs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DashboardLogEntry"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DashboardLogEntry"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"LogEntry"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"service"}},{"kind":"Field","name":{"kind":"Name","value":"level"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"timestamp"}},{"kind":"Field","name":{"kind":"Name","value":"metadata"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]} as unknown as DocumentNode<DashboardLogsQuery, DashboardLogsQueryVariables>;
export const DashboardLogTailDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"DashboardLogTail"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"LogFilter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"logAdded"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"omitted"}},{"kind":"Field","name":{"kind":"Name","value":"entries"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DashboardLogEntry"}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DashboardLogEntry"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"LogEntry"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"service"}},{"kind":"Field","name":{"kind":"Name","value":"level"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"timestamp"}},{"kind":"Field","name":{"kind":"Name","value":"metadata"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]} as unknown as DocumentNode<DashboardLogTailSubscription, DashboardLogTailSubscriptionVariables>;
export const DashboardTraceDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"DashboardTrace"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"trace"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"isTruncated"}},{"kind":"Field","name":{"kind":"Name","value":"spans"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"parentId"}},{"kind":"Field","name":{"kind":"Name","value":"service"}},{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"kind"}},{"kind":"Field","name":{"kind":"Name","value":"startedAt"}},{"kind":"Field","name":{"kind":"Name","value":"offsetMs"}},{"kind":"Field","name":{"kind":"Name","value":"durationMs"}},{"kind":"Field","name":{"kind":"Name","value":"isError"}},{"kind":"Field","name":{"kind":"Name","value":"attributes"}}]}},{"kind":"Field","name":{"kind":"Name","value":"logs"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"IntValue","value":"100"}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"nodes"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"DashboardLogEntry"}}]}}]}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"DashboardLogEntry"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"LogEntry"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"service"}},{"kind":"Field","name":{"kind":"Name","value":"level"}},{"kind":"Field","name":{"kind":"Name","value":"message"}},{"kind":"Field","name":{"kind":"Name","value":"timestamp"}},{"kind":"Field","name":{"kind":"Name","value":"metadata"}},{"kind":"Field","name":{"kind":"Name","value":"traceId"}}]}}]} as unknown as DocumentNode<DashboardTraceQuery, DashboardTraceQueryVariables>;
export const DashboardGraphDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"DashboardGraph"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"gateway"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"schema"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hash"}},{"kind":"Field","name":{"kind":"Name","value":"servedSince"}},{"kind":"Field","name":{"kind":"Name","value":"refused"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"subgraph"}},{"kind":"Field","name":{"kind":"Name","value":"errors"}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"services"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"name"}},{"kind":"Field","name":{"kind":"Name","value":"entities"}},{"kind":"Field","name":{"kind":"Name","value":"inFlight"}},{"kind":"Field","name":{"kind":"Name","value":"maxConcurrent"}},{"kind":"Field","name":{"kind":"Name","value":"instances"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"url"}},{"kind":"Field","name":{"kind":"Name","value":"version"}},{"kind":"Field","name":{"kind":"Name","value":"isReady"}},{"kind":"Field","name":{"kind":"Name","value":"outstanding"}},{"kind":"Field","name":{"kind":"Name","value":"breaker"}}]}}]}}]}}]}}]} as unknown as DocumentNode<DashboardGraphQuery, DashboardGraphQueryVariables>;