import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const longestReply = 4096;

/** The scanner answers, and does not scan this content: it is larger than its `StreamMaxLength`, for example. */
export class ScanRefused extends Error {}

/** A virus scanner that speaks clamd's protocol (clamd(8)), over TCP or a Unix socket. */
export class Clamd {
  /**
   * @param url `tcp://host:port` or `unix:/path`
   * @param timeoutMs how long clamd may be silent
   */
  constructor(
    private readonly url: string,
    private readonly timeoutMs: number,
  ) {}

  /**
   * Sends the content with INSTREAM.
   *
   * @returns the name of the malware; null for none
   * @throws ScanRefused; Error when clamd is not there or too slow
   */
  async scan(content: AsyncIterable<Uint8Array>): Promise<string | null> {
    const socket = this.connect();
    const reply = replyOf(socket);
    // It may come, or fail, before all is sent.
    reply.catch(() => undefined);
    try {
      await once(socket, 'connect');
      socket.write('zINSTREAM\0');
      for await (const chunk of content) {
        if (!socket.writable) break;
        if (chunk.length > 0) await send(socket, chunk);
      }
      if (socket.writable) socket.write(Buffer.alloc(4));
      return malwareIn(await reply);
    } catch (error) {
      // clamd closes the connection over a content that is too large, and the reset may overtake its reply.
      const { code = '' } = error as NodeJS.ErrnoException;
      if (['EPIPE', 'ECONNRESET'].includes(code)) throw new ScanRefused('clamd closed the connection');
      throw error;
    } finally {
      socket.destroy();
    }
  }

  private connect(): Socket {
    const { protocol, hostname, port, pathname } = new URL(this.url);
    const socket =
      protocol === 'unix:' ? connect(decodeURIComponent(pathname)) : connect(Number(port || 3310), hostname);
    socket.setTimeout(this.timeoutMs, () => socket.destroy(new Error('clamd does not answer in time')));
    return socket;
  }
}

/** Each chunk has its length in front, as 32 bits in network order. */
async function send(socket: Socket, chunk: Uint8Array): Promise<void> {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(chunk.length);
  socket.write(length);
  if (socket.write(chunk)) return;
  await new Promise<void>(resolve => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}

function replyOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const end = text.indexOf('\0');
      if (end !== -1) resolve(text.slice(0, end));
      else if (text.length > longestReply) socket.destroy(new Error('clamd answers something else'));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('clamd closed the connection')));
  });
}

function malwareIn(reply: string): string | null {
  const [, result = ''] = /^stream: (.*)$/.exec(reply) ?? [];
  if (result === 'OK') return null;
  const [, name] = /^(.+) FOUND$/.exec(result) ?? [];
  if (name === undefined) throw new ScanRefused(`clamd did not scan the content: ${reply.slice(0, 200)}`);
  return name;
}
