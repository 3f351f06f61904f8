import { readMetricsPage } from '../series/prometheus-text';
import { SeriesWindow } from '../series/series-window';
import { builtInRules } from './built-in-rules';
import { evaluate, type Observations } from './condition';
import { ConditionError, parseCondition } from './condition-syntax';
import { newRule } from './rule-input';

/** Pages a minute apart. */
function windowOf(service: string, ...pages: string[]): [string, SeriesWindow] {
  const window = new SeriesWindow(service, 3_600_000);
  pages.forEach((page, minute) => {
    window.add(minute * 60_000, readMetricsPage(page));
  });
  return [service, window];
}

const counters = (ok: number, failed: number) =>
  `# TYPE hits_total counter\nhits_total{status="200"} ${ok}\nhits_total{status="503"} ${failed}\nqueue 7\n`;
const logs = (count: number) =>
  `# TYPE plinth_log_entries_total counter\nplinth_log_entries_total{source="auth",level="error"} ${count}\n`;
const histogram = (count: number) =>
  `# TYPE t histogram\nt_bucket{le="1"} 0\nt_bucket{le="2"} ${count}\nt_bucket{le="+Inf"} ${count}\n`;

const observed: Observations = {
  now: 60_000,
  windows: new Map([
    windowOf('auth', counters(0, 0), counters(540, 60)),
    windowOf('users', 'queue 2\n', 'queue 3\n'),
    windowOf('monitoring', logs(0), logs(120)),
    windowOf('files', histogram(0), histogram(10)),
    windowOf('gateway', 'ends_at{worker="1"} 160\nends_at{worker="2"} 90\n'),
  ]),
  health: new Map([
    ['auth', 'healthy'],
    ['users', 'unhealthy'],
    ['files', 'unknown'],
  ]),
};

const outcome = (condition: string) =>
  Object.fromEntries(
    [...evaluate(condition, observed)].map(([service, { value, holds }]) => [service, [value, holds]]),
  );

describe('a condition', () => {
  it('compares the last values, rates and increases of metrics, for each service that has them', () => {
    expect(outcome('queue > 3')).toEqual({ auth: [7, true], users: [3, false] });
    expect(outcome('queue{service="users"} >= 3')).toEqual({ users: [3, true] });
    expect(outcome('rate(hits_total[5m]) == 10')).toEqual({ auth: [10, true] });
    expect(outcome('increase(hits_total{status="5*"}[1m]) < 60')).toEqual({ auth: [60, false] });
    expect(outcome('increase(hits_total{status!="200"}[1m]) <= 60')).toEqual({ auth: [60, true] });
    expect(outcome('rate(hits_total{status="5*"}[5m]) / rate(hits_total[5m]) > 0.05')).toEqual({
      auth: [0.1, true],
    });
    expect(outcome('quantile(0.5, t[5m]) != 1.5')).toEqual({ files: [1.5, false] });
  });

  it('counts the seconds to the earliest of the moments that a metric has', () => {
    expect(outcome('ends_at - time() < 60')).toEqual({ gateway: [30, true] });
    expect(outcome('ends_at{worker="1"} - time() < 60')).toEqual({ gateway: [100, false] });
    expect(outcome('starts_at - time() < 60')).toEqual({});
    expect(() => parseCondition('ends_at - now() < 60')).toThrow('needs time() at character 10');
    expect(() => parseCondition('ends_at - time < 60')).toThrow('needs "("');
  });

  it('looks at health, without what is unknown, and at the log, by the service that wrote it', () => {
    expect(outcome('health == 0')).toEqual({ auth: [1, false], users: [0, true] });
    expect(outcome('logs{level="error"}[5m] > 1')).toEqual({ auth: [2, true] });
    expect(outcome('logs{level="fatal"}[5m] > 1')).toEqual({});
  });

  it.each([
    ['', 'name'],
    ['queue', 'sign'],
    ['queue >', 'number'],
    ['queue > 1 2', 'the end'],
    ['queue = 1', 'a comparison'],
    ['rate(queue) > 1', '"["'],
    ['rate(queue[2h]) > 1', '1s to 1h'],
    ['rate(queue[5]) > 1', 'duration'],
    ['quantile(2, t[5m]) > 1', '0 to 1'],
    ['queue{a="b" > 1', '"}"'],
    ['queue{a=b} > 1', 'string'],
    ['queue; drop > 1', 'not understood'],
    ['x'.repeat(501), 'at most 500'],
  ])('that is wrong is refused with the place: %s', (text, reason) => {
    expect(() => parseCondition(text)).toThrow(ConditionError);
    expect(() => parseCondition(text)).toThrow(reason);
  });

  it('of each built-in rule can be read', () => {
    for (const rule of builtInRules) expect(newRule(rule).name).toBe(rule.name);
  });
});
