import { randomUUID } from 'node:crypto';
import { userDataErased } from '../../platform/personal-data';
import { eventually } from '../../platform/testing/eventually';
import { userActivationChanged, userRegistered } from './events';
import { hello, TestNotifications } from './testing/test-notifications';

const notifications = new TestNotifications();

beforeAll(() => notifications.start(), 60_000);
afterAll(() => notifications.close());

describe('a user as a recipient', () => {
  it('gets nothing while suspended, and an unknown one gets nothing either', async () => {
    const user = await notifications.register();
    await notifications.send({ ...hello, userId: user.userId });
    await notifications.publish(userActivationChanged, { userId: user.userId, isActive: false });
    await eventually(async () => {
      expect((await notifications.trySend({ ...hello, userId: user.userId })).code).toBe('VALIDATION_FAILED');
    });
    expect((await notifications.trySend({ ...hello, userId: randomUUID() })).code).toBe('VALIDATION_FAILED');
  });

  it('gets an SMS by id at the phone number of the profile, as it was changed last', async () => {
    const { userId } = await notifications.register();
    const sms = { channel: 'SMS', content: 'Hello', userId };
    expect((await notifications.trySend(sms)).code).toBe('VALIDATION_FAILED');
    const tell = (phone: string | null, version: number) =>
      notifications.tellContact({ userId, phone, version });
    await tell('+4930901821', 3);
    const recipient = async () => (await notifications.trySend(sms)).data?.sendNotification?.[0]?.recipient;
    await eventually(async () => expect(await recipient()).toBe('+4930901821'));
    await tell('+4930901820', 2);
    await tell('+4930901822', 4);
    await eventually(async () => expect(await recipient()).toBe('+4930901822'));
    const [row] = await notifications.database.rows('recipients', `user_id = '${userId}'`);
    expect(row!['phone']).toMatch(/^v1\./);
    await tell(null, 5);
    await eventually(async () => expect((await notifications.trySend(sms)).code).toBe('VALIDATION_FAILED'));
  });

  it('loses the messages of an erasure, and no late event brings the address back', async () => {
    const user = await notifications.register();
    const { id } = await notifications.send({ ...hello, userId: user.userId });
    await notifications.publish('user.deletionRequested', { deletionId: randomUUID(), userId: user.userId });
    await eventually(() =>
      expect(notifications.eventsAbout(user.userId, userDataErased)).toMatchObject([
        { data: { service: 'notifications' } },
      ]),
    );
    expect(await notifications.notification(id)).toBeNull();
    await notifications.publish(userRegistered, user);
    expect((await notifications.trySend({ ...hello, userId: user.userId })).code).toBe('VALIDATION_FAILED');
    await eventually(async () =>
      expect(await notifications.mailbox(user.email)).toMatchObject([
        { subject: 'Your account was deleted' },
      ]),
    );
  });
});
