import type { Database } from '../../../platform/database/database';
import type { StatementValue } from '../../../platform/database/sqlite-statements';
import type { AttemptRow, NotificationRow } from '../tables';

/** The new state of a notification after an attempt. */
export type Settlement = Pick<NotificationRow, 'status' | 'attempts' | 'dueAt' | 'sentAt'> & {
  /** For a message with a token that was sent. */
  removesMessage: boolean;
};

const update = `UPDATE notifications SET status = ?, reason = NULL, attempts = ?, lease = NULL, due_at = ?, sent_at = ?,
  message = CASE WHEN CAST(? AS integer) = 1 THEN NULL ELSE message END WHERE id = ? AND lease = ? RETURNING id`;
const attempt = `INSERT INTO attempts (id, notification_id, provider, at, status, error)
  SELECT CAST(? AS text), id, CAST(? AS text), CAST(? AS bigint), CAST(? AS text), CAST(? AS text)`;
const attemptOfLease = `${attempt} FROM notifications WHERE id = ? AND lease = ? RETURNING id`;
const both = `WITH settled AS (${update}) ${attempt} FROM settled RETURNING id`;

/**
 * Stores the results of attempts, thousands a second: a statement or two without a transaction of its own, so that those of the same
 * moment share one sync of the disk. They change nothing for a worker that no longer has the lease.
 */
export class Settlements {
  constructor(private readonly db: Database) {}

  /** @param attempts in order; the last one led to the new state */
  async store(
    { id, lease }: NotificationRow,
    attempts: readonly AttemptRow[],
    next: Settlement,
  ): Promise<void> {
    const { status, attempts: count, dueAt, sentAt, removesMessage } = next;
    const state: StatementValue[] = [status, count, dueAt, sentAt, removesMessage ? 1 : 0, id, lease];
    for (const each of attempts.slice(0, -1))
      await this.db.write(attemptOfLease, [...valuesOf(each), id, lease]);
    const last = valuesOf(attempts.at(-1)!);
    if (this.db.kind === 'postgres') {
      await this.db.write(both, [...state, ...last]);
      return;
    }
    // SQLite has no INSERT of what an UPDATE returns. Writes that come together are committed together, in this order.
    await Promise.all([this.db.write(attemptOfLease, [...last, id, lease]), this.db.write(update, state)]);
  }
}

function valuesOf({ id, provider, at, status, error }: AttemptRow): StatementValue[] {
  return [id, provider, at, status, error];
}
