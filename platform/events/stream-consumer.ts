import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Clock } from '../clock';
import { AppError } from '../errors';
import { uuidv7 } from '../ids';
import type { Logger } from '../observability/logger';
import { deadLetterStream } from './dead-letters';
import type { DomainEvent, EventHandler, Subscription } from './event-bus';
import { connectionPatienceMs, waitUntilReady } from './redis-connection';
import { blockMs, type Entry, parseEvent } from './stream-entry';

export interface ConsumerOptions {
  clock: Clock;
  logger: Logger;
  /** How long an unanswered event stays with its consumer before another of the group takes it. */
  claimAfterMs?: number;
  /** First pause before an event is given to its handler again; doubles each time. */
  retryAfterMs?: number;
  /** After so many deliveries an event is a dead letter. */
  attempts?: number;
}

const keptDeadLetters = 10_000;
const batch = 20;
/** While so many events wait to be tried again, no others are read: they stay in the stream. */
const mostFailed = 100;

/** One instance's part in a group: reads what is new, retries what failed, takes over what a dead instance left. */
export class StreamConsumer implements Subscription {
  private readonly name: string;
  private readonly claimAfter: number;
  private readonly retryAfter: number;
  private readonly attempts: number;
  /** Entries whose handler threw, and when they are due again. Bounded by `mostFailed` and the batches under way. */
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
    private readonly options: ConsumerOptions,
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
    const isWaiting = this.blocked || this.redis.status !== 'ready';
    if (isWaiting) this.redis.disconnect();
    await this.running;
    // A second time, ioredis would keep the process for two seconds.
    if (!isWaiting) this.redis.disconnect();
  }

  private get open(): boolean {
    return !this.stopped.signal.aborted;
  }

  private async run(): Promise<void> {
    let grouped = false;
    let failures = 0;
    while (this.open) {
      try {
        await waitUntilReady(this.redis, connectionPatienceMs);
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
        // The first may only be late: see `StreamFollower`.
        else if (++failures === 2) {
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
    } while (cursor !== '0-0' && this.open && this.failed.size < mostFailed);
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
    const wait = Math.max(1, Math.ceil(Math.min(blockMs, ...[...this.failed.values()].map(at => at - now))));
    if (this.failed.size >= mostFailed) {
      await sleep(wait, undefined, { signal: this.stopped.signal }).catch(() => undefined);
      return;
    }
    this.blocked = true;
    try {
      const answer = (await this.redis.xreadgroup(
        'GROUP',
        this.group,
        this.name,
        'COUNT',
        batch,
        'BLOCK',
        wait,
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
    const event = fields === null ? undefined : parseEvent(fields);
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
        deadLetterStream(this.stream, this.group),
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
      'An event is a dead letter: npm run dead-letters lists it, and has it tried again',
    );
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
