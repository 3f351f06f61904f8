import { createHash, generateKeyPairSync, randomBytes, randomUUID, verify } from 'node:crypto';
import { HttpSink, type SinkAnswer, type SinkRequest } from '../testing/http-sink';
import { SmtpSink } from '../testing/smtp-sink';
import { hello, newAddress, TestNotifications } from '../testing/test-notifications';

const dkim = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** Ten megabytes that no encoding leaves as they are. */
const largeFile = randomBytes(10_000_000);
const readable = randomUUID();
const gone = randomUUID();

/** Stands in for the files service: the sender can read two files, and one of them is deleted afterwards. */
const answerAsFiles = ({ path, headers, body }: SinkRequest): SinkAnswer => {
  if (path !== '/graphql')
    return path === `/download/${readable}?signed` ? { status: 200, body: largeFile } : { status: 404 };
  expect(headers.authorization).toMatch(/^Bearer /);
  const { query } = JSON.parse(body.toString()) as { query: string };
  const file = (id: string) => ({
    id,
    filename: 'grüße 🎈.bin',
    contentType: 'application/octet-stream',
    size: largeFile.length,
    downloadUrl: `/files/download/${id}?signed`,
  });
  const data = [...query.matchAll(/(f\d+): file\(id: "([^"]+)"\)/g)].map(([, name = '', id = '']) => [
    name,
    id === readable || id === gone ? file(id) : null,
  ]);
  return { status: 200, body: JSON.stringify({ data: Object.fromEntries(data) }) };
};

let files: HttpSink;
let sink: SmtpSink;
let notifications: TestNotifications;

beforeAll(async () => {
  sink = await SmtpSink.start({ password: 'secret' });
  files = await HttpSink.start(answerAsFiles);
  notifications = new TestNotifications({
    // The certificate of the sink is self-signed.
    SMTP_URL: `smtp://plinth:secret@127.0.0.1:${sink.port}?tls.rejectUnauthorized=false`,
    MAIL_FROM: 'Plinth <no-reply@mail.example.com>',
    DKIM_PRIVATE_KEY: dkim.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    DKIM_SELECTOR: 'test',
    FILES_URL: files.url,
    PUBLIC_URL: 'https://api.example.com',
    EMAIL_RETRIES: '3,0.02,1',
  });
  await notifications.start();
}, 60_000);
afterAll(async () => {
  await notifications.close();
  await sink.stop();
  await files.close();
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

  it('is signed with the DKIM key of the domain', async () => {
    const { recipient, id } = await send({ subject: 'Grüße', content: '<p>Grüße</p>', contentType: 'HTML' });
    await notifications.settled(id);
    const raw = sink.to(recipient)[0]!.raw.toString('latin1');
    const end = raw.indexOf('\r\n\r\n');
    const fields = raw.slice(0, end).split(/\r\n(?![ \t])/);
    // The canonical forms "relaxed" of RFC 6376 §3.4.
    const relaxed = (field: string) => {
      const colon = field.indexOf(':');
      const value = field
        .slice(colon + 1)
        .replace(/\s+/g, ' ')
        .trim();
      return `${field.slice(0, colon).toLowerCase().trim()}:${value}`;
    };
    const body = raw
      .slice(end + 4)
      .replace(/[ \t]+/g, ' ')
      .replace(/ \r\n/g, '\r\n')
      .replace(/(\r\n)*$/, '\r\n');
    const signature = fields.find(field => /^dkim-signature:/i.test(field))!;
    const tag = (name: string) =>
      new RegExp(`[; ]${name}=([^;]*)`).exec(signature.replace(/\s+/g, ' '))![1]!.replaceAll(' ', '');
    expect([tag('d'), tag('s')]).toEqual(['mail.example.com', 'test']);
    expect(tag('bh')).toBe(createHash('sha256').update(body, 'latin1').digest('base64'));
    const signed = tag('h')
      .split(':')
      .flatMap(name => fields.find(field => field.toLowerCase().startsWith(`${name.toLowerCase()}:`)) ?? [])
      .map(field => `${relaxed(field)}\r\n`)
      .join('');
    const unsigned = relaxed(signature.replace(/([; \t]b=)[^;]*/, '$1'));
    const text = Buffer.from(signed + unsigned, 'latin1');
    expect(verify('sha256', text, dkim.publicKey, Buffer.from(tag('b'), 'base64'))).toBe(true);
    expect(tag('h').toLowerCase().split(':')).toEqual(expect.arrayContaining(['from', 'to', 'subject']));
  });

  it('offers one click to unsubscribe, but not from messages about security', async () => {
    const { recipient, id } = await send();
    const security = newAddress();
    const notice = await notifications.send(
      { ...hello, category: 'security', recipient: security },
      notifications.tokenWith('notifications:send', 'security-notifications:send'),
    );
    await notifications.settled(id);
    await notifications.settled(notice.id);
    const headersOf = (to: string) =>
      sink
        .to(to)[0]!
        .raw.toString()
        .split('\r\n\r\n')[0]!
        .replace(/\r\n[ \t]+/g, '');
    const headers = headersOf(recipient);
    expect(headers).toMatch(
      /^List-Unsubscribe: *<https:\/\/api\.example\.com\/notifications\/unsubscribe\?token=/m,
    );
    expect(headers).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
    expect(headersOf(security)).not.toContain('List-Unsubscribe');
  });

  it('carries files that its sender can read', async () => {
    const { recipient, id } = await send({ attachments: [readable] });
    await notifications.settled(id, 'SENT', 60_000);
    const [attachment] = sink.to(recipient)[0]!.mail.attachments;
    expect(attachment).toMatchObject({ filename: 'grüße 🎈.bin', size: largeFile.length });
    expect(attachment!.content.equals(largeFile)).toBe(true);
    const query = 'query ($id: ID!) { notification(id: $id) { attachments { fileId filename size } } }';
    const { data } = await notifications.graphql(notifications.tokenWith('notifications:read'), query, {
      id,
    });
    expect(data).toEqual({
      notification: {
        attachments: [{ fileId: readable, filename: 'grüße 🎈.bin', size: largeFile.length }],
      },
    });
  }, 70_000);

  it('is refused with files that its sender cannot read, or that are too large or too many', async () => {
    const base = { ...hello, recipient: newAddress() };
    for (const attachments of [
      [randomUUID()],
      [readable, randomUUID()],
      ['../graphql'],
      [readable, gone, readable],
      Array<string>(11).fill(readable),
    ]) {
      const { code, details } = await notifications.trySend({ ...base, attachments });
      expect([code, (details as { field: string }[])[0]?.field]).toEqual([
        'VALIDATION_FAILED',
        'attachments',
      ]);
    }
  });

  it('fails when one of its files was deleted', async () => {
    const { recipient, id } = await send({ attachments: [readable, gone] });
    const { attempts } = await notifications.settled(id, 'FAILED');
    expect(attempts).toMatchObject([{ error: 'The attachment grüße 🎈.bin is gone' }]);
    expect(sink.to(recipient)).toEqual([]);
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

  it('shows an answer of the server that no database stores as it is', async () => {
    sink.answers.push('strange');
    const { id } = await send();
    const { attempts } = await notifications.settled(id, 'FAILED');
    expect(attempts[0]!.error).toMatch(/^550 No .* such mailbox/);
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
