import { metricsFormatFor, openMetricsOf } from './open-metrics';

it('turns text into OpenMetrics: families of counters, types, quotes and timestamps', () => {
  const text = [
    '# HELP a_total With "quotes"',
    '# TYPE a_total counter',
    'a_total{path="/a} \\" 1"} 2 1700000000500',
    '',
    '# a comment',
    '# TYPE b counter',
    'b 1',
    '# HELP other Not of c',
    '# TYPE c untyped',
    'c NaN',
  ].join('\n');
  expect(openMetricsOf(text)).toBe(
    [
      '# TYPE a counter',
      '# HELP a With \\"quotes\\"',
      'a_total{path="/a} \\" 1"} 2 1700000000.5',
      '# TYPE b unknown',
      'b 1',
      '# TYPE c unknown',
      'c NaN',
      '',
    ].join('\n'),
  );
});

it.each([
  [undefined, 'text'],
  ['*/*', 'text'],
  ['text/plain;version=0.0.4', 'text'],
  ['application/openmetrics-text;q=0, text/plain', 'text'],
  ['application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3', 'openmetrics'],
])('answers `accept: %s` with %s', (accept, format) => {
  expect(metricsFormatFor(accept)).toBe(format);
});
