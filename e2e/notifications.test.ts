import { data, eventually, type Person, rest, somebody, urls } from './client';

interface Mailbox {
  mailbox: { nodes: { id: string; subject: string; content: string }[] };
}

const mailQuery = 'query ($search: String) { mailbox(search: $search) { nodes { id subject content } } }';

/** The mail with that subject, as soon as it is in the dev mailbox. */
function mailTo({ email }: Person, subject: string): Promise<{ id: string; link: URL }> {
  return eventually(async () => {
    const { mailbox } = await data<Mailbox, object>(mailQuery, { search: email });
    const found = mailbox.nodes.find(each => each.subject === subject);
    if (found === undefined) throw new Error('no mail yet');
    return {
      id: found.id,
      link: new URL(/href="([^"]+)"/.exec(found.content)![1]!.replaceAll('&amp;', '&')),
    };
  });
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
    expect(await mailbox.text()).toContain(id);
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
