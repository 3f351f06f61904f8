import { join } from 'node:path';
import { eventually } from '../../../platform/testing/eventually';
import { runTypeScript } from '../../../platform/testing/run';
import { SmtpSink } from '../testing/smtp-sink';
import { hello, newAddress, TestNotifications } from '../testing/test-notifications';

const leaseSeconds = 60;

let sink: SmtpSink;
let notifications: TestNotifications;

beforeAll(async () => {
  sink = await SmtpSink.start();
  notifications = new TestNotifications({
    SMTP_URL: `smtp://127.0.0.1:${sink.port}?tls.rejectUnauthorized=false`,
    MAIL_FROM: 'no-reply@mail.example.com',
    DELIVERY_LEASE: String(leaseSeconds),
    DELIVERY_CONCURRENCY: '3',
  });
  await notifications.start();
}, 60_000);
afterAll(async () => {
  await notifications.close();
  await sink.stop();
});

const dueIn = (milliseconds: number) => new Date(notifications.clock.now() + milliseconds).toISOString();
const schedule = async (input: object) => {
  const { data, text } = await notifications.graphql<{ scheduleNotification: { id: string }[] | null }>(
    notifications.tokenWith('notifications:send'),
    'mutation ($input: ScheduleNotificationInput!) { scheduleNotification(input: $input) { id } }',
    { input },
  );
  if (data.scheduleNotification === null) throw new Error(text);
  return data.scheduleNotification.map(({ id }) => id);
};

describe('a delivery', () => {
  it('is repeated with the same Message-ID when its worker was killed after the provider accepted it', async () => {
    const recipient = newAddress();
    const [id] = await schedule({ ...hello, recipient, scheduledAt: dueIn(60_000) });
    await notifications.whileStopped(async environment => {
      // The process has the time of day, a minute behind that of the test: it finds the email due.
      notifications.clock.advance(60_000);
      await notifications.database.update('notifications', 'due_at = 0', `id = '${id}'`);
      const { signal } = await runTypeScript(
        join(__dirname, '../testing/killed-worker-process.ts'),
        notifications.shape,
        JSON.stringify(environment),
      );
      expect(signal).toBe('SIGKILL');
      expect(sink.to(recipient)).toHaveLength(1);
      const [row] = await notifications.database.rows('notifications', `id = '${id}'`);
      expect(row).toMatchObject({ status: 'pending', lease: expect.any(String) });
    });
    notifications.clock.advance(leaseSeconds * 1_000);
    const { attempts } = await notifications.settled(id!);
    expect(attempts).toHaveLength(1);
    const messageIds = sink.to(recipient).map(({ mail }) => mail.messageId);
    expect(messageIds).toEqual([`<${id}@mail.example.com>`, `<${id}@mail.example.com>`]);
  }, 60_000);

  it('is done once when several instances find it due at the same moment', async () => {
    const others = await Promise.all([notifications.startAnother(), notifications.startAnother()]);
    const recipients = Array.from({ length: 60 }, newAddress);
    const ids = await schedule({ ...hello, recipients, scheduledAt: dueIn(60_000) });
    notifications.clock.advance(60_000);
    for (const id of ids) {
      const { attempts } = await notifications.settled(id);
      expect(attempts).toHaveLength(1);
    }
    for (const recipient of recipients) expect(sink.to(recipient)).toHaveLength(1);
    await Promise.all(others.map(each => each.stop()));
  });

  it('of an urgent notification does not wait for the others that are due', async () => {
    const recipients = Array.from({ length: 60 }, newAddress);
    const urgent = newAddress();
    const scheduledAt = dueIn(60_000);
    const ids = await schedule({ ...hello, recipients, scheduledAt });
    const [first] = await schedule({ ...hello, recipient: urgent, scheduledAt, isUrgent: true });
    const before = sink.mails.length;
    notifications.clock.advance(60_000);
    for (const id of [first!, ...ids]) await notifications.settled(id);
    const place = sink.mails.slice(before).findIndex(({ to }) => to.includes(urgent));
    // Those that are under way at the same time may arrive first.
    expect(place).toBeLessThan(3);
  });

  it('of an urgent notification that is sent in the middle of a burst waits for those only that a worker has claimed', async () => {
    let open = () => {};
    sink.gate = new Promise(resolve => {
      open = resolve;
    });
    const urgent = newAddress();
    const before = sink.mails.length;
    const ids = await schedule({
      ...hello,
      recipients: Array.from({ length: 60 }, newAddress),
      scheduledAt: dueIn(60_000),
    });
    notifications.clock.advance(60_000);
    await eventually(async () =>
      expect(await notifications.database.rows('notifications', 'lease IS NOT NULL')).not.toEqual([]),
    );
    const first = await notifications.send({ ...hello, recipient: urgent, isUrgent: true });
    open();
    for (const id of [first.id, ...ids]) await notifications.settled(id);
    const place = sink.mails.slice(before).findIndex(({ to }) => to.includes(urgent));
    expect(place).toBeLessThan(15);
  });
});
