import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { unavailable } from '../errors';
import { deadLetterStream } from './dead-letters';
import {
  alreadySubscribed,
  type DomainEvent,
  type EventBus,
  type EventHandler,
  type Follower,
  type Subscription,
} from './event-bus';
import { connectRedis, waitUntilReady } from './redis-connection';
import { type ConsumerOptions, StreamConsumer } from './stream-consumer';
import { StreamFollower } from './stream-follower';

export interface RedisBusOptions extends ConsumerOptions {
  /** The stream's key; dead letters are kept beside it, see dead-letters.ts. */
  stream?: string;
}

/** The stream of all services. */
export const eventStream = 'plinth:events';

/** A group that sleeps longer than this misses events. */
const keptMs = 7 * 24 * 60 * 60 * 1000;
const keptEntries = 1_000_000;

/**
 * One Redis stream for all events, read by consumer groups (https://redis.io/docs/latest/develop/data-types/streams/).
 * While Redis is away publishing fails at once, consumers wait, and all of them come back by themselves.
 */
export class RedisBus implements EventBus {
  private readonly publisher: Redis;
  private readonly stream: string;
  private readonly open = new Set<{ close(): Promise<void> }>();

  constructor(
    private readonly url: string,
    private readonly options: RedisBusOptions,
  ) {
    this.stream = options.stream ?? eventStream;
    this.publisher = this.connect('publish');
  }

  async publish(events: DomainEvent[]): Promise<void> {
    if (events.length === 0) return;
    await waitUntilReady(this.publisher);
    const pipeline = this.publisher.pipeline();
    const oldest = String(this.options.clock.now() - keptMs);
    for (const event of events) {
      pipeline.xadd(
        this.stream,
        'MINID',
        '~',
        oldest,
        '*',
        'type',
        event.type,
        'event',
        JSON.stringify(event),
      );
    }
    pipeline.xtrim(this.stream, 'MAXLEN', '~', keptEntries);
    const results = await pipeline.exec().catch((error: unknown) => {
      throw unavailable('Events cannot be published right now', error);
    });
    for (const [error] of results ?? []) {
      if (error) throw unavailable('Events cannot be published right now', error);
    }
  }

  async subscribe(group: string, handlers: Record<string, EventHandler>): Promise<Subscription> {
    for (const part of this.open) {
      if (part instanceof StreamConsumer && part.group === group) throw alreadySubscribed(group);
    }
    const consumer = new StreamConsumer(
      this.connect(`group ${group}`),
      this.stream,
      group,
      handlers,
      this.options,
    );
    return this.keep(consumer);
  }

  async follow(types: string[], since: number, handle: (event: DomainEvent) => void): Promise<Follower> {
    const follower = new StreamFollower(
      this.connect('follow'),
      this.stream,
      types,
      since,
      handle,
      this.options.logger,
    );
    await Promise.race([follower.caughtUp, sleep(3_000, undefined, { ref: false })]);
    return this.keep(follower);
  }

  async deadLetters(group: string): Promise<number> {
    await waitUntilReady(this.publisher);
    return this.publisher.xlen(deadLetterStream(this.stream, group));
  }

  async ping(): Promise<void> {
    await waitUntilReady(this.publisher);
    await this.publisher.ping().catch((error: unknown) => {
      throw unavailable('Redis does not answer right now', error);
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.open].map(each => each.close()));
    this.publisher.disconnect();
  }

  private keep<T extends { close(): Promise<void> }>(part: T): T {
    this.open.add(part);
    const close = part.close.bind(part);
    part.close = async () => {
      this.open.delete(part);
      await close();
    };
    return part;
  }

  private connect(use: string): Redis {
    return connectRedis(this.url, this.options.logger, use);
  }
}
