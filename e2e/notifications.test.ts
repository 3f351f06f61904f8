import { data, eventually, somebody, urls } from './client';

interface Mailbox {
  mailbox: { nodes: { id: string; subject: string; content: string }[] };
}

describe('the mails about accounts (A11, N6, N11)', () => {
  it('mails a link to whoever registers, whose token verifies the address', async () => {
    const person = await somebody();
    const query = 'query ($search: String) { mailbox(search: $search) { nodes { id subject content } } }';
    const message = await eventually(async () => {
      const { mailbox } = await data<Mailbox, object>(query, { search: person.email });
      const found = mailbox.nodes.find(each => each.subject === 'Verify your email address');
      if (found === undefined) throw new Error('no mail yet');
      return found;
    });
    const token = decodeURIComponent(/token=([^"]+)"/.exec(message.content)?.[1] ?? '');
    await data('mutation ($token: String!) { verifyEmail(token: $token) }', { token });

    const page = await fetch(`${urls.gateway}/notifications/mailbox?search=${person.email}`);
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain(message.id);
  });
});
