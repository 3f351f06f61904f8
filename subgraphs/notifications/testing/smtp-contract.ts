import { randomUUID } from 'node:crypto';
import { SmtpSink } from './smtp-sink';
import { Stage } from './stage';

const address = () => `${randomUUID()}@example.com`;

/** What holds of email over SMTP, on every kind of database. */
export function smtpContract(): void {
  describe('email over SMTP', () => {
    let sink: SmtpSink;
    let stage: Stage;
    beforeAll(async () => {
      sink = await SmtpSink.start({ password: 'secret' });
      stage = await Stage.start({
        // The certificate of the sink is self-signed.
        SMTP_URL: `smtp://plinth:secret@127.0.0.1:${sink.port}?tls.rejectUnauthorized=false`,
        MAIL_FROM: 'Plinth <no-reply@mail.example.com>',
        DELIVERY_ATTEMPTS: '3',
      });
    });
    afterAll(async () => {
      await stage.stop();
      await sink.stop();
    });

    const send = async (changes: object = {}) => {
      const recipient = address();
      const input = { channel: 'EMAIL', recipient, subject: 'Hi', content: 'Hello', ...changes };
      const { data } = await stage.send(input);
      return { recipient, id: data.sendNotification[0]!.id };
    };

    it('signs in over STARTTLS and sends HTML with a text part, umlauts and emoji', async () => {
      const { recipient, id } = await send({
        subject: 'Grüße 🎈 für Zoë',
        content: '<p>Schöne <b>Grüße</b> 🎈</p>',
        contentType: 'HTML',
      });
      await stage.settled(id, 'SENT');
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
      const { attempts } = await stage.settled(id, 'SENT');
      expect(attempts.map(each => each.status)).toEqual(['DEFERRED', 'SENT']);
      expect(attempts[0]!.error).toContain('451');
      expect(sink.to(recipient)).toHaveLength(1);
    });

    it('delivers over another connection after the first one was dropped', async () => {
      sink.answers.push('drop');
      const { recipient, id } = await send();
      await stage.settled(id, 'SENT');
      expect(sink.answers).toEqual([]);
      expect(sink.to(recipient)).toHaveLength(1);
    });

    it('never tries again after 550, until it is replayed', async () => {
      sink.answers.push('550');
      const { recipient, id } = await send();
      const { attempts } = await stage.settled(id, 'FAILED');
      expect(attempts.map(each => each.status)).toEqual(['FAILED']);
      expect(attempts[0]!.error).toContain('550');
      const token = stage.may('notifications:send', 'notifications:read');
      await stage.ask(token, 'mutation ($id: ID!) { retryNotification(id: $id) { id } }', { id });
      await stage.settled(id, 'SENT');
      expect(sink.to(recipient)).toHaveLength(1);
    });

    it('gives up after the last attempt', async () => {
      sink.answers.push('451', '451', '451');
      const { id } = await send();
      const { attempts } = await stage.settled(id, 'FAILED');
      expect(attempts.map(each => each.status)).toEqual(['DEFERRED', 'DEFERRED', 'FAILED']);
    });

    it('delivers after a restart what was accepted before it', async () => {
      const ids: string[] = [];
      for (let at = 0; at < 20; at++) ids.push((await send()).id);
      await stage.close();
      await stage.open();
      for (const id of ids) await stage.settled(id, 'SENT');
    });
  });
}
