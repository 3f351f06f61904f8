import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../clock';
import type { Database } from '../database/database';
import { ConsumedEventRow, OutboxRow } from '../database/platform-tables';
import type { Transaction } from '../database/transaction';
import { unavailable } from '../errors';
import type { Logger } from '../observability/logger';
import type { Spans } from '../observability/spans';
import { currentTrace, runInTrace } from '../observability/tracing';
import { attemptsBeforeAlarm } from './dead-letters';
import {
  type DomainEvent,
  type EventBus,
  type EventHandler,
  NotHandled,
  type Subscription,
} from './event-bus';

const batch = 100;
const firstDue = 'WHERE next_attempt_at <= ? ORDER BY position LIMIT ?';
const deletePublished = 'DELETE FROM outbox WHERE id IN (??)';
const pollMs = 1_000;
const longestPauseMs = 30_000;
/** Longer than any bus keeps events, so that a redelivery always finds what was done. */
const consumedKeptMs = 30 * 24 * 60 * 60 * 1000;
const pruneEveryMs = 60 * 60 * 1000;

export interface OutboxRelayOptions {
  db: Database;
  bus: EventBus;
  clock: Clock;
  logger: Logger;
}

/**
 * Carries committed events from the outbox to the bus, in the order they were written, at least once: a crash between
 * publishing and deleting publishes again. An event that a handler refuses steps aside and lets the others pass.
 */
export class OutboxRelay {
  private readonly db: Database;
  private readonly stopped = new AbortController();
  private running: Promise<void> | undefined;
  private wake: () => void = () => {};
  private kicked = false;
  private forget: () => void = () => {};
  private prunedAt = 0;
  private failures = 0;
  /** Handlers in this process run outside the relay's transaction: they make their own. */
  private readonly outside = AsyncLocalStorage.snapshot();

  constructor(private readonly options: OutboxRelayOptions) {
    this.db = options.db;
  }

  start(): void {
    if (this.running !== undefined) return;
    this.forget = this.db.onCommit(() => this.kick());
    this.running = this.run();
  }

  /** Finishes the batch being published. The rest waits in the outbox for the next start. */
  async stop(): Promise<void> {
    this.forget();
    this.stopped.abort();
    this.wake();
    await this.running;
  }

  /**
   * Resolves when everything committed before the call has been published, apart from what was failing already.
   *
   * @throws AppError SERVICE_UNAVAILABLE when that takes longer than `timeoutMs`; the events stay and go out later
   */
  async flush(timeoutMs = 2_000): Promise<void> {
    const rows = await this.db.read
      .createQueryBuilder(OutboxRow, 'row')
      .select('row.id', 'id')
      .where('row.attempts = 0')
      .orderBy('row.position')
      .getRawMany<{ id: string }>();
    let waiting = rows.map(row => row.id);
    const deadline = performance.now() + timeoutMs;
    while (waiting.length > 0) {
      this.kick();
      await sleep(5);
      // The relay goes by position, so only the last ones need watching, in one short query.
      const left = await this.db.read
        .createQueryBuilder(OutboxRow, 'row')
        .select('row.id', 'id')
        .where('row.id IN (:...ids)', { ids: waiting.slice(-batch) })
        .getRawMany<{ id: string }>();
      if (left.length === 0) waiting = waiting.slice(0, -batch);
      else if (performance.now() > deadline) throw unavailable('What changed could not be announced in time');
    }
  }

  /**
   * Call it before an action that ends access, so that the 503 means that nothing was done.
   *
   * @throws AppError 503 when the bus does not answer now
   */
  async requireBus(): Promise<void> {
    await this.options.bus.ping();
  }

  /**
   * Call it after the commit of an action that ends access: other servers know when it resolves. When the bus was lost in
   * between, the action is done all the same, and the relay publishes later; until then servers that follow the bus
   * refuse writes and access by permission, because their revocations are not current.
   */
  async announce(): Promise<void> {
    try {
      await this.flush();
    } catch (error) {
      this.options.logger.warn({ error }, 'Access has ended here, and other servers will learn it later');
    }
  }

  /** Events that wait, and of those the ones that have failed ten times or more. For metrics. */
  /** The age of the oldest event that is not yet published; 0 when there is none. */
  async oldestAgeMs(): Promise<number> {
    const [oldest] = await this.db.read.find(OutboxRow, { order: { position: 'ASC' }, take: 1 });
    return oldest === undefined ? 0 : Math.max(0, this.options.clock.now() - oldest.occurredAt);
  }

  async pendingCount(): Promise<{ pending: number; stuck: number }> {
    const [pending, stuck] = await Promise.all([
      this.db.read.createQueryBuilder(OutboxRow, 'row').getCount(),
      this.db.read
        .createQueryBuilder(OutboxRow, 'row')
        .where('row.attempts >= :alarm', { alarm: attemptsBeforeAlarm })
        .getCount(),
    ]);
    return { pending, stuck };
  }

  private kick(): void {
    this.kicked = true;
    if (this.failures === 0) this.wake();
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      this.kicked = false;
      try {
        while (!this.stopped.signal.aborted && (await this.publishBatch()));
        this.failures = 0;
        await this.prune();
      } catch (error) {
        if (this.failures++ === 0) {
          this.options.logger.warn({ error }, 'Events cannot be published; trying again until they can');
        }
      }
      if (this.kicked && this.failures === 0) continue;
      const pause = this.failures === 0 ? pollMs : Math.min(50 * 2 ** this.failures, 2_000);
      await this.pause(pause);
    }
  }

  private pause(milliseconds: number): Promise<void> {
    if (this.stopped.signal.aborted) return Promise.resolve();
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Whether there may be more to publish at once. */
  private async publishBatch(): Promise<boolean> {
    const rows = await this.due();
    if (rows.length === 0) return false;
    if (this.db.kind === 'sqlite') {
      // An event that a power cut undoes must not have happened elsewhere.
      await this.db.durable();
      // Nothing is locked meanwhile: a handler in this process may want to write to this very database.
      const failures = await this.publish(rows);
      if (failures.size > 0) await this.db.transaction(tx => this.settle(tx, rows, failures));
      // Undone by a power cut, it is published again.
      else await this.db.writeUnsynced(deletePublished, [rows.map(row => row.id)]);
      return rows.length === batch;
    }
    // The transaction may run again: an event that the bus has taken is not published a second time.
    const published = new Map<string, unknown>();
    return this.db.transaction(async tx => {
      // One instance at a time, or two would interleave their batches. The lock ends with the transaction.
      const [lock] = (await tx.manager.query(
        "SELECT pg_try_advisory_xact_lock(hashtext('plinth outbox'), hashtext($1)) AS held",
        [this.db.service],
      )) as { held: boolean }[];
      if (lock?.held !== true) return false;
      const rows = await this.dueInside(tx);
      const failures = await this.publish(rows.filter(row => !published.has(row.id)));
      for (const { id } of rows) if (!published.has(id)) published.set(id, failures.get(id));
      await this.settle(tx, rows, new Map([...published].filter(([, error]) => error !== undefined)));
      return rows.length === batch;
    });
  }

  private due(): Promise<OutboxRow[]> {
    return this.db.rows(OutboxRow, firstDue, [this.options.clock.now(), batch]);
  }

  private dueInside(tx: Transaction): Promise<OutboxRow[]> {
    return tx.manager
      .createQueryBuilder(OutboxRow, 'row')
      .where('row.nextAttemptAt <= :now', { now: this.options.clock.now() })
      .orderBy('row.position')
      .limit(batch)
      .getMany();
  }

  private async publish(rows: OutboxRow[]): Promise<ReadonlyMap<string, unknown>> {
    if (rows.length === 0) return new Map();
    try {
      await this.outside(() => this.options.bus.publish(rows.map(row => this.eventOf(row))));
      return new Map();
    } catch (error) {
      if (error instanceof NotHandled) return error.failures;
      throw error;
    }
  }

  private async settle(
    tx: Transaction,
    rows: OutboxRow[],
    failures: ReadonlyMap<string, unknown>,
  ): Promise<void> {
    const done = rows.filter(row => !failures.has(row.id)).map(row => row.id);
    if (done.length > 0) await tx.write(deletePublished, [done]);
    for (const row of rows) {
      if (!failures.has(row.id)) continue;
      const attempts = row.attempts + 1;
      const error = failures.get(row.id);
      await tx.manager.update(
        OutboxRow,
        { id: row.id },
        {
          attempts,
          nextAttemptAt: this.options.clock.now() + Math.min(100 * 2 ** attempts, longestPauseMs),
          lastError: (error instanceof Error ? error.message : String(error)).slice(0, 500),
        },
      );
      if (attempts === attemptsBeforeAlarm) {
        this.options.logger.error(
          { error, type: row.type, event: row.id, attempts },
          'An event keeps failing; it stays in the outbox and is tried every 30 s',
        );
      }
    }
  }

  private eventOf(row: OutboxRow): DomainEvent {
    return {
      id: row.id,
      type: row.type,
      version: row.version,
      source: this.db.service,
      occurredAt: row.occurredAt,
      data: row.data.value,
      ...(row.traceparent === null ? {} : { traceparent: row.traceparent }),
    };
  }

  private async prune(): Promise<void> {
    const now = this.options.clock.now();
    if (now - this.prunedAt < pruneEveryMs) return;
    this.prunedAt = now;
    await this.db.transaction(tx =>
      tx.manager
        .createQueryBuilder()
        .delete()
        .from(ConsumedEventRow)
        .where('consumedAt < :before', { before: now - consumedKeptMs })
        .execute(),
    );
  }
}

export type TransactionalHandler = (event: DomainEvent, tx: Transaction) => Promise<void>;

/**
 * Subscribes a service to events, each handled once in effect: the handler runs in the transaction that notes the event
 * as consumed, so a redelivery finds the note, and a failure leaves neither. The handler writes through `tx` only, and
 * runs in the trace of the request that caused the event.
 */
export function consume(
  db: Database,
  bus: EventBus,
  group: string,
  handlers: Record<string, TransactionalHandler>,
  spans?: Spans,
): Promise<Subscription> {
  const insert =
    db.kind === 'sqlite'
      ? 'INSERT INTO consumed_events (consumer_group, event_id, consumed_at) VALUES (?, ?, ?)'
      : 'INSERT INTO consumed_events (consumer_group, event_id, consumed_at) VALUES ($1, $2, $3)';
  const once =
    (handle: TransactionalHandler): EventHandler =>
    event =>
      runInTrace(event.traceparent, () =>
        recordedAs(event.type, spans, () =>
          db.transaction(async tx => {
            const noted = (await tx.manager.query(`${insert} ON CONFLICT DO NOTHING RETURNING event_id`, [
              group,
              event.id,
              db.clock.now(),
            ])) as unknown[];
            if (noted.length > 0) await handle(event, tx);
          }),
        ),
      );
  return bus.subscribe(
    group,
    Object.fromEntries(Object.entries(handlers).map(([type, handle]) => [type, once(handle)])),
  );
}

/** Records the span of an event's handler. */
async function recordedAs(
  type: string,
  spans: Spans | undefined,
  handle: () => Promise<void>,
): Promise<void> {
  if (spans === undefined) return handle();
  const started = performance.now();
  let failure: string | undefined;
  try {
    await handle();
  } catch (error) {
    failure = error instanceof Error ? error.name : 'unknown';
    throw error;
  } finally {
    spans.consumer(type, currentTrace()!, performance.now() - started, failure);
  }
}
