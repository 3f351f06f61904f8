import { LiveClient } from '../platform/testing/live-client';
import { administratorToken, data, eventually, rest, somebody, urls } from './client';

const opened: LiveClient[] = [];

afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
});

const connect = (token: string): LiveClient => {
  const client = new LiveClient(urls.gateway!, { authorization: `Bearer ${token}` });
  opened.push(client);
  return client;
};

describe('live updates through the gateway', () => {
  it('show a user what arrives in the inbox, and its sender the status of the delivery (N9)', async () => {
    const [ada, root] = [await somebody(), await administratorToken()];
    const inbox = connect(ada.accessToken).subscribe<{ notificationReceived: { content: string } | null }>(
      'subscription { notificationReceived { content } }',
      {},
    );
    await eventually(() => expect(inbox.results).toEqual([{ data: { notificationReceived: null } }]));
    const { sendNotification } = await eventually(() =>
      data<{ sendNotification: { id: string }[] }, object>(
        'mutation ($input: SendNotificationInput!) { sendNotification(input: $input) { id } }',
        { input: { channel: 'IN_APP', userId: ada.id, content: 'Your order is on its way' } },
        root,
      ),
    );
    await eventually(() =>
      expect(inbox.results.at(-1)?.data?.notificationReceived?.content).toBe('Your order is on its way'),
    );
    const status = connect(root).subscribe<{ deliveryStatusChanged: { status: string } }>(
      'subscription ($id: ID!) { deliveryStatusChanged(id: $id) { status } }',
      { id: sendNotification[0]!.id },
    );
    await eventually(() =>
      expect(['SENT', 'DELIVERED']).toContain(status.results.at(-1)?.data?.deliveryStatusChanged.status),
    );
  });

  it('show an operator new log entries of a filter, and refuse others (M7)', async () => {
    const [ada, root] = [await somebody(), await administratorToken()];
    const service = `shop-${Date.now().toString(36)}`;
    const watch = 'subscription ($filter: LogFilter) { logAdded(filter: $filter) { entries { message } } }';
    const tail = connect(root).subscribe<{ logAdded: { entries: { message: string }[] } | null }>(watch, {
      filter: { service },
    });
    const messages = () =>
      tail.results.flatMap(({ data: shown }) => shown?.logAdded?.entries ?? []).map(({ message }) => message);
    // An entry from before the subscription is not an event: entries are sent until one arrives.
    await eventually(async () => {
      await rest('POST', '/metrics/logs', { token: root, body: { service, level: 'info', message: 'paid' } });
      await rest('POST', '/metrics/logs', {
        token: root,
        body: { service: 'other', level: 'info', message: 'no' },
      });
      expect(messages()).toContain('paid');
    }, 20_000);
    expect(messages()).not.toContain('no');
    const refused = connect(ada.accessToken).subscribe(watch, {});
    await eventually(() => expect(refused.isOver).toBe(true));
    expect(refused.code).toBe('FORBIDDEN');
  });
});
