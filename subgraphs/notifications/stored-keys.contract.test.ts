import { createECDH, randomBytes } from 'node:crypto';
import { eventually } from '../../platform/testing/eventually';
import { describeStoredKeys } from '../../platform/testing/stored-keys-contract';
import { encryptedColumns, entities } from './tables';
import { hello, newAddress, TestNotifications } from './testing/test-notifications';

const vapid = createECDH('prime256v1');
vapid.generateKeys();
const notifications = new TestNotifications({
  OUTBOUND_PRIVATE_ADDRESSES: 'on',
  VAPID_PRIVATE_KEY: vapid.getPrivateKey('base64url').padStart(43, 'A'),
  VAPID_SUBJECT: 'mailto:operator@example.com',
});
let notificationId: string;

const accepted = async (token: string, mutation: string, variables: object) => {
  const { data, text } = await notifications.graphql(token, mutation, variables);
  if (Object.values(data ?? { none: null }).includes(null)) throw new Error(text);
};

describeStoredKeys({
  service: notifications,
  entities,
  encryptedColumns,
  store: async () => {
    const { userId } = await notifications.register();
    await notifications.tellContact({ userId, phone: '+4930901820' });
    await eventually(async () =>
      expect(await notifications.database.rows('recipients', 'phone IS NOT NULL')).toHaveLength(1),
    );
    const token = notifications.token({ userId, permissions: ['notifications:send', 'webhooks:write'] });
    const input = { ...hello, recipient: newAddress() };
    notificationId = (await notifications.send(input, token)).id;
    await notifications.settled(notificationId);
    await accepted(
      token,
      'mutation ($input: CreateNotificationScheduleInput!) { createNotificationSchedule(input: $input) { id } }',
      { input: { notification: input, startsAt: '2099-01-01T09:00', timeZone: 'UTC', rule: 'FREQ=DAILY' } },
    );
    const ecdh = createECDH('prime256v1');
    const keys = {
      p256dh: ecdh.generateKeys('base64url'),
      auth: randomBytes(16).toString('base64url'),
    };
    await accepted(
      token,
      'mutation ($input: PushSubscriptionInput!) { subscribeToPush(input: $input) { id } }',
      { input: { endpoint: 'https://127.0.0.1/push', ...keys } },
    );
    await accepted(token, 'mutation ($url: String!) { createWebhookEndpoint(url: $url) { secret } }', {
      url: 'https://127.0.0.1/hook',
    });
  },
  read: async () => expect((await notifications.notification(notificationId))?.content).toBe(hello.content),
});
