import type { Counter } from 'prom-client';
import { AppError, platformErrors } from '../../platform/errors';
import type { CancelSignal } from '../../platform/http/cancellation';
import type { HttpRequest } from '../../platform/http/request';
import type { Metrics } from '../../platform/observability/metrics';
import { networkOf } from '../../platform/security/client-network';
import type { CredentialWatch, LiveCredential } from '../../platform/security/live-credential';
import type { CompiledExecutor } from '../execution/executor';
import { AnswerStream, type SubscriptionSource } from '../execution/subscription';
import type { Callers } from '../http/callers';
import type { ExecutionResult, GraphQLRequest, RequestContext } from '../supergraph-executor';
import type { ServiceConnections } from './service-connection';
import { ServiceStream } from './service-stream';

/** The client of a subscription. */
export interface Subscriber {
  readonly credential: LiveCredential;
  /** A request with the current credential, for each event a new one. */
  requestOf(): HttpRequest;
  /** Aborted when the client leaves. */
  readonly signal: CancelSignal;
}

/**
 * Opens the subscriptions of clients, however these are connected. Each event is completed as the subscriber, with the rights of
 * the moment. A subscription ends with an error when its access ends, and it is counted for its client.
 */
export class Subscriptions {
  private readonly byClient = new Map<string, number>();
  private readonly open = new Set<{ end(error: AppError): void }>();
  private readonly events: Counter;

  constructor(
    private readonly options: {
      executor: CompiledExecutor;
      callers: Callers;
      connections: ServiceConnections;
      /** The URL of an instance of the service. */
      urlOf: (source: SubscriptionSource) => string;
      watch: CredentialWatch;
      metrics: Metrics;
      /** Subscriptions of one user, API key or address. */
      maxPerClient: number;
    },
  ) {
    const { metrics } = options;
    metrics.gauge('plinth_subscriptions', 'Open subscriptions', () => this.open.size);
    this.events = metrics.counter('plinth_subscription_events_total', 'Events sent to subscribers');
  }

  /** @throws AppError 401; 429 TOO_MANY_SUBSCRIPTIONS */
  async subscribe(
    request: GraphQLRequest,
    subscriber: Subscriber,
  ): Promise<AsyncIterableIterator<ExecutionResult> | ExecutionResult> {
    const { executor, connections, urlOf } = this.options;
    const { callers } = this.options;
    const { signal } = subscriber;
    const context = { ...(await callers.contextOf(subscriber.requestOf())), signal };
    const contextOf = async (): Promise<RequestContext> => ({
      ...(await callers.contextOfEvent(subscriber.requestOf())),
      signal,
    });
    const source = await executor.subscribe(request, context);
    if (!('resolve' in source)) return source;
    const release = this.count(clientOf(context));
    const { authorization: _, 'x-api-key': __, ...headers } = context.headers;
    const stream = new ServiceStream(
      source,
      () => connections.to(urlOf(source)),
      () => ({ ...headers, ...(subscriber.credential.headers as Record<string, string>) }),
    );
    const ends = [release];
    const answers = new AnswerStream(
      source,
      {
        next: () => stream.next(),
        return: () => {
          for (const end of ends.splice(0)) end();
          return stream.return();
        },
      },
      context,
      contextOf,
    );
    const entry = { end: (error: AppError) => answers.end(source.broken(context, error)) };
    this.open.add(entry);
    ends.push(
      () => this.open.delete(entry),
      subscriber.credential.onRenewed(() => stream.renew()),
      this.options.watch.watch(subscriber.credential, {
        ended: entry.end,
        changed: () => void this.askAgain(source, contextOf, answers, stream),
      }),
    );
    if (subscriber.signal.aborted) await answers.return();
    return counted(answers, () => this.events.inc());
  }

  /** Ends all, so that the server can stop. */
  close(): void {
    const stopping = new AppError(platformErrors.SHUTTING_DOWN, 'This server is stopping: subscribe again');
    for (const { end } of this.open) end(stopping);
  }

  /** After a change of rights: ends the subscription, or shows the state as the caller may see it now. */
  private async askAgain(
    source: SubscriptionSource,
    contextOf: () => Promise<RequestContext>,
    answers: AnswerStream,
    stream: ServiceStream,
  ): Promise<void> {
    try {
      const refused = await source.refusalOf(await contextOf());
      if (refused) answers.end(refused);
      else stream.restart();
    } catch {
      // The credential ended in the meantime, which the watch reports too.
    }
  }

  private count(client: string): () => void {
    const { maxPerClient } = this.options;
    const count = this.byClient.get(client) ?? 0;
    if (count >= maxPerClient) {
      throw new AppError(
        platformErrors.TOO_MANY_SUBSCRIPTIONS,
        `A client has at most ${maxPerClient} subscriptions`,
      );
    }
    this.byClient.set(client, count + 1);
    return () => {
      const left = (this.byClient.get(client) ?? 1) - 1;
      if (left > 0) this.byClient.set(client, left);
      else this.byClient.delete(client);
    };
  }
}

/** Callers without an identity are told apart by their network. */
function clientOf({ identity, headers }: RequestContext): string {
  const isKnown = identity !== 'anonymous' && !identity.startsWith('unchecked:');
  return isKnown ? identity : `address:${networkOf(headers['x-forwarded-for'] ?? '')}`;
}

function counted(answers: AnswerStream, count: () => void): AsyncIterableIterator<ExecutionResult> {
  return {
    next: async () => {
      const result = await answers.next();
      if (!result.done) count();
      return result;
    },
    return: () => answers.return(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
