import { IsNull, Not } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import { type Condition, KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import { notFound } from '../../../platform/errors';
import { uuidv7 } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { AlertRow, type AlertRuleRow } from '../tables';

export type AlertState = 'pending' | 'firing' | 'resolved';

export interface AlertFilter {
  states?: readonly AlertState[] | null | undefined;
  service?: string | null | undefined;
}

/** What a rule says about one service now. */
export interface Outcome {
  /** Null where there is no data. */
  readonly value: number | null;
  readonly holds: boolean;
}

const newestFirst = new KeysetList(AlertRow, [{ property: 'id', type: 'text', direction: 'DESC' }]);
const keptMs = 30 * 24 * 60 * 60_000;

/** The alerts of all rules. */
export class Alerts {
  constructor(
    private readonly db: Database,
    /** Called after a change is committed. */
    private readonly onChange: (alertId: string) => void,
  ) {}

  /** The newest first. @throws AppError 403, 422 */
  async list(caller: Caller, filter: AlertFilter, request: PageRequest): Promise<Page<AlertRow>> {
    caller.require('monitoring:read');
    const within: Condition[] = [];
    if (filter.states != null) within.push({ sql: 'state IN (??)', values: [filter.states] });
    if (filter.service != null) within.push({ sql: 'service = ?', values: [filter.service] });
    return newestFirst.page(this.db, within, request);
  }

  /** @throws AppError 403 */
  async find(caller: Caller, id: string): Promise<AlertRow | null> {
    caller.require('monitoring:read');
    return this.db.read.findOneBy(AlertRow, { id });
  }

  /** Says that somebody looks after it. @throws AppError 403; 404 for an alert that is not open */
  async acknowledge(caller: Caller, id: string): Promise<AlertRow> {
    caller.require('monitoring:write');
    const by = { acknowledgedBy: `${caller.kind}:${caller.id}`, acknowledgedAt: this.db.clock.now() };
    const row = await this.db.transaction(async tx => {
      const open = { id, state: Not('resolved') };
      await tx.manager.update(AlertRow, { ...open, acknowledgedAt: IsNull() }, by);
      const found = await tx.manager.findOneBy(AlertRow, open);
      if (found === null) throw notFound('Open alert');
      return found;
    });
    this.onChange(id);
    return row;
  }

  /** Deletes what was resolved more than 30 days ago. */
  async prune(): Promise<void> {
    await this.db.write("DELETE FROM alerts WHERE state = 'resolved' AND resolved_at < ?", [
      this.db.clock.now() - keptMs,
    ]);
  }
}

/** The alert of a rule and a service after an outcome; undefined where there is none. */
export function nextAlert(
  rule: AlertRuleRow,
  service: string,
  open: AlertRow | undefined,
  outcome: Outcome | undefined,
  now: number,
): AlertRow | undefined {
  const holds = outcome?.holds ?? (rule.noData === 'alert' || (rule.noData === 'keep' && open !== undefined));
  // Without data nothing is known: an alert that is kept is as old as it is.
  const heldAt = holds ? now : (open?.heldAt ?? now);
  const value = outcome?.value ?? open?.value ?? null;
  if (open === undefined) {
    return holds ? fireWhenDue(newAlert(rule, service, value, now), rule, now) : undefined;
  }
  const next = { ...open, value, heldAt };
  if (holds) return fireWhenDue(next, rule, now);
  if (open.state === 'pending') return undefined;
  // `keepFiringFor` begins when the condition last held.
  if (now - open.heldAt < rule.keepFiringForMs) return next;
  return { ...next, state: 'resolved', resolvedAt: now };
}

function fireWhenDue(alert: AlertRow, rule: AlertRuleRow, now: number): AlertRow {
  if (alert.state !== 'pending' || now - alert.pendingSince < rule.forMs) return alert;
  return { ...alert, state: 'firing', firingSince: now };
}

function newAlert(rule: AlertRuleRow, service: string, value: number | null, now: number): AlertRow {
  return {
    id: uuidv7(now),
    ruleId: rule.id,
    name: rule.name,
    severity: rule.severity,
    service,
    state: 'pending',
    value,
    pendingSince: now,
    firingSince: null,
    heldAt: now,
    resolvedAt: null,
    notifiedAt: null,
    acknowledgedBy: null,
    acknowledgedAt: null,
  };
}
