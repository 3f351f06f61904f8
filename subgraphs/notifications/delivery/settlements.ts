import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Database } from '../../../platform/database/database';
import type { Logger } from '../../../platform/observability/logger';
import type { AttemptRow } from '../tables';
import type { Claimed } from './claims';

/** What became of a claimed notification. */
export interface Settlement extends Claimed {
  status: 'pending' | 'sent' | 'failed' | 'cancelled';
  reason: string | null;
  attempts: number;
  dueAt: number | null;
  sentAt: number | null;
  /** Of a message with a token that was sent. */
  removesMessage: boolean;
  /** In order; the last one led to the new state. None when it ends without an attempt. */
  trials: AttemptRow[];
}

/** Results of one statement: enough to share its cost, few enough that a lock on one row delays few others. */
const mostTogether = 100;
const repeatAfterMs = 100;

/**
 * Stores the results of deliveries, thousands a second: those that come while a statement runs are stored together by the next one. They
 * change nothing for a worker that no longer has the lease.
 */
export class Settlements {
  private readonly waiting: Settlement[] = [];
  private storing = 0;
  private writing: Promise<void> | undefined;
  private isStopping = false;
  private readonly statements: readonly string[];

  constructor(
    private readonly db: Database,
    private readonly logger: Logger,
    /** Called with those that are on disk. */
    private readonly onStored: (stored: readonly Settlement[]) => void,
  ) {
    this.statements = db.kind === 'postgres' ? [postgres] : sqlite;
  }

  /** How many are not stored yet. */
  get size(): number {
    return this.waiting.length + this.storing;
  }

  add(settlement: Settlement): void {
    this.waiting.push(settlement);
    this.writing ??= this.write().finally(() => {
      this.writing = undefined;
    });
  }

  /** Stores what is left, without repeating what fails. */
  async stop(): Promise<void> {
    this.isStopping = true;
    await this.writing;
  }

  private async write(): Promise<void> {
    // All of this turn of the event loop.
    await setImmediate();
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, mostTogether);
      this.storing = batch.length;
      const failed = await this.storeAll(batch);
      this.storing = 0;
      this.onStored(batch.filter(each => !failed.includes(each)));
      if (failed.length === 0 || this.isStopping) continue;
      // After the lease another worker sends them again.
      const { clock } = this.db;
      this.waiting.push(...failed.filter(({ leaseEnd }) => clock.now() < leaseEnd));
      await setTimeout(repeatAfterMs);
    }
  }

  /** @returns those that could not be stored */
  private async storeAll(batch: readonly Settlement[]): Promise<Settlement[]> {
    try {
      await this.store(batch);
      return [];
    } catch (error) {
      // One that fails must not keep the others from being stored.
      const one = batch.length === 1 ? batch[0]! : undefined;
      if (one === undefined) return (await Promise.all(batch.map(each => this.storeAll([each])))).flat();
      this.logger.warn({ error, notification: one.row.id }, 'The result of a delivery was not stored');
      return [one];
    }
  }

  private async store(batch: readonly Settlement[]): Promise<void> {
    const text = JSON.stringify(batch.map(valuesOf));
    // On SQLite writes of one turn are committed together, in their order.
    await Promise.all(this.statements.map(statement => this.db.write(statement, [text])));
  }
}

function valuesOf({ row, trials, status, reason, attempts, dueAt, sentAt, removesMessage }: Settlement) {
  const { id, lease } = row;
  const next = { status, reason, attempts, due_at: dueAt, sent_at: sentAt, removes: removesMessage };
  return { id, lease, ...next, trials };
}

const postgres = `WITH result AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(CAST(? AS jsonb)) AS given(id text, lease text, status text, reason text, attempts integer,
      due_at bigint, sent_at bigint, removes boolean, trials jsonb)
  ), settled AS (
    UPDATE notifications SET status = result.status, reason = result.reason, attempts = result.attempts, lease = NULL,
      due_at = result.due_at, sent_at = result.sent_at, message = CASE WHEN result.removes THEN NULL ELSE message END
    FROM result WHERE notifications.id = result.id AND notifications.lease = result.lease
    RETURNING notifications.id, result.trials
  )
  INSERT INTO attempts (id, notification_id, provider, at, status, error)
  SELECT trial.id, settled.id, trial.provider, trial.at, trial.status, trial.error
  FROM settled, jsonb_to_recordset(settled.trials) AS trial(id text, provider text, at bigint, status text, error text)
  RETURNING id`;

const sqlite = [
  `INSERT INTO attempts (id, notification_id, provider, at, status, error)
  SELECT trial.value ->> 'id', notifications.id, trial.value ->> 'provider', trial.value ->> 'at', trial.value ->> 'status',
    trial.value ->> 'error'
  FROM json_each(?) AS result
  CROSS JOIN notifications ON notifications.id = result.value ->> 'id' AND notifications.lease = result.value ->> 'lease'
  CROSS JOIN json_each(result.value, '$.trials') AS trial RETURNING id`,
  `UPDATE notifications SET status = result.value ->> 'status', reason = result.value ->> 'reason',
    attempts = result.value ->> 'attempts', lease = NULL, due_at = result.value ->> 'due_at', sent_at = result.value ->> 'sent_at',
    message = CASE WHEN result.value ->> 'removes' THEN NULL ELSE message END
  FROM json_each(?) AS result
  WHERE notifications.id = result.value ->> 'id' AND notifications.lease = result.value ->> 'lease' RETURNING notifications.id`,
];
