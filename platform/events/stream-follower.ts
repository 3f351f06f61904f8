import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from '../observability/logger';
import type { DomainEvent, Follower } from './event-bus';
import { connectionPatienceMs, waitUntilReady } from './redis-connection';
import { blockMs, type Entry, parseEvent } from './stream-entry';

/** Between the publisher's clock and Redis', whose time is in the ids of entries. */
const clockSkewMs = 60_000;

/** Reads the stream for itself, from a moment in the past on. */
export class StreamFollower implements Follower {
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
    private readonly logger: Logger,
  ) {
    this.position = `${Math.max(0, Math.floor(since) - clockSkewMs)}-0`;
    let resolveCaughtUp = () => {};
    this.caughtUp = new Promise(resolve => {
      resolveCaughtUp = resolve;
    });
    this.running = this.run(resolveCaughtUp);
  }

  lag(): number {
    return performance.now() - this.currentAt;
  }

  isConnected(): boolean {
    return this.redis.status === 'ready';
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
        await waitUntilReady(this.redis, connectionPatienceMs);
        const asked = performance.now();
        // The first reads do not wait: an empty answer means that all past events were delivered.
        const answer = (
          current
            ? await this.redis.xread('COUNT', count, 'BLOCK', blockMs, 'STREAMS', this.stream, this.position)
            : await this.redis.xread('COUNT', count, 'STREAMS', this.stream, this.position)
        ) as [string, Entry[]][] | null;
        const entries = answer?.[0]?.[1] ?? [];
        for (const [id, fields] of entries) {
          this.deliver(fields ?? []);
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
        // While a process is busy with its start, a first command may end late although Redis has answered.
        if (++failures === 2) {
          this.logger.warn({ error }, 'Events cannot be followed; trying again until they can');
        }
        await sleep(Math.min(25 * 2 ** failures, 500));
      }
    }
    caughtUp();
  }

  private deliver(fields: string[]): void {
    const event = parseEvent(fields);
    if (event === undefined || !this.types.includes(event.type)) return;
    try {
      this.handleEvent(event);
    } catch (error) {
      this.logger.error({ error, type: event.type, event: event.id }, 'A follower of events failed');
    }
  }
}
