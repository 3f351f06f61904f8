import { createHmac } from 'node:crypto';
import { freePort } from '../../../platform/testing/free-port';
import { HttpSink } from '../testing/http-sink';
import { TestNotifications } from '../testing/test-notifications';

const authToken = 'the auth token';
let api: HttpSink;
let notifications: TestNotifications;

const accountAt = (url: string) => {
  const account = new URL(url);
  account.username = 'AC0123';
  account.password = authToken;
  account.searchParams.set('from', '+15005550006');
  return account.href;
};

beforeAll(async () => {
  api = await HttpSink.start({ status: 201, body: '{"sid":"SM1","status":"queued"}' });
  notifications = new TestNotifications({
    SMS_URL: accountAt(api.url),
    PUBLIC_URL: 'https://api.example.com',
    SMS_RETRIES: '8,0.02,1',
  });
  await notifications.start();
}, 60_000);
afterAll(async () => {
  await notifications.close();
  await api.close();
});

const send = () =>
  notifications.send({ channel: 'SMS', recipient: '+4930901820', content: 'Grüße 🎈 & more' });

/** As the provider reports, with its signature. */
const report = (id: string, status: string, { token = authToken, url = callbackUrl(id) } = {}) => {
  const form = { MessageSid: 'SM1', MessageStatus: status, ErrorCode: '30003' };
  const text = `ErrorCode${form.ErrorCode}MessageSid${form.MessageSid}MessageStatus${form.MessageStatus}`;
  const signature = createHmac('sha1', token)
    .update(url + text)
    .digest('base64');
  return fetch(`${notifications.url}/sms-status/${id}`, {
    method: 'POST',
    headers: { 'x-twilio-signature': signature },
    body: new URLSearchParams(form),
  });
};
const callbackUrl = (id: string) => `https://api.example.com/notifications/sms-status/${id}`;

describe('SMS over a Twilio-compatible API', () => {
  it('are posted as a form with the credentials, the sender and the callback', async () => {
    const { id } = await send();
    await notifications.settled(id);
    const { path, headers, body } = api.requests.at(-1)!;
    expect(path).toBe('/2010-04-01/Accounts/AC0123/Messages.json');
    const credentials = Buffer.from(`AC0123:${authToken}`).toString('base64');
    expect(headers).toMatchObject({
      authorization: `Basic ${credentials}`,
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(Object.fromEntries(new URLSearchParams(body.toString()))).toEqual({
      To: '+4930901820',
      From: '+15005550006',
      Body: 'Grüße 🎈 & more',
      StatusCallback: callbackUrl(id),
    });
  });

  it('become delivered or failed by the signed reports of the provider, in any order', async () => {
    const { id } = await send();
    await notifications.settled(id);
    expect((await report(id, 'delivered', { token: 'another' })).status).toBe(403);
    expect((await report(id, 'delivered', { url: callbackUrl('other') })).status).toBe(403);
    expect((await notifications.notification(id))?.status).toBe('SENT');
    expect((await report(id, 'delivered')).status).toBe(204);
    expect((await report(id, 'sent')).status).toBe(204);
    expect((await report(id, 'failed')).status).toBe(204);
    expect((await notifications.notification(id))?.status).toBe('DELIVERED');
    const lost = await send();
    await notifications.settled(lost.id);
    // Attempts of one millisecond have no order.
    notifications.clock.advance(1);
    await report(lost.id, 'undelivered');
    const failed = await notifications.settled(lost.id, 'FAILED');
    expect(failed.attempts.at(-1)).toEqual({
      provider: 'sms',
      status: 'FAILED',
      error: 'The provider reports: undelivered, error 30003',
    });
  });

  it('are final for a number that cannot get it, and tried again for a mistake of the account', async () => {
    api.answers.push({ status: 400, body: '{"code":21211,"message":"+4930901820 is not valid"}' });
    const invalid = await send();
    const { attempts } = await notifications.settled(invalid.id, 'FAILED');
    expect(attempts).toEqual([
      { provider: 'sms', status: 'FAILED', error: 'The SMS provider answered 400 with error 21211' },
    ]);
    api.answers.push({ status: 400, body: '{"code":21606}' });
    const { id } = await send();
    await notifications.attempted(id, 1);
    notifications.clock.advance(1_000);
    await notifications.settled(id);
  });

  it('wait as long as the provider asks for', async () => {
    api.answers.push({ status: 429, headers: { 'retry-after': '120' } });
    const { id } = await send();
    await notifications.attempted(id, 1);
    const [row] = await notifications.database.rows('notifications', `id = '${id}'`);
    expect(Number(row!['due_at']) - notifications.clock.now()).toBe(120_000);
    notifications.clock.advance(120_000);
    await notifications.settled(id);
  });

  it('go over the second account while the first one is down, and over the first again when it is back', async () => {
    const port = await freePort();
    await notifications.restart({
      SMS_URL: accountAt(`http://127.0.0.1:${port}`),
      SMS_FALLBACK_URL: accountAt(api.url),
      PROVIDER_PAUSE: '1',
    });
    const providersOf = async () => {
      const { attempts } = await notifications.settled((await send()).id);
      return attempts.map(({ provider, status }) => `${provider} ${status}`);
    };
    for (let failures = 0; failures < 5; failures++)
      expect(await providersOf()).toEqual(['sms DEFERRED', 'sms-2 SENT']);
    // Now the breaker is open, and the first account is not tried.
    expect(await providersOf()).toEqual(['sms-2 SENT']);
    await notifications.restart({ SMS_URL: accountAt(api.url) });
    expect(await providersOf()).toEqual(['sms SENT']);
  });
});
