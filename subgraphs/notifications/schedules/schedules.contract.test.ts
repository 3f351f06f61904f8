import { eventually } from '../../../platform/testing/eventually';
import { sendGraphQL } from '../../../platform/testing/graphql-client';
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

  it('without a zone is that of each recipient: of the quiet hours, else of the profile, else UTC', async () => {
    const [tokyo, lima, nowhere] = [
      await notifications.register(),
      await notifications.register(),
      await notifications.register(),
    ].map(({ userId }) => userId);
    await notifications.tellContact({ userId: tokyo!, timeZone: 'Asia/Tokyo' });
    await notifications.tellContact({ userId: lima!, timeZone: 'Asia/Tokyo' });
    const preferences = await notifications.graphql(
      notifications.token({ userId: lima! }),
      'mutation ($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { quietHours { timeZone } } }',
      { input: { quietHours: { from: '22:00', to: '07:00', timeZone: 'America/Lima' } } },
    );
    expect(preferences.data).toEqual({ updatePreferences: { quietHours: { timeZone: 'America/Lima' } } });
    const recipients = [tokyo, lima, nowhere, newAddress()];
    const year = new Date(notifications.clock.now() + 180 * day).getUTCFullYear();
    const at = async (input: object) => {
      const { data } = await schedule({
        recipient: null,
        recipients,
        localTime: `${year}-03-03T09:00`,
        ...input,
      });
      return data.scheduleNotification!.map(({ scheduledAt }) => scheduledAt.slice(5, 16));
    };
    expect(await at({})).toEqual(['03-03T00:00', '03-03T14:00', '03-03T09:00', '03-03T09:00']);
    expect(await at({ timeZone: 'Asia/Tokyo' })).toEqual(Array(4).fill('03-03T00:00'));
  });

  it('needs a moment, and one only', async () => {
    expect((await schedule({})).details).toMatchObject([{ field: 'scheduledAt' }]);
    expect((await schedule({ timeZone: 'UTC' })).details).toMatchObject([{ field: 'scheduledAt' }]);
    const unknown = { localTime: localTime(1), timeZone: 'Mars/Olympus' };
    expect((await schedule(unknown)).details).toMatchObject([{ field: 'timeZone' }]);
    const both = { localTime: localTime(1), timeZone: 'UTC', scheduledAt: `${localTime(1)}Z` };
    expect((await schedule(both)).details).toMatchObject([{ field: 'scheduledAt' }]);
    expect((await schedule({ localTime: localTime(-1), timeZone: 'UTC' })).details).toMatchObject([
      { field: 'localTime' },
    ]);
  });
});

describe('a notification that is sent later', () => {
  it('is cancelled when its sender may not send any more', async () => {
    const { userId } = await notifications.register();
    const permissions = ['notifications:send', 'security-notifications:send'];
    const { id: keyId, key } = notifications.issuer.apiKey({ scopes: ['notifications:send'] });
    const schedule = async (input: object, headers: Record<string, string>) => {
      const scheduledAt = new Date(notifications.clock.now() + day).toISOString();
      const { data, text } = await sendGraphQL<{ scheduleNotification: { id: string }[] | null }>(
        notifications.url,
        {
          query:
            'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { id } }',
          variables: { input: { ...hello, recipient: newAddress(), scheduledAt, ...input } },
          headers,
        },
      );
      if (data?.scheduleNotification == null) throw new Error(text);
      return data.scheduleNotification[0]!.id;
    };
    const authorization = `Bearer ${notifications.token({ userId, permissions })}`;
    const other = `Bearer ${notifications.token(sender)}`;
    const [plain, security] = [
      await schedule({}, { authorization }),
      await schedule({ category: 'security' }, { authorization }),
    ];
    const [ofKey, ofOther] = [
      await schedule({}, { 'x-api-key': key }),
      await schedule({}, { authorization: other }),
    ];
    await notifications.publish('access.changed', { userId, roles: [], permissions: ['notifications:send'] });
    await notifications.publish('apiKey.revoked', { keyId });
    await eventually(async () => {
      const revoked = await notifications.database.rows('delegating_keys', `key_id = '${keyId}'`);
      expect(Boolean(revoked[0]!['is_revoked'])).toBe(true);
      expect(await notifications.database.rows('account_access', `user_id = '${userId}'`)).toHaveLength(1);
    });
    notifications.clock.advance(day);
    const statusOf = async (id: string) => {
      const [row] = await notifications.database.rows('notifications', `id = '${id}'`);
      return [row!['status'], row!['reason']];
    };
    const cancelled = ['cancelled', 'The sender may not send any more'];
    for (const id of [security, ofKey])
      await eventually(async () => expect(await statusOf(id)).toEqual(cancelled));
    for (const id of [plain, ofOther])
      await eventually(async () => expect(await statusOf(id)).toEqual(['sent', null]));
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

  it('of an API key ends when the key ends, and when its creator may not send any more', async () => {
    const { userId } = await notifications.register();
    const recipient = newAddress();
    const expiresAt = notifications.clock.now() + day / 2;
    const scopes = ['notifications:send'];
    const keys = [{}, { createdBy: userId }, { expiresAt }, {}].map(facts =>
      notifications.issuer.apiKey({ scopes, ...facts }),
    );
    const ids: string[] = [];
    for (const { key } of keys) {
      const { data, text } = await sendGraphQL<{ createNotificationSchedule: Shown | null }>(
        notifications.url,
        {
          query:
            'mutation ($input: CreateNotificationScheduleInput!) { createNotificationSchedule(input: $input) { id } }',
          variables: {
            input: {
              notification: { ...hello, recipient },
              startsAt: localTime(1),
              timeZone: 'UTC',
              rule: 'FREQ=DAILY',
            },
          },
          headers: { 'x-api-key': key },
        },
      );
      if (data?.createNotificationSchedule == null) throw new Error(text);
      ids.push(data.createNotificationSchedule.id);
    }
    await notifications.publish('apiKey.revoked', { keyId: keys[0]!.id });
    await notifications.publish('access.changed', { userId, roles: [], permissions: [] });
    await eventually(async () => {
      const revoked = await notifications.database.rows('delegating_keys', `key_id = '${keys[0]!.id}'`);
      expect(Boolean(revoked[0]!['is_revoked'])).toBe(true);
      expect(await notifications.database.rows('account_access', `user_id = '${userId}'`)).toHaveLength(1);
    });
    notifications.clock.advance(day);
    for (const id of ids.slice(0, 3))
      await eventually(async () => expect((await shown(id)).cancelledAt).not.toBeNull());
    await eventually(async () => expect(await notifications.mailbox(recipient)).toHaveLength(1));
    expect(await shown(ids[3]!)).toMatchObject({ sent: 1, cancelledAt: null });
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

  it('without a zone is in that of its user, and needs one for several', async () => {
    const { userId } = await notifications.register();
    await notifications.tellContact({ userId, timeZone: 'Asia/Tokyo' });
    const startsAt = localTime(2);
    const nextFor = async (notification: object) =>
      (await created({ notification: { ...hello, ...notification }, startsAt, timeZone: null })).nextAt;
    expect(await nextFor({ recipient: newAddress() })).toBe(`${startsAt}.000Z`);
    expect(Date.parse((await nextFor({ userId }))!)).toBe(Date.parse(`${startsAt}Z`) - 9 * 3_600_000);
    const several = { ...hello, recipients: [userId, newAddress()] };
    expect((await create({ notification: several, startsAt, timeZone: null })).details).toEqual([
      { field: 'timeZone', message: 'is needed for more than one recipient' },
    ]);
  });

  it('names every wrong field', async () => {
    const notification = { ...hello, recipient: newAddress() };
    const fieldsOf = async (input: object) =>
      ((await create({ notification, ...input })).details as { field: string }[]).map(({ field }) => field);
    expect(await fieldsOf({ timeZone: 'Nowhere' })).toEqual(['timeZone']);
    expect(await fieldsOf({ startsAt: 'soon' })).toEqual(['startsAt']);
    // The clock skips it: every occurrence would be an hour late.
    const march31 = new Date(Date.UTC(new Date(notifications.clock.now()).getUTCFullYear() + 1, 2, 31));
    const lastSunday = new Date(march31.getTime() - march31.getUTCDay() * day).toISOString().slice(0, 10);
    expect(await fieldsOf({ startsAt: `${lastSunday}T02:30`, timeZone: 'Europe/Berlin' })).toEqual([
      'startsAt',
    ]);
    expect(await fieldsOf({ rule: 'FREQ=SECONDLY' })).toEqual(['rule']);
    expect(await fieldsOf({ rule: 'FREQ=DAILY;COUNT=1', startsAt: localTime(-2) })).toEqual(['rule']);
    expect(await fieldsOf({ notification: { ...hello } })).toEqual(['recipient']);
    expect((await create({ notification }, notifications.token())).code).toBe('FORBIDDEN');
  });
});
