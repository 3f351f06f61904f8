import { SmtpSink } from '../testing/smtp-sink';
import { hello, newAddress, TestNotifications } from '../testing/test-notifications';

let sink: SmtpSink;
let notifications: TestNotifications;

beforeAll(async () => {
  sink = await SmtpSink.start({ password: 'secret' });
  notifications = new TestNotifications({
    // The certificate of the sink is self-signed.
    SMTP_URL: `smtp://plinth:secret@127.0.0.1:${sink.port}?tls.rejectUnauthorized=false`,
    MAIL_FROM: 'Plinth <no-reply@mail.example.com>',
    DELIVERY_ATTEMPTS: '3',
    DELIVERY_FIRST_PAUSE: '20',
  });
  await notifications.start();
}, 60_000);
afterAll(async () => {
  await notifications.close();
  await sink.stop();
});

const send = async (changes: object = {}) => {
  const recipient = newAddress();
  const { id } = await notifications.send({ ...hello, recipient, ...changes });
  return { recipient, id };
};
/** Waits for the attempt, and lets the pause after it pass. */
const afterAttempt = async (id: string, attempts: number) => {
  await notifications.attempted(id, attempts);
  notifications.clock.advance(1_000);
};

describe('email over SMTP', () => {
  it('signs in over STARTTLS and sends HTML with a text part, umlauts and emoji', async () => {
    const { recipient, id } = await send({
      subject: 'Grüße 🎈 für Zoë',
      content: '<p>Schöne <b>Grüße</b> 🎈</p>',
      contentType: 'HTML',
    });
    await notifications.settled(id);
    const [received, ...others] = sink.to(recipient);
    expect(others).toEqual([]);
    expect(received).toMatchObject({ secure: true, user: 'plinth' });
    const { mail } = received!;
    expect(mail.subject).toBe('Grüße 🎈 für Zoë');
    expect(mail.html).toContain('<b>Grüße</b> 🎈');
    expect(mail.text).toContain('Schöne Grüße 🎈');
    expect(mail.messageId).toBe(`<${id}@mail.example.com>`);
  });

  it('tries again after 451, and says so', async () => {
    sink.answers.push('451');
    const { recipient, id } = await send();
    await afterAttempt(id, 1);
    const { attempts } = await notifications.settled(id);
    expect(attempts.map(each => each.status)).toEqual(['DEFERRED', 'SENT']);
    expect(attempts[0]!.error).toContain('451');
    expect(sink.to(recipient)).toHaveLength(1);
  });

  it('delivers over another connection after the first one was dropped', async () => {
    sink.answers.push('drop');
    const { recipient, id } = await send();
    await afterAttempt(id, 1);
    await notifications.settled(id);
    expect(sink.answers).toEqual([]);
    expect(sink.to(recipient)).toHaveLength(1);
  });

  it('never tries again after 550, until it is replayed', async () => {
    sink.answers.push('550');
    const { recipient, id } = await send();
    const { attempts } = await notifications.settled(id, 'FAILED');
    expect(attempts.map(each => each.status)).toEqual(['FAILED']);
    expect(attempts[0]!.error).toContain('550');
    const token = notifications.tokenWith('notifications:send', 'notifications:read');
    await notifications.graphql(token, 'mutation ($id: ID!) { retryNotification(id: $id) { id } }', { id });
    await notifications.settled(id);
    expect(sink.to(recipient)).toHaveLength(1);
  });

  it('gives up after the last attempt', async () => {
    sink.answers.push('451', '451', '451');
    const { id } = await send();
    await afterAttempt(id, 1);
    await afterAttempt(id, 2);
    const { attempts } = await notifications.settled(id, 'FAILED');
    expect(attempts.map(each => each.status)).toEqual(['DEFERRED', 'DEFERRED', 'FAILED']);
  });

  it('delivers after a restart what was accepted before it', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 20; at++) ids.push((await send()).id);
    await notifications.restart();
    for (const id of ids) await notifications.settled(id);
  });
});
