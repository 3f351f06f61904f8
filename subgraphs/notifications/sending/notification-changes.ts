import type { Database } from '../../../platform/database/database';
import type { StatementValue } from '../../../platform/database/sqlite-statements';
import type { Delegations } from '../../../platform/delegations';
import { AppError, invalid, notFound } from '../../../platform/errors';
import { type Caller, holds } from '../../../platform/security/caller';
import type { DeliveryUpdates } from '../delivery/delivery-updates';
import { notificationsErrors } from '../errors';
import { NotificationRow } from '../tables';
import { callerId, conditionsOf, type HistoryFilter, type NotificationHistory } from './notification-history';
import { requestedMoment } from './send-input';

const mostRetried = 1_000;

/** Changes notifications that wait, and sends those that failed again. */
export class NotificationChanges {
  constructor(
    private readonly db: Database,
    private readonly parts: {
      history: Pick<NotificationHistory, 'find'>;
      updates: DeliveryUpdates;
      delegations: Pick<Delegations, 'remember'>;
      /** Called when there is something to deliver. */
      wake: () => void;
    },
  ) {}

  /**
   * Sends a notification that failed again, with all its attempts.
   *
   * @throws AppError 401, 403 without notifications:send; 404; 409 NOTIFICATION_NOT_FAILED
   */
  async retry(caller: Caller, id: string): Promise<NotificationRow> {
    caller.require('notifications:send');
    const changed = await this.change(
      caller,
      id,
      `UPDATE notifications SET status = 'pending', attempts = 0, lease = NULL, due_at = ?
       WHERE id = ? AND status = 'failed' AND message IS NOT NULL RETURNING id`,
      [this.db.clock.now(), id],
    );
    if (!changed)
      throw new AppError(
        notificationsErrors.NOTIFICATION_NOT_FAILED,
        'Only a notification that failed, and whose content is still there, can be sent again',
      );
    this.parts.wake();
    return this.db.read.findOneByOrFail(NotificationRow, { id });
  }

  /** @throws AppError 401, 403 without notifications:send; 404; 409 NOTIFICATION_NOT_PENDING */
  async cancel(caller: Caller, id: string): Promise<NotificationRow> {
    caller.require('notifications:send');
    await this.changePending(
      caller,
      id,
      `UPDATE notifications SET status = 'cancelled', due_at = NULL
       WHERE id = ? AND status = 'pending' AND lease IS NULL RETURNING id`,
      [id],
    );
    return this.db.read.findOneByOrFail(NotificationRow, { id });
  }

  /** @throws AppError 401, 403 without notifications:send; 404; 409 NOTIFICATION_NOT_PENDING; 422 for a moment that is not valid */
  async reschedule(caller: Caller, id: string, scheduledAt: Date): Promise<NotificationRow> {
    caller.require('notifications:send');
    const at = requestedMoment({ scheduledAt }, this.db.clock.now()) ?? 0;
    await this.parts.delegations.remember(caller);
    await this.changePending(
      caller,
      id,
      `UPDATE notifications SET scheduled_at = ?, due_at = ?
       WHERE id = ? AND status = 'pending' AND lease IS NULL RETURNING id`,
      [at, at, id],
    );
    this.parts.wake();
    return this.db.read.findOneByOrFail(NotificationRow, { id });
  }

  /**
   * Sends the oldest of those that failed again: with notifications:read those of every sender, without it the caller's own.
   *
   * @returns how many
   * @throws AppError 401, 403 without notifications:send; 422 for `first` outside of 1 to 1,000
   */
  async retryFailed(caller: Caller, filter: HistoryFilter, first: number): Promise<number> {
    caller.require('notifications:send');
    if (!Number.isInteger(first) || first < 1 || first > mostRetried)
      throw invalid([{ field: 'first', message: `must be from 1 to ${mostRetried}` }]);
    const within = conditionsOf(filter);
    within.push({ sql: "status = 'failed' AND message IS NOT NULL", values: [] });
    if (!holds(caller, 'notifications:read'))
      within.push({ sql: 'caller_id = ?', values: [callerId(caller)] });
    const found = `SELECT id FROM notifications WHERE ${within.map(each => each.sql).join(' AND ')} ORDER BY id LIMIT ?`;
    const changed = await this.db.write(
      `UPDATE notifications SET status = 'pending', attempts = 0, lease = NULL, due_at = ? WHERE status = 'failed' AND id IN (${found}) RETURNING id`,
      [this.db.clock.now(), ...within.flatMap(each => each.values), first],
    );
    for (const [changedId] of changed) this.parts.updates.changed(String(changedId));
    this.parts.wake();
    return changed.length;
  }

  private async changePending(
    caller: Caller,
    id: string,
    statement: string,
    values: StatementValue[],
  ): Promise<void> {
    if (await this.change(caller, id, statement, values)) return;
    throw new AppError(
      notificationsErrors.NOTIFICATION_NOT_PENDING,
      'The notification is being delivered, or its status is final',
    );
  }

  /** One conditional write, so that it and a worker cannot both win. */
  private async change(
    caller: Caller,
    id: string,
    statement: string,
    values: StatementValue[],
  ): Promise<boolean> {
    if ((await this.parts.history.find(caller, id)) === null) throw notFound('Notification');
    const isChanged = (await this.db.write(statement, values)).length > 0;
    if (isChanged) this.parts.updates.changed(id);
    return isChanged;
  }
}
