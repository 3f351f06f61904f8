import { randomUUID } from 'node:crypto';
import { uuidv7 } from '../../../platform/ids';
import { userDataErased } from '../../../platform/personal-data';
import { eventually } from '../../../platform/testing/eventually';
import { emailVerificationRequested, signedInFromNewDevice } from '../events';
import { type Shown, Stage } from './stage';

const email = { channel: 'EMAIL', subject: 'Hi', content: 'Hello' };
const address = () => `${randomUUID()}@example.com`;

/** What holds of the notifications service on every kind of database. */
export function notificationsContract(): void {
  describe('notifications', () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.start();
    });
    afterAll(() => stage.stop());

    const mailbox = async (search: string) => {
      const query = `query ($search: String) { mailbox(search: $search) { nodes { id recipient subject content text contentType } } }`;
      const { data } = await stage.ask<{ mailbox: { nodes: Record<string, string>[] } }>(undefined, query, {
        search,
      });
      return data.mailbox.nodes;
    };
    const newUser = async (isActive = true) => {
      const user = { userId: uuidv7(Date.now()), email: address(), isActive };
      await stage.publish('user.registered', user);
      return user;
    };
    /** Sends once the event about the user has arrived. */
    const sendToUser = (userId: string) =>
      eventually(async () => {
        const { data, text } = await stage.send({ ...email, userId });
        if (data.sendNotification === null) throw new Error(text);
        return data.sendNotification[0]!;
      });

    it('answers at once and delivers afterwards, with an attempt to show for it', async () => {
      const to = address();
      const { data } = await stage.send({ ...email, recipient: to });
      expect(data.sendNotification).toHaveLength(1);
      const sent = await stage.settled(data.sendNotification[0]!.id, 'SENT');
      expect(sent).toMatchObject({ recipient: to, subject: 'Hi', content: 'Hello' });
      expect(sent.attempts).toEqual([{ provider: 'mailbox', status: 'SENT', error: null }]);
      expect(await mailbox(to)).toMatchObject([{ subject: 'Hi', text: 'Hello', contentType: 'TEXT' }]);
    });

    it('answers REST with one notification, and with a list for several recipients', async () => {
      const token = stage.may('notifications:send', 'notifications:read');
      const one = await stage.rest(token, 'POST', '/send', {
        channel: 'email',
        recipient: address(),
        subject: 'Hi',
        content: 'Hello',
      });
      expect(one).toMatchObject({ status: 202, body: { channel: 'email', template_id: null } });
      const { id } = one.body as unknown as { id: string };
      await stage.settled(id, 'SENT');
      expect((await stage.rest(token, 'GET', `/status/${id}`)).body).toMatchObject({
        id,
        status: 'sent',
        attempts: [{ provider: 'mailbox', status: 'sent', error: null }],
      });
      const several = await stage.rest(token, 'POST', '/send', {
        channel: 'sms',
        recipients: ['+4930901820', '+4930901821', '+4930901820'],
        content: 'Hello',
      });
      expect(several.status).toBe(202);
      expect((several.body as unknown as { recipient: string }[]).map(each => each.recipient)).toEqual([
        '+4930901820',
        '+4930901821',
      ]);
    });

    it('returns the first answer for the same idempotency key, and refuses another input', async () => {
      const token = stage.may('notifications:send');
      const input = { ...email, recipient: address(), idempotencyKey: randomUUID() };
      const answers = await Promise.all([1, 2, 3, 4].map(() => stage.send(input, token)));
      const ids = answers.map(({ data }) => data.sendNotification[0]!.id);
      expect(new Set(ids).size).toBe(1);
      expect((await stage.send({ ...input, content: 'Other' }, token)).code).toBe('IDEMPOTENCY_KEY_REUSED');
      const other = await stage.send({ ...input, content: 'Other' }, stage.may('notifications:send'));
      expect(other.code).toBeUndefined();
      await stage.settled(ids[0]!, 'SENT');
      expect(await mailbox(input.recipient)).toHaveLength(2);
    });

    it('names every wrong field and never repeats a value', async () => {
      const { code, details, text } = await stage.send({
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
      const lines = await stage.send({
        ...email,
        recipient: address(),
        subject: 'Hi\r\nBcc: eve@example.com',
      });
      expect(lines.details).toEqual([{ field: 'subject', message: expect.stringContaining('line breaks') }]);
    });

    it('needs the permission to send, and shows a notification to its sender, its recipient and readers', async () => {
      const user = await newUser();
      const { id } = await sendToUser(user.userId);
      expect((await stage.send(email, stage.token())).code).toBe('FORBIDDEN');
      expect((await stage.send(email, 'none')).code).toBe('TOKEN_INVALID');
      expect(await stage.notification(id, stage.token())).toBeNull();
      const own = stage.token({ userId: user.userId });
      expect(await stage.notification(id, own)).toMatchObject({ id });
      const history = (token: string) =>
        stage.ask<{ notifications: { nodes: { id: string }[] } }>(
          token,
          '{ notifications { nodes { id } } }',
        );
      expect((await history(own)).data.notifications.nodes).toEqual([{ id }]);
      expect((await history(stage.token())).data.notifications.nodes).toEqual([]);
    });

    it('lists the history a page at a time with filters', async () => {
      const to = address();
      for (let at = 0; at < 3; at++) await stage.send({ ...email, subject: `${at}`, recipient: to });
      const token = stage.may('notifications:read');
      const query = `/history?recipient=${encodeURIComponent(to)}&first=2`;
      const first = await stage.rest(token, 'GET', query);
      const { items, page_info } = first.body as unknown as {
        items: { subject: string }[];
        page_info: { end_cursor: string; has_next_page: boolean };
      };
      expect(items.map(each => each.subject)).toEqual(['2', '1']);
      expect(page_info.has_next_page).toBe(true);
      const rest = await stage.rest(token, 'GET', `${query}&after=${page_info.end_cursor}`);
      expect(rest.body).toMatchObject({ items: [{ subject: '0' }], page_info: { has_next_page: false } });
      const none = await stage.rest(token, 'GET', `${query}&channel=sms`);
      expect(none.body).toMatchObject({ items: [] });
    });

    it('sends nothing to a user who is suspended, and nothing to one who is unknown', async () => {
      const user = await newUser();
      await sendToUser(user.userId);
      await stage.publish('user.activationChanged', { userId: user.userId, isActive: false });
      await eventually(async () => {
        expect((await stage.send({ ...email, userId: user.userId })).code).toBe('VALIDATION_FAILED');
      });
      expect((await stage.send({ ...email, userId: randomUUID() })).code).toBe('VALIDATION_FAILED');
    });

    it('cancels and moves what is scheduled, and neither once it is final', async () => {
      const token = stage.may('notifications:send', 'notifications:read');
      const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
      const schedule = async () => {
        const { data } = await stage.ask<{ scheduleNotification: Shown[] }>(
          token,
          'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { id status } }',
          { input: { ...email, recipient: address(), scheduledAt } },
        );
        return data.scheduleNotification[0]!.id;
      };
      const cancel = (id: string) =>
        stage.ask(token, 'mutation ($id: ID!) { cancelNotification(id: $id) { status } }', { id });
      const move = (id: string, at: Date) =>
        stage.ask(
          token,
          'mutation ($id: ID!, $at: DateTime!) { rescheduleNotification(id: $id, scheduledAt: $at) { scheduledAt } }',
          { id, at: at.toISOString() },
        );
      const cancelled = await schedule();
      expect((await cancel(cancelled)).data).toEqual({ cancelNotification: { status: 'CANCELLED' } });
      expect((await cancel(cancelled)).code).toBe('NOTIFICATION_NOT_PENDING');
      const moved = await schedule();
      const soon = new Date(Date.now() + 300);
      expect((await move(moved, soon)).data).toEqual({
        rescheduleNotification: { scheduledAt: soon.toISOString() },
      });
      await stage.settled(moved, 'SENT');
      expect((await move(moved, soon)).code).toBe('NOTIFICATION_NOT_PENDING');
      expect((await cancel(randomUUID())).code).toBe('NOT_FOUND');
    });

    it('renders a template in the best language, escapes variables and keeps the version', async () => {
      const token = stage.may('templates:read', 'templates:write', 'notifications:send');
      const name = `welcome-${randomUUID().slice(0, 8)}`;
      const input = {
        name,
        channel: 'EMAIL',
        subjectTemplate: 'Hello {{ name }}',
        contentTemplate: '<p>Hello {{ name }}</p>',
        variables: ['name'],
        translations: [
          { locale: 'pt', subjectTemplate: 'Olá {{ name }}', contentTemplate: '<p>Olá {{ name }}</p>' },
        ],
      };
      const create = (changes: object) =>
        stage.ask<{ createTemplate: { id: string } }>(
          token,
          'mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) { id version } }',
          { input: { ...input, ...changes } },
        );
      const { data } = await create({});
      const { id } = data.createTemplate;
      expect((await create({})).code).toBe('TEMPLATE_NAME_TAKEN');
      expect((await create({ name: 'other', contentTemplate: '{{ surname }}' })).details).toEqual([
        { field: 'contentTemplate', message: 'uses variables that are not declared: surname' },
      ]);
      expect((await create({ name: 'other', contentTemplate: '{% if %}' })).details).toEqual([
        { field: 'contentTemplate', message: expect.stringContaining('cannot be rendered') },
      ]);

      const send = (variables: object) =>
        stage.send(
          { channel: 'EMAIL', recipient: address(), template: name, variables, locale: 'pt-BR' },
          token,
        );
      expect((await send({ surname: 'x' })).details).toEqual([
        { field: 'variables.name', message: 'is required by the template' },
        { field: 'variables.surname', message: 'is not declared by the template' },
      ]);
      const sent = (await send({ name: '<b>Ada</b>\r\nBcc: eve@example.com' })).data.sendNotification[0]!;
      expect(sent.subject).toBe('Olá <b>Ada</b> Bcc: eve@example.com');
      expect(sent.content).toContain('&lt;b&gt;Ada&lt;/b&gt;');

      const { variables: _variables, channel: _channel, ...texts } = input;
      const update = (version: number) =>
        stage.ask(
          token,
          'mutation ($id: ID!, $version: Int!, $input: UpdateTemplateInput!) { updateTemplate(id: $id, version: $version, input: $input) { version } }',
          {
            id,
            version,
            input: { ...texts, subjectTemplate: 'New', contentTemplate: 'New', translations: [] },
          },
        );
      expect((await update(1)).data).toEqual({ updateTemplate: { version: 2 } });
      expect((await update(1)).code).toBe('VERSION_CONFLICT');
      const query = 'query ($id: ID!) { notification(id: $id) { templateId templateVersion subject } }';
      expect((await stage.ask(token, query, { id: sent.id })).data).toEqual({
        notification: { templateId: id, templateVersion: 1, subject: sent.subject },
      });
      const preview = 'query ($id: ID!) { previewTemplate(id: $id) { subject content } }';
      expect((await stage.ask(token, preview, { id })).data).toEqual({
        previewTemplate: { subject: 'New', content: 'New' },
      });
      const remove = 'mutation ($id: ID!) { deleteTemplate(id: $id) }';
      expect((await stage.ask(token, remove, { id })).data).toEqual({ deleteTemplate: true });
      expect((await create({})).code).toBeUndefined();
    });

    it('refuses a template that would take all the time or memory, and goes on', async () => {
      const token = stage.may('templates:read', 'templates:write', 'notifications:send');
      const hostile = [
        '{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}',
        "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}{{ a }}",
        '{% if true %}'.repeat(3_000),
      ];
      for (const [at, contentTemplate] of hostile.entries()) {
        const { data, code } = await stage.ask<{ createTemplate: { id: string } | null }>(
          token,
          'mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) { id } }',
          { input: { name: `hostile-${at}`, channel: 'SMS', contentTemplate } },
        );
        const id = data.createTemplate?.id;
        const refused =
          id === undefined
            ? code
            : (await stage.ask(token, 'query ($id: ID!) { previewTemplate(id: $id) { content } }', { id }))
                .code;
        expect(refused).toBe('VALIDATION_FAILED');
      }
      expect((await stage.send({ ...email, recipient: address() })).code).toBeUndefined();
    });

    it('mails the link of an event once, shows it to nobody but the mailbox, and forgets it after delivery', async () => {
      const user = await newUser();
      const type = emailVerificationRequested;
      const event = {
        userId: user.userId,
        username: 'Ada & <co>',
        email: user.email,
        sealedToken: stage.seal(type, user.userId, 'the-token'),
        expiresAt: Date.now() + 60_000,
      };
      const eventId = uuidv7(Date.now());
      await stage.publish(type, event, eventId);
      await stage.publish(type, event, eventId);
      const [caught] = await eventually(async () => {
        const found = await mailbox(user.email);
        expect(found).toHaveLength(1);
        return found;
      });
      expect(caught!['content']).toContain('/auth/verify-email?token=the-token"');
      expect(caught!['content']).toContain('Hello Ada &amp; &lt;co&gt;,');
      const sent = await stage.settled(caught!['id']!, 'SENT');
      expect(sent).toMatchObject({ subject: null, content: null });
    });

    it('mails a notice of a new sign-in', async () => {
      const user = await newUser();
      const client = { device: 'Firefox on Linux', address: '192.0.2.7' };
      await stage.publish(signedInFromNewDevice, { ...user, username: 'ada', ...client, sessionId: 'x' });
      await eventually(async () => {
        const text = (await mailbox(user.email))[0]?.['text'];
        expect(text?.replace(/\s+/g, ' ')).toContain('(Firefox on Linux, 192.0.2.7)');
      });
    });

    it('erases the messages to a user, and lets no late event bring the address back', async () => {
      const user = await newUser();
      const { id } = await sendToUser(user.userId);
      const told: unknown[] = [];
      const follower = await stage.bus.follow([userDataErased], Date.now(), event => told.push(event.data));
      await stage.publish('user.deletionRequested', { deletionId: randomUUID(), userId: user.userId });
      await eventually(() => expect(told).toMatchObject([{ service: 'notifications', userId: user.userId }]));
      await follower.close();
      expect(await stage.notification(id)).toBeNull();
      await stage.publish('user.registered', user, uuidv7(Date.now()));
      expect((await stage.send({ ...email, userId: user.userId })).code).toBe('VALIDATION_FAILED');
      await eventually(async () => expect(await mailbox(user.email)).toEqual([]));
    });

    it('shows the mailbox as a page that runs no script and loads nothing from elsewhere', async () => {
      const to = address();
      const { data } = await stage.send({
        ...email,
        recipient: to,
        subject: '<script>alert(1)</script>',
        content: '<p>Hi</p><script>alert(1)</script><img src="https://example.com/x.png">',
        contentType: 'HTML',
      });
      const { id } = await stage.settled(data.sendNotification[0]!.id, 'SENT');
      const page = await fetch(`${stage.url}/mailbox?search=${to}`);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
      const text = await page.text();
      expect(text).toContain(`src="mailbox/${id}"`);
      expect(text).not.toContain('<script>');
      const message = await fetch(`${stage.url}/mailbox/${id}`);
      expect(message.headers.get('content-security-policy')).toMatch(/^sandbox .*default-src 'none'/);
      expect((await fetch(`${stage.url}/mailbox/${randomUUID()}`)).status).toBe(404);
    });
  });
}
