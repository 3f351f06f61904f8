import { type FieldError, invalid } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import { isTimeZone } from '../../../platform/time-zones';
import { mostAttachments } from '../attachments/attachments';
import { momentOf } from '../local-time';
import { type Channel, isAddress, isCategory, securityCategory } from '../message';
import { categoryForm } from '../preferences/preferences';

/** When to send; at once without any. */
export interface Moment {
  scheduledAt?: Date | null | undefined;
  /** Such as `2026-03-02T09:00`, in `timeZone` or in the zone of each recipient. */
  localTime?: string | null | undefined;
  timeZone?: string | null | undefined;
}

export interface SendInput extends Moment {
  channel: Channel;
  recipient?: string | null | undefined;
  userId?: string | null | undefined;
  /** Addresses and ids. */
  recipients?: string[] | null | undefined;
  /** `general` by default. */
  category?: string | null | undefined;
  subject?: string | null | undefined;
  content?: string | null | undefined;
  contentType?: 'text' | 'html' | null | undefined;
  templateId?: string | null | undefined;
  /** The name of a template. */
  template?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
  locale?: string | null | undefined;
  /** Ids of files. */
  attachments?: string[] | null | undefined;
  isUrgent?: boolean | null | undefined;
  idempotencyKey?: string | null | undefined;
}

const mostRecipients = 1_000;
const farthestMs = 366 * 24 * 60 * 60_000;

/** What a sender needs for this category. That of security reaches users whatever they switched off. */
export function permissionsToSend(category: string | null | undefined): string[] {
  const permissions = ['notifications:send'];
  return category === securityCategory ? [...permissions, 'security-notifications:send'] : permissions;
}

/** The user or API key that sent; empty for a user who was deleted, undefined for a mail of Plinth itself. */
export function makerOf(callerId: string): string | undefined {
  return callerId.split(':')[1];
}

/** What is wrong with a request, apart from what only the database knows. */
export function mistakesInRequest(input: SendInput): FieldError[] {
  const { channel, recipients, templateId, template, content, subject, idempotencyKey } = input;
  const mistakes: FieldError[] = [];
  const targets = [input.recipient, input.userId, recipients].filter(each => each != null);
  if (targets.length !== 1)
    mistakes.push({
      field: 'recipient',
      message: 'exactly one of recipient, userId and recipients is needed',
    });
  if (recipients != null && (recipients.length === 0 || recipients.length > mostRecipients))
    mistakes.push({ field: 'recipients', message: `must be 1 to ${mostRecipients}` });
  else if (recipients?.some(each => !isTarget(channel, each)))
    mistakes.push({ field: 'recipients', message: `must be ${targetForm[channel]}` });
  if (input.recipient != null && !isTarget(channel, input.recipient))
    mistakes.push({ field: 'recipient', message: `must be ${targetForm[channel]}` });
  if (input.userId != null && !isUuid(input.userId))
    mistakes.push({ field: 'userId', message: 'must be the id of a user' });
  if (input.category != null && !isCategory(input.category))
    mistakes.push({ field: 'category', message: categoryForm });
  const sources = [templateId, template, content].filter(each => each != null);
  if (sources.length !== 1)
    mistakes.push({ field: 'content', message: 'exactly one of content, templateId and template is needed' });
  if (content == null && (subject != null || input.contentType != null))
    mistakes.push({
      field: 'subject',
      message: 'comes from the template: subject and contentType go with content',
    });
  if (content != null && (input.variables != null || input.locale != null))
    mistakes.push({ field: 'variables', message: 'variables and locale are for templates' });
  if (channel !== 'email' && input.contentType === 'html')
    mistakes.push({ field: 'contentType', message: 'must be TEXT: only an email can be HTML' });
  if (idempotencyKey != null && !/^[\x21-\x7e]{1,255}$/.test(idempotencyKey))
    mistakes.push({
      field: 'idempotencyKey',
      message: 'must be 1 to 255 printable ASCII characters without spaces',
    });
  const { attachments } = input;
  if (attachments != null && (channel !== 'email' || attachments.length > mostAttachments))
    mistakes.push({ field: 'attachments', message: `must be at most ${mostAttachments}, of an email` });
  return [...mistakes, ...mistakesInMoment(input)];
}

function mistakesInMoment({ scheduledAt, localTime, timeZone }: Moment): FieldError[] {
  if (localTime == null && timeZone == null) return [];
  const mistakes: FieldError[] = [];
  if (scheduledAt != null)
    mistakes.push({ field: 'scheduledAt', message: 'must be absent beside localTime and timeZone' });
  if (timeZone != null && !isTimeZone(timeZone))
    mistakes.push({ field: 'timeZone', message: 'must be an IANA time zone such as Europe/Berlin' });
  if (localTime == null || momentOf(localTime, 'UTC') === undefined)
    mistakes.push({ field: 'localTime', message: 'must be a local time such as 2026-03-02T09:00' });
  return mistakes;
}

const targetForm: Record<Channel, string> = {
  email: 'an email address such as ada@example.com, or the id of a user',
  sms: 'a phone number in E.164 form such as +4930901820, or the id of a user',
  push: 'the id of a user',
  in_app: 'the id of a user',
  webhook: 'the id of a webhook endpoint',
};

/** Milliseconds since the Unix epoch; null for at once. @throws AppError 422 */
export function requestedMoment({ scheduledAt, localTime, timeZone }: Moment, now: number): number | null {
  if (scheduledAt == null && localTime == null) return null;
  const at = scheduledAt == null ? momentOf(localTime!, timeZone!) : scheduledAt.getTime();
  if (at !== undefined && at > now - 60_000 && at < now + farthestMs) return at;
  const field = scheduledAt == null ? 'localTime' : 'scheduledAt';
  throw invalid([{ field, message: 'must be in the future, at most a year ahead' }]);
}

/** The recipients, each once. */
export function targetsOf({ recipient, userId, recipients }: SendInput): string[] {
  return [...new Set([...(recipients ?? []), ...[recipient, userId].filter(each => each != null)])];
}

function isTarget(channel: Channel, text: string): boolean {
  return isAddress(channel, text) || isUuid(text);
}
