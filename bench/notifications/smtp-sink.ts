import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

/** An SMTP server that does as little as possible: it counts messages by Message-ID. */
export class SmtpSink {
  /** How often each message arrived. */
  readonly counts = new Map<string, number>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer(socket => this.serve(socket));
  }

  static async start(): Promise<SmtpSink> {
    const sink = new SmtpSink();
    await new Promise<void>(resolve => sink.server.listen(0, '127.0.0.1', resolve));
    return sink;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Messages that arrived more than once, each time counted but the first. */
  get duplicates(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count - 1, 0);
  }

  close(): void {
    this.server.close();
  }

  private serve(socket: Socket): void {
    let received = '';
    let isData = false;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.write('220 sink ESMTP\r\n');
    socket.on('data', chunk => {
      received += chunk.toString('latin1');
      for (;;) {
        const end = received.indexOf(isData ? '\r\n.\r\n' : '\r\n');
        if (end === -1) return;
        const text = received.slice(0, end);
        received = received.slice(end + (isData ? 5 : 2));
        if (isData) {
          isData = false;
          this.count(text);
          socket.write('250 OK\r\n');
          continue;
        }
        const command = text.slice(0, 4).toUpperCase();
        isData = command === 'DATA';
        socket.write(answers[command] ?? '250 OK\r\n');
        if (command === 'QUIT') socket.end();
      }
    });
  }

  private count(mail: string): void {
    const id = /^message-id: *(\S+)/im.exec(mail)?.[1] ?? '';
    this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
  }
}

/** PIPELINING (RFC 2920) is what servers offer. */
const answers: Record<string, string> = {
  EHLO: '250-sink\r\n250 PIPELINING\r\n',
  DATA: '354 Go on\r\n',
  QUIT: '221 Bye\r\n',
};
