import { eventually } from '../../../platform/testing/eventually';
import { userActivationChanged } from '../events';
import { hello, newAddress, TestNotifications } from '../testing/test-notifications';

const notifications = new TestNotifications();
const day = 86_400_000;

beforeAll(() => notifications.start(), 60_000);
afterAll(() => notifications.close());

interface Shown {
  id: string;
  nextAt: string | null;
  sent: number;
  cancelledAt: string | null;
}
/** A local time in UTC that many days from now. */
const localTime = (days: number) =>
  new Date(notifications.clock.now() + days * day).toISOString().slice(0, 19);
const sender = { permissions: ['notifications:send'] };
const create = (input: object, token = notifications.token(sender)) =>
  notifications.graphql<{ createNotificationSchedule: Shown | null }>(
    token,
    'mutation ($input: CreateNotificationScheduleInput!) { createNotificationSchedule(input: $input) { id nextAt } }',
    { input: { startsAt: localTime(1), timeZone: 'UTC', rule: 'FREQ=DAILY', ...input } },
  );
const created = async (input: object, token?: string) => {
  const { data, text } = await create(input, token);
  if (data.createNotificationSchedule === null) throw new Error(text);
  return data.createNotificationSchedule;
};
const shown = async (id: string) => {
  const { data } = await notifications.graphql<{ notificationSchedules: { nodes: Shown[] } }>(
    notifications.tokenWith('notifications:send', 'notifications:read'),
    '{ notificationSchedules { nodes { id nextAt sent cancelledAt } } }',
  );
  return data.notificationSchedules.nodes.find(each => each.id === id)!;
};

describe('a local time', () => {
  const schedule = (input: object) =>
    notifications.graphql<{ scheduleNotification: { scheduledAt: string }[] | null }>(
      notifications.token(sender),
      'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { scheduledAt } }',
      { input: { ...hello, recipient: newAddress(), ...input } },
    );

  it('is the moment at which a notification is sent, in the zone that it names', async () => {
    const year = new Date(notifications.clock.now() + 180 * day).getUTCFullYear();
    const { data } = await schedule({ localTime: `${year}-03-03T09:00`, timeZone: 'Asia/Tokyo' });
    expect(data.scheduleNotification?.[0]?.scheduledAt).toBe(`${year}-03-03T00:00:00.000Z`);
    const answer = await notifications.rest('POST', '/schedule', {
      token: notifications.token(sender),
      body: {
        channel: 'email',
        subject: 'Hi',
        content: 'Hello',
        recipient: newAddress(),
        local_time: `${year}-03-03T09:00`,
        time_zone: 'Asia/Tokyo',
      },
    });
    expect(answer).toMatchObject({ status: 202, body: { scheduled_at: `${year}-03-03T00:00:00.000Z` } });
  });

  it('needs its zone, and nothing beside it', async () => {
    expect((await schedule({})).details).toMatchObject([{ field: 'scheduledAt' }]);
    expect((await schedule({ localTime: localTime(1) })).details).toMatchObject([{ field: 'timeZone' }]);
    const both = { localTime: localTime(1), timeZone: 'UTC', scheduledAt: `${localTime(1)}Z` };
    expect((await schedule(both)).details).toMatchObject([{ field: 'scheduledAt' }]);
    expect((await schedule({ localTime: localTime(-1), timeZone: 'UTC' })).details).toMatchObject([
      { field: 'localTime' },
    ]);
  });
});

describe('a schedule', () => {
  it('sends each occurrence once, however many instances run, and ends', async () => {
    const recipient = newAddress();
    const { id, nextAt } = await created({
      notification: { ...hello, recipient },
      rule: 'FREQ=DAILY;COUNT=2',
    });
    expect(nextAt).toBe(`${localTime(1)}.000Z`);
    const other = await notifications.startAnother();
    for (let sent = 1; sent <= 2; sent++) {
      notifications.clock.advance(day);
      await eventually(async () => expect((await shown(id)).sent).toBe(sent));
      await eventually(async () => expect(await notifications.mailbox(recipient)).toHaveLength(sent));
    }
    expect(await shown(id)).toMatchObject({ nextAt: null, cancelledAt: null });
    notifications.clock.advance(day);
    await other.stop();
    expect(await notifications.mailbox(recipient)).toHaveLength(2);
  });

  it('makes up for the occurrences that were missed while nothing ran, with one', async () => {
    const recipient = newAddress();
    const { id } = await created({ notification: { ...hello, recipient } });
    await notifications.restartAfter(3.5 * day);
    await eventually(async () => expect(await notifications.mailbox(recipient)).toHaveLength(1));
    expect((await shown(id)).sent).toBe(1);
  });

  it('ends when its sender may not send any more', async () => {
    const { userId } = await notifications.register();
    const recipient = newAddress();
    const token = notifications.token({ userId, ...sender });
    const { id } = await created({ notification: { ...hello, recipient } }, token);
    await notifications.publish('access.changed', { userId, roles: [], permissions: ['notifications:read'] });
    await eventually(async () =>
      expect(await notifications.database.rows('account_access', `user_id = '${userId}'`)).toHaveLength(1),
    );
    notifications.clock.advance(day);
    await eventually(async () => expect((await shown(id)).cancelledAt).not.toBeNull());
    expect(await notifications.mailbox(recipient)).toEqual([]);
  });

  it('is ended by its sender, and by the suspension of its sender', async () => {
    const { userId } = await notifications.register();
    const token = () => notifications.token({ userId, ...sender });
    const recipient = newAddress();
    const first = await created({ notification: { ...hello, recipient } }, token());
    const cancel = 'mutation ($id: ID!) { cancelNotificationSchedule(id: $id) { nextAt cancelledAt } }';
    const stranger = await notifications.graphql(notifications.token(sender), cancel, first);
    expect(stranger.code).toBe('NOT_FOUND');
    const { data } = await notifications.graphql(token(), cancel, first);
    expect(data).toEqual({
      cancelNotificationSchedule: { nextAt: null, cancelledAt: expect.any(String) },
    });
    const second = await created({ notification: { ...hello, recipient } }, token());
    await notifications.publish(userActivationChanged, { userId, isActive: false });
    await eventually(async () =>
      expect((await notifications.database.rows('recipients', `user_id = '${userId}'`))[0]).toMatchObject({
        is_active: notifications.shape === 'embedded' ? 0 : false,
      }),
    );
    notifications.clock.advance(day);
    await eventually(async () => expect((await shown(second.id)).cancelledAt).not.toBeNull());
    expect(await notifications.mailbox(recipient)).toEqual([]);
  });

  it('names every wrong field', async () => {
    const notification = { ...hello, recipient: newAddress() };
    const fieldsOf = async (input: object) =>
      ((await create({ notification, ...input })).details as { field: string }[]).map(({ field }) => field);
    expect(await fieldsOf({ timeZone: 'Nowhere' })).toEqual(['timeZone']);
    expect(await fieldsOf({ startsAt: 'soon' })).toEqual(['startsAt']);
    expect(await fieldsOf({ rule: 'FREQ=SECONDLY' })).toEqual(['rule']);
    expect(await fieldsOf({ rule: 'FREQ=DAILY;COUNT=1', startsAt: localTime(-2) })).toEqual(['rule']);
    expect(await fieldsOf({ notification: { ...hello } })).toEqual(['recipient']);
    expect((await create({ notification }, notifications.token())).code).toBe('FORBIDDEN');
  });
});
