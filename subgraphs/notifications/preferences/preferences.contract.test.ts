import { eventually } from '../../../platform/testing/eventually';
import { hello, newAddress, TestNotifications } from '../testing/test-notifications';

const notifications = new TestNotifications({ PUBLIC_URL: 'https://api.example.com' });

beforeAll(() => notifications.start(), 60_000);
afterAll(() => notifications.close());

const newUser = async () => {
  const { userId } = await notifications.register();
  return { userId, token: notifications.token({ userId }) };
};
const update = (token: string, input: object) =>
  notifications.graphql<{ updatePreferences: object | null }>(
    token,
    `mutation ($input: UpdatePreferencesInput!) { updatePreferences(input: $input) {
      switches { category channel isEnabled } quietHours { from to timeZone }
    } }`,
    { input },
  );
const newsletter = { ...hello, category: 'newsletter' };
const sender = () => notifications.tokenWith('notifications:send', 'security-notifications:send');
/** Status and reason, once the worker has decided. */
const decided = async (id: string, status: string) => {
  const query = 'query ($id: ID!) { notification(id: $id) { status reason attempts { status } } }';
  return eventually(async () => {
    const { data } = await notifications.graphql<{
      notification: { status: string; reason: string | null; attempts: object[] };
    }>(notifications.tokenWith('notifications:read'), query, { id });
    expect(data.notification.status).toBe(status);
    return data.notification;
  });
};

describe('the preferences of a user', () => {
  it('decide by category and channel, the most specific switch first', async () => {
    const ada = await newUser();
    const { data } = await update(ada.token, {
      switches: [
        { channel: 'EMAIL', isEnabled: false },
        { category: 'orders', channel: 'EMAIL', isEnabled: true },
      ],
    });
    expect(data.updatePreferences).toEqual({
      switches: [
        { category: null, channel: 'EMAIL', isEnabled: false },
        { category: 'orders', channel: 'EMAIL', isEnabled: true },
      ],
      quietHours: null,
    });
    const refused = await notifications.send({ ...newsletter, userId: ada.userId });
    const wanted = await notifications.send({ ...hello, category: 'orders', userId: ada.userId });
    const inApp = await notifications.send({ channel: 'IN_APP', content: 'Hi', userId: ada.userId });
    await notifications.settled(wanted.id);
    await notifications.settled(inApp.id);
    expect(await decided(refused.id, 'CANCELLED')).toEqual({
      status: 'CANCELLED',
      reason: 'The recipient does not want this category over this channel',
      attempts: [],
    });
  });

  it('cannot switch security off, and name every wrong field', async () => {
    const ada = await newUser();
    const { code, details } = await update(ada.token, {
      switches: [
        { category: 'security', channel: 'EMAIL', isEnabled: false },
        { category: 'No Category', isEnabled: false },
        { channel: 'WEBHOOK', isEnabled: false },
      ],
      quietHours: { from: '25:00', to: '07:00', timeZone: '+01:00' },
    });
    expect(code).toBe('VALIDATION_FAILED');
    expect((details as { field: string }[]).map(({ field }) => field)).toEqual([
      'switches.0.isEnabled',
      'switches.1.category',
      'switches.2.channel',
      'quietHours.from',
      'quietHours.timeZone',
    ]);
    await update(ada.token, { switches: [{ isEnabled: false }] });
    const notice = { ...hello, category: 'security', userId: ada.userId };
    expect((await notifications.trySend(notice)).code).toBe('FORBIDDEN');
    await notifications.settled((await notifications.send(notice, sender())).id);
  });

  it('delay by quiet hours in the zone of the user, and drop nothing', async () => {
    // 23:30 in Tokyo.
    const now = new Date(notifications.clock.now());
    now.setUTCHours(14, 30, 0, 0);
    notifications.clock.advance(now.getTime() + 86_400_000 - notifications.clock.now());
    const ada = await newUser();
    await update(ada.token, { quietHours: { from: '22:00', to: '07:00', timeZone: 'Asia/Tokyo' } });
    const { id } = await notifications.send({ ...newsletter, userId: ada.userId });
    const inApp = await notifications.send({ channel: 'IN_APP', content: 'Hi', userId: ada.userId });
    const notice = await notifications.send({ ...hello, category: 'security', userId: ada.userId }, sender());
    await notifications.settled(inApp.id);
    await notifications.settled(notice.id);
    await eventually(async () => {
      const found = await decided(id, 'PENDING');
      expect(found).toMatchObject({ reason: 'The recipient has quiet hours', attempts: [] });
    });
    const [row] = await notifications.database.rows('notifications', `id = '${id}'`);
    expect(Number(row!['due_at']) - notifications.clock.now()).toBe(7.5 * 3_600_000);
    notifications.clock.advance(7.5 * 3_600_000);
    expect((await notifications.settled(id)).attempts).toHaveLength(1);
  });
});

describe('quiet hours without a zone', () => {
  it('follow the zone of the profile, also when it changes, and are in UTC without one', async () => {
    // 12:30 in UTC is 21:30 in Tokyo.
    const now = new Date(notifications.clock.now());
    now.setUTCHours(12, 30, 0, 0);
    notifications.clock.advance(now.getTime() + 86_400_000 - notifications.clock.now());
    const ada = await newUser();
    const { data } = await update(ada.token, { quietHours: { from: '21:00', to: '07:00' } });
    expect(data.updatePreferences).toMatchObject({
      quietHours: { from: '21:00', to: '07:00', timeZone: null },
    });
    await notifications.settled((await notifications.send({ ...newsletter, userId: ada.userId })).id);
    await notifications.tellContact({ userId: ada.userId, timeZone: 'Asia/Tokyo' });
    const { id } = await notifications.send({ ...newsletter, userId: ada.userId });
    await eventually(async () =>
      expect(await decided(id, 'PENDING')).toMatchObject({ reason: 'The recipient has quiet hours' }),
    );
    const [row] = await notifications.database.rows('notifications', `id = '${id}'`);
    expect(Number(row!['due_at']) - notifications.clock.now()).toBe(9.5 * 3_600_000);
    // The zone of the preferences comes first.
    await update(ada.token, { quietHours: { from: '21:00', to: '07:00', timeZone: 'UTC' } });
    await notifications.settled((await notifications.send({ ...newsletter, userId: ada.userId })).id);
  });
});

describe('the unsubscribe link of an email', () => {
  const base = 'https://api.example.com/notifications';
  /** The link, at the service instead of the gateway. */
  const linkOf = async ({ id, recipient }: { id: string; recipient: string }) => {
    const { unsubscribeUrl } = (await notifications.mailbox(recipient)).find(each => each.id === id)!;
    expect(unsubscribeUrl).toContain(`${base}/unsubscribe?token=`);
    return `${notifications.url}${unsubscribeUrl!.slice(base.length)}`;
  };
  const oneClick = (link: string) =>
    fetch(link, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });

  it('unsubscribes a user from the category without a sign-in, when it is posted and not when it is opened', async () => {
    const ada = await newUser();
    const { id } = await notifications.send({ ...newsletter, userId: ada.userId });
    const link = await linkOf(await notifications.settled(id));
    const page = await fetch(link);
    expect([page.status, page.headers.get('referrer-policy')]).toEqual([200, 'no-referrer']);
    expect(await page.text()).toContain('newsletter');
    await notifications.settled((await notifications.send({ ...newsletter, userId: ada.userId })).id);
    expect((await oneClick(link)).status).toBe(200);
    expect((await oneClick(link)).status).toBe(200);
    await decided((await notifications.send({ ...newsletter, userId: ada.userId })).id, 'CANCELLED');
    await notifications.settled((await notifications.send({ ...hello, userId: ada.userId })).id);
    // The user sees it among the preferences and takes it back there.
    const back = { category: 'newsletter', channel: 'EMAIL', isEnabled: true };
    expect((await update(ada.token, { switches: [back] })).data.updatePreferences).toMatchObject({
      switches: [back],
    });
    await notifications.settled((await notifications.send({ ...newsletter, userId: ada.userId })).id);
  });

  it('unsubscribes an address that belongs to no user', async () => {
    const recipient = newAddress();
    const { id } = await notifications.send({ ...newsletter, recipient });
    await oneClick(await linkOf(await notifications.settled(id)));
    const again = await notifications.send({ ...newsletter, recipient: recipient.toUpperCase() });
    await decided(again.id, 'CANCELLED');
    await notifications.settled((await notifications.send({ ...hello, recipient })).id);
  });

  it('is refused when it was changed', async () => {
    const { id } = await notifications.send({ ...newsletter, recipient: newAddress() });
    const link = new URL(await linkOf(await notifications.settled(id)));
    const [text = '', ...signature] = link.searchParams.get('token')!.split('.');
    const other = Buffer.from(text, 'base64url').toString().replace('newsletter', 'orders');
    link.searchParams.set('token', [Buffer.from(other).toString('base64url'), ...signature].join('.'));
    expect((await oneClick(link.href)).status).toBe(422);
    expect((await fetch(`${notifications.url}/unsubscribe?token=x`)).status).toBe(422);
  });
});
