import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { GraphQLFailure } from './graphql-client';

/** One `next` message, or the `error` message that ended the subscription. */
export interface LiveResult<Data> {
  data?: Data;
  errors?: GraphQLFailure[];
}

/** A client of graphql-transport-ws, with the results of a subscription as they arrive. */
export class LiveClient {
  /** The close code and reason, once the socket is closed. */
  closed: { code: number; reason: string } | undefined;
  private readonly client: Client;

  /** @param url of the server, `http:` or `https:` */
  constructor(url: string, params: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
    class WithHeaders extends WebSocket {
      constructor(address: string, protocols: string) {
        super(address, protocols, { headers });
      }
    }
    this.client = createClient({
      url: `${url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WithHeaders,
      connectionParams: params,
      // Stays open without subscriptions, until `close`.
      lazy: false,
      retryAttempts: 0,
      onNonLazyError: () => {},
      on: {
        closed: event => {
          const { code, reason } = event as { code: number; reason: string };
          this.closed = { code, reason: String(reason) };
        },
      },
    });
  }

  subscribe<Data = Record<string, unknown>>(
    query: string,
    variables: Record<string, unknown> = {},
  ): LiveSubscription<Data> {
    return new LiveSubscription<Data>(this.client, { query, variables });
  }

  async close(): Promise<void> {
    await this.client.dispose();
  }
}

export class LiveSubscription<Data> {
  readonly results: LiveResult<Data>[] = [];
  /** Whether the server has completed it, with an error or without. */
  isOver = false;
  /** Ends the subscription. */
  readonly end: () => void;

  constructor(client: Client, request: { query: string; variables: Record<string, unknown> }) {
    this.end = client.subscribe(request, {
      next: result => this.results.push(result as unknown as LiveResult<Data>),
      error: error => {
        if (Array.isArray(error)) this.results.push({ errors: error as GraphQLFailure[] });
        this.isOver = true;
      },
      complete: () => {
        this.isOver = true;
      },
    });
  }

  /** The code of the last result's first error. */
  get code(): string | undefined {
    return this.results.at(-1)?.errors?.[0]?.extensions.code;
  }
}
