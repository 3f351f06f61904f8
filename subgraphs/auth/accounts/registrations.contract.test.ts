import { eventually } from '../../../platform/testing/eventually';
import { TestAuth } from '../testing/test-auth';

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const times = <T>(count: number, value: T) => Array<T>(count).fill(value);

describe('registering (A1)', () => {
  const password = 'a long enough secret';

  it('answers the account and its tokens, and publishes the registration', async () => {
    const body = { username: 'Ada.Lovelace', email: 'Ada@Example.com', password };
    const answer = await auth.rest('POST', '/register', { body });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      user: {
        id: expect.any(String),
        username: 'Ada.Lovelace',
        email: 'Ada@Example.com',
        is_active: true,
        created_at: new Date(auth.clock.now()).toISOString(),
        last_login: null,
      },
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 900,
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { id } = answer.body['user'] as { id: string };
    await eventually(() => {
      expect(auth.events.map(({ type, data }) => ({ type, data }))).toContainEqual({
        type: 'user.registered',
        data: {
          userId: id,
          username: 'Ada.Lovelace',
          email: 'Ada@Example.com',
          isActive: true,
          createdAt: auth.clock.now(),
          roles: ['user'],
        },
      });
    });
  });

  it('takes a username and an email once, whatever the capitals', async () => {
    const { username, email } = await auth.register();
    const other = 'somebody-else';
    const again = async (name: string, address: string) => {
      const body = { username: name, email: address, password };
      const answer = await auth.rest('POST', '/register', { body });
      return [answer.status, answer.body['error']];
    };
    expect(await again(username.toUpperCase(), `${other}@example.com`)).toEqual([409, 'USERNAME_TAKEN']);
    expect(await again(other, email.toUpperCase())).toEqual([409, 'EMAIL_TAKEN']);
    expect(await again('admin', `${other}@example.com`)).toEqual([409, 'USERNAME_TAKEN']);
  });

  it('lets exactly one of ten win who ask for the same at the same instant', async () => {
    const body = { username: 'the-same', email: 'the-same@example.com', password };
    const answers = await Promise.all(times(10, 0).map(() => auth.rest('POST', '/register', { body })));
    expect(answers.map(answer => answer.status).sort()).toEqual([201, ...times(9, 409)]);
    expect(await auth.database.rows('accounts', "username_key = 'the-same'")).toHaveLength(1);
  });

  it('names every wrong field with every reason, and never the password', async () => {
    const body = { username: 'a b', email: 'nowhere', password: '1234567' };
    const answer = await auth.rest('POST', '/register', { body });
    expect([answer.status, answer.body['error']]).toEqual([422, 'VALIDATION_FAILED']);
    const details = answer.body['details'] as { field: string; message: string }[];
    expect(details.map(({ field }) => field)).toEqual(['username', 'email', 'password', 'password']);
    expect(JSON.stringify(answer.body)).not.toContain('1234567');
  });

  const good = { username: 'fine-name', email: 'fine@example.com', password };
  const bad: [string, Record<string, unknown>, string][] = [
    ['a username of 1 MB', { ...good, username: 'x'.repeat(1_000_000) }, 'username'],
    ['an email of 1 MB', { ...good, email: `${'x'.repeat(1_000_000)}@example.com` }, 'email'],
    ['a password of 1 MB', { ...good, password: 'xy'.repeat(500_000) }, 'password'],
    ['NUL in a username', { ...good, username: 'ab\u0000c' }, 'username'],
    ['NUL in a password', { ...good, password: 'abcdefgh\u0000ijkl' }, 'password'],
    ['a line break in an email', { ...good, email: 'a@example.com\r\nbcc: b@example.com' }, 'email'],
    ['half a surrogate pair', { ...good, password: 'x\ud800yyyyyyyyy' }, 'password'],
    ['SQL', { ...good, username: "a'; DROP TABLE accounts; --" }, 'username'],
    ['GraphQL', { ...good, username: 'a"}) { id } #' }, 'username'],
    ['an @ in a username', { ...good, username: 'a@example.com' }, 'username'],
    ['a letter that only looks like a', { ...good, username: 'p\u0430ypal' }, 'username'],
    ['an address without a dot', { ...good, email: 'root@localhost' }, 'email'],
    ['a common password', { ...good, password: 'PassWord123' }, 'password'],
    ['a run', { ...good, password: 'abcdefghij' }, 'password'],
    ['the username as password', { ...good, password: 'Fine-Name1' }, 'password'],
    ['a number', { ...good, username: 5 }, 'username'],
    ['a list', { ...good, username: ['a'] }, 'username'],
    ['null', { ...good, email: null }, 'email'],
    ['a missing field', { username: 'fine-name', email: 'fine@example.com' }, 'password'],
    ['an unknown field', { ...good, is_administrator: true }, 'is_administrator'],
  ];
  it.each(bad)('refuses %s with 422, names the field and stores nothing', async (_, body, field) => {
    const before = (await auth.database.rows('accounts')).length;
    const answer = await auth.rest('POST', '/register', { body });
    expect([answer.status, answer.body['error']]).toEqual([422, 'VALIDATION_FAILED']);
    expect((answer.body['details'] as { field: string }[]).map(each => each.field)).toContain(field);
    const said = JSON.stringify(answer.body);
    expect(said.length).toBeLessThan(2_000);
    for (const secret of ['DROP', password, 'PassWord123', 'abcdefghij']) expect(said).not.toContain(secret);
    expect(await auth.database.rows('accounts')).toHaveLength(before);
  });

  it('repeats no secret that came in a wrong shape', async () => {
    const register = 'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }';
    const login = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';
    const refresh = 'mutation ($token: String!) { refresh(refreshToken: $token) { accessToken } }';
    const odd = [4_815_162_342, true, ['4815162342'], { text: '4815162342' }, null];
    const said: string[] = [];
    for (const value of odd) {
      const names = { username: 'odd-shape', email: 'odd-shape@example.com' };
      for (const [query, variables] of [
        [register, { input: { ...names, password: value } }],
        [login, { input: { username: 'odd-shape', password: value } }],
        [refresh, { token: value }],
      ] as const) {
        // A list of one text is that text, for variables too (GraphQL §3.11).
        const answer = await auth.graphql(undefined, query, variables);
        expect(answer.code).toBeDefined();
        said.push(answer.text);
      }
      for (const path of ['/register', '/login', '/refresh']) {
        const body = { ...names, password: value, refresh_token: value };
        said.push(JSON.stringify((await auth.rest('POST', path, { body })).body));
      }
    }
    const literal =
      'mutation { login(input: { username: "odd-shape", password: 4815162342 }) { accessToken } }';
    said.push((await auth.graphql(undefined, literal)).text);
    expect(said.filter(text => text.includes('4815162342'))).toEqual([]);
    expect(await auth.database.rows('accounts', "username_key = 'odd-shape'")).toEqual([]);
  });

  it('keeps the whole of a long password, and takes an accent written either way', async () => {
    const long = 'é'.repeat(100);
    const { username } = await auth.register({ password: `${long}1` });
    expect((await auth.requestLogIn(username, `${long}2`)).status).toBe(401);
    expect((await auth.requestLogIn(username, `${long}1`.normalize('NFD'))).status).toBe(200);
  });
});
