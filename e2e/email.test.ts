import { buffer } from 'node:stream/consumers';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { freePort } from '../platform/testing/free-port';
import { administratorToken, data, eventually, rest, send, somebody } from './client';
import { type Plinth, startPlinth } from './plinth';

/** A Plinth that sends its emails to an SMTP server. */
describe('an email over SMTP (N6)', () => {
  const mails: ParsedMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    // Without a certificate there is no STARTTLS.
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      buffer(stream)
        .then(simpleParser)
        .then(mail => {
          mails.push(mail);
          done();
        }, done);
    },
  });
  let plinth: Plinth;
  let at: string;

  beforeAll(async () => {
    const port = await freePort();
    await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
    plinth = await startPlinth({ SMTP_URL: `smtp://127.0.0.1:${port}` });
    at = plinth.urls.gateway;
  }, 90_000);
  afterAll(async () => {
    await plinth.close();
    await new Promise<void>(resolve => server.close(resolve));
  });

  const mailTo = (address: string, subject: string) =>
    eventually(() => {
      const found = mails.find(mail => mail.subject === subject && JSON.stringify(mail.to).includes(address));
      if (found === undefined) throw new Error('no mail yet');
      return found;
    });

  it('brings the link of a registration', async () => {
    const person = await somebody(at);
    const mail = await mailTo(person.email, 'Verify your email address');
    expect(mail.html).toContain('/auth/verify-email?token=');
    expect(mail.text).toContain('/auth/verify-email?token=');
    expect(mail.headers.has('list-unsubscribe')).toBe(false);
  });

  it('carries a file of its sender, and no file that the sender cannot read', async () => {
    const root = await administratorToken(at);
    const person = await somebody(at);
    const upload = async (token: string, content: string) => {
      const form = new FormData();
      form.append('file', new Blob([content], { type: 'text/plain' }), 'grüße.txt');
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${at}/files/upload`, { method: 'POST', headers, body: form });
      return ((await response.json()) as { id: string }).id;
    };
    const mutation = 'mutation ($input: SendNotificationInput!) { sendNotification(input: $input) { id } }';
    const input = { channel: 'EMAIL', userId: person.id, subject: 'Report 🎈', content: 'See the file' };
    const attachments = [await upload(root, 'Schöne Grüße')];
    await eventually(() => data(mutation, { input: { ...input, attachments } }, root, at));
    const mail = await mailTo(person.email, 'Report 🎈');
    expect(mail.attachments.map(({ filename, content }) => [filename, content.toString()])).toEqual([
      ['grüße.txt', 'Schöne Grüße'],
    ]);

    // A sender who is no administrator.
    const clerk = await somebody(at);
    const create =
      'mutation { createRole(input: { name: "sender", permissions: ["notifications:send"] }) { id } }';
    await data(create, {}, root, at);
    const assign = 'mutation ($id: ID!) { assignRoles(userId: $id, roles: ["sender"]) { id } }';
    await eventually(() => data(assign, { id: clerk.id }, root, at));
    await eventually(async () => {
      const login = await rest('POST', '/auth/login', {
        at,
        body: { username: clerk.username, password: clerk.password },
      });
      const token = String(login.body['access_token']);
      const refused = await send(mutation, { input: { ...input, attachments } }, { token, at });
      expect(refused.errors?.[0]?.extensions.details).toEqual([
        { field: 'attachments', message: 'must be ids of files that you can read' },
      ]);
    });
  });
});
