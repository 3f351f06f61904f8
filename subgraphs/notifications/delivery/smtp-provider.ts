import type { Readable } from 'node:stream';
import { convert } from 'html-to-text';
import nodemailer, { type Transporter } from 'nodemailer';
import type { Attachment, Attachments } from '../attachments/attachments';
import type { Message } from '../message';
import { type Delivery, PermanentError, type Provider, ProviderDownError } from './provider';

const connectTimeoutMs = 10_000;
const silenceTimeoutMs = 20_000;

/** Signs emails as the domain of MAIL_FROM (RFC 6376). */
export interface DkimKey {
  domainName: string;
  keySelector: string;
  /** PEM. */
  privateKey: string;
}

interface OpenAttachment {
  filename: string;
  contentType: string;
  content: Readable;
}

interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  response?: string;
}

/** Email over a pool of SMTP connections. */
export class SmtpProvider implements Provider {
  readonly channel = 'email';
  private readonly attachments: Pick<Attachments, 'download'>;
  private readonly transport: Transporter;
  private readonly domain: string;

  /** @param url `smtp://user:password@host:587`, or `smtps://`; STARTTLS is used where the server offers it */
  constructor(
    readonly name: string,
    url: string,
    private readonly from: string,
    options: { connections: number; dkim: DkimKey | undefined; attachments: Pick<Attachments, 'download'> },
  ) {
    this.attachments = options.attachments;
    this.domain = domainOf(from);
    this.transport = nodemailer.createTransport({
      url,
      pool: true,
      maxConnections: options.connections,
      ...(options.dkim === undefined ? {} : { dkim: options.dkim }),
      connectionTimeout: connectTimeoutMs,
      greetingTimeout: connectTimeoutMs,
      socketTimeout: silenceTimeoutMs,
      // A message is text of other people: it must not name files and addresses to read.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send({ id, recipient, message, unsubscribeUrl }: Delivery): Promise<void> {
    const attachments = await this.open(message.attachments ?? []);
    try {
      await this.transport.sendMail({
        from: this.from,
        to: { name: '', address: recipient },
        subject: message.subject ?? '',
        messageId: `<${id}@${this.domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated', ...unsubscribeHeaders(unsubscribeUrl) },
        ...bodyOf(message),
        attachments,
      });
    } catch (error) {
      throw describe(error as SmtpError);
    } finally {
      for (const { content } of attachments) content.destroy();
    }
  }

  /** @throws PermanentError when one of the files is gone */
  private async open(attachments: readonly Attachment[]): Promise<OpenAttachment[]> {
    const opened: OpenAttachment[] = [];
    try {
      for (const attachment of attachments) {
        const { filename, contentType } = attachment;
        const content = await this.attachments.download(attachment);
        if (content === undefined) throw new PermanentError(`The attachment ${filename} is gone`);
        opened.push({ filename, contentType, content });
      }
      return opened;
    } catch (error) {
      for (const { content } of opened) content.destroy();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.transport.close();
  }
}

/** @param from `Plinth <no-reply@mail.example.com>` */
export function domainOf(from: string): string {
  return /@([^@>\s]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
}

function bodyOf({ content, contentType }: Message): { text: string; html?: string } {
  if (contentType === 'text') return { text: content };
  return { html: content, text: textOf(content) };
}

/** The text part of an HTML message. */
export function textOf(html: string): string {
  return convert(html, { wordwrap: 78, limits: { maxInputLength: 200_000, maxDepth: 100 } });
}

/** One-click unsubscription (RFC 8058). */
function unsubscribeHeaders(url: string | null): Record<string, string> {
  if (url === null) return {};
  return { 'List-Unsubscribe': `<${url}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
}

/**
 * 5xx is final for the message, unless it is about the sign-in, which the operator can correct (RFC 5321 §4.2.1). A server that says
 * nothing, closes the session (421) or refuses the sign-in takes no other message either.
 */
function describe(error: SmtpError): Error {
  const { code = '', responseCode, response, message } = error;
  const reason = (response ?? message).slice(0, 300);
  const isAboutMessage = code === 'EENVELOPE' || code === 'EMESSAGE';
  if (!isAboutMessage || responseCode === undefined || responseCode === 421)
    return new ProviderDownError(reason);
  return responseCode >= 500 ? new PermanentError(reason) : new Error(reason);
}
