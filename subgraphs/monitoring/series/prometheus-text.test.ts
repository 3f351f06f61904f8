import { identityOf, readMetricsPage } from './prometheus-text';

it('reads samples with labels, escapes, timestamps, exemplars and infinities, and the types of families', () => {
  const page = readMetricsPage(
    [
      '# HELP requests_total Requests',
      '# TYPE requests_total counter',
      'requests_total{path="/a b}",quote="\\"x\\"",line="a\\nb"} 12 1700000000000',
      'up 1',
      'latency_bucket{le="+Inf"} +Inf',
      'with_exemplar_bucket{le="1"} 3 # {trace_id="abc"} 0.5',
      'not a sample',
      'bad{a="b"} x',
      '',
    ].join('\n'),
  );
  expect(page.types.get('requests_total')).toBe('counter');
  expect(page.samples.map(({ key, value }) => [identityOf(key).name, value])).toEqual([
    ['requests_total', 12],
    ['up', 1],
    ['latency_bucket', Number.POSITIVE_INFINITY],
    ['with_exemplar_bucket', 3],
  ]);
  expect(identityOf(page.samples[0]!.key).labels).toEqual({ path: '/a b}', quote: '"x"', line: 'a\nb' });
});
