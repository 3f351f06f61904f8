import { randomUUID } from 'node:crypto';
import { affectedRows, type Database } from '../../../platform/database/database';
import { uuidv7 } from '../../../platform/ids';
import type { Logger } from '../../../platform/observability/logger';
import type { Channel, MessageSeal } from '../message';
import type { Recipients } from '../recipients/recipients';
import { AttemptRow, NotificationRow } from '../tables';
import { PermanentError, type Provider } from './provider';

export interface DeliverySettings {
  /** Deliveries under way at the same time. */
  readonly concurrency: number;
  /** How long a worker may take for one; then another worker takes it. */
  readonly leaseMs: number;
  readonly attempts: number;
  /** Before the second attempt; it doubles each time. */
  readonly firstPauseMs: number;
}

type Outcome = 'sent' | 'deferred' | 'failed';

const longestPauseMs = 60 * 60_000;
const pollMs = 1_000;

/**
 * Delivers what is due. Any number of workers share the table: a claim is one short write that takes a lease. A worker that
 * dies leaves its lease behind, and another one delivers when the lease ends. So each notification is delivered at least once.
 */
export class DeliveryWorker {
  private readonly stopped = new AbortController();
  private readonly underWay = new Set<Promise<void>>();
  private readonly claimStatement: string;
  private running: Promise<void> | undefined;
  private isWoken = false;
  private wakeUp: () => void = () => {};

  constructor(
    private readonly parts: {
      db: Database;
      seal: MessageSeal;
      recipients: Recipients;
      providers: Readonly<Partial<Record<Channel, Provider>>>;
      settings: DeliverySettings;
      logger: Logger;
      onOutcome: (labels: { channel: string; provider: string; status: Outcome }) => void;
    },
  ) {
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
      let claimed = 0;
      try {
        claimed = await this.claim();
      } catch (error) {
        this.parts.logger.warn({ error }, 'Notifications cannot be claimed; trying again');
      }
      const isFull = this.underWay.size >= this.parts.settings.concurrency;
      if (claimed > 0 && !isFull) continue;
      if (!this.isWoken || isFull) await this.pause();
    }
  }

  /** @returns how many were claimed */
  private async claim(): Promise<number> {
    const { db, settings } = this.parts;
    const free = settings.concurrency - this.underWay.size;
    if (free <= 0) return 0;
    const now = db.clock.now();
    const lease = randomUUID();
    const ids = await db.write(this.claimStatement, [lease, now + settings.leaseMs, now, free]);
    if (ids.length === 0) return 0;
    const rows = await db.rows(NotificationRow, 'WHERE lease = ? ORDER BY priority, id', [lease]);
    for (const row of rows) {
      const work = this.deliver(row)
        .catch((error: unknown) => {
          this.parts.logger.warn(
            { error, notification: row.id },
            'A delivery waits for the end of its lease',
          );
        })
        .finally(() => {
          this.underWay.delete(work);
          this.wake();
        });
      this.underWay.add(work);
    }
    return rows.length;
  }

  private async deliver(row: NotificationRow): Promise<void> {
    const { db, seal, recipients, providers, logger } = this.parts;
    const provider = providers[row.channel as Channel];
    let failure: Error | undefined;
    try {
      if (provider === undefined) throw new PermanentError(`No provider is configured for ${row.channel}`);
      if (row.expiresAt !== null && row.expiresAt <= db.clock.now())
        throw new PermanentError('It expired before it could be delivered');
      if (row.userId !== null && (await recipients.find(row.userId))?.isActive === false)
        throw new PermanentError('The user is suspended or deleted');
      if (row.message === null) throw new PermanentError('Its content is gone');
      const { id, userId, channel, recipient } = row;
      const message = seal.open(id, row.message);
      await provider.send({ id, userId, channel: channel as Channel, recipient, message });
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    await this.settle(row, provider?.name ?? 'none', failure);
    if (failure !== undefined)
      logger.warn(
        { notification: row.id, channel: row.channel, reason: failure.name },
        'A delivery attempt failed',
      );
  }

  private async settle(row: NotificationRow, provider: string, failure: Error | undefined): Promise<void> {
    const { db, settings, onOutcome } = this.parts;
    const now = db.clock.now();
    const attempts = row.attempts + 1;
    const isFinal = failure instanceof PermanentError || attempts >= settings.attempts;
    const status: Outcome = failure === undefined ? 'sent' : isFinal ? 'failed' : 'deferred';
    await db.transaction(async tx => {
      const changed = await tx.manager.update(
        NotificationRow,
        { id: row.id, lease: row.lease! },
        {
          status: status === 'deferred' ? 'pending' : status,
          attempts,
          lease: null,
          dueAt: status === 'deferred' ? now + this.pauseBefore(attempts) : null,
          sentAt: status === 'sent' ? now : null,
          ...(row.isSecret && status === 'sent' ? { message: null } : {}),
        },
      );
      // Another worker has it since the lease ended, or it was erased meanwhile.
      if (affectedRows(changed) === 0) return;
      const error = failure?.message.slice(0, 500) ?? null;
      const id = uuidv7(now);
      await tx.manager.insert(AttemptRow, { id, notificationId: row.id, provider, at: now, status, error });
    });
    onOutcome({ channel: row.channel, provider, status });
  }

  /** Doubles each time; a random half keeps what failed together from coming back together. */
  private pauseBefore(attempts: number): number {
    const pause = Math.min(this.parts.settings.firstPauseMs * 2 ** (attempts - 1), longestPauseMs);
    return Math.round(pause * (0.5 + Math.random() / 2));
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
