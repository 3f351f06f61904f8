import { randomBytes, randomUUID } from 'node:crypto';
import { hello, newAddress, type Shown, TestNotifications } from '../testing/test-notifications';

const notifications = new TestNotifications();

beforeAll(() => notifications.start(), 60_000);
afterAll(() => notifications.close());

describe('sending a notification', () => {
  it('answers at once and delivers afterwards, with an attempt to show for it', async () => {
    const to = newAddress();
    const { data } = await notifications.trySend({ ...hello, recipient: to });
    expect(data.sendNotification).toHaveLength(1);
    const sent = await notifications.settled(data.sendNotification![0]!.id);
    expect(sent).toMatchObject({ recipient: to, subject: 'Hi', content: 'Hello' });
    expect(sent.attempts).toEqual([{ provider: 'mailbox', status: 'SENT', error: null }]);
    expect(await notifications.mailbox(to)).toMatchObject([
      { subject: 'Hi', text: 'Hello', contentType: 'TEXT' },
    ]);
  });

  it('answers REST with one notification, and with a list for several recipients', async () => {
    const token = notifications.tokenWith('notifications:send', 'notifications:read');
    const one = await notifications.rest('POST', '/send', {
      token,
      body: {
        channel: 'email',
        recipient: newAddress(),
        subject: 'Hi',
        content: 'Hello',
      },
    });
    expect(one).toMatchObject({ status: 202, body: { channel: 'email', template_id: null } });
    const { id } = one.body as unknown as { id: string };
    await notifications.settled(id);
    expect((await notifications.rest('GET', `/status/${id}`, { token })).body).toMatchObject({
      id,
      status: 'sent',
      attempts: [{ provider: 'mailbox', status: 'sent', error: null }],
    });
    const several = await notifications.rest('POST', '/send', {
      token,
      body: {
        channel: 'sms',
        recipients: ['+4930901820', '+4930901821', '+4930901820'],
        content: 'Hello',
      },
    });
    expect(several.status).toBe(202);
    expect((several.body as unknown as { recipient: string }[]).map(each => each.recipient)).toEqual([
      '+4930901820',
      '+4930901821',
    ]);
  });

  it('returns the first answer for the same idempotency key, and refuses another input', async () => {
    const token = notifications.tokenWith('notifications:send');
    const input = { ...hello, recipient: newAddress(), idempotencyKey: randomUUID() };
    const answers = await Promise.all([1, 2, 3, 4].map(() => notifications.send(input, token)));
    const ids = answers.map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
    const other = { ...input, content: 'Other' };
    const refused = await notifications.trySend(other, token);
    expect([refused.status, refused.code]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
    // Another caller has keys of its own.
    const unrelated = await notifications.send(other, notifications.tokenWith('notifications:send'));
    await notifications.settled(ids[0]!);
    await notifications.settled(unrelated.id);
    expect(await notifications.mailbox(input.recipient)).toHaveLength(2);
  });

  it('keeps an idempotency key for 24 hours, also over a restart', async () => {
    const sender = { userId: randomUUID(), permissions: ['notifications:send'] };
    const input = { ...hello, recipient: newAddress(), idempotencyKey: randomUUID() };
    const send = async () => (await notifications.send(input, notifications.token(sender))).id;
    const first = await send();
    await notifications.restartAfter(24 * 3_600_000 - 1_000);
    expect(await send()).toBe(first);
    notifications.clock.advance(2_000);
    expect(await send()).not.toBe(first);
  });

  it('names every wrong field and never repeats a value', async () => {
    const { code, details, text } = await notifications.trySend({
      channel: 'EMAIL',
      recipient: 'secret-not-an-address',
      userId: 'x',
      content: 'Hello',
      idempotencyKey: 'with space',
    });
    expect(code).toBe('VALIDATION_FAILED');
    expect((details as { field: string }[]).map(each => each.field)).toEqual([
      'recipient',
      'recipient',
      'userId',
      'idempotencyKey',
    ]);
    expect(text).not.toContain('secret-not');
    const lines = await notifications.trySend({
      ...hello,
      recipient: newAddress(),
      subject: 'Hi\r\nBcc: eve@example.com',
    });
    expect(lines.details).toEqual([{ field: 'subject', message: expect.stringContaining('line breaks') }]);
  });

  it('needs the permission to send, and shows a notification to its sender, its recipient and readers', async () => {
    const user = await notifications.register();
    const { id } = await notifications.send({ ...hello, userId: user.userId });
    expect((await notifications.trySend(hello, notifications.token())).code).toBe('FORBIDDEN');
    expect((await notifications.trySend(hello, 'none')).code).toBe('TOKEN_INVALID');
    expect(await notifications.notification(id, notifications.token())).toBeNull();
    const own = notifications.token({ userId: user.userId });
    expect(await notifications.notification(id, own)).toMatchObject({ id });
    const history = (token: string) =>
      notifications.graphql<{ notifications: { nodes: { id: string }[] } }>(
        token,
        '{ notifications { nodes { id } } }',
      );
    expect((await history(own)).data.notifications.nodes).toEqual([{ id }]);
    expect((await history(notifications.token())).data.notifications.nodes).toEqual([]);
  });

  it('lists the history a page at a time with filters', async () => {
    const to = newAddress();
    for (let at = 0; at < 3; at++) {
      // Notifications of one millisecond have no order.
      notifications.clock.advance(1);
      await notifications.send({ ...hello, subject: `${at}`, recipient: to });
    }
    const token = notifications.tokenWith('notifications:read');
    const query = `/history?recipient=${encodeURIComponent(to)}&first=2`;
    const first = await notifications.rest('GET', query, { token });
    const { items, page_info } = first.body as unknown as {
      items: { subject: string }[];
      page_info: { end_cursor: string; has_next_page: boolean };
    };
    expect(items.map(each => each.subject)).toEqual(['2', '1']);
    expect(page_info.has_next_page).toBe(true);
    const rest = await notifications.rest('GET', `${query}&after=${page_info.end_cursor}`, { token });
    expect(rest.body).toMatchObject({ items: [{ subject: '0' }], page_info: { has_next_page: false } });
    const none = await notifications.rest('GET', `${query}&channel=sms`, { token });
    expect(none.body).toMatchObject({ items: [] });
  });

  it('cancels and moves what is scheduled, and neither once it is final', async () => {
    const token = notifications.tokenWith('notifications:send', 'notifications:read');
    const scheduledAt = new Date(notifications.clock.now() + 3_600_000).toISOString();
    const schedule = async () => {
      const { data } = await notifications.graphql<{ scheduleNotification: Shown[] }>(
        token,
        'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { id status } }',
        { input: { ...hello, recipient: newAddress(), scheduledAt } },
      );
      return data.scheduleNotification[0]!.id;
    };
    const cancel = (id: string) =>
      notifications.graphql(token, 'mutation ($id: ID!) { cancelNotification(id: $id) { status } }', { id });
    const move = (id: string, at: Date) =>
      notifications.graphql(
        token,
        'mutation ($id: ID!, $at: DateTime!) { rescheduleNotification(id: $id, scheduledAt: $at) { scheduledAt } }',
        { id, at: at.toISOString() },
      );
    const cancelled = await schedule();
    expect((await cancel(cancelled)).data).toEqual({ cancelNotification: { status: 'CANCELLED' } });
    expect((await cancel(cancelled)).code).toBe('NOTIFICATION_NOT_PENDING');
    const moved = await schedule();
    const soon = new Date(notifications.clock.now() + 60_000);
    expect((await move(moved, soon)).data).toEqual({
      rescheduleNotification: { scheduledAt: soon.toISOString() },
    });
    notifications.clock.advance(60_000);
    await notifications.settled(moved);
    expect((await move(moved, soon)).code).toBe('NOTIFICATION_NOT_PENDING');
    expect((await cancel(randomUUID())).code).toBe('NOT_FOUND');
  });

  it('shows what one request caused to the sender, to the recipient and to readers', async () => {
    const traceId = randomBytes(16).toString('hex');
    const headers = { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` };
    const user = await notifications.register();
    const sender = notifications.tokenWith('notifications:send');
    const body = { channel: 'email', subject: 'Hi', content: 'Hello' };
    const sent = await notifications.rest('POST', '/send', {
      token: sender,
      headers,
      body: { ...body, recipients: [newAddress(), newAddress()] },
    });
    expect(sent.status).toBe(202);
    const ids = (sent.body as unknown as { id: string }[]).map(({ id }) => id);
    const one = await notifications.rest('POST', '/send', {
      token: sender,
      headers,
      body: { ...body, user_id: user.userId },
    });
    ids.push((one.body as unknown as { id: string }).id);
    await notifications.send({ ...hello, userId: user.userId }, sender);
    const query =
      'query ($r: [_Any!]!, $first: Int) { _entities(representations: $r) { ... on Trace { notifications(first: $first) { nodes { id } pageInfo { hasNextPage } } } } }';
    type Shown = { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean } };
    const page = async (token: string | undefined, first = 20, id = traceId) => {
      const variables = { r: [{ __typename: 'Trace', id }], first };
      const { data } = await notifications.graphql<{ _entities: { notifications: Shown | null }[] }>(
        token,
        query,
        variables,
      );
      return data._entities[0]!.notifications;
    };
    const idsOf = async (token: string) => (await page(token))!.nodes.map(({ id }) => id).sort();
    expect(await idsOf(sender)).toEqual([...ids].sort());
    expect(await idsOf(notifications.tokenWith('notifications:read'))).toEqual([...ids].sort());
    expect(await idsOf(notifications.token({ userId: user.userId }))).toEqual([ids[2]]);
    expect(await idsOf(notifications.token())).toEqual([]);
    expect(await page(undefined)).toBeNull();
    expect((await page(sender, 1))!.pageInfo.hasNextPage).toBe(true);
    expect((await page(sender, 20, randomBytes(16).toString('hex')))!.nodes).toEqual([]);
  });
});
