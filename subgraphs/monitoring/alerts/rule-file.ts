import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigError } from '../../../platform/config';
import { AppError } from '../../../platform/errors';
import { newRule, noDataChoices, type RuleInput, severities } from './rule-input';

const ruleFile = z.strictObject({
  rules: z.array(
    z.strictObject({
      name: z.string(),
      condition: z.string(),
      for: z.string().optional(),
      keep_firing_for: z.string().optional(),
      severity: z.enum(severities).optional(),
      no_data: z.enum(noDataChoices).optional(),
      notify: z.array(z.string()).optional(),
      enabled: z.boolean().optional(),
    }),
  ),
});

/** The rules of a YAML file. @throws ConfigError that names every mistake */
export function readRuleFile(path: string): (RuleInput & { name: string; condition: string })[] {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError([
      `ALERT_RULES_FILE ${path} cannot be read: ${(error as Error).message.split('\n')[0]}`,
    ]);
  }
  const read = ruleFile.safeParse(content);
  if (!read.success) {
    throw new ConfigError(
      read.error.issues.map(issue => `${path}: ${issue.path.join('.')}: ${issue.message}`),
    );
  }
  const rules = read.data.rules.map(({ keep_firing_for, no_data, enabled, ...rule }) => ({
    ...rule,
    keepFiringFor: keep_firing_for,
    noData: no_data,
    isEnabled: enabled,
  }));
  const mistakes = rules.flatMap(rule => {
    try {
      newRule(rule);
      return [];
    } catch (error) {
      if (error instanceof AppError) return [`${path}: ${rule.name}: ${error.message}`];
      throw error;
    }
  });
  if (new Set(rules.map(({ name }) => name)).size < rules.length)
    mistakes.push(`${path}: two rules have one name`);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return rules;
}
