import { eventually } from '../../../platform/testing/eventually';
import { HttpSink } from '../testing/http-sink';
import { SmtpSink } from '../testing/smtp-sink';
import { hello, newAddress, TestNotifications } from '../testing/test-notifications';

const minute = 60_000;
let api: HttpSink;
let sink: SmtpSink;
let notifications: TestNotifications;

beforeAll(async () => {
  api = await HttpSink.start({ status: 503 });
  sink = await SmtpSink.start();
  notifications = new TestNotifications({
    SMTP_URL: `smtp://127.0.0.1:${sink.port}?tls.rejectUnauthorized=false`,
    SMS_URL: `${api.url.replace('://', '://AC0123:token@')}?from=%2B15005550006`,
    EMAIL_RETRIES: '2,60,60',
    SMS_RETRIES: '3,600,900',
  });
  await notifications.start();
}, 60_000);
afterAll(async () => {
  await notifications.close();
  await sink.stop();
  await api.close();
});

/** Milliseconds until the next attempt, once that many were made. */
const pauseAfter = async (id: string, attempts: number): Promise<number> => {
  await notifications.attempted(id, attempts);
  const [row] = await notifications.database.rows('notifications', `id = '${id}'`);
  return Number(row!['due_at']) - notifications.clock.now();
};
const expectWithin = (pause: number, longest: number) => {
  expect(pause).toBeGreaterThanOrEqual(longest / 2);
  expect(pause).toBeLessThanOrEqual(longest);
};

describe('the retries of two channels', () => {
  it('have the pauses and the number of attempts of their own settings', async () => {
    sink.answers.push('451', '451');
    const email = await notifications.send({ ...hello, recipient: newAddress() });
    const sms = await notifications.send({ channel: 'SMS', recipient: '+4930901820', content: 'Hello' });
    expectWithin(await pauseAfter(email.id, 1), minute);
    expectWithin(await pauseAfter(sms.id, 1), 10 * minute);

    notifications.clock.advance(minute);
    expect((await notifications.settled(email.id, 'FAILED')).attempts).toHaveLength(2);
    expect((await notifications.notification(sms.id))!).toMatchObject({
      status: 'PENDING',
      attempts: [{ status: 'DEFERRED' }],
    });

    notifications.clock.advance(10 * minute);
    // Twice the first pause, but at most the longest.
    expectWithin(await pauseAfter(sms.id, 2), 15 * minute);
    notifications.clock.advance(15 * minute);
    await eventually(async () =>
      expect((await notifications.settled(sms.id, 'FAILED')).attempts).toHaveLength(3),
    );
    expect(api.requests).toHaveLength(3);
  });
});
