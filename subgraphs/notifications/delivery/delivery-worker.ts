import { randomUUID } from 'node:crypto';
import type { Database } from '../../../platform/database/database';
import { uuidv7 } from '../../../platform/ids';
import type { Logger } from '../../../platform/observability/logger';
import { type Channel, type MessageSeal, priorities, securityCategory } from '../message';
import type { UnsubscribeLinks } from '../preferences/unsubscribe-links';
import { NotificationRow } from '../tables';
import type { Decision, DeliveryPolicy } from './delivery-policy';
import type { DeliveryUpdates } from './delivery-updates';
import { PermanentError, ThrottledError } from './provider';
import type { ProviderRoute, Trial } from './provider-route';
import { Settlements } from './settlements';

export interface DeliverySettings {
  /** Deliveries under way at the same time. */
  readonly concurrency: number;
  /** How long a worker may take for one; then another worker takes it. */
  readonly leaseMs: number;
  readonly attempts: number;
  /** Before the second attempt; it doubles each time. */
  readonly firstPauseMs: number;
  /** How long a provider that is down is left alone. */
  readonly providerPauseMs: number;
}

type Outcome = 'sent' | 'deferred' | 'failed';

interface Claimed {
  row: NotificationRow;
  decision: Decision;
  /** Milliseconds since the Unix epoch. */
  leaseEnd: number;
}

const longestPauseMs = 60 * 60_000;
const pollMs = 1_000;

/**
 * Delivers what is due. Any number of workers share the table: a claim is one short write that takes a lease. A worker that
 * dies leaves its lease behind, and another one delivers when the lease ends. So each notification is delivered at least once.
 */
export class DeliveryWorker {
  private readonly stopped = new AbortController();
  private readonly underWay = new Set<Promise<void>>();
  /** Those that wait for a free slot. */
  private readonly claimed: Claimed[] = [];
  private readonly settlements: Settlements;
  private readonly claimStatement: string;
  private readonly routes: ReadonlyMap<string, ProviderRoute>;
  private running: Promise<void> | undefined;
  private isWoken = false;
  private wakeUp: () => void = () => {};

  constructor(
    private readonly parts: {
      db: Database;
      seal: MessageSeal;
      policy: DeliveryPolicy;
      links: UnsubscribeLinks;
      routes: readonly ProviderRoute[];
      updates: DeliveryUpdates;
      settings: DeliverySettings;
      logger: Logger;
      onOutcome: (labels: { channel: string; provider: string; status: Outcome }) => void;
    },
  ) {
    this.settlements = new Settlements(parts.db);
    this.routes = new Map(parts.routes.map(route => [route.channel, route]));
    const due = `SELECT id FROM notifications WHERE status = 'pending' AND due_at <= ? ORDER BY priority, due_at, id LIMIT ?`;
    const ids = parts.db.kind === 'postgres' ? `= ANY(ARRAY(${due} FOR UPDATE SKIP LOCKED))` : `IN (${due})`;
    this.claimStatement = `UPDATE notifications SET lease = ?, due_at = ? WHERE id ${ids} AND status = 'pending' RETURNING id`;
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Finishes the deliveries under way. */
  async stop(): Promise<void> {
    this.stopped.abort();
    this.wakeUp();
    await this.running;
    await Promise.all(this.underWay);
  }

  /** Looks for due notifications now instead of at the next poll. */
  readonly wake = (): void => {
    this.isWoken = true;
    this.wakeUp();
  };

  /** Milliseconds that the oldest due notification has waited; 0 when none waits. */
  async oldestDueMs(): Promise<number> {
    const { db } = this.parts;
    const row = await db.read
      .createQueryBuilder(NotificationRow, 'notification')
      .select('MIN(notification.dueAt)', 'oldest')
      .where("notification.status = 'pending'")
      .getRawOne<{ oldest: string | number | null }>();
    return row?.oldest == null ? 0 : Math.max(0, db.clock.now() - Number(row.oldest));
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      this.isWoken = false;
      try {
        if (this.claimed.length === 0 && this.hasFreeSlot) await this.claim();
      } catch (error) {
        this.parts.logger.warn({ error }, 'Notifications cannot be claimed; trying again');
      }
      if (this.stopped.signal.aborted) break;
      const hasWork = this.claimed.length > 0;
      while (this.claimed.length > 0 && this.hasFreeSlot) this.startDelivery(this.claimed.shift()!);
      if (hasWork && this.hasFreeSlot) continue;
      if (!this.isWoken) await this.pause();
    }
    for (const { row } of this.claimed.splice(0)) await this.giveBack(row);
  }

  private get hasFreeSlot(): boolean {
    return this.underWay.size < this.parts.settings.concurrency;
  }

  /**
   * Claims as many as are delivered at the same time, whether or not there is room for all of them now: one by one, each delivery would
   * take all the queries of a claim.
   */
  private async claim(): Promise<void> {
    const { db, settings } = this.parts;
    const now = db.clock.now();
    const lease = randomUUID();
    const leaseEnd = now + settings.leaseMs;
    const claimed = await db.write(this.claimStatement, [lease, leaseEnd, now, settings.concurrency]);
    if (claimed.length === 0) return;
    const ids = claimed.map(([id]) => String(id));
    const rows = await db.rows(NotificationRow, 'WHERE id IN (??) ORDER BY priority, id', [ids]);
    const decisions = await this.parts.policy.decide(rows);
    for (const row of rows) this.claimed.push({ row, decision: decisions.get(row.id)!, leaseEnd });
  }

  private startDelivery({ row, decision, leaseEnd }: Claimed): void {
    // Another worker has it by now.
    if (this.parts.db.clock.now() >= leaseEnd) return;
    const work = this.handle(row, decision)
      .catch((error: unknown) => {
        this.parts.logger.warn({ error, notification: row.id }, 'A delivery waits for the end of its lease');
      })
      .finally(() => {
        this.underWay.delete(work);
        this.wake();
      });
    this.underWay.add(work);
  }

  /** Lets another worker have it at once. */
  private async giveBack({ id, lease }: NotificationRow): Promise<void> {
    const { db } = this.parts;
    await db.write(
      'UPDATE notifications SET due_at = ?, lease = NULL WHERE id = ? AND lease = ? RETURNING id',
      [db.clock.now(), id, lease!],
    );
  }

  private async handle(row: NotificationRow, decision: Decision): Promise<void> {
    switch (decision.kind) {
      case 'send':
        return this.deliver(row);
      case 'fail':
        return this.settle(row, [{ provider: 'none', failure: new PermanentError(decision.reason) }]);
      case 'cancel':
        return this.release(row, 'cancelled', decision.reason, null);
      case 'wait':
        return this.release(row, 'pending', decision.reason, decision.until);
    }
  }

  private async deliver(row: NotificationRow): Promise<void> {
    const route = this.routes.get(row.channel);
    if (route === undefined) {
      const failure = new PermanentError(`No provider is configured for ${row.channel}`);
      return this.settle(row, [{ provider: 'none', failure }]);
    }
    const { seal, links, logger, settings, db } = this.parts;
    const { id, userId, category, channel, recipient, createdAt } = row;
    const trials = await route.send({
      id,
      userId,
      channel: channel as Channel,
      category,
      recipient,
      isUrgent: row.priority <= priorities.urgent,
      message: seal.open(id, row.message!),
      createdAt,
      unsubscribeUrl: category === securityCategory ? null : links.urlFor(row),
    });
    if (trials.length === 0)
      return this.release(row, 'pending', 'The provider is down', db.clock.now() + settings.providerPauseMs);
    await this.settle(row, trials);
    const { failure } = trials.at(-1)!;
    if (failure !== undefined)
      logger.warn({ notification: id, channel, reason: failure.name }, 'A delivery attempt failed');
  }

  /** Ends the lease without an attempt. */
  private async release(
    { id, lease }: NotificationRow,
    status: 'pending' | 'cancelled',
    reason: string,
    dueAt: number | null,
  ): Promise<void> {
    await this.parts.db.write(
      'UPDATE notifications SET status = ?, reason = ?, due_at = ?, lease = NULL WHERE id = ? AND lease = ? RETURNING id',
      [status, reason, dueAt, id, lease!],
    );
    this.parts.updates.changed(id);
  }

  /** Stores the result. @param trials the last one decides */
  private async settle(row: NotificationRow, trials: readonly Trial[]): Promise<void> {
    const { db, settings, updates, onOutcome } = this.parts;
    const now = db.clock.now();
    const attempts = row.attempts + 1;
    const { failure } = trials.at(-1)!;
    const isFinal = failure instanceof PermanentError || attempts >= settings.attempts;
    const status: Outcome = failure === undefined ? 'sent' : isFinal ? 'failed' : 'deferred';
    const rows = trials.map((trial, at) => ({
      // Ids of one millisecond have no order.
      id: uuidv7(now + at),
      notificationId: row.id,
      provider: trial.provider,
      at: now,
      status: at === trials.length - 1 ? status : 'deferred',
      error: trial.failure?.message.slice(0, 500) ?? null,
    }));
    await this.settlements.store(row, rows, {
      status: status === 'deferred' ? 'pending' : status,
      attempts,
      dueAt: status === 'deferred' ? now + this.pauseBefore(attempts, failure) : null,
      sentAt: status === 'sent' ? now : null,
      removesMessage: row.isSecret && status === 'sent',
    });
    updates.changed(row.id);
    if (status === 'sent' && row.channel === 'in_app') updates.received(row);
    for (const each of rows)
      onOutcome({ channel: row.channel, provider: each.provider, status: each.status as Outcome });
  }

  /** Doubles each time; a random half keeps what failed together from coming back together. */
  private pauseBefore(attempts: number, failure: Error | undefined): number {
    const wanted = failure instanceof ThrottledError ? (failure.retryAfterMs ?? 0) : 0;
    const pause = Math.min(this.parts.settings.firstPauseMs * 2 ** (attempts - 1), longestPauseMs);
    return Math.max(wanted, Math.round(pause * (0.5 + Math.random() / 2)));
  }

  private pause(): Promise<void> {
    if (this.stopped.signal.aborted) return Promise.resolve();
    return new Promise(resolve => {
      const timer = setTimeout(resolve, pollMs);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
