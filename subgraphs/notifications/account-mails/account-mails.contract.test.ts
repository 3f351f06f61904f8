import { uuidv7 } from '../../../platform/ids';
import { eventually } from '../../../platform/testing/eventually';
import { emailVerificationRequested, signedInFromNewDevice } from '../events';
import { TestNotifications } from '../testing/test-notifications';

const notifications = new TestNotifications();

beforeAll(() => notifications.start(), 60_000);
afterAll(() => notifications.close());

describe('a mail about an account', () => {
  it('is sent once for an event, is shown to nobody but the mailbox, and is forgotten after delivery', async () => {
    const user = await notifications.register();
    const type = emailVerificationRequested;
    const event = {
      userId: user.userId,
      username: 'Ada & <co>',
      email: user.email,
      sealedToken: notifications.seal(type, user.userId, 'the-token'),
      expiresAt: notifications.clock.now() + 60_000,
    };
    const eventId = uuidv7(Date.now());
    await notifications.publish(type, event, { id: eventId });
    await notifications.publish(type, event, { id: eventId });
    const [caught] = await eventually(async () => {
      const found = await notifications.mailbox(user.email);
      expect(found).toHaveLength(1);
      return found;
    });
    expect(caught!.content).toContain('/auth/verify-email?token=the-token"');
    expect(caught!.content).toContain('Hello Ada &amp; &lt;co&gt;,');
    const sent = await notifications.settled(caught!.id);
    expect(sent).toMatchObject({ subject: null, content: null });
  });

  it('tells of a new sign-in, with the device and the address', async () => {
    const user = await notifications.register();
    const client = { device: 'Firefox on Linux', address: '192.0.2.7' };
    await notifications.publish(signedInFromNewDevice, {
      ...user,
      username: 'ada',
      ...client,
      sessionId: 'x',
    });
    await eventually(async () => {
      const text = (await notifications.mailbox(user.email))[0]?.text;
      expect(text?.replace(/\s+/g, ' ')).toContain('(Firefox on Linux, 192.0.2.7)');
    });
  });
});
