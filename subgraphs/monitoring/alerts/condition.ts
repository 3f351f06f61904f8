import type { HealthStatus } from '../health/health';
import { quantileOf } from '../series/quantiles';
import type { SeriesWindow, WindowSeries } from '../series/series-window';
import { type Condition, type LogTerm, type MetricTerm, parseCondition, type Term } from './condition-syntax';

/** The state that conditions are evaluated over. */
export interface Observations {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** By service: the last hour of its metrics. */
  readonly windows: ReadonlyMap<string, SeriesWindow>;
  readonly health: ReadonlyMap<string, HealthStatus>;
}

/** The entries of the log, by the service that wrote them. */
const logSeries = 'plinth_log_entries_total';

/** The value of a condition's left side for each service that has one, and whether the condition holds for it. */
export function evaluate(
  condition: string,
  observed: Observations,
): Map<string, { value: number; holds: boolean }> {
  const parsed = parseCondition(condition);
  const outcomes = new Map<string, { value: number; holds: boolean }>();
  for (const [service, value] of valuesOf(parsed, observed)) {
    outcomes.set(service, { value, holds: comparisons[parsed.comparison](value, parsed.threshold) });
  }
  return outcomes;
}

const comparisons: Readonly<Record<Condition['comparison'], (value: number, threshold: number) => boolean>> =
  {
    '>': (value, threshold) => value > threshold,
    '>=': (value, threshold) => value >= threshold,
    '<': (value, threshold) => value < threshold,
    '<=': (value, threshold) => value <= threshold,
    '==': (value, threshold) => value === threshold,
    '!=': (value, threshold) => value !== threshold,
  };

function valuesOf({ term, divisor }: Condition, observed: Observations): Map<string, number> {
  const values = termValues(term, observed);
  if (divisor === undefined) return values;
  const divisors = termValues(divisor, observed);
  const quotients = new Map<string, number>();
  for (const [service, value] of values) {
    const quotient = value / (divisors.get(service) ?? Number.NaN);
    // Nothing divided by nothing has no value: without requests there is no error rate.
    if (!Number.isNaN(quotient)) quotients.set(service, quotient);
  }
  return quotients;
}

function termValues(term: Term, observed: Observations): Map<string, number> {
  const values = new Map<string, number>();
  if (term.kind === 'health') {
    for (const [service, status] of observed.health) {
      if (status !== 'unknown' && matches({ service }, term))
        values.set(service, status === 'healthy' ? 1 : 0);
    }
    return values;
  }
  if (term.kind === 'logs') return logValues(term, observed);
  for (const [service, window] of observed.windows) {
    const series = window.series.filter(
      each => matchesName(each.name, term) && matches({ service, ...each.labels }, term),
    );
    const value = valueOfTerm(term, window, series, observed.now);
    if (value !== undefined) values.set(service, value);
  }
  return values;
}

function matchesName(name: string, term: MetricTerm): boolean {
  return name === (term.kind === 'quantile' ? `${term.name}_bucket` : term.name);
}

function matches(labels: Readonly<Record<string, string>>, { matchers }: Term): boolean {
  return matchers.every(({ label, isEqual, value }) => {
    const text = labels[label] ?? '';
    return (value.endsWith('*') ? text.startsWith(value.slice(0, -1)) : text === value) === isEqual;
  });
}

/** Undefined where the service has no such series, or too few values yet. */
function valueOfTerm(
  term: MetricTerm,
  window: SeriesWindow,
  series: readonly WindowSeries[],
  now: number,
): number | undefined {
  if (term.kind === 'last' || term.kind === 'remaining') {
    const values = series.flatMap(each => window.last(each) ?? []);
    if (term.kind === 'last') return sumOf(values);
    return values.length === 0 ? undefined : Math.min(...values) - now / 1000;
  }
  const increases = series.flatMap(each => {
    const increase = window.increase(each, term.spanMs);
    return increase === undefined ? [] : [{ ...increase, bound: each.labels['le'] }];
  });
  if (increases.length === 0) return undefined;
  if (term.kind === 'rate') return sumOf(increases.map(({ by, seconds }) => by / seconds));
  if (term.kind === 'increase') return sumOf(increases.map(({ by }) => by));
  const buckets = new Map<number, number>();
  for (const { by, bound } of increases) {
    const upper = bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound);
    buckets.set(upper, (buckets.get(upper) ?? 0) + by);
  }
  const quantile = quantileOf(term.quantile, buckets);
  return Number.isNaN(quantile) ? undefined : quantile;
}

/** Entries a second, by the service that wrote them. */
function logValues(term: LogTerm, { windows }: Observations): Map<string, number> {
  const values = new Map<string, number>();
  for (const window of windows.values()) {
    for (const series of window.series) {
      const { source = '', level = '' } = series.labels;
      if (series.name !== logSeries || !matches({ service: source, level }, term)) continue;
      const increase = window.increase(series, term.spanMs);
      if (increase === undefined) continue;
      values.set(source, (values.get(source) ?? 0) + increase.by / increase.seconds);
    }
  }
  return values;
}

function sumOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}
