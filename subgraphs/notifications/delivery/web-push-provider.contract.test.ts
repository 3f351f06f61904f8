import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  type ECDH,
  hkdfSync,
  randomBytes,
  verify,
} from 'node:crypto';
import { eventually } from '../../../platform/testing/eventually';
import { HttpSink } from '../testing/http-sink';
import { TestNotifications } from '../testing/test-notifications';
import { vapidKeys } from './web-push-provider';

const privateKey = (() => {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  return pair.getPrivateKey().toString('base64url').padStart(43, 'A');
})();
let service: HttpSink;
let notifications: TestNotifications;

beforeAll(async () => {
  service = await HttpSink.start({ status: 201 });
  notifications = new TestNotifications({
    VAPID_PRIVATE_KEY: privateKey,
    VAPID_SUBJECT: 'mailto:operator@example.com',
    OUTBOUND_PRIVATE_ADDRESSES: 'on',
    PUSH_RETRIES: '8,0.02,1',
  });
  await notifications.start();
}, 60_000);
afterAll(async () => {
  await notifications.close();
  await service.close();
});

/** The keys of a browser, which decrypts with them. */
const newBrowser = () => {
  const keys = createECDH('prime256v1');
  keys.generateKeys();
  const auth = randomBytes(16).toString('base64url');
  const endpoint = `${service.url}/push/${randomBytes(8).toString('hex')}`;
  return { keys, auth, endpoint, p256dh: keys.getPublicKey().toString('base64url') };
};
/** As a browser does it (RFC 8291 §3.4, RFC 8188 §2). */
const decrypt = ({ keys, auth }: { keys: ECDH; auth: string }, body: Buffer): string => {
  const derive = (secret: Buffer, salt: Buffer, info: Buffer | string, length: number) =>
    Buffer.from(hkdfSync('sha256', secret, salt, info, length));
  const salt = body.subarray(0, 16);
  const start = 21 + body[20]!;
  const sender = body.subarray(21, start);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), keys.getPublicKey(), sender]);
  const secret = derive(keys.computeSecret(sender), Buffer.from(auth, 'base64url'), info, 32);
  const key = derive(secret, salt, 'Content-Encoding: aes128gcm\0', 16);
  const decipher = createDecipheriv(
    'aes-128-gcm',
    key,
    derive(secret, salt, 'Content-Encoding: nonce\0', 12),
  );
  decipher.setAuthTag(body.subarray(-16));
  const padded = Buffer.concat([decipher.update(body.subarray(start, -16)), decipher.final()]);
  return padded.subarray(0, padded.lastIndexOf(2)).toString();
};
const subscribe = (
  token: string,
  { endpoint, p256dh, auth }: Record<'endpoint' | 'p256dh' | 'auth', string>,
) =>
  notifications.graphql<{ subscribeToPush: { id: string } | null }>(
    token,
    'mutation ($input: PushSubscriptionInput!) { subscribeToPush(input: $input) { id service } }',
    { input: { endpoint, p256dh, auth } },
  );
const subscriptions = async (token: string) =>
  (
    await notifications.graphql<{ pushSubscriptions: { id: string }[] }>(
      token,
      '{ pushSubscriptions { id } }',
    )
  ).data.pushSubscriptions;
const newUser = async () => {
  const { userId } = await notifications.register();
  return { userId, token: notifications.token({ userId }) };
};
const push = (userId: string) =>
  notifications.trySend({ channel: 'PUSH', userId, subject: 'Grüße 🎈', content: 'Hello', isUrgent: true });

describe('Web Push', () => {
  it('reaches every browser of a user, which decrypts the message', async () => {
    const ada = await newUser();
    const browsers = [newBrowser(), newBrowser()];
    for (const browser of browsers) expect((await subscribe(ada.token, browser)).code).toBeUndefined();
    const { data } = await push(ada.userId);
    expect(data.sendNotification).toHaveLength(2);
    for (const { id } of data.sendNotification!) await notifications.settled(id);
    for (const browser of browsers) {
      const request = service.requests.find(({ path }) => browser.endpoint.endsWith(path))!;
      expect(request.headers).toMatchObject({ 'content-encoding': 'aes128gcm', urgency: 'high' });
      const text = decrypt(browser, request.body);
      const id = JSON.parse(text).id as string;
      expect(JSON.parse(text)).toEqual({ id, title: 'Grüße 🎈', body: 'Hello' });
      // A repeated attempt replaces the first message.
      expect(request.headers['topic']).toBe(id.replaceAll('-', ''));
    }
  });

  it('is signed with the key that browsers subscribe with', async () => {
    const { data } = await notifications.graphql<{ pushPublicKey: string }>(undefined, '{ pushPublicKey }');
    expect(data.pushPublicKey).toBe(vapidKeys(privateKey).publicKey);
    const [, token = '', key] = /^vapid t=([^,]+), ?k=(.+)$/.exec(
      service.requests[0]!.headers.authorization!,
    )!;
    expect(key).toBe(data.pushPublicKey);
    const [header = '', claims = '', signature = ''] = token.split('.');
    const point = Buffer.from(data.pushPublicKey, 'base64url');
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map(each => each.toString('base64url'));
    const publicKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x!, y: y! }, format: 'jwk' });
    const signed = Buffer.from(`${header}.${claims}`);
    const isValid = verify(
      'sha256',
      signed,
      { key: publicKey, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    expect(isValid).toBe(true);
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      aud: service.url,
      sub: 'mailto:operator@example.com',
    });
  });

  it('forgets a subscription that has ended, and fails for good', async () => {
    const ada = await newUser();
    for (const status of [404, 410]) {
      await subscribe(ada.token, newBrowser());
      service.answers.push({ status });
      const { data } = await push(ada.userId);
      const { attempts } = await notifications.settled(data.sendNotification![0]!.id, 'FAILED');
      expect(attempts).toHaveLength(1);
      expect(await subscriptions(ada.token)).toEqual([]);
    }
    expect((await push(ada.userId)).code).toBe('VALIDATION_FAILED');
  });

  it('waits as long as the push service asks for', async () => {
    const ada = await newUser();
    await subscribe(ada.token, newBrowser());
    service.answers.push({ status: 429, headers: { 'retry-after': '60' } });
    const { data } = await push(ada.userId);
    const { id } = data.sendNotification![0]!;
    await notifications.attempted(id, 1);
    const [row] = await notifications.database.rows('notifications', `id = '${id}'`);
    expect(Number(row!['due_at']) - notifications.clock.now()).toBe(60_000);
    notifications.clock.advance(60_000);
    await notifications.settled(id);
  });

  it('gives a browser to the user who signed in there last', async () => {
    const [ada, grace] = [await newUser(), await newUser()];
    const browser = newBrowser();
    await subscribe(ada.token, browser);
    await subscribe(grace.token, browser);
    expect(await subscriptions(ada.token)).toEqual([]);
    const [{ id } = { id: '' }] = await subscriptions(grace.token);
    const remove = 'mutation ($id: ID!) { unsubscribeFromPush(id: $id) }';
    expect((await notifications.graphql(ada.token, remove, { id })).code).toBe('NOT_FOUND');
    await notifications.graphql(grace.token, remove, { id });
    await eventually(async () => expect(await subscriptions(grace.token)).toEqual([]));
  });

  it('refuses keys that are none, and names them', async () => {
    const { token } = await newUser();
    const { details } = await subscribe(token, {
      endpoint: 'nowhere',
      p256dh: 'x'.repeat(87),
      auth: 'short',
    });
    expect((details as { field: string }[]).map(({ field }) => field)).toEqual([
      'endpoint',
      'p256dh',
      'auth',
    ]);
  });
});
