import { RedisPubSub } from 'graphql-redis-subscriptions';
import { AppError, platformErrors, unavailable } from '../errors';
import type { Logger } from '../observability/logger';
import { withTimeout } from '../timeout';
import { connectRedis } from './redis-connection';

/**
 * The doorbell of live updates, in the shape type-graphql 2 wants. It may ring twice or not at all (Redis away): who
 * hears it reads the state, and who missed it reads the state when they come back. Payloads pass through JSON in both
 * kinds, so that what works in one process works in many.
 */
export interface LivePubSub {
  /** `publish(topic, payload)`, or `publish(topic, dynamicId, payload)` for those subscribed with that id. Never throws. */
  publish(routingKey: string, ...args: unknown[]): void;
  /** Listens from the moment the iterator is made. Ends with SUBSCRIBER_TOO_SLOW when the reader falls 1,000 behind. */
  subscribe(routingKey: string, dynamicId?: unknown): AsyncIterable<unknown>;
  /** Resolves when all subscriptions that were made so far receive updates. @throws AppError 503 when Redis is away */
  listening(): Promise<void>;
  /** Ends every subscription. */
  close(): Promise<void>;
}

const longestQueue = 1_000;
const listenTimeoutMs = 5_000;

export function createInProcessPubSub(): LivePubSub {
  const channels = new Map<string, Set<(text: string) => void>>();
  return livePubSub({
    send: (channel, text) => {
      for (const listen of channels.get(channel) ?? []) listen(text);
    },
    listen: (channel, listener) => {
      const listeners = channels.get(channel) ?? new Set();
      channels.set(channel, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && channels.get(channel) === listeners) channels.delete(channel);
      };
    },
    listening: async () => {},
    close: async () => channels.clear(),
  });
}

/** When the connection to Redis breaks, every subscription ends with SUBSCRIPTION_INTERRUPTED. New ones wait for Redis. */
export function createRedisPubSub(
  redisUrl: string,
  options: { logger: Logger; prefix?: string },
): LivePubSub {
  const { logger, prefix = 'plinth:live:' } = options;
  const publisher = connectRedis(redisUrl, logger, 'live publish', {
    // The updates of one turn of the event loop go in one write.
    enableAutoPipelining: true,
  });
  // Subscribing waits for Redis, as long as that takes, and is done again after each reconnection.
  const subscriber = connectRedis(redisUrl, logger, 'live subscribe', {
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
    commandTimeout: undefined,
  });
  // graphql-redis-subscriptions does not await these, and a rejection nobody handles would end the process.
  const ignore = (): undefined => undefined;
  const unsubscribe = subscriber.unsubscribe.bind(subscriber) as (...channels: string[]) => Promise<unknown>;
  const punsubscribe = subscriber.punsubscribe.bind(subscriber) as (
    ...channels: string[]
  ) => Promise<unknown>;
  Object.assign(subscriber, {
    unsubscribe: (...channels: string[]) => unsubscribe(...channels).catch(ignore),
    punsubscribe: (...channels: string[]) => punsubscribe(...channels).catch(ignore),
  });
  const engine = new RedisPubSub({
    publisher,
    subscriber,
    serializer: (text: string) => text,
    deserializer: (text: Buffer | string) => text.toString(),
  });
  // Redis keeps its channels apart from its databases (https://redis.io/docs/latest/develop/pubsub/), and an update is for one database only.
  const nameOf = (channel: string) => `${prefix}${publisher.options.db ?? 0}:${channel}`;
  const pending = new Set<Promise<unknown>>();
  const wire: Wire = {
    send: (channel, text) => {
      engine.publish(nameOf(channel), text).catch((error: unknown) => {
        logger.debug({ error, channel }, 'A live update was not sent');
      });
    },
    listen: (channel, listener) => {
      const subscription = engine.subscribe(nameOf(channel), listener);
      pending.add(subscription);
      const settled = () => pending.delete(subscription);
      subscription.then(settled, settled);
      subscription.catch((error: unknown) => logger.warn({ error, channel }, 'A live subscription failed'));
      return () => {
        subscription.then(id => engine.unsubscribe(id)).catch(ignore);
      };
    },
    listening: async () => {
      try {
        await withTimeout(Promise.all(pending), listenTimeoutMs);
      } catch (error) {
        throw unavailable('Live updates are not available now', error);
      }
    },
    close: async () => {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
  const live = livePubSub(wire);
  // Updates that were sent in the meantime are lost, and whoever listens must know.
  subscriber.on('close', () => live.interrupt());
  return live;
}

interface Wire {
  send(channel: string, text: string): void;
  listen(channel: string, listener: (text: string) => void): () => void;
  listening(): Promise<void>;
  close(): Promise<void>;
}

function livePubSub(wire: Wire): LivePubSub & { interrupt(): void } {
  const open = new Set<Queue>();
  return {
    publish(routingKey, ...args) {
      const [first, second] = args;
      const [channel, payload] =
        args.length > 1 ? [channelOf(routingKey, first), second] : [channelOf(routingKey), first];
      wire.send(channel, JSON.stringify({ payload }));
    },
    subscribe: (routingKey, dynamicId) => ({
      [Symbol.asyncIterator]() {
        const queue: Queue = new Queue(() => {
          open.delete(queue);
          stop();
        });
        open.add(queue);
        const stop = wire.listen(channelOf(routingKey, dynamicId), text => {
          queue.push((JSON.parse(text) as { payload?: unknown }).payload);
        });
        return queue;
      },
    }),
    listening: () => wire.listening(),
    interrupt() {
      for (const queue of open) {
        queue.fail(
          new AppError(
            platformErrors.SUBSCRIPTION_INTERRUPTED,
            'Events may be missing: read the current state and subscribe again',
          ),
        );
      }
    },
    async close() {
      for (const queue of open) await queue.return();
      await wire.close();
    },
  };
}

function channelOf(routingKey: string, dynamicId?: unknown): string {
  return dynamicId === undefined || dynamicId === null ? routingKey : `${routingKey}:${String(dynamicId)}`;
}

/** What one subscriber has not read yet. */
class Queue implements AsyncIterableIterator<unknown> {
  private readonly values: unknown[] = [];
  private readonly readers: {
    resolve(result: IteratorResult<unknown>): void;
    reject(error: unknown): void;
  }[] = [];
  private ended = false;
  private failure: AppError | undefined;

  constructor(private readonly onEnd: () => void) {}

  push(value: unknown): void {
    if (this.ended) return;
    const reader = this.readers.shift();
    if (reader) {
      reader.resolve({ value, done: false });
      return;
    }
    if (this.values.length < longestQueue) {
      this.values.push(value);
      return;
    }
    // An end is better than a gap nobody knows of: the client comes back and reads the state.
    this.fail(
      new AppError(
        platformErrors.SUBSCRIBER_TOO_SLOW,
        'The subscription fell too far behind: subscribe again and read the current state',
      ),
    );
  }

  fail(error: AppError): void {
    const reader = this.readers.shift();
    if (reader) reader.reject(error);
    else this.failure = error;
    this.end();
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.failure !== undefined) {
      const { failure } = this;
      this.failure = undefined;
      return Promise.reject(failure);
    }
    if (this.values.length > 0) return Promise.resolve({ value: this.values.shift(), done: false });
    if (this.ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.readers.push({ resolve, reject }));
  }

  return(): Promise<IteratorResult<unknown>> {
    this.end();
    return Promise.resolve({ value: undefined, done: true });
  }

  throw(error: unknown): Promise<IteratorResult<unknown>> {
    this.end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    this.values.length = 0;
    for (const reader of this.readers.splice(0)) reader.resolve({ value: undefined, done: true });
    this.onEnd();
  }
}
