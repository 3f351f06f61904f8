import type { FieldError } from '../../platform/errors';
import type { Keyring } from '../../platform/security/keyring';

export const channels = ['email', 'sms'] as const;
export type Channel = (typeof channels)[number];

export type NotificationStatus = 'pending' | 'sent' | 'failed' | 'cancelled';

/** The content of a notification, as it is delivered. */
export interface Message {
  subject: string | null;
  content: string;
  /** Of `content`. SMS is always text. */
  contentType: 'text' | 'html';
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
const longestSms = 1_600;

/** Characters that would end a header line, or cannot be stored. */
const controls = /[\p{Cc}\p{Cs}]/u;
const unstorable = /[\p{Cs}\0]/u;

export function mistakesInMessage(channel: Channel, { subject, content }: Message): FieldError[] {
  const mistakes: FieldError[] = [];
  if (channel === 'email' && (subject === null || subject === ''))
    mistakes.push({ field: 'subject', message: 'is required for an email' });
  if (channel === 'sms' && subject !== null)
    mistakes.push({ field: 'subject', message: 'must be absent: an SMS has none' });
  if (subject !== null && (subject.length > longestSubject || controls.test(subject)))
    mistakes.push({
      field: 'subject',
      message: `must have at most ${longestSubject} characters, without line breaks and control characters`,
    });
  const longest = channel === 'sms' ? longestSms : longestContent;
  if (content === '' || content.length > longest || unstorable.test(content))
    mistakes.push({ field: 'content', message: `must have 1 to ${longest} characters` });
  return mistakes;
}

/** One mailbox, without a display name, a comment or a list. */
const emailAddress =
  /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,190}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const e164 = /^\+[1-9]\d{1,14}$/;

export function isAddress(channel: Channel, text: string): boolean {
  return (channel === 'email' ? emailAddress : e164).test(text);
}
