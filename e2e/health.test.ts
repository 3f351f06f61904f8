import { administratorToken, data, eventually, rest } from './client';
import { services } from './plinth';

interface Shown {
  service: string;
  status: string;
  last_check: string;
  response_time: number;
  error_count: number;
}

describe('the health and the figures of all services (M4, M6, M10)', () => {
  it('shows every service as healthy, and the requests that each has answered', async () => {
    const token = await administratorToken();
    await eventually(async () => {
      const { body } = await rest('GET', '/metrics/health/services', { token });
      const found = body as unknown as Shown[];
      expect(found.map(({ service }) => service).sort()).toEqual([...services].sort());
      expect(found.map(({ status }) => status)).toEqual(services.map(() => 'healthy'));
      expect(found.every(each => each.response_time >= 0 && Date.parse(each.last_check) > 0)).toBe(true);
    }, 30_000);
    await eventually(async () => {
      const { dashboard } = await data<
        {
          dashboard: {
            services: {
              service: { name: string };
              requests: { requestRate: number; p99: number | null };
              metrics: { metric: string; value: number }[];
            }[];
          };
        },
        object
      >(
        '{ dashboard(range: "15m") { services { service { name } requests { requestRate p99 } metrics { metric value } } } }',
        {},
        token,
      );
      const byName = new Map(dashboard.services.map(each => [each.service.name, each]));
      expect(byName.get('gateway')?.requests.requestRate).toBeGreaterThan(0);
      expect(byName.get('gateway')?.requests.p99).toBeGreaterThan(0);
      const metric = (service: string, name: string) =>
        byName.get(service)?.metrics.find(each => each.metric.startsWith(name))?.value;
      expect(metric('files', 'plinth_stored_bytes')).toBeGreaterThanOrEqual(0);
      await administratorToken();
      expect(metric('auth', 'plinth_logins_total')).toBeGreaterThan(0);
    }, 30_000);
  });
});
