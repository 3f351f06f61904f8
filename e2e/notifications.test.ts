import { randomUUID } from 'node:crypto';
import { administratorToken, data, eventually, failure, type Person, rest, somebody, urls } from './client';

interface Mailbox {
  mailbox: { nodes: { id: string; subject: string; content: string }[] };
}

const mailQuery = 'query ($search: String) { mailbox(search: $search) { nodes { id subject content } } }';

/** The mail with that subject, as soon as it is in the dev mailbox. */
function mailWith({ email }: { email: string }, subject: string): Promise<{ id: string; content: string }> {
  return eventually(async () => {
    const { mailbox } = await data<Mailbox, object>(mailQuery, { search: email });
    const found = mailbox.nodes.find(each => each.subject === subject);
    if (found === undefined) throw new Error('no mail yet');
    return found;
  });
}

async function mailTo(person: Person, subject: string): Promise<{ id: string; link: URL }> {
  const { id, content } = await mailWith(person, subject);
  return { id, link: new URL(/href="([^"]+)"/.exec(content)![1]!.replaceAll('&amp;', '&')) };
}

/** Sends the form of a page, as a browser without scripts does. */
function submit(page: URL, fields: Record<string, string>): Promise<Response> {
  return fetch(new URL(page.pathname, page), { method: 'POST', body: new URLSearchParams(fields) });
}

describe('the mails about accounts (A11, N6, N11)', () => {
  it('lead to a page that verifies the address, once, and only when its form is sent', async () => {
    const person = await somebody();
    const { id, link } = await mailTo(person, 'Verify your email address');
    expect(link.origin.replace('localhost', '127.0.0.1')).toBe(urls.gateway);
    const page = await fetch(link);
    const html = await page.text();
    expect([page.status, page.headers.get('referrer-policy')]).toEqual([200, 'no-referrer']);
    expect(html).not.toContain('<script');
    const token = /name="token" value="([^"]+)"/.exec(html)![1]!;
    expect(token).toBe(link.searchParams.get('token'));
    const answer = await submit(link, { token });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('is verified')]);
    const again = await submit(link, { token });
    expect([again.status, await again.text()]).toEqual([422, expect.stringContaining('role="alert"')]);

    const mailbox = await fetch(`${urls.gateway}/notifications/mailbox?search=${person.email}`);
    expect(mailbox.status).toBe(200);
    expect(mailbox.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await mailbox.text()).toContain(`src="mailbox/${id}"`);
    const frame = await fetch(`${urls.gateway}/notifications/mailbox/${id}`);
    expect(frame.headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(frame.headers.get('content-security-policy')).toMatch(/^sandbox /);
  });

  it('let somebody who forgot the password choose another: the old one and its sessions are no longer good', async () => {
    const person = await somebody();
    await data('mutation ($email: String!) { requestPasswordReset(email: $email) }', { email: person.email });
    const { link } = await mailTo(person, 'Reset your password');
    const token = link.searchParams.get('token')!;
    const weak = await submit(link, { token, password: 'short' });
    const reasons = await weak.text();
    expect([weak.status, reasons]).toEqual([422, expect.stringContaining('The password ')]);
    expect(reasons).not.toContain('short"');
    const password = 'an entirely different secret';
    expect((await submit(link, { token, password })).status).toBe(200);
    const logIn = (secret: string) =>
      rest('POST', '/auth/login', { body: { username: person.username, password: secret } });
    expect((await logIn(password)).status).toBe(200);
    expect((await logIn(person.password)).status).toBe(401);
    await eventually(async () => {
      expect((await rest('GET', '/auth/me', { token: person.accessToken })).status).toBe(401);
    });
  });
});

describe('what is said about the end of an account', () => {
  const subjectsTo = async ({ email }: Person) => {
    const { mailbox } = await data<Mailbox, object>(mailQuery, { search: email });
    return mailbox.nodes.map(({ subject }) => subject);
  };

  it('is one mail when somebody suspends it, one when it is back, and one when it is deleted', async () => {
    const person = await somebody();
    const root = await administratorToken();
    const change = (name: string) =>
      data(`mutation ($id: ID!) { ${name}(id: $id) { id } }`, { id: person.id }, root);
    await change('deactivateUser');
    await eventually(async () => expect(await subjectsTo(person)).toContain('Your account was suspended'));
    await change('reactivateUser');
    await eventually(async () => expect(await subjectsTo(person)).toContain('Your account was reactivated'));
    // The rest of what the mailbox caught for the user goes with the account.
    await change('deleteUser');
    await eventually(async () => expect(await subjectsTo(person)).toEqual(['Your account was deleted']));
  });
});

describe('an SMS by the id of a user (N1)', () => {
  it('goes to the phone number of the profile', async () => {
    const person = await somebody();
    const root = await administratorToken();
    const phone = '+4930901820';
    await eventually(() =>
      data(
        'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }',
        { id: person.id, input: { phone } },
        person.accessToken,
      ),
    );
    const { id } = await sendTo(person, { channel: 'SMS', content: 'Hello' }, root);
    const query = 'query ($id: ID!) { notification(id: $id) { recipient } }';
    expect(await data(query, { id }, person.accessToken)).toEqual({ notification: { recipient: phone } });
  });
});

const sendMutation = 'mutation ($input: SendNotificationInput!) { sendNotification(input: $input) { id } }';

/** Sends to a user, as soon as the service knows them. */
function sendTo(person: Person, input: object, token: string): Promise<{ id: string }> {
  return eventually(async () => {
    const { sendNotification } = await data<{ sendNotification: { id: string }[] }, object>(
      sendMutation,
      { input: { ...input, userId: person.id } },
      token,
    );
    return sendNotification[0]!;
  });
}

describe('the language and the time zone of a profile (N2, N3)', () => {
  const updateUser =
    'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { profile { locale timeZone } } }';
  const readMoment = 'query ($id: ID!) { notification(id: $id) { scheduledAt } }';

  it('are those of the messages to the user', async () => {
    const [person, root] = [await somebody(), await administratorToken()];
    const input = { locale: 'ES', timeZone: 'America/Lima' };
    const changed = await eventually(() => data(updateUser, { id: person.id, input }, person.accessToken));
    expect(changed).toEqual({
      updateUser: { profile: { locale: 'es', timeZone: 'America/Lima' } },
    });
    const template = `welcome-${person.username}`;
    await data(
      'mutation ($input: CreateTemplateInput!) { createTemplate(input: $input) { id } }',
      {
        input: {
          name: template,
          channel: 'EMAIL',
          subjectTemplate: 'Welcome',
          contentTemplate: '<p>Hello</p>',
          translations: [
            { locale: 'es', subjectTemplate: 'Te damos la bienvenida', contentTemplate: '<p>Hola</p>' },
          ],
        },
      },
      root,
    );
    await sendTo(person, { channel: 'EMAIL', template }, root);
    await mailWith(person, 'Te damos la bienvenida');
    await data('mutation ($email: String!) { requestPasswordReset(email: $email) }', { email: person.email });
    await mailWith(person, 'Restablece tu contraseña');

    const localTime = `${new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)}T09:00`;
    const { scheduleNotification } = await data<{ scheduleNotification: { id: string }[] }, object>(
      'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { id } }',
      { input: { channel: 'EMAIL', template, userId: person.id, localTime } },
      root,
    );
    expect(await data(readMoment, { id: scheduleNotification[0]!.id }, root)).toEqual({
      notification: { scheduledAt: `${localTime.slice(0, 11)}14:00:00.000Z` },
    });
  });
});

it('an invitation is in the language that the new profile gets (U2)', async () => {
  const username = `invited-${randomUUID().slice(0, 8)}`;
  const input = { username, email: `${username}@example.com`, locale: 'es-MX' };
  const root = await administratorToken();
  await data('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', { input }, root);
  await mailWith(input, 'Tienes una invitación');
});

describe('the notifications of a user (N7, N10)', () => {
  it('are read in the inbox, whose items lead to the rest of the graph', async () => {
    const person = await somebody();
    const root = await administratorToken();
    const { id } = await sendTo(person, { channel: 'IN_APP', subject: 'News', content: 'Hello' }, root);
    const query =
      '{ unreadNotificationCount inbox { nodes { id subject readAt user { username profile { firstName } } } } }';
    await eventually(async () => {
      expect(await data(query, {}, person.accessToken)).toEqual({
        unreadNotificationCount: 1,
        inbox: {
          nodes: [
            {
              id,
              subject: 'News',
              readAt: null,
              user: { username: person.username, profile: { firstName: null } },
            },
          ],
        },
      });
    });
    const read = 'mutation ($id: ID!) { markNotificationRead(id: $id) { readAt } }';
    await data(read, { id }, person.accessToken);
    expect(await data('{ unreadNotificationCount }', {}, person.accessToken)).toEqual({
      unreadNotificationCount: 0,
    });
  });

  it('end with one click on the link of the email, without a sign-in', async () => {
    const person = await somebody();
    const root = await administratorToken();
    const newsletter = { channel: 'EMAIL', category: 'newsletter', subject: 'News', content: 'Hello' };
    const { id } = await sendTo(person, newsletter, root);
    const link = await eventually(async () => {
      const { mailbox } = await data<
        { mailbox: { nodes: { id: string; unsubscribeUrl: string }[] } },
        object
      >('query ($search: String) { mailbox(search: $search) { nodes { id unsubscribeUrl } } }', {
        search: person.email,
      });
      return mailbox.nodes.find(each => each.id === id)!.unsubscribeUrl;
    });
    const answer = await fetch(link, {
      method: 'POST',
      body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
    });
    expect(answer.status).toBe(200);
    const again = await sendTo(person, newsletter, root);
    await eventually(async () => {
      const query = 'query ($id: ID!) { notification(id: $id) { status reason } }';
      expect(await data(query, { id: again.id }, person.accessToken)).toMatchObject({
        notification: { status: 'CANCELLED', reason: expect.stringContaining('does not want') },
      });
    });
    const preferences = '{ notificationPreferences { switches { category channel isEnabled } } }';
    expect(await data(preferences, {}, person.accessToken)).toEqual({
      notificationPreferences: {
        switches: [{ category: 'newsletter', channel: 'EMAIL', isEnabled: false }],
      },
    });
  });

  it('never go to a webhook at a private address', async () => {
    const root = await administratorToken();
    const create = 'mutation ($url: String!) { createWebhookEndpoint(url: $url) { secret } }';
    expect(await failure(create, { url: `${urls.gateway}/graphql` }, root)).toBe('VALIDATION_FAILED');
    expect(await failure(create, { url: 'https://[::ffff:127.0.0.1]/' }, root)).toBe('VALIDATION_FAILED');
  });
});
