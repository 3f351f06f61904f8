import { eventually } from '../../../platform/testing/eventually';
import { LiveClient } from '../../../platform/testing/live-client';
import { TestMonitoring } from '../testing/test-monitoring';

const monitoring = new TestMonitoring();

beforeAll(() => monitoring.start(), 60_000);
afterAll(() => monitoring.close());

interface Added {
  logAdded: { entries: { message: string }[]; omitted: number };
}

const subscription = `subscription ($filter: LogFilter) {
  logAdded(filter: $filter) { entries { message level } omitted } }`;

it('sends what the filter selects of each second once, the newest first, and says how many it left out', async () => {
  const client = new LiveClient(monitoring.url, { authorization: `Bearer ${monitoring.may('logs:read')}` });
  const live = client.subscribe<Added>(subscription, { filter: { service: 'tail', levels: ['ERROR'] } });
  // Each second of the clock is announced once: the first results show that the subscription is there.
  await eventually(() => {
    monitoring.clock.advance(50);
    expect(live.results.length).toBeGreaterThan(0);
  });
  const timestamp = monitoring.clock.now();
  await monitoring.store(
    ...Array.from({ length: 60 }, (_, index) => ({
      service: 'tail',
      level: 'error',
      message: `e${index}`,
      timestamp,
    })),
    { service: 'tail', level: 'info', message: 'not an error', timestamp },
    { service: 'other', level: 'error', message: 'another service', timestamp },
  );
  const added = () =>
    live.results.map(({ data }) => data!.logAdded).filter(({ entries }) => entries.length > 0);
  await eventually(() => {
    monitoring.clock.advance(50);
    expect(added().length).toBe(1);
  });
  expect(added()[0]!.entries.map(({ message }) => message)).toEqual(
    Array.from({ length: 50 }, (_, index) => `e${59 - index}`),
  );
  expect(added()[0]!.omitted).toBe(10);
  await client.close();
});

it('is refused without logs:read, and with a filter that is not valid', async () => {
  const codeFor = async (token: string, filter: object) => {
    const client = new LiveClient(monitoring.url, { authorization: `Bearer ${token}` });
    const live = client.subscribe(subscription, { filter });
    await eventually(() => {
      monitoring.clock.advance(50);
      expect(live.code).toBeDefined();
    });
    await client.close();
    return live.code;
  };
  expect(await codeFor(monitoring.may('monitoring:read'), {})).toBe('FORBIDDEN');
  expect(await codeFor(monitoring.may('logs:read'), { traceId: 'x' })).toBe('VALIDATION_FAILED');
});
