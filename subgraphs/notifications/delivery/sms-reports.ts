import type { Database } from '../../../platform/database/database';
import { isUuid, uuidv7 } from '../../../platform/ids';
import { AttemptRow, NotificationRow } from '../tables';
import type { DeliveryUpdates } from './delivery-updates';

/** What the SMS provider reports after it accepted a message. */
export class SmsReports {
  constructor(
    private readonly db: Database,
    private readonly provider: string,
    private readonly updates: DeliveryUpdates,
  ) {}

  /**
   * A report of another status, or about a notification that is not sent, changes nothing: reports come in any order.
   *
   * @param status such as `delivered` or `undelivered`
   */
  async report(id: string, status: string, errorCode: string | null): Promise<void> {
    const isFailure = status === 'undelivered' || status === 'failed';
    if (!isUuid(id) || (status !== 'delivered' && !isFailure)) return;
    const now = this.db.clock.now();
    await this.db.transaction(async tx => {
      const lock = this.db.kind === 'postgres' ? { lock: { mode: 'pessimistic_write' as const } } : {};
      const row = await tx.manager.findOne(NotificationRow, { where: { id, channel: 'sms' }, ...lock });
      // It is pending when the report overtakes the worker that sent it.
      if (row === null || (row.status !== 'sent' && row.status !== 'pending')) return;
      await tx.manager.update(
        NotificationRow,
        { id },
        {
          status: isFailure ? 'failed' : 'delivered',
          sentAt: row.sentAt ?? now,
          lease: null,
          dueAt: null,
        },
      );
      tx.afterCommit(() => this.updates.changed(id));
      if (!isFailure && row.status === 'sent') return;
      const code = /^\d{1,8}$/.test(errorCode ?? '') ? `, error ${errorCode}` : '';
      await tx.manager.insert(AttemptRow, {
        id: uuidv7(now),
        notificationId: id,
        provider: this.provider,
        at: now,
        status: isFailure ? 'failed' : 'sent',
        error: isFailure ? `The provider reports: ${status}${code}` : null,
      });
    });
  }
}
