import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import type { Clock } from '../clock';
import { AppError, unavailable } from '../errors';
import { uuidv7 } from '../ids';
import type { Logger } from '../observability/logger';
import {
  alreadySubscribed,
  type DomainEvent,
  type EventBus,
  type EventHandler,
  type Follower,
  type Subscription,
} from './event-bus';

export interface RedisBusOptions {
  clock: Clock;
  logger: Logger;
  /** The stream's key; dead letters are kept under it with `:dead`. */
  stream?: string;
  /** How long an unanswered event stays with its consumer before another of the group takes it. */
  claimAfterMs?: number;
  /** First pause before an event is given to its handler again; doubles each time. */
  retryAfterMs?: number;
  /** After so many deliveries an event is a dead letter. */
  attempts?: number;
  onDeadLetter?: (letter: { group: string; event: DomainEvent | undefined }) => void;
}

/** A group that sleeps longer than this misses events. */
const keptMs = 7 * 24 * 60 * 60 * 1000;
const keptEntries = 1_000_000;
const keptDeadLetters = 10_000;
const blockMs = 500;
const batch = 20;
/** Between the publisher's clock and Redis', whose time is in the ids of entries. */
const clockSkewMs = 60_000;

type Entry = [id: string, fields: string[] | null];

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
    this.stream = options.stream ?? 'plinth:events';
    this.publisher = this.connect('publish');
  }

  async publish(events: DomainEvent[]): Promise<void> {
    if (events.length === 0) return;
    await isReady(this.publisher);
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
      if (part instanceof Consumer && part.group === group) throw alreadySubscribed(group);
    }
    const consumer = new Consumer(this.connect(`group ${group}`), this.stream, group, handlers, this.options);
    return this.keep(consumer);
  }

  async follow(types: string[], since: number, handle: (event: DomainEvent) => void): Promise<Follower> {
    const follower = new StreamFollower(
      this.connect('follow'),
      this.stream,
      types,
      since,
      handle,
      this.options,
    );
    await Promise.race([follower.caughtUp, sleep(3_000, undefined, { ref: false })]);
    return this.keep(follower);
  }

  /** How many events were given up on and are kept for a person to look at. */
  async deadLetters(): Promise<number> {
    await isReady(this.publisher);
    return this.publisher.xlen(`${this.stream}:dead`);
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

/**
 * A connection that comes back by itself and never makes a caller wait for that: a command fails at once while Redis is
 * away, and within a few seconds when it has gone silent.
 */
export function connectRedis(url: string, logger: Logger, use: string, options: RedisOptions = {}): Redis {
  const redis = new Redis(url, {
    connectionName: `plinth ${use}`.replaceAll(' ', '-'),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 2_000,
    commandTimeout: 3_000,
    retryStrategy: attempt => Math.min(25 * 2 ** attempt, 1_000),
    reconnectOnError: error => error.message.startsWith('READONLY'),
    ...options,
  });
  // One line when it goes and one when it is back, not one for every attempt.
  let away = false;
  redis.on('error', (error: unknown) => {
    if (!away) logger.warn({ error, use }, 'Redis cannot be reached; trying again until it can');
    away = true;
  });
  redis.on('ready', () => {
    if (away) logger.info({ use }, 'Redis is back');
    away = false;
  });
  return redis;
}

/** A connection still being made is given half a second, so that the first publish after a start does not fail. */
async function isReady(redis: Redis, patienceMs = 500): Promise<void> {
  const status = () => redis.status;
  if (status() === 'ready') return;
  if (status() !== 'reconnecting' && status() !== 'end') {
    await new Promise<void>(resolve => {
      const done = () => {
        clearTimeout(timer);
        redis.off('ready', done);
        redis.off('close', done);
        resolve();
      };
      const timer = setTimeout(done, patienceMs);
      redis.on('ready', done);
      redis.on('close', done);
    });
  }
  if (status() !== 'ready') throw unavailable('Redis cannot be reached right now');
}

/** One instance's part in a group: reads what is new, retries what failed, takes over what a dead instance left. */
class Consumer implements Subscription {
  private readonly name: string;
  private readonly claimAfter: number;
  private readonly retryAfter: number;
  private readonly attempts: number;
  /** Entries whose handler threw, and when they are due again. */
  private readonly failed = new Map<string, number>();
  private readonly stopped = new AbortController();
  private readonly running: Promise<void>;
  private claimedAt = 0;
  private blocked = false;

  constructor(
    private readonly redis: Redis,
    private readonly stream: string,
    readonly group: string,
    private readonly handlers: Record<string, EventHandler>,
    private readonly options: RedisBusOptions,
  ) {
    this.name = `${hostname()}:${process.pid}:${uuidv7(options.clock.now())}`;
    // Short, so that a crash holds events up for seconds: two who handle the same one do it once in effect.
    this.claimAfter = options.claimAfterMs ?? 5_000;
    this.retryAfter = options.retryAfterMs ?? 500;
    // About a minute, at half of the claiming time between two attempts.
    this.attempts = options.attempts ?? 30;
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.stopped.abort();
    if (this.blocked) this.redis.disconnect();
    await this.running;
    this.redis.disconnect();
  }

  private get open(): boolean {
    return !this.stopped.signal.aborted;
  }

  private async run(): Promise<void> {
    let grouped = false;
    let failures = 0;
    while (this.open) {
      try {
        await isReady(this.redis);
        if (!grouped) {
          await this.makeGroup();
          grouped = true;
        }
        await this.takeOver();
        await this.retry();
        await this.readNew();
        failures = 0;
      } catch (error) {
        if (!this.open) break;
        // The stream or the group is gone with Redis' memory.
        if (String(error).includes('NOGROUP')) grouped = false;
        else if (failures++ === 0) {
          this.options.logger.warn(
            { error, group: this.group },
            'Events cannot be read; trying again until they can',
          );
        }
        await sleep(Math.min(50 * 2 ** failures, 1_000), undefined, { signal: this.stopped.signal }).catch(
          () => undefined,
        );
      }
    }
    await this.leave();
  }

  private async makeGroup(): Promise<void> {
    await this.redis.xgroup('CREATE', this.stream, this.group, '0', 'MKSTREAM').catch((error: unknown) => {
      if (!String(error).includes('BUSYGROUP')) throw error;
    });
    await this.forgetTheDead();
  }

  /** Every start adds a consumer name; those that left nothing behind and have been silent for a day are dropped. */
  private async forgetTheDead(): Promise<void> {
    const consumers = (await this.redis.xinfo('CONSUMERS', this.stream, this.group)) as (string | number)[][];
    for (const fields of consumers) {
      const known = new Map<string | number, string | number>();
      for (let i = 0; i + 1 < fields.length; i += 2) known.set(fields[i]!, fields[i + 1]!);
      if (Number(known.get('pending')) === 0 && Number(known.get('idle')) > 24 * 60 * 60 * 1000) {
        await this.redis.xgroup('DELCONSUMER', this.stream, this.group, String(known.get('name')));
      }
    }
  }

  private async takeOver(): Promise<void> {
    const now = performance.now();
    if (this.claimedAt !== 0 && now - this.claimedAt < this.claimAfter / 3) return;
    this.claimedAt = now;
    let cursor = '0-0';
    do {
      const [next, entries] = (await this.redis.xautoclaim(
        this.stream,
        this.group,
        this.name,
        this.claimAfter,
        cursor,
        'COUNT',
        batch,
      )) as [string, Entry[]];
      await this.handleAll(entries);
      cursor = next;
    } while (cursor !== '0-0' && this.open);
  }

  private async retry(): Promise<void> {
    const now = performance.now();
    const due = [...this.failed].filter(([, at]) => at <= now).map(([id]) => id);
    for (const id of due) {
      if (!this.open) return;
      this.failed.delete(id);
      const entries = (await this.redis.xclaim(this.stream, this.group, this.name, 0, id)) as Entry[];
      await this.handleAll(entries);
    }
  }

  private async readNew(): Promise<void> {
    const now = performance.now();
    const wait = Math.min(blockMs, ...[...this.failed.values()].map(at => at - now));
    this.blocked = true;
    try {
      const answer = (await this.redis.xreadgroup(
        'GROUP',
        this.group,
        this.name,
        'COUNT',
        batch,
        'BLOCK',
        Math.max(1, Math.ceil(wait)),
        'STREAMS',
        this.stream,
        '>',
      )) as [string, Entry[]][] | null;
      this.blocked = false;
      await this.handleAll(answer?.[0]?.[1] ?? []);
    } finally {
      this.blocked = false;
    }
  }

  private async handleAll(entries: Entry[]): Promise<void> {
    for (const entry of entries) {
      // What was read and not handled stays with the group, and another instance claims it.
      if (!this.open) return;
      await this.handle(entry);
    }
  }

  private async handle([id, fields]: Entry): Promise<void> {
    const event = fields === null ? undefined : parse(fields);
    if (event === undefined) {
      await this.giveUp(id, fields ?? [], undefined, 'not an event');
      return;
    }
    const handler = Object.hasOwn(this.handlers, event.type) ? this.handlers[event.type] : undefined;
    try {
      await handler?.(event);
    } catch (error) {
      const deliveries = await this.deliveriesOf(id);
      const { logger } = this.options;
      logger.warn(
        { error, group: this.group, type: event.type, event: event.id, deliveries },
        'An event was not handled',
      );
      // A database that is away is not the event's fault, however long it stays away.
      const isAway = error instanceof AppError && error.status === 503;
      if (deliveries >= this.attempts && !isAway) {
        await this.giveUp(id, fields ?? [], event, error instanceof Error ? error.message : String(error));
      } else {
        // Half of the claiming time at most, or another instance would take it while it waits here.
        const pause = Math.min(this.retryAfter * 2 ** Math.min(deliveries - 1, 20), this.claimAfter / 2);
        this.failed.set(id, performance.now() + pause);
      }
      return;
    }
    await this.redis.xack(this.stream, this.group, id);
  }

  private async deliveriesOf(id: string): Promise<number> {
    const pending = (await this.redis.xpending(this.stream, this.group, id, id, 1)) as [
      string,
      string,
      number,
      number,
    ][];
    return pending[0]?.[3] ?? 1;
  }

  private async giveUp(
    id: string,
    fields: string[],
    event: DomainEvent | undefined,
    reason: string,
  ): Promise<void> {
    await this.redis
      .multi()
      .xadd(
        `${this.stream}:dead`,
        'MAXLEN',
        '~',
        keptDeadLetters,
        '*',
        'group',
        this.group,
        'entry',
        id,
        'reason',
        reason.slice(0, 500),
        ...fields,
      )
      .xack(this.stream, this.group, id)
      .exec();
    this.options.logger.error(
      { group: this.group, entry: id, type: event?.type, event: event?.id, reason },
      'An event is a dead letter: it will not be tried again',
    );
    this.options.onDeadLetter?.({ group: this.group, event });
  }

  /** A consumer that leaves nothing unanswered takes its name along; deleting it otherwise would lose events. */
  private async leave(): Promise<void> {
    if (this.redis.status !== 'ready') return;
    try {
      const pending = await this.redis.xpending(this.stream, this.group, '-', '+', 1, this.name);
      if (pending.length === 0) await this.redis.xgroup('DELCONSUMER', this.stream, this.group, this.name);
    } catch {
      // The next start forgets it.
    }
  }
}

/** Reads the stream for itself, from a moment in the past on. */
class StreamFollower implements Follower {
  readonly caughtUp: Promise<void>;
  private position: string;
  private currentAt = Number.NEGATIVE_INFINITY;
  private closed = false;
  private readonly running: Promise<void>;

  constructor(
    private readonly redis: Redis,
    private readonly stream: string,
    private readonly types: string[],
    since: number,
    private readonly handleEvent: (event: DomainEvent) => void,
    private readonly options: RedisBusOptions,
  ) {
    this.position = `${Math.max(0, Math.floor(since) - clockSkewMs)}-0`;
    let tell = () => {};
    this.caughtUp = new Promise(resolve => {
      tell = resolve;
    });
    this.running = this.run(tell);
  }

  lag(): number {
    return performance.now() - this.currentAt;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.redis.disconnect();
    await this.running;
  }

  private async run(caughtUp: () => void): Promise<void> {
    const count = 200;
    let current = false;
    let failures = 0;
    while (!this.closed) {
      try {
        await isReady(this.redis);
        const asked = performance.now();
        // The first reads do not wait: an empty answer means that all of the past has been told.
        const answer = (
          current
            ? await this.redis.xread('COUNT', count, 'BLOCK', blockMs, 'STREAMS', this.stream, this.position)
            : await this.redis.xread('COUNT', count, 'STREAMS', this.stream, this.position)
        ) as [string, Entry[]][] | null;
        const entries = answer?.[0]?.[1] ?? [];
        for (const [id, fields] of entries) {
          this.tell(fields ?? []);
          this.position = id;
        }
        failures = 0;
        current = entries.length < count;
        if (current) {
          this.currentAt = asked;
          caughtUp();
        }
      } catch (error) {
        current = false;
        if (this.closed) break;
        if (failures++ === 0) {
          this.options.logger.warn({ error }, 'Events cannot be followed; trying again until they can');
        }
        await sleep(Math.min(25 * 2 ** failures, 500));
      }
    }
    caughtUp();
  }

  private tell(fields: string[]): void {
    const event = parse(fields);
    if (event === undefined || !this.types.includes(event.type)) return;
    try {
      this.handleEvent(event);
    } catch (error) {
      this.options.logger.error({ error, type: event.type, event: event.id }, 'A follower of events failed');
    }
  }
}

/** Undefined for anything that is not an event: the stream is open to whoever can reach Redis. */
function parse(fields: string[]): DomainEvent | undefined {
  const at = fields.findIndex((name, i) => i % 2 === 0 && name === 'event');
  const text = at < 0 ? undefined : fields[at + 1];
  if (text === undefined) return undefined;
  try {
    const event = JSON.parse(text) as Partial<DomainEvent> | null;
    const whole =
      typeof event?.id === 'string' && typeof event.type === 'string' && typeof event.occurredAt === 'number';
    return whole ? (event as DomainEvent) : undefined;
  } catch {
    return undefined;
  }
}
