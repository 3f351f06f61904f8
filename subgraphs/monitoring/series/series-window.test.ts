import { readMetricsPage } from './prometheus-text';
import { quantileOf } from './quantiles';
import { SeriesWindow } from './series-window';

const page = (...lines: string[]) => readMetricsPage(['# TYPE hits_total counter', ...lines].join('\n'));

function windowWith(...values: (number | undefined)[]) {
  const window = new SeriesWindow('auth', 3_600_000);
  values.forEach((value, at) => {
    window.add(at * 15_000, value === undefined ? page() : page(`hits_total{a="b"} ${value}`));
  });
  return { window, series: window.series[0]! };
}

describe('a window of series', () => {
  it('knows by how much a counter grew, also across a restart of its server', () => {
    const { window, series } = windowWith(100, 110, 3, 8);
    expect(window.increase(series, 45_000)).toEqual({ by: 10 + 3 + 5, seconds: 45 });
    expect(window.increase(series, 15_000)).toEqual({ by: 5, seconds: 15 });
    expect(window.changes()).toEqual([{ series, value: 5, isIncrease: true }]);
  });

  it('takes a series that appears for one that began at zero', () => {
    const { window, series } = windowWith(undefined, undefined, 4);
    expect(window.increase(series, 60_000)).toEqual({ by: 4, seconds: 30 });
  });

  it('has no increase of one value, and no last value of a series that is gone', () => {
    const { window, series } = windowWith(5);
    expect(window.increase(series, 60_000)).toBeUndefined();
    window.add(15_000, page());
    expect(window.last(series)).toBeUndefined();
  });

  it('forgets what is older than its span', () => {
    const window = new SeriesWindow('auth', 60_000);
    for (let at = 0; at < 20; at++) window.add(at * 15_000, page(`hits_total ${at}`));
    expect(window.increase(window.series[0]!, 3_600_000)).toEqual({ by: 4, seconds: 60 });
  });
});

describe('a quantile of a histogram', () => {
  const buckets = new Map([
    [Number.POSITIVE_INFINITY, 10],
    [0.1, 4],
    [0.5, 8],
  ]);

  it('lies between the bounds of its bucket, in proportion', () => {
    expect(quantileOf(0.2, buckets)).toBeCloseTo(0.05);
    expect(quantileOf(0.6, buckets)).toBeCloseTo(0.3);
  });

  it('is the highest bound beyond it, and none of nothing', () => {
    expect(quantileOf(0.99, buckets)).toBe(0.5);
    expect(quantileOf(0.5, new Map())).toBeNaN();
  });
});
