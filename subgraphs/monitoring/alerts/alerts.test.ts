import { type AlertRow, AlertRuleRow } from '../tables';
import { nextAlert, type Outcome } from './alerts';

const ruleWith = (changes: Partial<AlertRuleRow>): AlertRuleRow =>
  Object.assign(
    new AlertRuleRow(),
    { id: 'r', name: 'r', severity: 'info', forMs: 0, keepFiringForMs: 0, noData: 'resolve' },
    changes,
  );

/** The states after outcomes that come ten seconds apart. */
function statesOf(rule: AlertRuleRow, outcomes: (boolean | undefined)[]): (string | undefined)[] {
  let alert: AlertRow | undefined;
  return outcomes.map((holds, round) => {
    const outcome: Outcome | undefined = holds === undefined ? undefined : { value: round, holds };
    alert = nextAlert(rule, 'auth', alert, outcome, round * 10_000);
    const { state } = alert ?? {};
    if (state === 'resolved') alert = undefined;
    return state;
  });
}

describe('an alert', () => {
  it('fires at once without `for`, and is resolved when the condition no longer holds', () => {
    expect(statesOf(ruleWith({}), [false, true, true, false, false])).toEqual([
      undefined,
      'firing',
      'firing',
      'resolved',
      undefined,
    ]);
  });

  it('is pending until the condition has held for long enough, and begins again after an interruption', () => {
    const rule = ruleWith({ forMs: 20_000 });
    expect(statesOf(rule, [true, true, false, true, true, true])).toEqual([
      'pending',
      'pending',
      undefined,
      'pending',
      'pending',
      'firing',
    ]);
  });

  it('fires on for `keepFiringFor` after the condition last held', () => {
    const rule = ruleWith({ keepFiringForMs: 20_000 });
    expect(statesOf(rule, [true, false, true, false, false, false])).toEqual([
      'firing',
      'firing',
      'firing',
      'firing',
      'resolved',
      undefined,
    ]);
  });

  it.each([
    ['resolve', ['firing', 'resolved', undefined]],
    ['keep', ['firing', 'firing', 'firing']],
    ['alert', ['firing', 'firing', 'firing']],
  ])('follows the choice of its rule when there is no data: %s', (noData, states) => {
    expect(statesOf(ruleWith({ noData }), [true, undefined, undefined])).toEqual(states);
  });

  it('is made without data only by a rule that says so', () => {
    expect(statesOf(ruleWith({ noData: 'keep' }), [undefined])).toEqual([undefined]);
    expect(statesOf(ruleWith({ noData: 'alert' }), [undefined])).toEqual(['firing']);
  });
});
