import { eventually } from '../../../platform/testing/eventually';
import { LiveClient } from '../../../platform/testing/live-client';
import { TestMonitoring } from '../testing/test-monitoring';
import { WatchedServer } from '../testing/watched-server';

let watched: WatchedServer;
let monitoring: TestMonitoring;

beforeAll(async () => {
  watched = await WatchedServer.start();
  watched.countRequests(100, 0);
  monitoring = new TestMonitoring({
    WATCH_INTERVAL: '1',
    GATEWAY_URL: watched.url,
    // Nothing listens there.
    USERS_URL: 'http://127.0.0.1:1',
    NOTIFICATIONS_URL: watched.url,
    FILES_URL: watched.url,
  });
  await monitoring.start();
}, 60_000);

afterAll(async () => {
  await monitoring.close();
  await watched.close();
});

interface Shown {
  service: string;
  status: string;
  last_check: string | null;
  response_time: number | null;
  error_count: number;
}

const services = async () => {
  const token = monitoring.may('monitoring:read');
  const { body } = await monitoring.rest('GET', '/health/services', { token });
  const list = body as unknown as Shown[];
  return new Map(list.map(each => [each.service, each]));
};

describe('the health of services', () => {
  it('lists every service of rover.yaml and the gateway, with the outcome of its probes', async () => {
    await eventually(async () => {
      const found = await services();
      expect([...found.keys()].sort()).toEqual([
        'auth',
        'files',
        'gateway',
        'monitoring',
        'notifications',
        'users',
      ]);
      expect(found.get('gateway')).toEqual({
        service: 'gateway',
        status: 'healthy',
        last_check: new Date(monitoring.clock.now()).toISOString(),
        response_time: expect.any(Number),
        error_count: 0,
      });
      expect(found.get('monitoring')?.status).toBe('healthy');
      expect(found.get('users')).toMatchObject({ status: 'unhealthy', response_time: null });
      expect(found.get('users')?.error_count).toBeGreaterThan(0);
    });
  });

  it('changes a status after two probes that say so, keeps a history and the uptime', async () => {
    monitoring.clock.advance(10);
    watched.ready = 503;
    await eventually(async () => expect((await services()).get('gateway')?.status).toBe('unhealthy'));
    expect((await services()).get('gateway')!.error_count).toBeGreaterThanOrEqual(2);
    monitoring.clock.advance(10);
    watched.ready = 200;
    await eventually(async () => expect((await services()).get('gateway')?.status).toBe('healthy'));
    const { data } = await monitoring.graphql<{
      services: {
        name: string;
        uptime: { day: number };
        history: { status: string; error: string | null }[];
      }[];
    }>(
      monitoring.may('monitoring:read'),
      '{ services { name uptime { day week month } history { status at error } } }',
    );
    const gateway = data.services.find(({ name }) => name === 'gateway')!;
    expect(gateway.history.map(({ status, error }) => [status, error])).toEqual([
      ['HEALTHY', null],
      ['UNHEALTHY', 'answered 503'],
      ['HEALTHY', null],
    ]);
    expect(gateway.uptime.day).toBeGreaterThan(0);
    expect(gateway.uptime.day).toBeLessThan(1);
  });

  it('needs monitoring:read', async () => {
    const statusFor = async (token?: string) =>
      (await monitoring.rest('GET', '/health/services', { token })).status;
    expect(await statusFor()).toBe(401);
    expect(await statusFor(monitoring.may('logs:read'))).toBe(403);
  });
});

describe('the dashboard', () => {
  it('has rates, errors and quantiles of what happened between two scrapes, and the newest errors', async () => {
    await monitoring.store({ service: 'gateway', level: 'error', message: 'it broke' });
    const token = monitoring.may('monitoring:read', 'logs:read');
    const read = async () => {
      const { body } = await monitoring.rest('GET', '/dashboard/data?range=1h', { token });
      const dashboard = body as unknown as {
        step: number;
        services: {
          service: { name: string };
          requests: Record<string, number>;
          points: { at: string; request_rate: number }[];
          health: { ok: number; failed: number }[];
          metrics: { metric: string; value: number }[];
        }[];
        recent_errors: { message: string }[];
      };
      return { ...dashboard, gateway: dashboard.services.find(({ service }) => service.name === 'gateway')! };
    };
    watched.countRequests(3_700, 36);
    await eventually(async () => {
      const { gateway, step, recent_errors } = await read();
      expect(step).toBe(60);
      expect(gateway.requests['request_rate']).toBeCloseTo(3_636 / 3_600, 1);
      expect(gateway.requests['error_rate']).toBeCloseTo(36 / 3_600, 3);
      expect(gateway.requests['p95']).toBeCloseTo(0.01 + 0.04 * 0.95, 3);
      expect(gateway.points.length).toBeGreaterThanOrEqual(60);
      expect(gateway.points.some(({ request_rate }) => request_rate > 0)).toBe(true);
      expect(gateway.health[0]!.ok).toBeGreaterThan(0);
      expect(gateway.metrics).toContainEqual({ metric: 'plinth_x_total', value: 3_600 });
      expect(recent_errors[0]?.message).toBe('it broke');
    });
    const withoutLogs = await monitoring.rest('GET', '/dashboard/data', {
      token: monitoring.may('monitoring:read'),
    });
    expect(withoutLogs.body['recent_errors']).toBeNull();
    for (const range of ['1', '1y', '4m', '91d', '-1h']) {
      const { status } = await monitoring.rest('GET', `/dashboard/data?range=${range}`, { token });
      expect([range, status]).toEqual([range, 422]);
    }
  });
});

it('is watched by one of several instances, and by another when the first is gone', async () => {
  const another = await monitoring.startAnother();
  try {
    const holder = async () => (await monitoring.database.rows('leases'))[0]?.['holder'];
    const first = await holder();
    expect(first).toBeDefined();
    await another.stop();
    expect(await holder()).toBe(first);
    await monitoring.restart();
    await eventually(async () => {
      const now = await holder();
      expect(now).toBeDefined();
      expect(now).not.toBe(first);
    });
  } finally {
    await another.stop().catch(() => undefined);
  }
});

it('tells subscribers of each change of the health of a service', async () => {
  const client = new LiveClient(monitoring.url, {
    authorization: `Bearer ${monitoring.may('monitoring:read')}`,
  });
  const live = client.subscribe<{ serviceHealthChanged: { name: string; status: string } }>(
    'subscription { serviceHealthChanged { name status } }',
  );
  const told = () => live.results.map(({ data }) => data?.serviceHealthChanged);
  await eventually(async () => {
    // Changes before the server has taken the subscription are not told.
    const { status } = (await services()).get('gateway')!;
    watched.ready = status === 'healthy' ? 503 : 200;
    const changed = told();
    expect(changed).toContainEqual({ name: 'gateway', status: 'UNHEALTHY' });
    expect(changed).toContainEqual({ name: 'gateway', status: 'HEALTHY' });
  });
  await client.close();
  watched.ready = 200;
  await eventually(async () => expect((await services()).get('gateway')?.status).toBe('healthy'));
});
