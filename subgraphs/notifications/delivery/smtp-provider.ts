import { convert } from 'html-to-text';
import nodemailer, { type Transporter } from 'nodemailer';
import type { Message } from '../message';
import { type Delivery, PermanentError, type Provider } from './provider';

const connectTimeoutMs = 10_000;
const silenceTimeoutMs = 20_000;

interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  response?: string;
}

/** Email over a pool of SMTP connections. */
export class SmtpProvider implements Provider {
  readonly name = 'smtp';
  readonly channel = 'email';
  private readonly transport: Transporter;
  private readonly domain: string;

  /** @param url `smtp://user:password@host:587`, or `smtps://`; STARTTLS is used where the server offers it */
  constructor(
    url: string,
    private readonly from: string,
    connections: number,
  ) {
    this.domain = /@([^@>\s]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
    this.transport = nodemailer.createTransport({
      url,
      pool: true,
      maxConnections: connections,
      connectionTimeout: connectTimeoutMs,
      greetingTimeout: connectTimeoutMs,
      socketTimeout: silenceTimeoutMs,
      // A message is text of other people: it must not name files and addresses to read.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send({ id, recipient, message }: Delivery): Promise<void> {
    try {
      await this.transport.sendMail({
        from: this.from,
        to: { name: '', address: recipient },
        subject: message.subject ?? '',
        messageId: `<${id}@${this.domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        ...bodyOf(message),
      });
    } catch (error) {
      throw describe(error as SmtpError);
    }
  }

  async close(): Promise<void> {
    this.transport.close();
  }
}

function bodyOf({ content, contentType }: Message): { text: string; html?: string } {
  if (contentType === 'text') return { text: content };
  return { html: content, text: textOf(content) };
}

/** The text part of an HTML message. */
export function textOf(html: string): string {
  return convert(html, { wordwrap: 78, limits: { maxInputLength: 200_000, maxDepth: 100 } });
}

/** 5xx is final for the message, unless it is about the sign-in, which the operator can correct (RFC 5321 §4.2.1). */
function describe(error: SmtpError): Error {
  const { code = '', responseCode, response, message } = error;
  const reason = (response ?? message).slice(0, 300);
  const isAboutMessage = code === 'EENVELOPE' || code === 'EMESSAGE';
  if (isAboutMessage && responseCode !== undefined && responseCode >= 500) return new PermanentError(reason);
  return new Error(reason);
}
