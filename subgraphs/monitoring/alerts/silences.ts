import { MoreThan } from 'typeorm';
import { affectedRows, type Database } from '../../../platform/database/database';
import { type FieldError, invalid, notFound } from '../../../platform/errors';
import { uuidv7 } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { type AlertRow, AlertRuleRow, SilenceRow } from '../tables';

export interface SilenceInput {
  ruleId?: string | null | undefined;
  service?: string | null | undefined;
  startsAt?: Date | null | undefined;
  endsAt: Date;
  comment: string;
}

const mostSilences = 500;
const longestMs = 365 * 24 * 60 * 60_000;

/** Times in which alerts are not sent. */
export class Silences {
  constructor(private readonly db: Database) {}

  /** @throws AppError 403; 404 for an unknown rule; 422 naming every wrong field */
  async create(caller: Caller, input: SilenceInput): Promise<SilenceRow> {
    caller.require('monitoring:write');
    const now = this.db.clock.now();
    const startsAt = input.startsAt?.getTime() ?? now;
    const endsAt = input.endsAt.getTime();
    const mistakes: FieldError[] = [];
    if (!(endsAt > startsAt && endsAt > now && endsAt - now <= longestMs)) {
      mistakes.push({
        field: 'endsAt',
        message: 'must be after startsAt, in the future, and at most a year ahead',
      });
    }
    if (input.comment.trim() === '' || input.comment.length > 500 || input.comment.includes('\0')) {
      mistakes.push({ field: 'comment', message: 'must have 1 to 500 characters' });
    }
    if (input.service != null && (input.service.length > 100 || input.service.includes('\0'))) {
      mistakes.push({ field: 'service', message: 'must have at most 100 characters' });
    }
    if (mistakes.length > 0) throw invalid(mistakes);
    const { ruleId = null, service = null, comment } = input;
    const createdBy = `${caller.kind}:${caller.id}`;
    const row = { id: uuidv7(now), ruleId, service, comment, createdBy, startsAt, endsAt };
    await this.db.transaction(async tx => {
      if (ruleId !== null && !(await tx.manager.existsBy(AlertRuleRow, { id: ruleId })))
        throw notFound('Alert rule');
      await tx.manager.insert(SilenceRow, row);
    });
    return row;
  }

  /** Ends a silence now. @throws AppError 403, 404 */
  async end(caller: Caller, id: string): Promise<void> {
    caller.require('monitoring:write');
    const now = this.db.clock.now();
    const ended = await this.db.transaction(tx =>
      tx.manager.update(SilenceRow, { id, endsAt: MoreThan(now) }, { endsAt: now }),
    );
    if (affectedRows(ended) === 0) throw notFound('Silence');
  }

  /** Those that have not ended. @throws AppError 403 */
  async list(caller: Caller): Promise<SilenceRow[]> {
    caller.require('monitoring:read');
    return this.open();
  }

  /** Whether an alert is silenced now. */
  async matcher(): Promise<(alert: Pick<AlertRow, 'ruleId' | 'service'>) => boolean> {
    const now = this.db.clock.now();
    const active = (await this.open()).filter(({ startsAt }) => startsAt <= now);
    return alert =>
      active.some(
        ({ ruleId, service }) =>
          (ruleId === null || ruleId === alert.ruleId) && (service === null || service === alert.service),
      );
  }

  private open(): Promise<SilenceRow[]> {
    return this.db.read.find(SilenceRow, {
      where: { endsAt: MoreThan(this.db.clock.now()) },
      order: { id: 'DESC' },
      take: mostSilences,
    });
  }
}
