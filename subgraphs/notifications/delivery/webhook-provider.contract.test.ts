import { createHmac } from 'node:crypto';
import { HttpSink } from '../testing/http-sink';
import { TestNotifications } from '../testing/test-notifications';

let receiver: HttpSink;
const notifications = new TestNotifications({
  OUTBOUND_PRIVATE_ADDRESSES: 'on',
  WEBHOOK_RETRIES: '16,0.02,1',
});

beforeAll(async () => {
  receiver = await HttpSink.start({ status: 204 });
  await notifications.start();
}, 60_000);
afterAll(async () => {
  await notifications.close();
  await receiver.close();
});

interface Created {
  created: { endpoint: { id: string }; secret: string } | null;
}
const manager = () => notifications.tokenWith('webhooks:read', 'webhooks:write');
const create = (url: string, token = manager()) =>
  notifications.graphql<Created>(
    token,
    'mutation ($url: String!) { created: createWebhookEndpoint(url: $url) { endpoint { id } secret } }',
    { url },
  );
const newEndpoint = async () => {
  const { data } = await create(`${receiver.url}/hook`);
  return { id: data.created!.endpoint.id, secret: data.created!.secret };
};
const rotate = async (id: string) => {
  const { data } = await notifications.graphql<Created>(
    manager(),
    'mutation ($id: ID!) { created: rotateWebhookSecret(id: $id) { secret } }',
    { id },
  );
  return data.created!.secret;
};
const order = { channel: 'WEBHOOK', subject: 'order.shipped', content: '{"order":7,"note":"Grüße"}' };
const post = async (recipient: string) => {
  const { id } = await notifications.send({ ...order, recipient });
  await notifications.settled(id);
  return receiver.requests.findLast(({ headers }) => headers['webhook-id'] === id)!;
};
/** As the receiver checks it with one secret. */
const isSignedWith = (secret: string, { headers, body }: Awaited<ReturnType<typeof post>>) => {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body.toString()}`;
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  return String(headers['webhook-signature']).split(' ').includes(expected);
};

describe('a webhook', () => {
  it('is a signed request with the headers of Standard Webhooks', async () => {
    const { id, secret } = await newEndpoint();
    const request = await post(id);
    expect(isSignedWith(secret, request)).toBe(true);
    expect(Number(request.headers['webhook-timestamp'])).toBe(Math.floor(notifications.clock.now() / 1_000));
    expect(JSON.parse(request.body.toString())).toEqual({
      type: 'order.shipped',
      timestamp: new Date(notifications.clock.now()).toISOString(),
      data: { order: 7, note: 'Grüße' },
    });
  });

  it('carries the signatures of both secrets for a day after a rotation', async () => {
    const { id, secret: old } = await newEndpoint();
    const current = await rotate(id);
    const during = await post(id);
    expect([isSignedWith(old, during), isSignedWith(current, during)]).toEqual([true, true]);
    notifications.clock.advance(24 * 3_600_000);
    const after = await post(id);
    expect([isSignedWith(old, after), isSignedWith(current, after)]).toEqual([false, true]);
  });

  it('is tried again with the same id after 5xx, and never after 410 or a redirect', async () => {
    const { id: recipient } = await newEndpoint();
    receiver.answers.push({ status: 503 });
    const { id } = await notifications.send({ ...order, recipient });
    await notifications.attempted(id, 1);
    notifications.clock.advance(1_000);
    await notifications.settled(id);
    expect(receiver.requests.filter(({ headers }) => headers['webhook-id'] === id)).toHaveLength(2);
    for (const answer of [{ status: 410 }, { status: 302, headers: { location: `${receiver.url}/other` } }]) {
      receiver.answers.push(answer);
      const final = await notifications.send({ ...order, recipient });
      expect((await notifications.settled(final.id, 'FAILED')).attempts).toHaveLength(1);
    }
    expect(receiver.requests.some(({ path }) => path === '/other')).toBe(false);
  });

  it('needs JSON as content, and an endpoint that exists', async () => {
    const { id } = await newEndpoint();
    const text = await notifications.trySend({ ...order, content: 'text', recipient: id });
    expect(text.details).toEqual([{ field: 'content', message: 'must be JSON for a webhook' }]);
    const remove = 'mutation ($id: ID!) { deleteWebhookEndpoint(id: $id) }';
    await notifications.graphql(manager(), remove, { id });
    expect((await notifications.trySend({ ...order, recipient: id })).code).toBe('VALIDATION_FAILED');
    expect((await notifications.graphql(manager(), remove, { id })).code).toBe('NOT_FOUND');
  });

  it('never reaches a private address, unless a setting allows it', async () => {
    const { id: recipient } = await newEndpoint();
    await notifications.restart({ OUTBOUND_PRIVATE_ADDRESSES: 'off' });
    const before = receiver.requests.length;
    const { id } = await notifications.send({ ...order, recipient });
    const { attempts } = await notifications.settled(id, 'FAILED');
    expect(attempts[0]!.error).toContain('private');
    expect(receiver.requests).toHaveLength(before);
    for (const url of [
      'http://example.com/hook',
      'https://127.0.0.1/hook',
      'https://0x7f.1/hook',
      'https://2130706433/hook',
      'https://[::1]/hook',
      'https://[::ffff:127.0.0.1]/hook',
      'https://169.254.169.254/latest',
      'https://10.0.0.1/hook',
      'https://user:password@example.com/hook',
      'file:///etc/passwd',
    ])
      expect([url, (await create(url)).code]).toEqual([url, 'VALIDATION_FAILED']);
    expect((await create('https://example.com/hook')).code).toBeUndefined();
    expect((await create('https://example.com/hook', notifications.token())).code).toBe('FORBIDDEN');
  });
});
