import { Database } from '../../../platform/database/database';
import { uuidv7 } from '../../../platform/ids';
import { eventually } from '../../../platform/testing/eventually';
import { userRegistered } from '../events';
import { TestNotifications } from '../testing/test-notifications';
import { DeliveryUpdates } from './delivery-updates';

/** `npm run bench:notifications` does the same with 10,000. */
const count = 300;
const concurrency = 20;

const notifications = new TestNotifications({ DELIVERY_CONCURRENCY: String(concurrency) });

beforeAll(() => notifications.start(), 60_000);
afterAll(() => notifications.close());
afterEach(() => jest.restoreAllMocks());

const schedule = async (input: object): Promise<string[]> => {
  const { data, text } = await notifications.graphql<{ scheduleNotification: { id: string }[] | null }>(
    notifications.tokenWith('notifications:send'),
    'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { id } }',
    { input: { channel: 'IN_APP', content: 'Hello', ...input } },
  );
  if (data.scheduleNotification === null) throw new Error(text);
  return data.scheduleNotification.map(({ id }) => id);
};

describe('notifications that are due at the same moment', () => {
  it('all go, many with one statement, and an urgent one among them first', async () => {
    const users = Array.from({ length: count + 1 }, (_, at) => uuidv7(Date.now() + at));
    await notifications.context.bus.publish(
      users.map(userId => ({
        id: uuidv7(Date.now()),
        type: userRegistered,
        version: 1,
        source: 'test',
        occurredAt: notifications.clock.now(),
        data: { userId, email: `${userId}@example.com`, isActive: true },
      })),
    );
    await eventually(
      async () => expect(await notifications.database.rows('recipients')).toHaveLength(count + 1),
      60_000,
    );
    const scheduledAt = new Date(notifications.clock.now() + 60_000).toISOString();
    const ids = await schedule({ recipients: users.slice(1), scheduledAt });
    const [urgent] = await schedule({ userId: users[0], isUrgent: true, scheduledAt });
    const written = jest.spyOn(Database.prototype, 'write');
    const told = jest.spyOn(DeliveryUpdates.prototype, 'changed');
    notifications.clock.advance(60_000);
    await eventually(
      async () =>
        expect(await notifications.database.rows('notifications', "status <> 'sent'")).toHaveLength(0),
      60_000,
    );

    const attempts = await notifications.database.rows('attempts');
    expect(attempts.map(each => each['notification_id']).sort()).toEqual([...ids, urgent].sort());
    const delivered = told.mock.calls.map(([id]) => id);
    expect(delivered.indexOf(urgent!)).toBeLessThan(concurrency);
    expect(written.mock.calls.length).toBeLessThan(count / 2);
  }, 150_000);
});
