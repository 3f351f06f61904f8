import { ConfigError } from '../../../platform/config';
import { Keyring } from '../../../platform/security/keyring';
import { testBackend } from '../../../platform/testing/backend';
import { TestAuth } from '../testing/test-auth';

const decode = (part: string) =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

describe('signing keys (A8)', () => {
  const kidOf = (token: string) => decode(token.split('.')[0]!)['kid'];
  const published = async (at = auth.url) => {
    const { body, headers } = await auth.rest('GET', '/.well-known/jwks.json', { url: at });
    expect(headers.get('cache-control')).toMatch(/max-age=\d+/);
    return body['keys'] as { kid: string }[];
  };

  it('are published with their public halves only, and stored encrypted', async () => {
    for (const key of await published()) {
      expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    }
    expect(JSON.stringify(await auth.database.rows('signing_keys'))).not.toContain('PRIVATE KEY');
  });

  it('overlap: the next is published before it signs, the old verifies until its tokens are gone', async () => {
    auth.clock.advance(2 * 60 * 60_000);
    const keeper = await auth.registerWith('keys:rotate');
    const rotate = () =>
      auth.graphql<{ rotateSigningKey: { kid: string } }>(
        keeper.accessToken,
        'mutation { rotateSigningKey { kid } }',
      );
    const { kid } = (await rotate()).data.rotateSigningKey;
    expect((await rotate()).data.rotateSigningKey.kid).toBe(kid);
    expect((await published()).map(key => key.kid)).toContain(kid);
    expect(kidOf((await auth.logIn(keeper)).accessToken)).not.toBe(kid);
    auth.clock.advance(10 * 60_000 - 1_000);
    const before = await auth.logIn(keeper);
    expect(kidOf(before.accessToken)).not.toBe(kid);
    auth.clock.advance(1_000);
    expect(kidOf((await auth.logIn(keeper)).accessToken)).toBe(kid);
    expect((await auth.me(before.accessToken))[0]).toBe(200);
    expect((await published()).length).toBeGreaterThan(1);
    auth.clock.advance(62 * 60_000);
    expect((await published()).map(key => key.kid)).toEqual([kid]);
  });

  it('are agreed on by instances that start at once, and kept over restarts', async () => {
    const before = await published();
    const others = testBackend() ? await Promise.all([auth.startAnother(), auth.startAnother()]) : [];
    try {
      const person = await auth.register();
      for (const other of others) {
        expect(await published(other.url)).toEqual(before);
        expect((await auth.me(person.accessToken, other.url))[0]).toBe(200);
      }
    } finally {
      await Promise.all(others.map(other => other.stop()));
    }
    const person = await auth.register();
    await auth.restart();
    expect(await published()).toEqual(before);
    expect((await auth.me(person.accessToken))[0]).toBe(200);
    expect((await auth.refresh(person.refreshToken)).status).toBe(200);
  });
});

describe('a start', () => {
  it('with other keys than those that encrypted what is stored says so in one line (A8)', async () => {
    const other = Keyring.generate('other');
    const error: unknown = await auth.startAnother({ ENCRYPTION_KEYS: other }).catch(thrown => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    const { mistakes } = error as ConfigError;
    expect(mistakes).toEqual([expect.stringContaining('put it back into ENCRYPTION_KEYS')]);
    expect(mistakes[0]).not.toContain(other.split(':')[1]);
  });

  it('at the same moment as another, on an empty database, makes one key and one administrator', async () => {
    const first = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'correct horse battery staple' };
    const own = new TestAuth(first);
    await own.prepare();
    const both = await Promise.all([own.startAnother(), own.startAnother()]);
    try {
      const [one, two] = both.map(({ url }) => url) as [string, string];
      expect(await own.database.rows('accounts')).toHaveLength(1);
      expect(await own.database.rows('signing_keys')).toHaveLength(1);
      const { status, body } = await own.requestLogIn('admin', first.ADMIN_PASSWORD, one);
      expect(status).toBe(200);
      expect(await own.me(body['access_token'] as string, two)).toEqual([200, undefined]);
      expect((await own.refresh(body['refresh_token'] as string, two)).status).toBe(200);
    } finally {
      await Promise.all(both.map(instance => instance.stop()));
      await own.close();
    }
  });
});
