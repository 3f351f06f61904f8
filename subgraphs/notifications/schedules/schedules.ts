import { affectedRows, type Database } from '../../../platform/database/database';
import { KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import type { Delegations } from '../../../platform/delegations';
import { type FieldError, invalid, notFound } from '../../../platform/errors';
import { isUuid, uuidv7 } from '../../../platform/ids';
import type { Logger } from '../../../platform/observability/logger';
import { type Caller, holds } from '../../../platform/security/caller';
import type { Keyring } from '../../../platform/security/keyring';
import { isTimeZone } from '../../../platform/time-zones';
import { defaultTimeZone, isSkipped, momentOf } from '../local-time';
import type { RecipientAddresses } from '../recipients/recipient-addresses';
import type { Notifications } from '../sending/notifications';
import { makerOf, permissionsToSend, type SendInput, targetsOf } from '../sending/send-input';
import { NotificationScheduleRow } from '../tables';
import { Recurrence } from './recurrence';

export interface NewSchedule {
  notification: SendInput;
  /** Local time of the first occurrence. */
  startsAt: string;
  /** That of the recipient by default. */
  timeZone?: string | null | undefined;
  /** RFC 5545. */
  rule: string;
}

const newest = new KeysetList(NotificationScheduleRow, [{ property: 'id', type: 'text', direction: 'DESC' }]);
const batch = 50;

/** Notifications that are sent again and again, by a recurrence rule in a time zone. */
export class Schedules {
  constructor(
    private readonly db: Database,
    private readonly parts: {
      keyring: Keyring;
      notifications: Notifications;
      addresses: Pick<RecipientAddresses, 'timeZones'>;
      delegations: Pick<Delegations, 'permissionsOf' | 'remember'>;
      logger: Logger;
    },
  ) {}

  /** @throws AppError 401, 403 as `Notifications.send`; 422 naming every wrong field */
  async create(caller: Caller, input: NewSchedule): Promise<NotificationScheduleRow> {
    caller.require('notifications:send');
    const { notification, startsAt, rule } = input;
    const timeZone = input.timeZone ?? (await this.timeZoneOf(notification));
    const now = this.db.clock.now();
    const mistakes: FieldError[] = [];
    if (notification.idempotencyKey != null)
      mistakes.push({ field: 'notification.idempotencyKey', message: 'is not for schedules' });
    if (notification.attachments != null)
      mistakes.push({ field: 'notification.attachments', message: 'are not for schedules' });
    if (timeZone === undefined)
      mistakes.push({ field: 'timeZone', message: 'is needed for more than one recipient' });
    else if (!isTimeZone(timeZone))
      mistakes.push({ field: 'timeZone', message: 'must be an IANA time zone such as Europe/Berlin' });
    else if (momentOf(startsAt, timeZone) === undefined)
      mistakes.push({ field: 'startsAt', message: 'must be a local time such as 2026-03-02T09:00' });
    else if (isSkipped(startsAt, timeZone))
      // The moment after the gap would give its time of the day to all occurrences.
      mistakes.push({ field: 'startsAt', message: 'must be a time that the clock does not skip' });
    let nextAt: number | undefined;
    if (mistakes.length === 0 && timeZone !== undefined) {
      try {
        nextAt = (await Recurrence.parse(rule, startsAt, timeZone)).next(now);
        if (nextAt === undefined)
          mistakes.push({ field: 'rule', message: 'has no occurrence in the future' });
      } catch (error) {
        mistakes.push({ field: 'rule', message: (error as Error).message });
      }
    }
    await this.parts.notifications.check(caller, notification);
    if (mistakes.length > 0 || timeZone === undefined) throw invalid(mistakes);
    await this.parts.delegations.remember(caller);
    const id = uuidv7(now);
    const row: NotificationScheduleRow = {
      id,
      callerId: `${caller.kind}:${caller.id}`,
      input: this.parts.keyring.encrypt(JSON.stringify(notification), `notification_schedules.input:${id}`),
      startsAt,
      timeZone,
      rule,
      nextAt: nextAt!,
      sent: 0,
      createdAt: now,
      cancelledAt: null,
    };
    await this.db.transaction(tx => tx.manager.insert(NotificationScheduleRow, row));
    return row;
  }

  /** Undefined for several recipients, who may have different ones. */
  private async timeZoneOf(notification: SendInput): Promise<string | undefined> {
    const [target = '', ...others] = targetsOf(notification);
    if (others.length > 0) return undefined;
    if (!isUuid(target)) return defaultTimeZone;
    return (await this.parts.addresses.timeZones([target])).get(target);
  }

  /**
   * The newest first: all with notifications:read, without it the caller's own.
   *
   * @throws AppError 401, 403 without notifications:send; 422 for a page that is not valid
   */
  async list(caller: Caller, request: PageRequest): Promise<Page<NotificationScheduleRow>> {
    caller.require('notifications:send');
    const own = { sql: 'caller_id = ?', values: [`${caller.kind}:${caller.id}`] };
    return newest.page(this.db, holds(caller, 'notifications:read') ? [] : [own], request);
  }

  /** A repeated call keeps the first moment. @throws AppError 401, 403 without notifications:send; 404 */
  async cancel(caller: Caller, id: string): Promise<NotificationScheduleRow> {
    caller.require('notifications:send');
    const row = isUuid(id) ? await this.db.read.findOneBy(NotificationScheduleRow, { id }) : null;
    const isOwn = row?.callerId === `${caller.kind}:${caller.id}`;
    if (row === null || !(isOwn || holds(caller, 'notifications:read'))) throw notFound('Schedule');
    await this.end(id);
    return this.db.read.findOneByOrFail(NotificationScheduleRow, { id });
  }

  /**
   * Sends what is due, each occurrence once however many instances run. Occurrences that were missed while no instance ran are made
   * up for by one. A schedule ends when its sender may not send any more.
   */
  async sendDue(): Promise<void> {
    const due = await this.db.rows(
      NotificationScheduleRow,
      'WHERE next_at <= ? ORDER BY next_at, id LIMIT ?',
      [this.db.clock.now(), batch],
    );
    for (const row of due) {
      await this.sendOne(row).catch((error: unknown) =>
        this.parts.logger.warn({ error, schedule: row.id }, 'A recurring notification was not sent'),
      );
    }
  }

  private async sendOne(row: NotificationScheduleRow): Promise<void> {
    const text = this.parts.keyring.decrypt(row.input, `notification_schedules.input:${row.id}`);
    const input = JSON.parse(text) as SendInput;
    const needed = permissionsToSend(input.category);
    const held = await this.parts.delegations.permissionsOf(makerOf(row.callerId)!, needed);
    if (held?.length !== needed.length) return this.end(row.id);
    const rows = await this.parts.notifications.prepareAgain(row.callerId, input);
    const recurrence = await Recurrence.parse(row.rule, row.startsAt, row.timeZone);
    const next = recurrence.next(this.db.clock.now());
    await this.db.transaction(async tx => {
      const taken = await tx.manager.update(
        NotificationScheduleRow,
        { id: row.id, nextAt: row.nextAt! },
        { nextAt: next ?? null, sent: row.sent + 1 },
      );
      if (affectedRows(taken) > 0) await this.parts.notifications.store(rows, tx);
    });
  }

  private async end(id: string): Promise<void> {
    const now = this.db.clock.now();
    await this.db.write(
      'UPDATE notification_schedules SET next_at = NULL, cancelled_at = COALESCE(cancelled_at, ?) WHERE id = ? RETURNING id',
      [now, id],
    );
  }
}
