import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Statuses of what node:http cannot read; 400 for any other error. */
const statuses: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};
/** How long a client may take to close a connection that was ended here. */
const lingerMs = 2_000;

/** Ends connections on which something else than a request arrived, with an answer where it cannot be misread. */
export class UnreadableRequests {
  /** Connection → the responses that are due on it. */
  private readonly due = new WeakMap<Duplex, Set<ServerResponse>>();
  private readonly refused = new WeakSet<Duplex>();

  /** Call it for each request, so that an error is not taken for the response to another one. */
  track({ socket }: IncomingMessage, response: ServerResponse): void {
    const due = this.due.get(socket) ?? new Set();
    this.due.set(socket, due.add(response));
    response.once('close', () => due.delete(response));
  }

  refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
    if (this.refused.has(socket)) return;
    if (isUnanswerable(error) || !socket.writable || this.isMixing(socket)) {
      socket.destroy();
      return;
    }
    this.refused.add(socket);
    const status = statuses[error.code ?? ''] ?? 400;
    socket.end(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`,
    );
    // To close at once while the client still sends would make it lose the response (RFC 9112 §9.6).
    setTimeout(() => socket.destroy(), lingerMs).unref();
  }

  /**
   * Whether an error that is written now would be taken for the response to another request, or be written into one. It is the response to
   * the only request that is due when that request's body is what cannot be read.
   */
  private isMixing(socket: Duplex): boolean {
    const [first, second] = this.due.get(socket) ?? [];
    return first !== undefined && (second !== undefined || first.headersSent || first.req.complete);
  }
}

/** A connection that was reset, or never became a TLS connection. */
function isUnanswerable({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' || /^ERR_(SSL|TLS)_/.test(code ?? '');
}
