import { type IncomingHttpHeaders, type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { CloseCode, type Context, handleProtocols, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { AppError, platformErrors } from '../errors';
import { assertJsonDepth } from '../http/body';
import { Cancellation } from '../http/cancellation';
import { HttpRequest } from '../http/request';
import type { UpgradeHandler } from '../http/server';
import type { Logger } from '../observability/logger';
import type { Metrics } from '../observability/metrics';
import type { Authenticator } from '../security/authenticator';
import { CredentialWatch, LiveCredential } from '../security/live-credential';
import { errorsOf, NextMessages, placeholder } from './socket-messages';
import {
  hasCredential,
  type SocketClient,
  type SocketOperation,
  type SocketOperations,
  type SocketResult,
  withCredential,
} from './socket-operations';

export interface SocketLimits {
  /** Bytes of a message. */
  readonly maxMessageBytes: number;
  /** Operations of one socket that run at once. */
  readonly maxOperations: number;
  /** Open sockets. */
  readonly maxSockets: number;
  /** Open sockets of one client, where clients are told apart. */
  readonly maxSocketsPerClient: number;
  /** Bytes that wait to be sent on one socket; a client that reads slower is disconnected. */
  readonly maxBufferedBytes: number;
  /** Milliseconds until `connection_init`. */
  readonly initTimeoutMs: number;
  /** Milliseconds between pings; a client that does not answer within them is disconnected. */
  readonly pingMs: number;
}

const defaultSocketLimits: SocketLimits = {
  maxMessageBytes: 256 * 1024,
  maxOperations: 100,
  maxSockets: 20_000,
  maxSocketsPerClient: 1_000,
  maxBufferedBytes: 1024 * 1024,
  initTimeoutMs: 3_000,
  pingMs: 15_000,
};

interface Session {
  readonly socket: WebSocket;
  readonly handshake: HttpRequest;
  readonly closed: Cancellation;
  credential: LiveCredential | undefined;
  isAlive: boolean;
  /** Operations that are executed now; open subscriptions do not count. */
  running: number;
}

/** The longest wait for the operations of a socket when the server stops. */
const longestDrainMs = 5_000;
const closeTimeoutMs = 500;
/** What a refused handshake tells the client to wait. */
const retryAfterSeconds = 5;

type SessionContext = Context<Record<string, unknown> | undefined, Session>;

/**
 * Serves the protocol graphql-transport-ws on one path. The caller is verified from the headers of the handshake and the
 * payload of `connection_init`, whose fields have the names of the headers: `authorization`, `x-api-key`. A `ping` with such a
 * payload replaces the credential by a fresh one of the same caller. The socket is closed with 4403 and the error code as the
 * reason when the credential is no longer valid.
 */
export class GraphQLWebSockets implements UpgradeHandler {
  private readonly sockets: WebSocketServer;
  private readonly sessions = new Set<Session>();
  private readonly byClient = new Map<string, number>();
  private readonly opened: (socket: WebSocket, session: Session) => void;
  private readonly limits: SocketLimits;
  private readonly watch: CredentialWatch;
  private pings: NodeJS.Timeout | undefined;
  private closeCode: number | undefined;

  constructor(
    private readonly options: {
      path: string;
      operations: SocketOperations;
      authenticator: Pick<Authenticator, 'authenticate'>;
      /** Whether pages of this origin may connect. */
      isOriginAllowed: (request: HttpRequest) => boolean;
      /** The status with which a handshake is refused for another reason. */
      refusalOf?: (request: HttpRequest) => number | undefined;
      /** Who opens a socket; undefined where all sockets are of one client, such as the gateway. */
      clientOf?: (request: HttpRequest) => string;
      /** Admits a `connection_init` with these headers. @throws AppError 401, 429 RATE_LIMITED */
      admit?: (handshake: HttpRequest, headers: IncomingHttpHeaders) => unknown;
      logger: Logger;
      metrics: Metrics;
      /** Shared with the subscriptions of a socket, so that a credential is verified once for all. */
      watch?: CredentialWatch;
      limits?: Partial<SocketLimits>;
    },
  ) {
    this.watch = options.watch ?? new CredentialWatch();
    this.limits = { ...defaultSocketLimits, ...options.limits };
    this.sockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: this.limits.maxMessageBytes,
      handleProtocols,
    });
    this.opened = this.protocol();
    options.metrics.gauge(
      'plinth_websocket_connections',
      'Open WebSocket connections',
      () => this.sessions.size,
    );
  }

  /** Answers a request to switch the protocol (RFC 6455 §4.2). */
  handle(raw: IncomingMessage, socket: Socket, head: Buffer): void {
    const request = new HttpRequest(
      {
        method: raw.method ?? 'GET',
        url: raw.url ?? '/',
        headers: raw.headers,
        remoteAddress: raw.socket.remoteAddress ?? '',
      },
      { read: () => Buffer.alloc(0), isComplete: true },
    );
    const { logger, metrics } = this.options;
    socket.on('error', () => socket.destroy());
    const status = this.refusal(request);
    request.route = this.options.path;
    logger.request('info', request, status ?? 101, 0);
    metrics.countRequest(request.method, request.route, status ?? 101, 0);
    if (status !== undefined) {
      const wait = status === 429 || status === 503 ? `retry-after: ${retryAfterSeconds}\r\n` : '';
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${wait}connection: close\r\ncontent-length: 0\r\n\r\n`,
      );
      return;
    }
    this.sockets.handleUpgrade(raw, socket, head, webSocket => this.open(webSocket, request));
  }

  /**
   * Closes each socket when the queries and mutations that run on it are answered.
   *
   * @param code 1001 when the server stops, 1012 when the client shall connect again at once (RFC 6455 §7.4.1, IANA)
   */
  close(code: 1001 | 1012): void {
    this.closeCode = code;
    for (const session of this.sessions) {
      if (session.running === 0) this.leave(session);
      else setTimeout(() => this.leave(session), longestDrainMs).unref();
    }
  }

  private leave({ socket }: Session): void {
    socket.close(this.closeCode, this.closeCode === 1001 ? 'The server is stopping' : 'The server restarts');
    // A client that does not answer the close must not keep the server from stopping.
    setTimeout(() => socket.terminate(), closeTimeoutMs).unref();
  }

  private refusal(request: HttpRequest): number | undefined {
    const refused = this.options.refusalOf?.(request);
    if (refused !== undefined) return refused;
    if (request.path !== this.options.path) return 404;
    if (this.closeCode !== undefined || this.sessions.size >= this.limits.maxSockets) return 503;
    if (request.header('origin') !== undefined && !this.options.isOriginAllowed(request)) return 403;
    const client = this.options.clientOf?.(request);
    const isFull =
      client !== undefined && (this.byClient.get(client) ?? 0) >= this.limits.maxSocketsPerClient;
    return isFull ? 429 : undefined;
  }

  /** @returns counts the socket no more */
  private count(handshake: HttpRequest): () => void {
    const client = this.options.clientOf?.(handshake);
    if (client === undefined) return () => {};
    this.byClient.set(client, (this.byClient.get(client) ?? 0) + 1);
    return () => {
      const left = (this.byClient.get(client) ?? 1) - 1;
      if (left > 0) this.byClient.set(client, left);
      else this.byClient.delete(client);
    };
  }

  private open(socket: WebSocket, handshake: HttpRequest): void {
    const session: Session = {
      socket,
      handshake,
      closed: new Cancellation(),
      credential: undefined,
      isAlive: true,
      running: 0,
    };
    this.sessions.add(session);
    const release = this.count(handshake);
    this.pings ??= setInterval(() => this.pingAll(), this.limits.pingMs).unref();
    socket.on('pong', () => {
      session.isAlive = true;
    });
    // ws closes the socket itself: 1009 for a message over the limit, 1007 for one that is not UTF-8.
    socket.on('error', error => this.options.logger.debug({ error }, 'A WebSocket broke'));
    socket.on('close', () => {
      this.sessions.delete(session);
      release();
      session.closed.cancel();
      if (this.sessions.size > 0) return;
      clearInterval(this.pings);
      this.pings = undefined;
    });
    this.opened(socket, session);
  }

  private protocol(): (socket: WebSocket, session: Session) => void {
    const { operations } = this.options;
    const server = makeServer<Record<string, unknown> | undefined, Session>({
      connectionInitWaitTimeout: this.limits.initTimeoutMs,
      onConnect: context => this.connect(context),
      onPing: (context, payload) => this.pinged(context.extra, payload),
      onSubscribe: async (context, id, payload) => {
        const result = await this.run(context, payload);
        if ('errors' in result) return errorsOf(result.errors);
        const send = (text: string) => this.send(context.extra.socket, text);
        return { ...placeholder, contextValue: new NextMessages(id, result, send) };
      },
      subscribe: ({ contextValue }) => contextValue as NextMessages,
      onError: (_context, _id, _payload, errors) =>
        errors.map(error =>
          error.originalError == null ? error.toJSON() : operations.errorOf(error.originalError),
        ),
    });
    return (socket, session) => {
      const closed = server.opened(
        {
          protocol: socket.protocol,
          send: text => this.send(socket, text),
          close: (code, reason) => socket.close(code, reason),
          onMessage: listener =>
            socket.on('message', data => {
              listener(String(data)).catch((error: unknown) => this.failed(socket, error));
            }),
        },
        session,
      );
      socket.once('close', (code, reason) => void closed(code, reason.toString()));
    };
  }

  /** Resolves when the text has left this process, so that a subscription waits for a slow client. */
  private send(socket: WebSocket, text: string): Promise<void> {
    if (socket.bufferedAmount > this.limits.maxBufferedBytes) {
      this.options.logger.info({}, 'A WebSocket client read too slowly and was disconnected');
      socket.terminate();
    }
    return new Promise(resolve => {
      if (socket.readyState !== socket.OPEN) return resolve();
      // An error closes the socket, and that ends its subscriptions.
      socket.send(text, () => resolve());
    });
  }

  private failed(socket: WebSocket, error: unknown): void {
    if (error instanceof Error && error.message.startsWith('Unexpected message')) {
      socket.close(CloseCode.BadRequest, 'Invalid message received');
      return;
    }
    this.options.logger.error({ error }, 'a WebSocket message failed by a fault of ours');
    socket.close(CloseCode.InternalServerError, 'Internal server error');
  }

  private async connect({ connectionParams, extra: session }: SessionContext): Promise<boolean> {
    try {
      const headers = withCredential(session.handshake.headers, connectionParams);
      await this.options.admit?.(session.handshake, headers);
      const credential = await LiveCredential.open(this.options.authenticator, headers);
      session.credential = credential;
      const unwatch = this.watch.watch(credential, { ended: error => refuse(session.socket, error) });
      session.closed.addEventListener('abort', unwatch);
      if (session.closed.aborted) unwatch();
      return true;
    } catch (error) {
      refuse(session.socket, error);
      return false;
    }
  }

  private async pinged(session: Session, payload: Record<string, unknown> | undefined): Promise<void> {
    const { credential } = session;
    if (payload === undefined || credential === undefined) return;
    try {
      if (hasCredential(payload)) await credential.renew(withCredential({}, payload));
      else await this.options.operations.pinged?.(payload, clientOf(session, credential));
    } catch (error) {
      refuse(session.socket, error);
    }
  }

  private async run(context: SessionContext, payload: SocketOperation): Promise<SocketResult> {
    const { operations } = this.options;
    const session = context.extra;
    session.running += 1;
    try {
      if (this.closeCode !== undefined) {
        throw new AppError(platformErrors.SHUTTING_DOWN, 'This server is stopping');
      }
      if (session.credential === undefined) throw new Error('an operation before connection_ack');
      if (Object.keys(context.subscriptions).length > this.limits.maxOperations) {
        throw new AppError(
          platformErrors.TOO_MANY_SUBSCRIPTIONS,
          `A socket has at most ${this.limits.maxOperations} operations`,
        );
      }
      assertJsonDepth(payload);
      return await operations.run(payload, clientOf(session, session.credential));
    } catch (error) {
      return { errors: [operations.errorOf(error)] };
    } finally {
      session.running -= 1;
      // The result is sent first.
      if (this.closeCode !== undefined && session.running === 0) setImmediate(() => this.leave(session));
    }
  }

  private pingAll(): void {
    for (const session of this.sessions) {
      if (!session.isAlive) {
        session.socket.terminate();
        continue;
      }
      session.isAlive = false;
      session.socket.ping();
    }
  }
}

function clientOf({ handshake, closed }: Session, credential: LiveCredential): SocketClient {
  return { handshake, credential, signal: closed };
}

/** Closes the socket: 4403 for a refused credential, 1013 when it is not verified now: the client tries again later (IANA). */
function refuse(socket: WebSocket, error: unknown): void {
  if (!(error instanceof AppError)) throw error;
  if (error.status >= 500 || error.status === 429) socket.close(1013, error.code);
  else socket.close(CloseCode.Forbidden, error.code);
}

/** Whether a page of the server itself sends the request. Pages of other origins send theirs to the gateway. */
export function isOwnOrigin(request: HttpRequest): boolean {
  const origin = request.header('origin');
  return origin !== undefined && URL.canParse(origin) && new URL(origin).host === request.header('host');
}
