import type { Database } from '../../../platform/database/database';
import { uuidv7 } from '../../../platform/ids';
import type { Logger } from '../../../platform/observability/logger';
import type { Spans } from '../../../platform/observability/spans';
import { currentTrace, runInTraceOf } from '../../../platform/observability/tracing';
import { type Channel, type MessageSeal, priorities, securityCategory } from '../message';
import type { UnsubscribeLinks } from '../preferences/unsubscribe-links';
import { type Claimed, Claims } from './claims';
import type { DeliveryPolicy } from './delivery-policy';
import type { DeliveryUpdates } from './delivery-updates';
import { PermanentError, ThrottledError } from './provider';
import type { ProviderRoute, Trial } from './provider-route';
import { type Settlement, Settlements } from './settlements';

/** How often and when a delivery is tried again. */
export interface Retries {
  /** In all, with the first. */
  readonly attempts: number;
  /** Milliseconds before the second attempt; it doubles each time. */
  readonly firstPauseMs: number;
  /** Milliseconds. */
  readonly longestPauseMs: number;
}

export interface DeliverySettings {
  /** Deliveries under way at the same time. */
  readonly concurrency: number;
  /** How long a worker may take for one; then another worker takes it. */
  readonly leaseMs: number;
  readonly retries: Readonly<Record<Channel, Retries>>;
  /** How long a provider that is down is left alone. */
  readonly providerPauseMs: number;
}

type Outcome = 'sent' | 'deferred' | 'failed';

const pollMs = 1_000;

/**
 * Delivers what is due. A worker that dies leaves its leases behind, and another one delivers when they end. So each notification is
 * delivered at least once.
 *
 * Three steps run side by side: claiming the next ones, handing them to providers, and storing the results.
 */
export class DeliveryWorker {
  private readonly stopped = new AbortController();
  private readonly underWay = new Set<Promise<void>>();
  /** Those that wait for a free slot, the most urgent first. */
  private readonly claimed: Claimed[] = [];
  private readonly claims: Claims;
  private readonly settlements: Settlements;
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
      /** Undefined where no spans are recorded. */
      spans: Spans | undefined;
      onOutcome: (labels: { channel: string; provider: string; status: Outcome }) => void;
    },
  ) {
    const { db, policy, settings, logger } = parts;
    this.claims = new Claims(db, policy, settings.leaseMs);
    this.settlements = new Settlements(db, logger, stored => this.tell(stored));
    this.routes = new Map(parts.routes.map(route => [route.channel, route]));
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
    await this.settlements.stop();
  }

  /** Looks for due notifications now instead of at the next poll. */
  readonly wake = (): void => {
    this.isWoken = true;
    this.wakeUp();
  };

  /** Milliseconds that the oldest due notification has waited; 0 when none waits. */
  oldestDueMs(): Promise<number> {
    return this.claims.oldestDueMs();
  }

  /** The address of a deleted user goes with the last mail to it. */
  async removeTransient(): Promise<void> {
    const text = 'DELETE FROM notifications WHERE is_transient AND due_at IS NULL RETURNING id';
    await this.parts.db.write(text, []);
  }

  /** Claims the next ones before the last are delivered, so that a provider never waits for the database. */
  private async run(): Promise<void> {
    const { logger, settings } = this.parts;
    const count = 2 * settings.concurrency;
    while (!this.stopped.signal.aborted) {
      this.startDeliveries();
      if (this.claimed.length >= settings.concurrency) {
        await this.pause();
        continue;
      }
      this.isWoken = false;
      let found = 0;
      try {
        const next = await this.claims.take(count);
        found = next.length;
        this.claimed.push(...next);
        this.claimed.sort((one, other) => one.row.priority - other.row.priority);
      } catch (error) {
        logger.warn({ error }, 'Notifications cannot be claimed; trying again');
      }
      this.startDeliveries();
      if (found < count && !this.isWoken) await this.pause();
    }
    await this.claims
      .giveBack(this.claimed.splice(0))
      .catch((error: unknown) => logger.warn({ error }, 'Notifications wait for the end of their lease'));
  }

  private startDeliveries(): void {
    if (this.stopped.signal.aborted) return;
    const { concurrency, leaseMs } = this.parts.settings;
    const now = this.parts.db.clock.now();
    const waiting = this.claimed.length;
    const late: Claimed[] = [];
    while (this.claimed.length > 0 && this.underWay.size + this.settlements.size < 2 * concurrency) {
      if (this.underWay.size >= concurrency) break;
      const next = this.claimed.shift()!;
      // A delivery that begins at the end of its lease is repeated by another worker before it is done.
      if (now > next.leaseEnd - leaseMs / 2) late.push(next);
      else this.track(this.handle(next), next);
    }
    if (late.length > 0) this.track(this.claims.giveBack(late), late[0]!);
    // It is time to claim more.
    if (waiting >= concurrency && this.claimed.length < concurrency) this.wakeUp();
  }

  private track(started: Promise<void>, { row }: Claimed): void {
    const work = started
      .catch((error: unknown) => {
        this.parts.logger.warn({ error, notification: row.id }, 'A delivery waits for the end of its lease');
      })
      .finally(() => {
        this.underWay.delete(work);
        this.startDeliveries();
      });
    this.underWay.add(work);
  }

  private async handle(claimed: Claimed): Promise<void> {
    const { decision } = claimed;
    switch (decision.kind) {
      case 'send':
        return this.deliverInTrace(claimed);
      case 'fail':
        return this.settle(claimed, [{ provider: 'none', failure: new PermanentError(decision.reason) }]);
      case 'cancel':
        return this.release(claimed, 'cancelled', decision.reason, null);
      case 'wait':
        return this.release(claimed, 'pending', decision.reason, decision.until);
    }
  }

  /** In the trace of the request that caused it. */
  private deliverInTrace(claimed: Claimed): Promise<void> {
    const { channel, traceId } = claimed.row;
    return runInTraceOf(traceId, async () => {
      const started = performance.now();
      const failure = await this.deliver(claimed);
      const trace = currentTrace();
      if (trace !== undefined)
        this.parts.spans?.consumer(`notifications.${channel}`, trace, performance.now() - started, failure);
    });
  }

  /** @returns why the attempt failed; undefined when it did not */
  private async deliver(claimed: Claimed): Promise<string | undefined> {
    const { row } = claimed;
    const route = this.routes.get(row.channel);
    if (route === undefined) {
      const failure = new PermanentError(`No provider is configured for ${row.channel}`);
      this.settle(claimed, [{ provider: 'none', failure }]);
      return failure.name;
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
    if (trials.length === 0) {
      const until = db.clock.now() + settings.providerPauseMs;
      this.release(claimed, 'pending', 'The provider is down', until);
      return 'ProviderDown';
    }
    this.settle(claimed, trials);
    const { failure } = trials.at(-1)!;
    if (failure !== undefined)
      logger.warn({ notification: id, channel, reason: failure.name }, 'A delivery attempt failed');
    return failure?.name;
  }

  /** Ends the lease without an attempt. */
  private release(
    claimed: Claimed,
    status: 'pending' | 'cancelled',
    reason: string,
    dueAt: number | null,
  ): void {
    const { attempts } = claimed.row;
    const next = { status, reason, attempts, dueAt, sentAt: null, removesMessage: false, trials: [] };
    this.settlements.add({ ...claimed, ...next });
  }

  /** @param trials the last one decides */
  private settle(claimed: Claimed, trials: readonly Trial[]): void {
    const { row } = claimed;
    const now = this.parts.db.clock.now();
    const retries = this.parts.settings.retries[row.channel as Channel];
    const attempts = row.attempts + 1;
    const { failure } = trials.at(-1)!;
    const isFinal = failure instanceof PermanentError || attempts >= retries.attempts;
    const status: Outcome = failure === undefined ? 'sent' : isFinal ? 'failed' : 'deferred';
    const rows = trials.map((trial, at) => ({
      // Ids of one millisecond have no order.
      id: uuidv7(now + at),
      notificationId: row.id,
      provider: trial.provider,
      at: now,
      status: at === trials.length - 1 ? status : 'deferred',
      error: trial.failure === undefined ? null : storable(trial.failure.message.slice(0, 500)),
    }));
    this.settlements.add({
      ...claimed,
      status: status === 'deferred' ? 'pending' : status,
      reason: null,
      attempts,
      dueAt: status === 'deferred' ? now + pauseBefore(attempts, retries, failure) : null,
      sentAt: status === 'sent' ? now : null,
      removesMessage: row.isSecret && status === 'sent',
      trials: rows,
    });
  }

  private tell(stored: readonly Settlement[]): void {
    const { updates, onOutcome, logger } = this.parts;
    for (const { row, status, trials } of stored) {
      updates.changed(row.id);
      if (status === 'sent' && row.channel === 'in_app') updates.received(row);
      for (const each of trials)
        onOutcome({ channel: row.channel, provider: each.provider, status: each.status as Outcome });
    }
    if (stored.some(({ row, status }) => row.isTransient && status !== 'pending'))
      void this.removeTransient().catch((error: unknown) =>
        logger.warn({ error }, 'The address of a deleted user is removed later'),
      );
    this.startDeliveries();
  }

  /** Until it is woken, or it is time to look again. */
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

/** Doubles each time; a random half keeps what failed together from coming back together. */
function pauseBefore(attempts: number, retries: Retries, failure: Error | undefined): number {
  const wanted = failure instanceof ThrottledError ? (failure.retryAfterMs ?? 0) : 0;
  const pause = Math.min(retries.firstPauseMs * 2 ** (attempts - 1), retries.longestPauseMs);
  return Math.max(wanted, Math.round(pause * (0.5 + Math.random() / 2)));
}

/** Providers answer with any bytes; neither database stores these. */
function storable(text: string): string {
  return text.replace(/[\p{Cs}\0]/gu, '\ufffd');
}
