import { type FieldError, invalid } from '../../../platform/errors';
import { ConditionError, durationMs, parseCondition } from './condition-syntax';

export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];
export const noDataChoices = ['resolve', 'keep', 'alert'] as const;
export type NoData = (typeof noDataChoices)[number];

export interface RuleInput {
  name?: string | null | undefined;
  condition?: string | null | undefined;
  for?: string | null | undefined;
  keepFiringFor?: string | null | undefined;
  severity?: Severity | null | undefined;
  noData?: NoData | null | undefined;
  /** Email addresses. */
  notify?: readonly string[] | null | undefined;
  isEnabled?: boolean | null | undefined;
}

export interface RuleFields {
  name: string;
  condition: string;
  forMs: number;
  keepFiringForMs: number;
  severity: Severity;
  noData: NoData;
  notify: readonly string[];
  isEnabled: boolean;
}

const longestMs = 24 * 60 * 60_000;
const mostAddresses = 20;

/** The fields of a rule that are given. @throws AppError 422 that names every field that is not valid */
export function ruleFields(input: RuleInput): Partial<RuleFields> {
  const mistakes: FieldError[] = [];
  const duration = (field: 'for' | 'keepFiringFor') => {
    const text = input[field];
    if (text == null) return undefined;
    const ms = durationMs(text);
    if (ms >= 0 && ms <= longestMs) return ms;
    mistakes.push({ field, message: 'must be a duration such as 30s, 5m or 1h, at most 24h' });
    return undefined;
  };
  const { name, condition, notify } = input;
  if (name != null && !/^[\p{L}\p{N}][\p{L}\p{N} _.:()%/-]{0,99}$/u.test(name)) {
    mistakes.push({ field: 'name', message: 'must be 1 to 100 letters, digits, spaces or any of _.:()%/-' });
  }
  if (condition != null) mistakes.push(...mistakesInCondition(condition));
  if (notify != null && (notify.length > mostAddresses || !notify.every(isEmail))) {
    mistakes.push({ field: 'notify', message: `must be at most ${mostAddresses} email addresses` });
  }
  const fields = {
    name: name ?? undefined,
    condition: condition ?? undefined,
    forMs: duration('for'),
    keepFiringForMs: duration('keepFiringFor'),
    severity: input.severity ?? undefined,
    noData: input.noData ?? undefined,
    notify: notify ?? undefined,
    isEnabled: input.isEnabled ?? undefined,
  };
  if (mistakes.length > 0) throw invalid(mistakes);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** A whole rule, with the defaults of the fields that are not given. @throws AppError 422 */
export function newRule(input: RuleInput & { name: string; condition: string }): RuleFields {
  return {
    forMs: 0,
    keepFiringForMs: 0,
    severity: 'warning',
    noData: 'resolve',
    notify: [],
    isEnabled: true,
    ...(ruleFields(input) as Pick<RuleFields, 'name' | 'condition'>),
  };
}

function mistakesInCondition(condition: string): FieldError[] {
  try {
    parseCondition(condition);
    return [];
  } catch (error) {
    if (error instanceof ConditionError) return [{ field: 'condition', message: error.message }];
    throw error;
  }
}

export function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@<>"',;:\\[\]()]+@[^\s@<>"',;:\\[\]()]+$/.test(text);
}
