import type { FieldError } from '../../platform/errors';
import type { Keyring } from '../../platform/security/keyring';
import type { Attachment } from './attachments/attachments';

export const channels = ['email', 'sms', 'push', 'in_app', 'webhook'] as const;
export type Channel = (typeof channels)[number];

export type NotificationStatus = 'pending' | 'sent' | 'delivered' | 'failed' | 'cancelled';

/** The smallest is delivered first. */
export const priorities = { account: 0, urgent: 1, normal: 5 } as const;

/** Of notifications that name none. */
export const generalCategory = 'general';
/** Nobody can switch it off, and quiet hours do not delay it. */
export const securityCategory = 'security';

export function isCategory(text: string): boolean {
  return /^[a-z][a-z0-9-]{0,39}$/.test(text);
}

/** The content of a notification, as it is delivered. */
export interface Message {
  subject: string | null;
  content: string;
  /** Of `content`; only an email can be HTML. */
  contentType: 'text' | 'html';
  /** Of an email; absent for none. */
  attachments?: Attachment[];
}

/** Encrypts messages at rest: they hold personal data, and those of accounts hold tokens. */
export class MessageSeal {
  constructor(
    private readonly keyring: Keyring,
    private readonly table: 'notifications' | 'mailbox',
  ) {}

  seal(id: string, message: Message): string {
    return this.keyring.encrypt(JSON.stringify(message), `${this.table}.message:${id}`);
  }

  open(id: string, sealed: string): Message {
    return JSON.parse(this.keyring.decrypt(sealed, `${this.table}.message:${id}`)) as Message;
  }
}

const longestSubject = 255;
export const longestContent = 64 * 1024;

/** What a message of each channel consists of. */
const forms: Record<Channel, { subject: 'required' | 'optional' | 'absent'; longestContent: number }> = {
  email: { subject: 'required', longestContent },
  sms: { subject: 'absent', longestContent: 1_600 },
  push: { subject: 'required', longestContent: 2_000 },
  in_app: { subject: 'optional', longestContent: 10_000 },
  webhook: { subject: 'optional', longestContent },
};

/** A push service need not take more than 4,096 bytes of encrypted payload (RFC 8030 §7.2). */
const longestPush = 3_000;

/** Characters that would end a header line, or cannot be stored. */
const controls = /[\p{Cc}\p{Cs}]/u;
const unstorable = /[\p{Cs}\0]/u;

export function mistakesInMessage(channel: Channel, { subject, content }: Message): FieldError[] {
  const mistakes = mistakesInSubject(channel, 'subject', subject);
  if (subject !== null && (subject.length > longestSubject || controls.test(subject)))
    mistakes.push({
      field: 'subject',
      message: `must have at most ${longestSubject} characters, without line breaks and control characters`,
    });
  const longest = forms[channel].longestContent;
  if (content === '' || content.length > longest || unstorable.test(content))
    mistakes.push({ field: 'content', message: `must have 1 to ${longest} characters` });
  else if (channel === 'push' && Buffer.byteLength(content + (subject ?? '')) > longestPush)
    mistakes.push({ field: 'content', message: `must have at most ${longestPush} bytes with its subject` });
  else if (channel === 'webhook' && !isJson(content))
    mistakes.push({ field: 'content', message: 'must be JSON for a webhook' });
  return mistakes;
}

/** Whether the subject of a message or of its template is there where it must be. */
export function mistakesInSubject(channel: Channel, field: string, subject: string | null): FieldError[] {
  const { subject: form } = forms[channel];
  if (form === 'required' && (subject === null || subject === ''))
    return [{ field, message: 'is required for this channel' }];
  if (form === 'absent' && subject !== null)
    return [{ field, message: 'must be absent: this channel has none' }];
  return [];
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** One mailbox, without a display name, a comment or a list. */
const emailAddress =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,190}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const e164 = /^\+[1-9]\d{1,14}$/;

/** Whether a notification of this channel can be sent to this text without knowing a user. */
export function isAddress(channel: Channel, text: string): boolean {
  if (channel === 'email') return emailAddress.test(text);
  return channel === 'sms' && e164.test(text);
}
