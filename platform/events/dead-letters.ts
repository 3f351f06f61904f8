import type { Redis } from 'ioredis';
import { parseEvent } from './stream-entry';

/** Something that was tried several times and given up. */
export interface DeadLetter {
  /** Unique in its queue. */
  id: string;
  /** Type of the event; undefined for an entry that is no event. */
  type: string | undefined;
  /** Why the last attempt failed. */
  reason: string;
  /** When it was given up or stored, in milliseconds since the Unix epoch. */
  at: number;
}

/**
 * What a service has given up, for `npm run dead-letters`. A service with letters of its own, such as deliveries, implements it
 * as well.
 */
export interface DeadLetterQueue {
  /** The oldest first. */
  list(limit: number): Promise<DeadLetter[]>;
  /** Has the letters tried again, all of them without `ids`. @returns their number; letters that cannot be tried again stay */
  replay(ids?: readonly string[]): Promise<number>;
  /** Deletes letters for good. @returns their number */
  discard(ids: readonly string[]): Promise<number>;
}

/** The stream of the letters of a consumer group. */
export function deadLetterStream(stream: string, group: string): string {
  return `${stream}:dead:${group}`;
}

const batch = 100;

/** Events of the Redis stream that the handlers of one consumer group refused. */
export class DeadEvents implements DeadLetterQueue {
  private readonly key: string;

  constructor(
    private readonly redis: Redis,
    private readonly stream: string,
    group: string,
  ) {
    this.key = deadLetterStream(stream, group);
  }

  async list(limit: number): Promise<DeadLetter[]> {
    const entries = await this.redis.xrange(this.key, '-', '+', 'COUNT', limit);
    return entries.map(([id, fields]) => ({
      id,
      type: parseEvent(fields)?.type,
      reason: fields[fields.indexOf('reason') + 1] ?? '',
      at: Number(id.split('-')[0]),
    }));
  }

  /**
   * Appends the events to the stream again. All groups receive them, and those that have handled them before recognise their
   * ids.
   */
  async replay(ids?: readonly string[]): Promise<number> {
    let replayed = 0;
    for await (const [id, fields] of this.entries(ids)) {
      const event = parseEvent(fields);
      if (event === undefined) continue;
      await this.redis
        .multi()
        .xadd(this.stream, '*', 'type', event.type, 'event', JSON.stringify(event))
        .xdel(this.key, id)
        .exec();
      replayed += 1;
    }
    return replayed;
  }

  async discard(ids: readonly string[]): Promise<number> {
    return ids.length === 0 ? 0 : this.redis.xdel(this.key, ...ids);
  }

  private async *entries(ids: readonly string[] | undefined): AsyncGenerator<[string, string[]]> {
    if (ids !== undefined) {
      for (const id of ids) yield* await this.redis.xrange(this.key, id, id);
      return;
    }
    // To the letter that is the last now: what fails again during the replay is left for the next one.
    const [last] = await this.redis.xrevrange(this.key, '+', '-', 'COUNT', 1);
    if (last === undefined) return;
    let after = '-';
    for (;;) {
      const entries = await this.redis.xrange(this.key, after, last[0], 'COUNT', batch);
      yield* entries;
      if (entries.length < batch) return;
      after = `(${entries.at(-1)![0]}`;
    }
  }
}

/** Runs a statement with `?` for its values. */
export type Query = (
  sql: string,
  values?: readonly (string | number)[],
) => Promise<Record<string, unknown>[]>;

/** The failures after which an event in the outbox counts as stuck. It is still tried every 30 s. */
export const attemptsBeforeAlarm = 10;

/** Events in the outbox of a service that a consumer in the same process refuses. */
export class StuckEvents implements DeadLetterQueue {
  constructor(private readonly query: Query) {}

  async list(limit: number): Promise<DeadLetter[]> {
    const rows = await this.query(
      `SELECT id, type, last_error, occurred_at FROM outbox WHERE attempts >= ${attemptsBeforeAlarm} ORDER BY position LIMIT ?`,
      [limit],
    );
    return rows.map(row => ({
      id: String(row['id']),
      type: String(row['type']),
      reason: String(row['last_error'] ?? ''),
      at: Number(row['occurred_at']),
    }));
  }

  /** Has the relay try them at its next look, within a second. */
  async replay(ids?: readonly string[]): Promise<number> {
    return this.change('UPDATE outbox SET attempts = 0, next_attempt_at = 0', ids);
  }

  async discard(ids: readonly string[]): Promise<number> {
    return this.change('DELETE FROM outbox', ids);
  }

  private async change(statement: string, ids: readonly string[] | undefined): Promise<number> {
    if (ids?.length === 0) return 0;
    const named = ids === undefined ? '' : ` AND id IN (${ids.map(() => '?').join(', ')})`;
    const rows = await this.query(
      `${statement} WHERE attempts >= ${attemptsBeforeAlarm}${named} RETURNING id`,
      ids ?? [],
    );
    return rows.length;
  }
}
