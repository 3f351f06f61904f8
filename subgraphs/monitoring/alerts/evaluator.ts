import { Not } from 'typeorm';
import type { Database } from '../../../platform/database/database';
import type { Transaction } from '../../../platform/database/transaction';
import type { Logger } from '../../../platform/observability/logger';
import { alertNotificationRequested } from '../events';
import { AlertRow, type AlertRuleRow } from '../tables';
import type { AlertRules } from './alert-rules';
import { nextAlert, type Outcome } from './alerts';
import { evaluate, type Observations } from './condition';
import type { Silences } from './silences';

/** Evaluates all rules, once in each round of the instance that watches. */
export class AlertEvaluator {
  constructor(
    private readonly parts: {
      db: Database;
      rules: Pick<AlertRules, 'enabled'>;
      silences: Pick<Silences, 'matcher'>;
      observe: () => Promise<Observations>;
      /** Email addresses for rules that name none. */
      recipients: readonly string[];
      logger: Logger;
      /** Called after a change is committed. */
      onChange: (alertId: string) => void;
    },
  ) {}

  async evaluateAll(): Promise<void> {
    const { rules, silences, observe } = this.parts;
    const observed = await observe();
    const isSilenced = await silences.matcher();
    const enabled = await rules.enabled();
    for (const rule of enabled) await this.evaluateRule(rule, evaluate(rule.condition, observed), isSilenced);
    await this.resolveOthers(enabled);
  }

  /** All alerts of a rule in one transaction, with one notification for those that change together. */
  private async evaluateRule(
    rule: AlertRuleRow,
    outcomes: ReadonlyMap<string, Outcome>,
    isSilenced: (alert: AlertRow) => boolean,
  ): Promise<void> {
    const { db, onChange, logger } = this.parts;
    const changed = await db.transaction(async tx => {
      const now = db.clock.now();
      const open = await tx.manager.findBy(AlertRow, { ruleId: rule.id, state: Not('resolved') });
      const byService = new Map(open.map(alert => [alert.service, alert]));
      const services = new Set([...byService.keys(), ...outcomes.keys()]);
      // A rule that alerts without data, and has none at all.
      if (services.size === 0 && rule.noData === 'alert') services.add('');
      const changes: { before: AlertRow | undefined; after: AlertRow | undefined }[] = [];
      for (const service of services) {
        const before = byService.get(service);
        const after = nextAlert(rule, service, before, outcomes.get(service), now);
        if (before !== undefined || after !== undefined) changes.push({ before, after });
      }
      const told = changes.flatMap(({ before, after }) => toTell(before, after, isSilenced));
      if (told.length > 0) await this.notify(tx, rule, told);
      for (const { before, after } of changes) await save(tx, before, after, told, now);
      return changes.filter(({ before, after }) => before?.state !== after?.state);
    });
    for (const { before, after } of changed) {
      if (after?.state === 'firing' || after?.state === 'resolved') {
        const { name, service, state, value, severity } = after;
        logger.warn({ alert: name, alert_service: service, state, value, severity }, `Alert is ${state}`);
      }
      onChange((after ?? before)!.id);
    }
  }

  /** Open alerts of rules that are switched off. */
  private async resolveOthers(enabled: readonly AlertRuleRow[]): Promise<void> {
    const { db, onChange } = this.parts;
    const ids = new Set(enabled.map(({ id }) => id));
    const open = await db.read.findBy(AlertRow, { state: Not('resolved') });
    for (const { id, ruleId } of open) {
      if (ids.has(ruleId)) continue;
      await db.write("UPDATE alerts SET state = 'resolved', resolved_at = ? WHERE id = ?", [
        db.clock.now(),
        id,
      ]);
      onChange(id);
    }
  }

  private async notify(tx: Transaction, rule: AlertRuleRow, alerts: readonly AlertRow[]): Promise<void> {
    const recipients = rule.notify.length > 0 ? rule.notify : [...this.parts.recipients];
    if (recipients.length === 0) return;
    const firing = alerts.filter(({ state }) => state === 'firing');
    const state = firing.length > 0 ? 'firing' : 'resolved';
    const lines = alerts.map(
      alert => `${alert.state.toUpperCase()} ${alert.service || '(no data)'}: ${alert.value ?? 'no data'}`,
    );
    await tx.emit({
      type: alertNotificationRequested,
      data: {
        recipients,
        subject:
          `[${rule.severity}] ${rule.name} is ${state}: ${alerts.map(({ service }) => service).join(', ')}`.slice(
            0,
            200,
          ),
        text: `${rule.name}\n${rule.condition}\n\n${lines.join('\n')}\n`,
      },
    });
  }
}

/** The alert, where people are to be told: it fires and they do not know, or it is resolved and they know that it fired. */
function toTell(
  before: AlertRow | undefined,
  after: AlertRow | undefined,
  isSilenced: (alert: AlertRow) => boolean,
): AlertRow[] {
  if (after === undefined || isSilenced(after)) return [];
  if (after.state === 'firing' && after.notifiedAt === null) return [after];
  return after.state === 'resolved' && before?.state === 'firing' && after.notifiedAt !== null ? [after] : [];
}

async function save(
  tx: Transaction,
  before: AlertRow | undefined,
  after: AlertRow | undefined,
  told: readonly AlertRow[],
  now: number,
): Promise<void> {
  if (after === undefined) {
    await tx.manager.delete(AlertRow, { id: before!.id });
    return;
  }
  const row = told.includes(after) && after.state === 'firing' ? { ...after, notifiedAt: now } : after;
  if (before === undefined) await tx.manager.insert(AlertRow, row);
  else {
    // Somebody may acknowledge it meanwhile.
    const { acknowledgedAt: _at, acknowledgedBy: _by, ...evaluated } = row;
    await tx.manager.update(AlertRow, { id: before.id }, evaluated);
  }
}
