import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';
import { TestAuth } from '../testing/test-auth';

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

const decode = (part: string) =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

describe('validating (A5)', () => {
  const query = `query ($token: String) { validateToken(token: $token) { active userId permissions expiresAt reason } }`;
  const validate = async (token: string) =>
    (await auth.graphql<{ validateToken: Record<string, unknown> }>(undefined, query, { token })).data
      .validateToken;

  it('answers who may do what until when, or why not', async () => {
    const person = await auth.registerWith('files:read', 'users:*');
    expect((await auth.rest('GET', '/validate', { token: person.accessToken })).body).toEqual({
      active: true,
      user_id: person.id,
      roles: ['clerk'],
      permissions: ['files:read', 'users:*'],
      expires_at: new Date(Math.floor(auth.clock.now() / 1000) * 1000 + 900_000).toISOString(),
    });
    expect(await validate(person.accessToken)).toMatchObject({
      active: true,
      userId: person.id,
      reason: null,
    });
    expect(await validate('nonsense')).toEqual({
      active: false,
      userId: null,
      permissions: [],
      expiresAt: null,
      reason: 'TOKEN_INVALID',
    });
    const missing = await auth.rest('GET', '/validate');
    expect([missing.status, missing.body['error']]).toEqual([401, 'UNAUTHENTICATED']);
    await auth.rest('POST', '/logout', { token: person.accessToken });
    expect(await validate(person.accessToken)).toMatchObject({ active: false, reason: 'TOKEN_REVOKED' });
    const revoked = await auth.rest('GET', '/validate', { token: person.accessToken });
    expect([revoked.status, revoked.body['error']]).toEqual([401, 'TOKEN_REVOKED']);
    const old = await auth.register();
    auth.clock.advance(901_000);
    expect(await validate(old.accessToken)).toMatchObject({ active: false, reason: 'TOKEN_EXPIRED' });
  });
});

it('does not validate what nobody sent, nor the token of an account that is closed or gone (A5)', async () => {
  const reasonOf = async (token?: string) =>
    (
      await auth.graphql<{ validateToken: { active: boolean; reason: string } }>(
        token,
        '{ validateToken { active reason } }',
      )
    ).data.validateToken;
  expect(await reasonOf()).toEqual({ active: false, reason: 'UNAUTHENTICATED' });
  const [ada, eve] = [await auth.register(), await auth.register()];
  expect(await reasonOf(ada.accessToken)).toEqual({ active: true, reason: null });
  await auth.database.update('accounts', 'is_active = false', `id = '${ada.id}'`);
  expect(await reasonOf(ada.accessToken)).toEqual({ active: false, reason: 'ACCOUNT_INACTIVE' });
  // Ended without a word to the bus: the row alone says so.
  await auth.database.update('sessions', `revoked_at = ${auth.clock.now()}`, `account_id = '${eve.id}'`);
  expect(await reasonOf(eve.accessToken)).toEqual({ active: false, reason: 'TOKEN_REVOKED' });
});

describe('tokens that are not what they say (A8)', () => {
  it('are 401 whatever they try', async () => {
    const { accessToken } = await auth.register();
    const [head, body, signature] = accessToken.split('.') as [string, string, string];
    const [header, claims] = [decode(head), decode(body)];
    const set = await auth.rest('GET', '/.well-known/jwks.json');
    const jwk = (set.body['keys'] as JsonWebKey[])[0]!;
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const signed = (h: unknown, c: unknown) => {
      const text = `${encode(h)}.${encode(c)}`;
      const mark = sign('sha256', Buffer.from(text), { key: own.privateKey, dsaEncoding: 'ieee-p1363' });
      return `${text}.${mark.toString('base64url')}`;
    };
    const hmac = `${encode({ ...header, alg: 'HS256' })}.${body}`;
    const forged: Record<string, string> = {
      'alg none': `${encode({ ...header, alg: 'none' })}.${body}.`,
      'HS256 with the public key': `${hmac}.${createHmac('sha256', pem).update(hmac).digest('base64url')}`,
      'an embedded jwk': signed({ ...header, jwk: own.publicKey.export({ format: 'jwk' }) }, claims),
      'a jku': signed({ ...header, jku: 'http://127.0.0.1/keys' }, claims),
      'another key': signed(header, claims),
      'an unknown kid': signed({ ...header, kid: 'nobody' }, claims),
      'a kid that is SQL': signed({ ...header, kid: "' OR 1=1 --" }, claims),
      'other claims': `${head}.${encode({ ...claims, scope: '*' })}.${signature}`,
      'another type': signed({ ...header, typ: 'JWT' }, claims),
      'no signature': `${head}.${body}`,
      nonsense: 'a.b.c',
    };
    for (const [what, token] of Object.entries(forged)) {
      expect([what, ...(await auth.me(token))]).toEqual([what, 401, 'TOKEN_INVALID']);
    }
  });
});
