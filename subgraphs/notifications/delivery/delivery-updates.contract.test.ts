import { eventually } from '../../../platform/testing/eventually';
import { LiveClient } from '../../../platform/testing/live-client';
import { hello, newAddress, TestNotifications } from '../testing/test-notifications';

const notifications = new TestNotifications();
const clients: LiveClient[] = [];

beforeAll(() => notifications.start(), 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});
afterAll(() => notifications.close());

const connect = (token?: string) => {
  const params = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const client = new LiveClient(notifications.url, params);
  clients.push(client);
  return client;
};
const statusOf =
  'subscription ($id: ID!) { deliveryStatusChanged(id: $id) { status attempts { provider } } }';
interface Changed {
  deliveryStatusChanged: { status: string; attempts: { provider: string }[] } | null;
}
const received = 'subscription { notificationReceived { id content } }';
interface Received {
  notificationReceived: { id: string; content: string } | null;
}

describe('deliveryStatusChanged', () => {
  it('sends the notification as it is, and again when it was delivered', async () => {
    const token = notifications.tokenWith('notifications:send', 'notifications:read');
    const scheduledAt = new Date(notifications.clock.now() + 60_000).toISOString();
    const { data } = await notifications.graphql<{ scheduleNotification: { id: string }[] }>(
      token,
      'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { id } }',
      { input: { ...hello, recipient: newAddress(), scheduledAt } },
    );
    const [{ id } = { id: '' }] = data.scheduleNotification;
    const watched = connect(token).subscribe<Changed>(statusOf, { id });
    await eventually(() =>
      expect(watched.results[0]?.data).toEqual({
        deliveryStatusChanged: { status: 'PENDING', attempts: [] },
      }),
    );
    notifications.clock.advance(60_000);
    await eventually(() =>
      expect(watched.results.at(-1)?.data).toEqual({
        deliveryStatusChanged: { status: 'SENT', attempts: [{ provider: 'mailbox' }] },
      }),
    );
  });

  it('is null for callers who cannot read the notification', async () => {
    const { id } = await notifications.send({ ...hello, recipient: newAddress() });
    const watched = connect(notifications.token()).subscribe<Changed>(statusOf, { id });
    await eventually(() => expect(watched.results[0]?.data).toEqual({ deliveryStatusChanged: null }));
  });
});

describe('notificationReceived', () => {
  it('sends the newest notification in the inbox, and then each that arrives', async () => {
    const { userId } = await notifications.register();
    const { userId: other } = await notifications.register();
    const send = (content: string, to = userId) =>
      notifications.send({ channel: 'IN_APP', userId: to, content });
    const watched = connect(notifications.token({ userId })).subscribe<Received>(received);
    const contents = () => watched.results.map(({ data }) => data?.notificationReceived?.content);
    await eventually(() => expect(contents()).toEqual([undefined]));
    await notifications.settled((await send('not mine', other)).id);
    await send('one');
    await eventually(() => expect(contents()).toEqual([undefined, 'one']));
    await send('two');
    await eventually(() => expect(contents()).toEqual([undefined, 'one', 'two']));
    const later = connect(notifications.token({ userId })).subscribe<Received>(received);
    await eventually(() => expect(later.results).toHaveLength(1));
  });

  it('needs a signed-in user', async () => {
    const watched = connect().subscribe<Received>(received);
    await eventually(() => expect(watched.results[0]?.errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED'));
  });
});
