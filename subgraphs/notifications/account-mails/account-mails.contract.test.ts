import { randomUUID } from 'node:crypto';
import { uuidv7 } from '../../../platform/ids';
import { userDataErased } from '../../../platform/personal-data';
import { userDeletionRequested } from '../../../platform/security/access-events';
import { eventually } from '../../../platform/testing/eventually';
import {
  accountActivationChanged,
  emailVerificationRequested,
  signedInFromNewDevice,
  userActivationChanged,
  userRegistered,
} from '../events';
import { newAddress, TestNotifications } from '../testing/test-notifications';

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

  it('is in the language of the profile, and in that of the setting when there is none for it', async () => {
    const subjectFor = async (locale: string) => {
      const user = await notifications.register();
      await notifications.tellContact({ userId: user.userId, locale });
      const client = { device: 'Firefox on Linux', address: '192.0.2.7' };
      await notifications.publish(signedInFromNewDevice, { ...user, username: 'ada', ...client });
      const [caught] = await eventually(async () => {
        const found = await notifications.mailbox(user.email);
        expect(found).toHaveLength(1);
        return found;
      });
      return caught!.subject;
    };
    expect(await subjectFor('es-419')).toBe('Nuevo inicio de sesión en tu cuenta');
    expect(await subjectFor('fr')).toBe('New sign-in to your account');
  });

  it('tells a suspended user of it, who gets nothing else', async () => {
    const user = await notifications.register();
    await notifications.publish(userActivationChanged, { userId: user.userId, isActive: false });
    for (const change of ['suspended', 'reactivated'])
      await notifications.publish(accountActivationChanged, {
        ...user,
        username: 'ada',
        device: '',
        address: '',
        change,
      });
    await eventually(async () => {
      const subjects = (await notifications.mailbox(user.email)).map(({ subject }) => subject);
      expect(subjects.sort()).toEqual(['Your account was reactivated', 'Your account was suspended']);
    });
  });
});

describe('the mail about the deletion of an account', () => {
  /** No table has the address, apart from the mailbox, which stands for that of the user. */
  const forgotten = async (email: string) => {
    for (const [table, column] of [
      ['notifications', 'recipient'],
      ['recipients', 'email'],
    ] as const)
      expect(await notifications.database.rows(table, `${column} = '${email}'`)).toEqual([]);
  };
  const subjects = async (email: string) =>
    (await notifications.mailbox(email)).map(({ subject }) => subject);
  const requestDeletion = (userId: string) =>
    notifications.publish(userDeletionRequested, { deletionId: randomUUID(), userId });

  it('is the last one, and the address is forgotten with it', async () => {
    const user = await notifications.register();
    await requestDeletion(user.userId);
    await eventually(async () => {
      expect(await subjects(user.email)).toEqual(['Your account was deleted']);
      await forgotten(user.email);
    });
    // The request is repeated when a service has not answered.
    await requestDeletion(user.userId);
    await notifications.publish(userRegistered, user);
    await eventually(() => expect(notifications.eventsAbout(user.userId, userDataErased)).toHaveLength(2));
    expect(await subjects(user.email)).toEqual(['Your account was deleted']);
  });

  it('is in the language of the profile', async () => {
    const user = await notifications.register();
    await notifications.tellContact({ userId: user.userId, locale: 'es' });
    await requestDeletion(user.userId);
    await eventually(async () => expect(await subjects(user.email)).toEqual(['Tu cuenta ha sido eliminada']));
  });

  it('is sent when the deletion is known before the address', async () => {
    const user = { userId: uuidv7(Date.now()), email: newAddress(), isActive: true };
    await requestDeletion(user.userId);
    await eventually(() => expect(notifications.eventsAbout(user.userId, userDataErased)).toHaveLength(1));
    await notifications.publish(userRegistered, user);
    await eventually(async () => {
      expect(await subjects(user.email)).toEqual(['Your account was deleted']);
      await forgotten(user.email);
    });
  });
});
