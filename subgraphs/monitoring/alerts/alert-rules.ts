import { affectedRows, type Database } from '../../../platform/database/database';
import { uniqueViolation } from '../../../platform/database/driver-errors';
import { KeysetList, type Page, type PageRequest } from '../../../platform/database/keyset';
import { AppError, notFound, platformErrors } from '../../../platform/errors';
import { uuidv7 } from '../../../platform/ids';
import type { Caller } from '../../../platform/security/caller';
import { monitoringErrors } from '../errors';
import { AlertRow, AlertRuleRow } from '../tables';
import { newRule, type RuleFields, type RuleInput, ruleFields } from './rule-input';

type Source = 'api' | 'file' | 'built-in';
type DeclaredRule = RuleInput & { name: string; condition: string };

const byName = new KeysetList(AlertRuleRow, [{ property: 'name', type: 'text', direction: 'ASC' }]);

/** The rules of alerts: built-in ones, those of a file, and those that operators make. */
export class AlertRules {
  constructor(private readonly db: Database) {}

  /** @throws AppError 403; 409 ALERT_RULE_NAME_TAKEN; 422 naming every wrong field */
  async create(caller: Caller, input: DeclaredRule): Promise<AlertRuleRow> {
    caller.require('monitoring:write');
    const row = this.rowOf(newRule(input), 'api');
    await this.db.transaction(tx => tx.manager.insert(AlertRuleRow, row)).catch(taken);
    return row;
  }

  /** @throws AppError 403; 404; 409 ALERT_RULE_NAME_TAKEN, ALERT_RULE_DECLARED, VERSION_CONFLICT; 422 */
  async update(caller: Caller, id: string, input: RuleInput, version?: number | null): Promise<AlertRuleRow> {
    caller.require('monitoring:write');
    const fields = ruleFields(input);
    return this.db
      .transaction(async tx => {
        const row = await tx.manager.findOneBy(AlertRuleRow, { id });
        if (row === null) throw notFound('Alert rule');
        const isDeclared = row.source !== 'api';
        const changed = Object.keys(fields);
        if (isDeclared && changed.some(field => field !== 'isEnabled' && field !== 'notify'))
          throw declared();
        if (version != null && version !== row.version) {
          throw new AppError(platformErrors.VERSION_CONFLICT, 'The rule was changed meanwhile', {
            details: { currentVersion: row.version },
          });
        }
        const next = { ...fields, notify: [...(fields.notify ?? row.notify)] };
        const result = await tx.manager.update(
          AlertRuleRow,
          { id, version: row.version },
          { ...next, updatedAt: this.db.clock.now(), version: row.version + 1 },
        );
        if (affectedRows(result) === 0) {
          throw new AppError(platformErrors.VERSION_CONFLICT, 'The rule was changed meanwhile');
        }
        return tx.manager.findOneByOrFail(AlertRuleRow, { id });
      })
      .catch(taken);
  }

  /** Its open alerts go with it. @throws AppError 403, 404, 409 ALERT_RULE_DECLARED */
  async delete(caller: Caller, id: string): Promise<void> {
    caller.require('monitoring:write');
    await this.db.transaction(async tx => {
      const row = await tx.manager.findOneBy(AlertRuleRow, { id });
      if (row === null) throw notFound('Alert rule');
      if (row.source !== 'api') throw declared();
      await tx.manager.delete(AlertRuleRow, { id });
      await tx.manager.delete(AlertRow, { ruleId: id });
    });
  }

  /** By name. @throws AppError 403, 422 */
  async list(caller: Caller, request: PageRequest): Promise<Page<AlertRuleRow>> {
    caller.require('monitoring:read');
    return byName.page(this.db, [], request);
  }

  async enabled(): Promise<AlertRuleRow[]> {
    return this.db.read.find(AlertRuleRow, { where: { isEnabled: true }, order: { name: 'ASC' } });
  }

  /**
   * Makes the declared rules of a source what they are now. What an operator has set, whether a rule is enabled and whom it notifies, stays
   * unless the declaration says so.
   *
   * @throws AppError 422 for a rule that is not valid
   */
  async declare(source: Exclude<Source, 'api'>, rules: readonly DeclaredRule[]): Promise<void> {
    const declared = rules.map(rule => ({ rule, fields: newRule(rule) }));
    await this.db.transaction(async tx => {
      const known = await tx.manager.findBy(AlertRuleRow, { source });
      for (const { rule, fields } of declared) {
        const row = known.find(({ name }) => name === rule.name);
        if (row === undefined) {
          // An operator's rule of this name keeps its name.
          const isTaken = await tx.manager.existsBy(AlertRuleRow, { name: rule.name });
          if (!isTaken) await tx.manager.insert(AlertRuleRow, this.rowOf(fields, source));
          continue;
        }
        const { notify, isEnabled, ...rest } = fields;
        await tx.manager.update(
          AlertRuleRow,
          { id: row.id },
          {
            ...rest,
            ...(rule.notify == null ? {} : { notify: [...notify] }),
            ...(rule.isEnabled == null ? {} : { isEnabled }),
          },
        );
      }
      for (const { id, name } of known) {
        if (rules.some(rule => rule.name === name)) continue;
        await tx.manager.delete(AlertRuleRow, { id });
        await tx.manager.delete(AlertRow, { ruleId: id });
      }
    });
  }

  private rowOf(fields: RuleFields, source: Source): AlertRuleRow {
    const now = this.db.clock.now();
    return { id: uuidv7(now), ...fields, notify: [...fields.notify], source, updatedAt: now, version: 1 };
  }
}

function taken(error: unknown): never {
  if (uniqueViolation(error) === undefined) throw error;
  throw new AppError(monitoringErrors.ALERT_RULE_NAME_TAKEN, 'Another rule has this name');
}

function declared(): AppError {
  return new AppError(
    monitoringErrors.ALERT_RULE_DECLARED,
    'This rule is declared in a file or built in: only isEnabled and notify can be changed',
  );
}
