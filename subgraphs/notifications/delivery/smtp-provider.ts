import { EventEmitter } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { compile } from 'html-to-text';
import nodemailer from 'nodemailer';
import MimeNode from 'nodemailer/lib/mime-node';
import type { Clock } from '../../../platform/clock';
import type { Attachment, Attachments } from '../attachments/attachments';
import type { Message } from '../message';
import { composeEmail, type Email, isComposable } from './compose-email';
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

type Transport = ReturnType<typeof pooledTransport>;

interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  response?: string;
}

/** Email over a pool of SMTP connections. */
export class SmtpProvider implements Provider {
  readonly channel = 'email';
  private readonly attachments: Pick<Attachments, 'download'>;
  private readonly clock: Clock;
  private readonly transport: Transport;
  private readonly domain: string;
  /** The address in `from`. */
  private readonly sender: string;

  /** @param url `smtp://user:password@host:587`, or `smtps://`; STARTTLS is used where the server offers it */
  constructor(
    readonly name: string,
    url: string,
    private readonly from: string,
    options: {
      connections: number;
      dkim: DkimKey | undefined;
      attachments: Pick<Attachments, 'download'>;
      clock: Clock;
    },
  ) {
    this.attachments = options.attachments;
    this.clock = options.clock;
    this.domain = domainOf(from);
    this.sender = new MimeNode().setHeader('From', from).getEnvelope().from || '';
    this.transport = pooledTransport(url, options.connections, options.dkim);
  }

  async send({ id, recipient, message, unsubscribeUrl }: Delivery): Promise<void> {
    const attachments = await this.open(message.attachments ?? []);
    const email: Email = {
      from: this.from,
      to: recipient,
      subject: message.subject ?? '',
      messageId: `<${id}@${this.domain}>`,
      date: new Date(this.clock.now()),
      headers: { 'Auto-Submitted': 'auto-generated', ...unsubscribeHeaders(unsubscribeUrl) },
      ...bodyOf(message),
    };
    try {
      if (attachments.length === 0 && isComposable(recipient)) await this.sendComposed(email);
      else await this.transport.sendMail({ ...email, to: { name: '', address: recipient }, attachments });
    } catch (error) {
      throw describe(error as SmtpError);
    } finally {
      for (const { content } of attachments) content.destroy();
    }
  }

  /** What `sendMail` does, without its composer. */
  private sendComposed(email: Email): Promise<void> {
    const { transporter, dkim } = this.transport;
    const { messageId, to } = email;
    const bytes = composeEmail(email);
    const message = {
      // The pool asks for the Message-ID in both ways.
      getHeader: () => messageId,
      messageId: () => messageId,
      getEnvelope: () => ({ from: this.sender, to: [to] }),
      // Once for each connection that it tries.
      createReadStream: () => (dkim ? dkim.sign(bytes) : new Whole(bytes)),
    };
    const mail = { data: {}, message } as unknown as Parameters<typeof transporter.send>[0];
    return new Promise((resolve, reject) => {
      transporter.send(mail, error => (error ? reject(error) : resolve()));
    });
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

/** As much of a stream as the pool uses. Bytes that are all there need none of the turns of the event loop that a stream takes. */
class Whole extends EventEmitter {
  /** The pool tries another connection while it is false. */
  readableDidRead = false;

  constructor(private readonly bytes: Buffer) {
    super();
  }

  pipe(destination: Writable): void {
    this.readableDidRead = true;
    destination.end(this.bytes);
  }

  destroy(): void {}
}

function pooledTransport(url: string, connections: number, dkim: DkimKey | undefined) {
  const transport = nodemailer.createTransport({
    url,
    pool: true,
    maxConnections: connections,
    ...(dkim === undefined ? {} : { dkim }),
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    socketTimeout: silenceTimeoutMs,
    // A message is text of other people: it must not name files and addresses to read.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  // `sendMail` passes on the proxy of the URL at its first call.
  if (transport.getSocket) transport.transporter.getSocket = transport.getSocket;
  return transport;
}

/** @param from `Plinth <no-reply@mail.example.com>` */
export function domainOf(from: string): string {
  return /@([^@>\s]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
}

function bodyOf({ content, contentType }: Message): Pick<Email, 'text' | 'html'> {
  if (contentType === 'text') return { text: content };
  return { html: content, text: textOf(content) };
}

/** The text part of an HTML message. The options are compiled once: that takes ten times as long as a short message. */
export const textOf = compile({ wordwrap: 76, limits: { maxInputLength: 200_000, maxDepth: 100 } });

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
