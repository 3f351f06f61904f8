import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerSession } from 'smtp-server';

export interface SinkMail {
  to: string[];
  secure: boolean;
  user: string | undefined;
  mail: ParsedMail;
  /** As it was received. */
  raw: Buffer;
}

/** An SMTP server for tests. It offers STARTTLS with a self-signed certificate, and obeys the recipient's address. */
export class SmtpSink {
  readonly mails: SinkMail[] = [];
  /** Answers to come, one a message; then it accepts. */
  readonly answers: ('451' | '550' | 'strange' | 'stall' | 'drop')[] = [];
  /** It accepts nothing before this. */
  gate: Promise<void> = Promise.resolve();
  private readonly server: SMTPServer;

  private constructor(options: { password: string | undefined }) {
    this.server = new SMTPServer({
      authOptional: options.password === undefined,
      allowInsecureAuth: false,
      closeTimeout: 100,
      onAuth: (auth, _session, done) =>
        auth.password === options.password
          ? done(null, { user: auth.username })
          : done(new Error('Invalid username or password')),
      onRcptTo: (_address, session, done) => {
        const answer = this.answers.shift();
        if (answer === '451') return done(smtpError(451, 'Try again later'));
        if (answer === '550') return done(smtpError(550, 'No such mailbox'));
        if (answer === 'strange') return done(smtpError(550, 'No \0 such mailbox \u{1f4ed}'));
        if (answer === 'stall') return;
        if (answer === 'drop') {
          for (const connection of this.server.connections) {
            const { id, _socket } = connection as unknown as { id: string; _socket: { destroy(): void } };
            if (id === session.id) _socket.destroy();
          }
          return;
        }
        done();
      },
      onData: (stream, session, done) => {
        this.receive(stream, session).then(() => done(), done);
      },
    });
    this.server.on('error', () => undefined);
  }

  private async receive(stream: Readable, session: SMTPServerSession): Promise<void> {
    const raw = await buffer(stream);
    await this.gate;
    const mail = await simpleParser(raw);
    const to = session.envelope.rcptTo.map(each => each.address);
    const { user } = session as { user?: string };
    this.mails.push({ to, secure: session.secure, user, mail, raw });
  }

  static async start(options: { password?: string } = {}): Promise<SmtpSink> {
    const sink = new SmtpSink({ password: options.password });
    await new Promise<void>(resolve => sink.server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  to(address: string): SinkMail[] {
    return this.mails.filter(each => each.to.includes(address));
  }

  async stop(): Promise<void> {
    await new Promise<void>(resolve => this.server.close(() => resolve()));
  }
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
