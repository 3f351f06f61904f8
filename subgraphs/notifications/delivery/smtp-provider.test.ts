import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { systemClock } from '../../../platform/clock';
import { SmtpSink } from '../testing/smtp-sink';
import type { Delivery } from './provider';
import { SmtpProvider, textOf } from './smtp-provider';

let sink: SmtpSink;
const providers: SmtpProvider[] = [];

beforeAll(async () => {
  sink = await SmtpSink.start();
});
afterAll(async () => {
  for (const each of providers) await each.close();
  await sink.stop();
});

const providerWith = (query = '') => {
  const url = `smtp://127.0.0.1:${sink.port}?tls.rejectUnauthorized=false${query}`;
  const attachments = { download: async () => undefined };
  const options = { connections: 1, dkim: undefined, attachments, clock: systemClock };
  const provider = new SmtpProvider('smtp', url, 'Plinth <no-reply@mail.example.com>', options);
  providers.push(provider);
  return provider;
};
const to = (recipient: string, content = 'Hello'): Delivery => ({
  id: '1',
  userId: null,
  channel: 'email',
  category: 'general',
  recipient,
  isUrgent: false,
  message: { subject: 'Hello', content, contentType: 'text' },
  createdAt: 0,
  unsubscribeUrl: null,
});

describe('the SMTP provider', () => {
  it('sends over another connection when the server ended the one that it kept open', async () => {
    const provider = providerWith();
    await provider.send(to('first@example.com'));
    sink.answers.push('drop');
    await provider.send(to('second@example.com'));
    expect(sink.to('second@example.com')).toHaveLength(1);
  });

  it('does not let a line of a message end it', async () => {
    const content = 'one\n.\nMAIL FROM:<eve@example.com>\n\r.\rtwo\n..';
    await providerWith().send(to('dots@example.com', content));
    const [received, ...others] = sink.to('dots@example.com');
    expect(others).toEqual([]);
    expect(received!.mail.text).toBe('one\n.\nMAIL FROM:<eve@example.com>\n\n.\ntwo\n..\n');
    expect(received!.mail.from?.text).toBe('"Plinth" <no-reply@mail.example.com>');
  });

  it('sends to a domain that has another form in ASCII', async () => {
    await providerWith().send(to('ada@bücher.example'));
    expect(sink.mails.at(-1)!.raw.toString()).toMatch(/^To: ada@xn--bcher-kva\.example\r$/m);
  });

  it('goes through the proxy of its URL', async () => {
    const targets: (string | undefined)[] = [];
    const proxy = createServer().on('connect', ({ url }, socket) => {
      targets.push(url);
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const server = connect(sink.port, '127.0.0.1');
      socket.pipe(server).pipe(socket);
    });
    await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const provider = providerWith(`&proxy=http://127.0.0.1:${port}`);
    await provider.send(to('proxied@example.com'));
    await provider.close();
    proxy.close();
    expect(targets).toEqual([`127.0.0.1:${sink.port}`]);
    expect(sink.to('proxied@example.com')).toHaveLength(1);
  });

  it('makes the text part of HTML', () => {
    const html = '<h1>Your order</h1><p>Grüße, <b>Zoë</b></p><a href="https://example.com/1">Track it</a>';
    expect(textOf(html)).toBe('YOUR ORDER\n\nGrüße, Zoë\n\nTrack it [https://example.com/1]');
  });
});
