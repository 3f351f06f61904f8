import { Registry } from 'prom-client';
import { DurationHistogram } from './duration-histogram';

test('a histogram is written as Prometheus reads it: buckets that hold what the smaller ones hold, their sum and count', async () => {
  const registry = new Registry();
  registry.setDefaultLabels({ service: 's' });
  const histogram = new DurationHistogram('took_seconds', 'How long it took', [0.1, 1], registry);
  const series = histogram.series({ route: '/a' });
  histogram.series({ route: '/b' });
  for (const seconds of [0.05, 0.1, 0.5, 2]) series.observe(seconds);
  const page = await registry.metrics();
  expect(page).toBe(`# HELP took_seconds How long it took
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1",route="/a",service="s"} 2
took_seconds_bucket{le="1",route="/a",service="s"} 3
took_seconds_bucket{le="+Inf",route="/a",service="s"} 4
took_seconds_sum{route="/a",service="s"} 2.65
took_seconds_count{route="/a",service="s"} 4
took_seconds_bucket{le="0.1",route="/b",service="s"} 0
took_seconds_bucket{le="1",route="/b",service="s"} 0
took_seconds_bucket{le="+Inf",route="/b",service="s"} 0
took_seconds_sum{route="/b",service="s"} 0
took_seconds_count{route="/b",service="s"} 0
`);
});
