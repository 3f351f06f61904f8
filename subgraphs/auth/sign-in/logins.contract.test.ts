import { createHmac } from 'node:crypto';
import { hash } from 'bcrypt';
import { TestAuth } from '../testing/test-auth';

const wrong = 'not the right password';

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const failures = async (who: string, count: number, url?: string) => {
  const codes: unknown[] = [];
  for (let i = 0; i < count; i++) codes.push((await auth.requestLogIn(who, wrong, url)).body['error']);
  return codes;
};
const times = <T>(count: number, value: T) => Array<T>(count).fill(value);

describe('signing in (A2)', () => {
  it('takes the username or the email, whatever the capitals, and notes when', async () => {
    const { username, email, password, id } = await auth.register();
    for (const name of [username, username.toUpperCase(), email, email.toUpperCase()]) {
      const { status, body } = await auth.requestLogIn(name, password);
      expect([status, (body['user'] as { id: string }).id]).toEqual([200, id]);
      expect(body['user']).toMatchObject({ last_login: new Date(auth.clock.now()).toISOString() });
    }
  });

  it('answers a wrong name and a wrong password alike', async () => {
    const { username } = await auth.register();
    const known = await auth.requestLogIn(username, wrong);
    const unknown = await auth.requestLogIn('nobody-of-that-name', wrong);
    const shape = ({ status, body }: typeof known) => [
      status,
      body['error'],
      body['message'],
      body['details'],
    ];
    expect(shape(known)).toEqual([401, 'INVALID_CREDENTIALS', 'Wrong username or password', null]);
    expect(shape(unknown)).toEqual(shape(known));
  });

  it('answers alike by email for somebody and nobody after failures by username', async () => {
    const ada = await auth.register();
    const nobody = { username: `nobody-${Date.now()}`, email: `nobody-${Date.now()}@example.com` };
    const byEmail = async ({ username, email }: { username: string; email: string }) => {
      await failures(username, 7);
      return failures(email, 7);
    };
    const codes = await byEmail(ada);
    expect(codes).toEqual([...times(5, 'INVALID_CREDENTIALS'), ...times(2, 'TOO_MANY_ATTEMPTS')]);
    expect(await byEmail(nobody)).toEqual(codes);
    // A sign-in by one of them ends both waits.
    auth.clock.advance(2_000);
    expect((await auth.requestLogIn(ada.email, ada.password)).status).toBe(200);
    expect(await failures(ada.username, 1)).toEqual(['INVALID_CREDENTIALS']);
  });

  it.each(['somebody', 'nobody'])('makes %s wait after five failures, longer each time', async who => {
    const name = who === 'nobody' ? `nobody-${Date.now()}` : (await auth.register()).username;
    expect(await failures(name, 7)).toEqual([
      ...times(5, 'INVALID_CREDENTIALS'),
      ...times(2, 'TOO_MANY_ATTEMPTS'),
    ]);
    const refused = await auth.requestLogIn(name, wrong);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    // What is refused does not count, so the wait is over when it was said to be.
    for (const seconds of [1, 2, 4, 8]) {
      auth.clock.advance(seconds * 1000);
      expect(await failures(name, 2)).toEqual(['INVALID_CREDENTIALS', 'TOO_MANY_ATTEMPTS']);
    }
    for (let i = 0; i < 10; i++) {
      auth.clock.advance(15 * 60_000);
      await failures(name, 1);
    }
    expect((await auth.requestLogIn(name, wrong)).body['details']).toEqual({ retry_after_seconds: 900 });
    auth.clock.advance(25 * 60 * 60_000);
    expect(await failures(name, 2)).toEqual(times(2, 'INVALID_CREDENTIALS'));
  });

  it('refuses the right password during the wait and takes it after, which forgives all', async () => {
    const { username, password } = await auth.register();
    await failures(username, 5);
    expect((await auth.requestLogIn(username, password)).status).toBe(429);
    auth.clock.advance(1_000);
    expect((await auth.requestLogIn(username, password)).status).toBe(200);
    expect(await failures(username, 5)).toEqual(times(5, 'INVALID_CREDENTIALS'));
    auth.clock.advance(60_000);
  });

  it('counts guesses one by one, in parallel and as aliases of one operation', async () => {
    const parallel = await auth.register();
    const codes = await Promise.all(
      times(30, 0).map(async () => (await auth.requestLogIn(parallel.username, wrong)).body['error']),
    );
    expect(codes.filter(code => code === 'INVALID_CREDENTIALS')).toHaveLength(5);
    expect(codes.filter(code => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(25);

    const aliased = await auth.register();
    const attempt = `login(input: { username: "${aliased.username}", password: "${wrong}" }) { accessToken }`;
    const response = await fetch(`${auth.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: `mutation { ${times(20, 0)
          .map((_, i) => `a${i}: ${attempt}`)
          .join(' ')} }`,
      }),
    });
    // The first that fails ends the operation: the field is not nullable.
    expect((await response.text()).match(/INVALID_CREDENTIALS/g)!.length).toBeLessThanOrEqual(5);
    auth.clock.advance(60_000);
  });

  it('lets many who know the password in at once', async () => {
    const { username, password } = await auth.register();
    const answers = await Promise.all(times(20, 0).map(() => auth.requestLogIn(username, password)));
    expect(answers.map(answer => answer.status)).toEqual(times(20, 200));
  });

  it('does not keep the owner waiting at home for what strangers guess elsewhere', async () => {
    const ada = await auth.register();
    const from = (address: string, password: string) =>
      auth.rest('POST', '/login', {
        body: { username: ada.username, password },
        headers: { 'x-forwarded-for': address },
      });
    for (let i = 0; i < 30; i++) await from(`203.0.113.${i}`, wrong);
    expect((await from('203.0.113.99', ada.password)).body['error']).toBe('TOO_MANY_ATTEMPTS');
    expect((await auth.requestLogIn(ada.username, ada.password)).status).toBe(200);
  });

  it('keeps the wait over a restart', async () => {
    const { username, password } = await auth.register();
    await failures(username, 5);
    await auth.restart();
    expect((await auth.requestLogIn(username, password)).body['error']).toBe('TOO_MANY_ATTEMPTS');
    auth.clock.advance(1_000);
    expect((await auth.requestLogIn(username, password)).status).toBe(200);
  });

  it('says nothing about who failed, in the table of failures', async () => {
    const { username, id } = await auth.register();
    await failures(username, 1);
    const rows = JSON.stringify(await auth.database.rows('login_throttles'));
    for (const clue of [username, id, '127.0.0.1']) expect(rows).not.toContain(clue);
  });

  const hostile: [string, Record<string, unknown>, number][] = [
    ['a name of 1 MB', { username: 'x'.repeat(1_000_000), password: wrong }, 422],
    ['a password of 1 MB', { username: 'somebody', password: 'x'.repeat(1_000_000) }, 422],
    ['NUL in a name', { username: 'a\u0000b', password: wrong }, 422],
    ['half a surrogate pair', { username: 'abc', password: '\udc00' }, 422],
    ['nothing', { username: '', password: '' }, 422],
    ['an object', { username: { $ne: null }, password: wrong }, 422],
    ['SQL', { username: "' OR 1=1 --", password: wrong }, 401],
    ['wildcards', { username: '%', password: wrong }, 401],
  ];
  it.each(hostile)('refuses %s', async (_, body, status) => {
    const answer = await auth.rest('POST', '/login', { body });
    expect(answer.status).toBe(status);
    expect(JSON.stringify(answer.body)).not.toContain(wrong);
  });
});

describe('passwords (A7)', () => {
  it('are hashed anew at the next sign-in when the cost has changed', async () => {
    const { username, password, id } = await auth.register();
    const stored = async () => (await auth.database.rows('accounts', `id = '${id}'`))[0]!['password_hash'];
    expect(await stored()).toMatch(/^\$2b\$04\$/);
    const condensed = createHmac('sha256', 'plinth password v1').update(password).digest('base64');
    await auth.database.update('accounts', `password_hash = '${await hash(condensed, 5)}'`, `id = '${id}'`);
    expect((await auth.requestLogIn(username, password)).status).toBe(200);
    expect(await stored()).toMatch(/^\$2b\$04\$/);
    expect((await auth.requestLogIn(username, password)).status).toBe(200);
  });
});

it('counts registrations and sign-ins by outcome', async () => {
  const page = await (await fetch(`${auth.url}/metrics`)).text();
  expect(page).toMatch(/plinth_registrations_total\{[^}]*\} \d/);
  await auth.requestLogIn('nobody-at-all', wrong);
  const after = await (await fetch(`${auth.url}/metrics`)).text();
  expect(after).toMatch(/plinth_logins_total\{[^}]*outcome="invalid_credentials"[^}]*\} \d/);
});
