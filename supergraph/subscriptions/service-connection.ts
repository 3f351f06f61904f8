import type { ConnectionOptions } from 'node:tls';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

export interface ServiceOperation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly extensions: Readonly<Record<string, unknown>>;
}

export interface ServiceSink {
  next(result: unknown): void;
  /** The GraphQL errors that ended the subscription; undefined when the connection broke. */
  error(errors: readonly unknown[] | undefined): void;
  complete(): void;
}

/** A connection without subscriptions is closed after this time. */
const idleMs = 500;
const keepAliveMs = 10_000;
const handshakeTimeoutMs = 5_000;
const maxMessageBytes = 10 * 1024 * 1024;

/**
 * The one connection to an instance of a service, which carries the subscriptions of all clients. It is made with the first
 * subscription and broken when the service does not answer a ping.
 */
export class ServiceConnection {
  private readonly client: Client;
  private socket: WebSocket | undefined;
  private subscriptions = 0;

  /**
   * @param url the GraphQL URL, `http:` or `https:`
   * @param tls asked for each time it connects: certificates change
   * @param onUnused called when it is closed and has no subscriptions
   */
  constructor(
    url: string,
    tls: () => ConnectionOptions | undefined,
    private readonly onUnused: (connection: ServiceConnection) => void,
  ) {
    class ServiceSocket extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, {
          handshakeTimeout: handshakeTimeoutMs,
          maxPayload: maxMessageBytes,
          perMessageDeflate: false,
          ...tls(),
        });
      }
    }
    let pongTimeout: NodeJS.Timeout | undefined;
    this.client = createClient({
      url: url.replace(/^http/, 'ws'),
      webSocketImpl: ServiceSocket,
      lazy: true,
      lazyCloseTimeout: idleMs,
      retryAttempts: 0,
      keepAlive: keepAliveMs,
      connectionAckWaitTimeout: handshakeTimeoutMs,
      onNonLazyError: () => {},
      on: {
        opened: socket => {
          this.socket = socket as WebSocket;
        },
        ping: isReceived => {
          if (!isReceived) pongTimeout = setTimeout(() => this.socket?.terminate(), keepAliveMs).unref();
        },
        pong: isReceived => {
          if (isReceived) clearTimeout(pongTimeout);
        },
        closed: () => {
          clearTimeout(pongTimeout);
          this.socket = undefined;
          this.checkUse();
        },
      },
    });
  }

  /** @returns ends the subscription */
  subscribe(operation: ServiceOperation, sink: ServiceSink): () => void {
    this.subscriptions++;
    let isOver = false;
    const ended = (): void => {
      if (isOver) return;
      isOver = true;
      this.subscriptions--;
      this.checkUse();
    };
    return this.client.subscribe(
      {
        query: operation.query,
        variables: { ...operation.variables },
        extensions: { ...operation.extensions },
      },
      {
        next: result => sink.next(result),
        error: error => {
          ended();
          sink.error(Array.isArray(error) ? error : undefined);
        },
        // Called when the client of ours ends it, too.
        complete: () => {
          ended();
          sink.complete();
        },
      },
    );
  }

  /** Sends a ping of the protocol with a payload. */
  ping(payload: Record<string, unknown>): void {
    if (this.socket?.readyState === WebSocket.OPEN)
      this.socket.send(JSON.stringify({ type: 'ping', payload }));
  }

  async close(): Promise<void> {
    await this.client.dispose();
  }

  private checkUse(): void {
    if (this.subscriptions === 0 && this.socket === undefined) this.onUnused(this);
  }
}

/** The connections to the services, by URL. */
export class ServiceConnections {
  private readonly connections = new Map<string, ServiceConnection>();

  constructor(private readonly tls: () => ConnectionOptions | undefined) {}

  to(url: string): ServiceConnection {
    let connection = this.connections.get(url);
    if (connection === undefined) {
      connection = new ServiceConnection(url, this.tls, unused => {
        if (this.connections.get(url) === unused) this.connections.delete(url);
      });
      this.connections.set(url, connection);
    }
    return connection;
  }

  async close(): Promise<void> {
    await Promise.all([...this.connections.values()].map(connection => connection.close()));
    this.connections.clear();
  }
}
