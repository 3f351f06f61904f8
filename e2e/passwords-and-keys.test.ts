import { administratorToken, data, eventually, rest, somebody } from './client';
import { type Plinth, startPlinth } from './plinth';

let plinth: Plinth;
let at: string;

beforeAll(async () => {
  plinth = await startPlinth();
  at = plinth.urls.gateway!;
});

afterAll(() => plinth.close());

const logIn = (username: string, password: string) =>
  rest('POST', '/auth/login', { at, body: { username, password } });
const restartAuth = async (environment: Record<string, string> = {}) => {
  await plinth.kill('auth');
  await plinth.restart('auth', environment);
  await eventually(() => administratorToken(at));
};

describe('password hashing (A7)', () => {
  it('hashes a password anew at the next sign-in when the configured cost has risen', async () => {
    const ada = await somebody(at);
    const storedHash = async () =>
      (await plinth.database('auth').rows('accounts', `id = '${ada.id}'`))[0]!['password_hash'];
    expect(await storedHash()).toMatch(/^\$2b\$04\$/);
    await restartAuth({ BCRYPT_COST: '6' });
    expect((await logIn(ada.username, 'not the right password')).status).toBe(401);
    expect(await storedHash()).toMatch(/^\$2b\$04\$/);
    expect((await logIn(ada.username, ada.password)).status).toBe(200);
    const upgraded = await storedHash();
    expect(upgraded).toMatch(/^\$2b\$06\$/);
    expect((await logIn(ada.username, ada.password)).status).toBe(200);
    expect(await storedHash()).toBe(upgraded);
  });

  it('distinguishes passwords that differ only after the 72nd byte', async () => {
    const username = `long-${Date.now().toString(36)}`;
    const stem = 'correct horse battery staple '.repeat(4);
    const body = { username, email: `${username}@example.com`, password: `${stem}a` };
    expect((await rest('POST', '/auth/register', { at, body })).status).toBe(201);
    expect((await logIn(username, `${stem}b`)).status).toBe(401);
    expect((await logIn(username, stem.slice(0, 72))).status).toBe(401);
    expect((await logIn(username, `${stem}a`)).status).toBe(200);
  });
});

describe('rotation of signing keys (A8)', () => {
  const keyOf = (token: string) =>
    (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
  const published = async () => {
    const { body } = await rest('GET', '/.well-known/jwks.json', { at: plinth.urls['auth']! });
    return (body['keys'] as unknown as { kid: string }[]).map(({ kid }) => kid);
  };
  const me = async (token: string, url = at) =>
    (await rest('GET', url === at ? '/auth/me' : '/me', { token, at: url })).status;

  it('publishes the next key before it signs, and accepts tokens of the old one until they expire', async () => {
    const ada = await somebody(at);
    const oldKey = keyOf(ada.accessToken);
    const { rotateSigningKey } = await data<{ rotateSigningKey: { kid: string } }, object>(
      'mutation { rotateSigningKey { kid } }',
      {},
      await administratorToken(at),
      at,
    );
    const newKey = rotateSigningKey.kid;
    expect(newKey).not.toBe(oldKey);
    expect((await published()).sort()).toEqual([oldKey, newKey].sort());
    const early = (await logIn(ada.username, ada.password)).body['access_token'] as unknown as string;
    expect(keyOf(early)).toBe(oldKey);
    // The ten minutes in which every verifier can learn the key have passed.
    await plinth
      .database('auth')
      .update('signing_keys', `signs_from = ${Date.now() - 1}`, `kid = '${newKey}'`);
    await restartAuth();
    const late = (await logIn(ada.username, ada.password)).body['access_token'] as unknown as string;
    expect(keyOf(late)).toBe(newKey);
    for (const token of [ada.accessToken, early, late]) {
      // A verifier asks for an unknown key every five seconds at most, and this story skips the ten minutes.
      await eventually(async () => {
        expect(await me(token)).toBe(200);
        expect(await me(token, plinth.urls['auth'])).toBe(200);
        const user = await rest('GET', `/${ada.id}`, { token, at: plinth.urls['users']! });
        expect(user.status).toBe(200);
      });
    }
    expect((await published()).sort()).toEqual([oldKey, newKey].sort());
    const keys = JSON.stringify(await plinth.database('auth').rows('signing_keys'));
    expect(keys).not.toContain('PRIVATE KEY');
  });
});
