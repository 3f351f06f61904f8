import { randomUUID } from 'node:crypto';
import type { Database } from '../../../platform/database/database';
import { priorities } from '../message';
import { NotificationRow } from '../tables';
import type { Decision, DeliveryPolicy } from './delivery-policy';

/** A notification that this worker has a lease on. */
export interface Claimed {
  readonly row: NotificationRow;
  readonly decision: Decision;
  /** Milliseconds since the Unix epoch; from then on another worker may take it. */
  readonly leaseEnd: number;
}

/** Takes leases on notifications that are due: many with one short write. Any number of workers share the table. */
export class Claims {
  private readonly statement: string;

  constructor(
    private readonly db: Database,
    private readonly policy: DeliveryPolicy,
    private readonly leaseMs: number,
  ) {
    const lock = db.kind === 'postgres' ? 'FOR UPDATE SKIP LOCKED' : '';
    // A search of its own for each priority: one for all would read everything that is scheduled for later.
    const due = Object.values(priorities).map(
      priority =>
        `SELECT id FROM (SELECT id FROM notifications WHERE status = 'pending' AND priority = ${priority}
         AND due_at <= ? ORDER BY due_at, id LIMIT ? ${lock}) AS due_${priority}`,
    );
    const found = `SELECT id FROM (${due.join(' UNION ALL ')}) AS due LIMIT ?`;
    const ids = db.kind === 'postgres' ? `= ANY(ARRAY(${found}))` : `IN (${found})`;
    this.statement = `UPDATE notifications SET lease = ?, due_at = ? WHERE id ${ids} AND status = 'pending' RETURNING id`;
  }

  /** @returns at most `count`, the most urgent first */
  async take(count: number): Promise<Claimed[]> {
    const now = this.db.clock.now();
    const leaseEnd = now + this.leaseMs;
    const searches = Object.values(priorities).flatMap(() => [now, count]);
    const values = [randomUUID(), leaseEnd, ...searches, count];
    const ids = (await this.db.write(this.statement, values)).map(([id]) => String(id));
    if (ids.length === 0) return [];
    const rows = await this.db.rows(NotificationRow, 'WHERE id IN (??) ORDER BY priority, id', [ids]);
    const decisions = await this.policy.decide(rows);
    return rows.map(row => ({ row, decision: decisions.get(row.id)!, leaseEnd }));
  }

  /** Lets other workers have them at once. */
  async giveBack(claimed: readonly Claimed[]): Promise<void> {
    if (claimed.length === 0) return;
    const ids = claimed.map(({ row }) => row.id);
    const leases = [...new Set(claimed.map(({ row }) => row.lease!))];
    await this.db.write(
      'UPDATE notifications SET due_at = ?, lease = NULL WHERE id IN (??) AND lease IN (??) RETURNING id',
      [this.db.clock.now(), ids, leases],
    );
  }

  /** Milliseconds that the oldest due notification has waited; 0 when none waits. */
  async oldestDueMs(): Promise<number> {
    const row = await this.db.read
      .createQueryBuilder(NotificationRow, 'notification')
      .select('MIN(notification.dueAt)', 'oldest')
      .where("notification.status = 'pending'")
      .getRawOne<{ oldest: string | number | null }>();
    return row?.oldest == null ? 0 : Math.max(0, this.db.clock.now() - Number(row.oldest));
  }
}
