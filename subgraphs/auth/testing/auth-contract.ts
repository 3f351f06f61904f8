import { createHmac, createPublicKey, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hash } from 'bcrypt';
import { ConfigError } from '../../../platform/config';
import { Keyring } from '../../../platform/security/keyring';
import { eventually } from '../../../platform/testing/eventually';
import { type Person, type Servers, Stage } from './stage';

const wrong = 'not the right password';
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part: string) =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;

/** What holds of the auth service, whatever it stands on. */
export function authContract(kind: string, servers?: () => Servers): void {
  describe(`auth (${kind})`, () => {
    let stage: Stage;

    beforeAll(async () => {
      stage = await Stage.start(servers?.());
    }, 60_000);

    afterAll(() => stage.stop());

    const failures = async (who: string, count: number, at?: string) => {
      const codes: unknown[] = [];
      for (let i = 0; i < count; i++) codes.push((await stage.logInRest(who, wrong, at)).body['error']);
      return codes;
    };
    const times = <T>(count: number, value: T) => Array<T>(count).fill(value);

    describe('registering (A1)', () => {
      const password = 'a long enough secret';

      it('answers the account and its tokens, and tells the others', async () => {
        const body = { username: 'Ada.Lovelace', email: 'Ada@Example.com', password };
        const answer = await stage.rest('POST', '/register', { body });
        expect(answer.status).toBe(201);
        expect(answer.body).toEqual({
          user: {
            id: expect.any(String),
            username: 'Ada.Lovelace',
            email: 'Ada@Example.com',
            is_active: true,
            created_at: new Date(stage.clock.now()).toISOString(),
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
          expect(stage.announced.map(({ type, data }) => ({ type, data }))).toContainEqual({
            type: 'user.registered',
            data: {
              userId: id,
              username: 'Ada.Lovelace',
              email: 'Ada@Example.com',
              isActive: true,
              createdAt: stage.clock.now(),
              roles: ['user'],
            },
          });
        });
      });

      it('takes a username and an email once, whatever the capitals', async () => {
        const { username, email } = await stage.somebody();
        const other = 'somebody-else';
        const again = async (name: string, address: string) => {
          const body = { username: name, email: address, password };
          const answer = await stage.rest('POST', '/register', { body });
          return [answer.status, answer.body['error']];
        };
        expect(await again(username.toUpperCase(), `${other}@example.com`)).toEqual([409, 'USERNAME_TAKEN']);
        expect(await again(other, email.toUpperCase())).toEqual([409, 'EMAIL_TAKEN']);
        expect(await again('admin', `${other}@example.com`)).toEqual([409, 'USERNAME_TAKEN']);
      });

      it('lets exactly one of ten win who ask for the same at the same instant', async () => {
        const body = { username: 'the-same', email: 'the-same@example.com', password };
        const answers = await Promise.all(times(10, 0).map(() => stage.rest('POST', '/register', { body })));
        expect(answers.map(answer => answer.status).sort()).toEqual([201, ...times(9, 409)]);
        expect(await stage.rows('accounts', "username_key = 'the-same'")).toHaveLength(1);
      });

      it('names every wrong field with every reason, and never the password', async () => {
        const body = { username: 'a b', email: 'nowhere', password: '1234567' };
        const answer = await stage.rest('POST', '/register', { body });
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
        const before = (await stage.rows('accounts')).length;
        const answer = await stage.rest('POST', '/register', { body });
        expect([answer.status, answer.body['error']]).toEqual([422, 'VALIDATION_FAILED']);
        expect((answer.body['details'] as { field: string }[]).map(each => each.field)).toContain(field);
        const said = JSON.stringify(answer.body);
        expect(said.length).toBeLessThan(2_000);
        for (const secret of ['DROP', password, 'PassWord123', 'abcdefghij'])
          expect(said).not.toContain(secret);
        expect(await stage.rows('accounts')).toHaveLength(before);
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
            const answer = await stage.ask(undefined, query, variables);
            expect(answer.code).toBeDefined();
            said.push(answer.text);
          }
          for (const path of ['/register', '/login', '/refresh']) {
            const body = { ...names, password: value, refresh_token: value };
            said.push(JSON.stringify((await stage.rest('POST', path, { body })).body));
          }
        }
        const literal =
          'mutation { login(input: { username: "odd-shape", password: 4815162342 }) { accessToken } }';
        said.push((await stage.ask(undefined, literal)).text);
        expect(said.filter(text => text.includes('4815162342'))).toEqual([]);
        expect(await stage.rows('accounts', "username_key = 'odd-shape'")).toEqual([]);
      });

      it('keeps the whole of a long password, and takes an accent written either way', async () => {
        const long = 'é'.repeat(100);
        const { username } = await stage.somebody({ password: `${long}1` });
        expect((await stage.logInRest(username, `${long}2`)).status).toBe(401);
        expect((await stage.logInRest(username, `${long}1`.normalize('NFD'))).status).toBe(200);
      });
    });

    describe('signing in (A2)', () => {
      it('takes the username or the email, whatever the capitals, and notes when', async () => {
        const { username, email, password, id } = await stage.somebody();
        for (const name of [username, username.toUpperCase(), email, email.toUpperCase()]) {
          const { status, body } = await stage.logInRest(name, password);
          expect([status, (body['user'] as { id: string }).id]).toEqual([200, id]);
          expect(body['user']).toMatchObject({ last_login: new Date(stage.clock.now()).toISOString() });
        }
      });

      it('answers a wrong name and a wrong password alike', async () => {
        const { username } = await stage.somebody();
        const known = await stage.logInRest(username, wrong);
        const unknown = await stage.logInRest('nobody-of-that-name', wrong);
        const shape = ({ status, body }: typeof known) => [
          status,
          body['error'],
          body['message'],
          body['details'],
        ];
        expect(shape(known)).toEqual([401, 'INVALID_CREDENTIALS', 'Wrong username or password', null]);
        expect(shape(unknown)).toEqual(shape(known));
      });

      it.each(['somebody', 'nobody'])('makes %s wait after five failures, longer each time', async who => {
        const name = who === 'nobody' ? `nobody-${Date.now()}` : (await stage.somebody()).username;
        expect(await failures(name, 7)).toEqual([
          ...times(5, 'INVALID_CREDENTIALS'),
          ...times(2, 'TOO_MANY_ATTEMPTS'),
        ]);
        const refused = await stage.logInRest(name, wrong);
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
        // What is refused does not count, so the wait is over when it was said to be.
        for (const seconds of [1, 2, 4, 8]) {
          stage.clock.advance(seconds * 1000);
          expect(await failures(name, 2)).toEqual(['INVALID_CREDENTIALS', 'TOO_MANY_ATTEMPTS']);
        }
        for (let i = 0; i < 10; i++) {
          stage.clock.advance(15 * 60_000);
          await failures(name, 1);
        }
        expect((await stage.logInRest(name, wrong)).body['details']).toEqual({ retryAfterSeconds: 900 });
        stage.clock.advance(25 * 60 * 60_000);
        expect(await failures(name, 2)).toEqual(times(2, 'INVALID_CREDENTIALS'));
      });

      it('refuses the right password during the wait and takes it after, which forgives all', async () => {
        const { username, password } = await stage.somebody();
        await failures(username, 5);
        expect((await stage.logInRest(username, password)).status).toBe(429);
        stage.clock.advance(1_000);
        expect((await stage.logInRest(username, password)).status).toBe(200);
        expect(await failures(username, 5)).toEqual(times(5, 'INVALID_CREDENTIALS'));
        stage.clock.advance(60_000);
      });

      it('counts guesses one by one, in parallel and as aliases of one operation', async () => {
        const parallel = await stage.somebody();
        const codes = await Promise.all(
          times(30, 0).map(async () => (await stage.logInRest(parallel.username, wrong)).body['error']),
        );
        expect(codes.filter(code => code === 'INVALID_CREDENTIALS')).toHaveLength(5);
        expect(codes.filter(code => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(25);

        const aliased = await stage.somebody();
        const attempt = `login(input: { username: "${aliased.username}", password: "${wrong}" }) { accessToken }`;
        const response = await fetch(`${stage.service.url}/graphql`, {
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
        stage.clock.advance(60_000);
      });

      it('lets many who know the password in at once', async () => {
        const { username, password } = await stage.somebody();
        const answers = await Promise.all(times(20, 0).map(() => stage.logInRest(username, password)));
        expect(answers.map(answer => answer.status)).toEqual(times(20, 200));
      });

      it('does not keep the owner waiting at home for what strangers guess elsewhere', async () => {
        const ada = await stage.somebody();
        const from = (address: string, password: string) =>
          stage.rest('POST', '/login', {
            body: { username: ada.username, password },
            headers: { 'x-forwarded-for': address },
          });
        for (let i = 0; i < 30; i++) await from(`203.0.113.${i}`, wrong);
        expect((await from('203.0.113.99', ada.password)).body['error']).toBe('TOO_MANY_ATTEMPTS');
        expect((await stage.logInRest(ada.username, ada.password)).status).toBe(200);
      });

      it('keeps the wait over a restart', async () => {
        const { username, password } = await stage.somebody();
        await failures(username, 5);
        await stage.restart();
        expect((await stage.logInRest(username, password)).body['error']).toBe('TOO_MANY_ATTEMPTS');
        stage.clock.advance(1_000);
        expect((await stage.logInRest(username, password)).status).toBe(200);
      });

      it('says nothing about who failed, in the table of failures', async () => {
        const { username, id } = await stage.somebody();
        await failures(username, 1);
        const rows = JSON.stringify(await stage.rows('login_throttles'));
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
        const answer = await stage.rest('POST', '/login', { body });
        expect(answer.status).toBe(status);
        expect(JSON.stringify(answer.body)).not.toContain(wrong);
      });
    });

    describe('passwords (A7)', () => {
      it('are hashed anew at the next sign-in when the cost has changed', async () => {
        const { username, password, id } = await stage.somebody();
        const stored = async () => (await stage.rows('accounts', `id = '${id}'`))[0]!['password_hash'];
        expect(await stored()).toMatch(/^\$2b\$04\$/);
        const condensed = createHmac('sha256', 'plinth password v1').update(password).digest('base64');
        await stage.change('accounts', `password_hash = '${await hash(condensed, 5)}'`, `id = '${id}'`);
        expect((await stage.logInRest(username, password)).status).toBe(200);
        expect(await stored()).toMatch(/^\$2b\$04\$/);
        expect((await stage.logInRest(username, password)).status).toBe(200);
      });
    });

    describe('refreshing (A4)', () => {
      it('gives new tokens each time, with the names of the contract', async () => {
        const { refreshToken, id } = await stage.somebody();
        const answer = await stage.refresh(refreshToken);
        expect([answer.status, Object.keys(answer.body).sort()]).toEqual([
          200,
          ['access_token', 'expires_in', 'refresh_token', 'token_type'],
        ]);
        expect(answer.body['refresh_token']).not.toBe(refreshToken);
        const me = await stage.rest('GET', '/me', { token: answer.body['access_token'] as string });
        expect(me.body['id']).toBe(id);
      });

      it('lets ten who refresh at the same moment all go on, with one next token', async () => {
        const { refreshToken } = await stage.somebody();
        const answers = await Promise.all(times(10, 0).map(() => stage.refresh(refreshToken)));
        expect(answers.map(answer => answer.status)).toEqual(times(10, 200));
        expect(new Set(answers.map(answer => answer.body['refresh_token'])).size).toBe(1);
        for (const { body } of answers) expect((await stage.me(body['access_token'] as string))[0]).toBe(200);
        expect((await stage.refresh(answers[0]!.body['refresh_token'] as string)).status).toBe(200);
      });

      it('ends the session when a spent token comes back after the grace', async () => {
        const { refreshToken, accessToken } = await stage.somebody();
        const next = (await stage.refresh(refreshToken)).body;
        stage.clock.advance(9_999);
        expect((await stage.refresh(refreshToken)).body['refresh_token']).toBe(next['refresh_token']);
        stage.clock.advance(1);
        const reused = await stage.refresh(refreshToken);
        expect([reused.status, reused.body['error']]).toEqual([401, 'REFRESH_TOKEN_REUSED']);
        for (const token of [accessToken, next['access_token'] as string]) {
          expect(await stage.me(token)).toEqual([401, 'TOKEN_REVOKED']);
        }
        const spent = await stage.refresh(next['refresh_token'] as string);
        expect([spent.status, spent.body['error']]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
        await eventually(() => {
          expect(stage.announced.at(-1)).toMatchObject({ type: 'session.revoked' });
        });
      });

      it('ends the session at once for a token of two generations ago', async () => {
        const { refreshToken } = await stage.somebody();
        const second = (await stage.refresh(refreshToken)).body['refresh_token'] as string;
        await stage.refresh(second);
        expect((await stage.refresh(refreshToken)).body['error']).toBe('REFRESH_TOKEN_REUSED');
      });

      it('ends a session at its end, however often it was refreshed', async () => {
        let { refreshToken } = await stage.somebody();
        for (let day = 0; day < 29; day++) {
          stage.clock.advance(24 * 60 * 60_000);
          refreshToken = (await stage.refresh(refreshToken)).body['refresh_token'] as string;
        }
        stage.clock.advance(24 * 60 * 60_000 - 60_000);
        const last = await stage.refresh(refreshToken);
        expect([last.status, last.body['expires_in']]).toEqual([200, 60]);
        stage.clock.advance(60_000);
        const late = await stage.refresh(last.body['refresh_token'] as string);
        expect(late.body['error']).toBe('REFRESH_TOKEN_INVALID');
      });

      it('refuses what is no refresh token of ours', async () => {
        const { refreshToken, accessToken } = await stage.somebody();
        const [id, , seal] = refreshToken.split('.');
        const other = (await stage.somebody()).refreshToken;
        for (const token of [
          '',
          'a.b.c',
          accessToken,
          `${id}.2.${seal}`,
          `${other.split('.')[0]}.1.${seal}`,
          `${refreshToken}x`,
          `${refreshToken}\u0000`,
          'x'.repeat(1_000_000),
          "' OR 1=1 --",
        ]) {
          const answer = await stage.refresh(token);
          expect([answer.status, answer.body['error']]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
        }
        expect((await stage.refresh(refreshToken)).status).toBe(200);
      });
    });

    describe('logging out (A3)', () => {
      it('ends this session only, and answers when its token is refused', async () => {
        const person = await stage.somebody();
        const other = await stage.logIn(person);
        const answer = await stage.rest('POST', '/logout', { token: person.accessToken });
        expect([answer.status, answer.body]).toEqual([204, {}]);
        expect(await stage.me(person.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
        expect((await stage.refresh(person.refreshToken)).body['error']).toBe('REFRESH_TOKEN_INVALID');
        expect(await stage.me(other.accessToken)).toEqual([200, undefined]);
      });

      it('ends all sessions when told everywhere', async () => {
        const person = await stage.somebody();
        const other = await stage.logIn(person);
        const query = 'mutation { logout(everywhere: true) }';
        expect((await stage.ask(other.accessToken, query)).data).toEqual({ logout: true });
        for (const token of [person.accessToken, other.accessToken]) {
          expect(await stage.me(token)).toEqual([401, 'TOKEN_REVOKED']);
        }
      });

      it('is known to other instances and after a restart', async () => {
        const person = await stage.somebody();
        const another = servers ? await stage.another() : undefined;
        try {
          if (another) expect((await stage.me(person.accessToken, another.url))[0]).toBe(200);
          await stage.rest('POST', '/logout', { token: person.accessToken });
          if (another) {
            await sleep(200);
            expect(await stage.me(person.accessToken, another.url)).toEqual([401, 'TOKEN_REVOKED']);
          }
        } finally {
          await another?.stop();
        }
        await stage.restart();
        await eventually(async () => {
          expect(await stage.me(person.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
        });
      });

      it('needs somebody who is signed in', async () => {
        expect((await stage.rest('POST', '/logout')).status).toBe(401);
        expect((await stage.rest('GET', '/me')).body['error']).toBe('UNAUTHENTICATED');
      });
    });

    describe('sessions (A9)', () => {
      const mine =
        '{ me { sessions { id device userAgent address createdAt lastSeenAt expiresAt isCurrent } } }';
      interface Session {
        id: string;
        device: string;
        address: string;
        lastSeenAt: string;
        isCurrent: boolean;
      }
      const sessionsOf = async (token: string) =>
        (await stage.ask<{ me: { sessions: Session[] } }>(token, mine)).data.me.sessions;

      it('are listed with device, address and times', async () => {
        const person = await stage.somebody();
        stage.clock.advance(1_000);
        await stage.rest('POST', '/login', {
          body: { username: person.username, password: person.password },
          headers: {
            'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
            'x-forwarded-for': '203.0.113.9',
          },
        });
        const [other, current] = await sessionsOf(person.accessToken);
        expect(other).toMatchObject({ device: 'Firefox on Linux', address: '203.0.113.9', isCurrent: false });
        expect(current).toMatchObject({ address: '127.0.0.1', isCurrent: true });
        stage.clock.advance(60_000);
        await stage.refresh(person.refreshToken);
        const [seen] = await sessionsOf(person.accessToken);
        expect(seen).toMatchObject({
          id: current!.id,
          lastSeenAt: new Date(stage.clock.now()).toISOString(),
        });
      });

      it('are ended one by one, all others, or all', async () => {
        const person = await stage.somebody();
        const [a, b, c] = [await stage.logIn(person), await stage.logIn(person), await stage.logIn(person)];
        const first = (await sessionsOf(a!.accessToken)).find(each => each.isCurrent)!;
        const one = 'mutation ($id: ID!) { revokeSession(id: $id) }';
        expect((await stage.ask(b!.accessToken, one, { id: first.id })).data).toEqual({
          revokeSession: true,
        });
        expect(await stage.me(a!.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
        await stage.ask(b!.accessToken, 'mutation { revokeSessions(scope: OTHERS) }');
        expect(await stage.me(c!.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
        expect(await sessionsOf(b!.accessToken)).toHaveLength(1);
        await stage.ask(b!.accessToken, 'mutation { revokeSessions(scope: ALL) }');
        expect(await stage.me(b!.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
      });

      it('of others are not there, for those without permission', async () => {
        const [ada, eve] = [await stage.somebody(), await stage.somebody()];
        const [session] = await sessionsOf(ada.accessToken);
        const one = 'mutation ($id: ID!) { revokeSession(id: $id) }';
        for (const id of [session!.id, 'nonsense', '00000000-0000-7000-8000-000000000000']) {
          expect((await stage.ask(eve.accessToken, one, { id })).code).toBe('NOT_FOUND');
          expect((await stage.ask(undefined, one, { id })).code).toBe('UNAUTHENTICATED');
        }
        const officer = await stage.permitted('sessions:revoke');
        expect((await stage.ask(officer.accessToken, one, { id: session!.id })).code).toBeUndefined();
        expect(await stage.me(ada.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
      });

      it('are a hundred at most: the oldest ends', async () => {
        const person = await stage.somebody();
        for (let i = 0; i < 100; i++) {
          stage.clock.advance(1);
          await stage.logIn(person);
        }
        expect(
          (await stage.rows('sessions', `account_id = '${person.id}' AND revoked_at IS NULL`)).length,
        ).toBe(100);
        await eventually(async () => {
          expect(await stage.me(person.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
        });
      });
    });

    describe('validating (A5)', () => {
      const query = `query ($token: String) { validateToken(token: $token) { active userId permissions expiresAt reason } }`;
      const validate = async (token: string) =>
        (await stage.ask<{ validateToken: Record<string, unknown> }>(undefined, query, { token })).data
          .validateToken;

      it('answers who may do what until when, or why not', async () => {
        const person = await stage.permitted('files:read', 'users:*');
        expect((await stage.rest('GET', '/validate', { token: person.accessToken })).body).toEqual({
          active: true,
          user_id: person.id,
          roles: ['clerk'],
          permissions: ['files:read', 'users:*'],
          expires_at: new Date(Math.floor(stage.clock.now() / 1000) * 1000 + 900_000).toISOString(),
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
        const missing = await stage.rest('GET', '/validate');
        expect([missing.status, missing.body['error']]).toEqual([401, 'UNAUTHENTICATED']);
        await stage.rest('POST', '/logout', { token: person.accessToken });
        expect(await validate(person.accessToken)).toMatchObject({ active: false, reason: 'TOKEN_REVOKED' });
        const revoked = await stage.rest('GET', '/validate', { token: person.accessToken });
        expect([revoked.status, revoked.body['error']]).toEqual([401, 'TOKEN_REVOKED']);
        const old = await stage.somebody();
        stage.clock.advance(901_000);
        expect(await validate(old.accessToken)).toMatchObject({ active: false, reason: 'TOKEN_EXPIRED' });
      });
    });

    it('does not validate what nobody sent, nor the token of an account that is closed or gone (A5)', async () => {
      const reasonOf = async (token?: string) =>
        (
          await stage.ask<{ validateToken: { active: boolean; reason: string } }>(
            token,
            '{ validateToken { active reason } }',
          )
        ).data.validateToken;
      expect(await reasonOf()).toEqual({ active: false, reason: 'UNAUTHENTICATED' });
      const [ada, eve] = [await stage.somebody(), await stage.somebody()];
      expect(await reasonOf(ada.accessToken)).toEqual({ active: true, reason: null });
      await stage.change('accounts', 'is_active = false', `id = '${ada.id}'`);
      expect(await reasonOf(ada.accessToken)).toEqual({ active: false, reason: 'ACCOUNT_INACTIVE' });
      // Ended without a word to the bus: the row alone says so.
      await stage.change('sessions', `revoked_at = ${stage.clock.now()}`, `account_id = '${eve.id}'`);
      expect(await reasonOf(eve.accessToken)).toEqual({ active: false, reason: 'TOKEN_REVOKED' });
    });

    describe('tokens that are not what they say (A8)', () => {
      it('are 401 whatever they try', async () => {
        const { accessToken } = await stage.somebody();
        const [head, body, signature] = accessToken.split('.') as [string, string, string];
        const [header, claims] = [decode(head), decode(body)];
        const set = await stage.rest('GET', '/.well-known/jwks.json');
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
          expect([what, ...(await stage.me(token))]).toEqual([what, 401, 'TOKEN_INVALID']);
        }
      });
    });

    describe('who sees whom', () => {
      const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { id username email isActive sessions { id } } } }`;
      const entity = async (token: string | undefined, id: unknown) =>
        (
          await stage.ask<{ _entities: ({ username: string; sessions: unknown[] } | null)[] }>(token, query, {
            r: [{ __typename: 'User', id }],
          })
        ).data._entities[0];

      it('shows an account to its owner and to those with users:read, and nobody else', async () => {
        const [ada, eve] = [await stage.somebody(), await stage.somebody()];
        const reader = await stage.permitted('users:read');
        expect(await entity(ada.accessToken, ada.id)).toMatchObject({
          username: ada.username,
          sessions: [{}],
        });
        expect(await entity(reader.accessToken, ada.id)).toMatchObject({
          username: ada.username,
          sessions: [],
        });
        for (const token of [eve.accessToken, undefined]) expect(await entity(token, ada.id)).toBeNull();
        for (const id of ['nonsense', '', null, 5, { $ne: null }]) {
          expect(await entity(reader.accessToken, id)).toBeNull();
        }
      });
    });

    describe('suspending', () => {
      const off = 'mutation ($id: ID!) { deactivateUser(id: $id) { id isActive } }';
      const on = 'mutation ($id: ID!) { reactivateUser(id: $id) { id isActive } }';
      let officer: Person;

      beforeAll(async () => {
        officer = await stage.permitted('users:activate');
      });

      it('ends every session at once and answers a sign-in like a wrong password', async () => {
        const ada = await stage.somebody();
        expect((await stage.ask(officer.accessToken, off, { id: ada.id })).data).toEqual({
          deactivateUser: { id: ada.id, isActive: false },
        });
        expect(await stage.me(ada.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
        expect((await stage.refresh(ada.refreshToken)).status).toBe(401);
        const refused = await stage.logInRest(ada.username, ada.password);
        expect([refused.status, refused.body['error']]).toEqual([401, 'INVALID_CREDENTIALS']);
        await stage.ask(officer.accessToken, on, { id: ada.id });
        expect((await stage.logInRest(ada.username, ada.password)).status).toBe(200);
        await eventually(() => {
          const told = stage.announced.filter(({ type }) => type === 'user.activationChanged');
          expect(told.map(({ data }) => data)).toEqual([
            { userId: ada.id, isActive: false },
            { userId: ada.id, isActive: true },
          ]);
        });
      });

      it('takes the permission, and spares oneself', async () => {
        const ada = await stage.somebody();
        expect((await stage.ask(ada.accessToken, off, { id: officer.id })).code).toBe('FORBIDDEN');
        expect((await stage.ask(officer.accessToken, off, { id: officer.id })).code).toBe('OWN_ACCOUNT');
        expect((await stage.ask(officer.accessToken, off, { id: 'nobody' })).code).toBe('NOT_FOUND');
      });

      it('spares the last administrator, also when two suspend each other', async () => {
        const [one, two] = [await stage.permitted('*'), await stage.permitted('*')];
        for (const { id } of (await stage.rows('accounts', 'is_administrator')) as { id: string }[]) {
          if (id !== one.id && id !== two.id) await stage.giveAccess(id, [], []);
        }
        const codes = await Promise.all([
          stage.ask(one.accessToken, off, { id: two.id }),
          stage.ask(two.accessToken, off, { id: one.id }),
        ]);
        expect(codes.filter(({ code }) => code === undefined)).toHaveLength(1);
        const [left] = (await stage.rows('accounts', 'is_administrator AND is_active')) as { id: string }[];
        expect((await stage.ask(officer.accessToken, off, { id: left!.id })).code).toBe('LAST_ADMINISTRATOR');
      });
    });

    describe('roles that users announces', () => {
      it('reach tokens that exist, and those to come', async () => {
        const ada = await stage.somebody();
        const rotate = 'mutation { rotateSigningKey { kid } }';
        expect((await stage.ask(ada.accessToken, rotate)).code).toBe('FORBIDDEN');
        await stage.giveAccess(ada.id, ['keeper'], ['keys:rotate', 'keys:*']);
        await eventually(async () => expect((await stage.ask(ada.accessToken, rotate)).code).toBeUndefined());
        const { accessToken } = await stage.logIn(ada);
        // What a wildcard covers does not travel.
        expect(decode(accessToken.split('.')[1]!)).toMatchObject({ scope: 'keys:*', roles: ['keeper'] });
        await stage.giveAccess(ada.id, [], []);
        await eventually(async () => expect((await stage.ask(accessToken, rotate)).code).toBe('FORBIDDEN'));
      });

      it('that take something away still do after a restart', async () => {
        const ada = await stage.permitted('keys:rotate');
        const rotate = async () =>
          (await stage.ask(ada.accessToken, 'mutation { rotateSigningKey { kid } }')).code;
        await stage.giveAccess(ada.id, [], []);
        await eventually(async () => expect(await rotate()).toBe('FORBIDDEN'));
        await stage.restart();
        await eventually(async () => expect(await rotate()).toBe('FORBIDDEN'));
        expect((await stage.me(ada.accessToken))[0]).toBe(200);
      });

      it('do not go back to what was said before', async () => {
        const ada = await stage.somebody();
        await stage.giveAccess(ada.id, ['newer'], [], 2_000);
        await stage.publish(
          'user.rolesChanged',
          { changes: [{ userId: ada.id, roles: ['older'], permissions: [] }] },
          1_000,
        );
        const other = await stage.somebody();
        await stage.giveAccess(other.id, ['x'], []);
        expect((await stage.rows('accounts', `id = '${ada.id}'`))[0]!['roles']).toBe('["newer"]');
      });
    });

    describe('signing keys (A8)', () => {
      const kidOf = (token: string) => decode(token.split('.')[0]!)['kid'];
      const published = async (at = stage.service.url) => {
        const { body, headers } = await stage.rest('GET', '/.well-known/jwks.json', { at });
        expect(headers.get('cache-control')).toMatch(/max-age=\d+/);
        return body['keys'] as { kid: string }[];
      };

      it('are published with their public halves only, and stored encrypted', async () => {
        for (const key of await published()) {
          expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
        }
        expect(JSON.stringify(await stage.rows('signing_keys'))).not.toContain('PRIVATE KEY');
      });

      it('overlap: the next is published before it signs, the old verifies until its tokens are gone', async () => {
        stage.clock.advance(2 * 60 * 60_000);
        const keeper = await stage.permitted('keys:rotate');
        const rotate = () =>
          stage.ask<{ rotateSigningKey: { kid: string } }>(
            keeper.accessToken,
            'mutation { rotateSigningKey { kid } }',
          );
        const { kid } = (await rotate()).data.rotateSigningKey;
        expect((await rotate()).data.rotateSigningKey.kid).toBe(kid);
        expect((await published()).map(key => key.kid)).toContain(kid);
        expect(kidOf((await stage.logIn(keeper)).accessToken)).not.toBe(kid);
        stage.clock.advance(10 * 60_000 - 1_000);
        const before = await stage.logIn(keeper);
        expect(kidOf(before.accessToken)).not.toBe(kid);
        stage.clock.advance(1_000);
        expect(kidOf((await stage.logIn(keeper)).accessToken)).toBe(kid);
        expect((await stage.me(before.accessToken))[0]).toBe(200);
        expect((await published()).length).toBeGreaterThan(1);
        stage.clock.advance(62 * 60_000);
        expect((await published()).map(key => key.kid)).toEqual([kid]);
      });

      it('are agreed on by instances that start at once, and kept over restarts', async () => {
        const before = await published();
        const others = servers ? await Promise.all([stage.another(), stage.another()]) : [];
        try {
          const person = await stage.somebody();
          for (const other of others) {
            expect(await published(other.url)).toEqual(before);
            expect((await stage.me(person.accessToken, other.url))[0]).toBe(200);
          }
        } finally {
          await Promise.all(others.map(other => other.stop()));
        }
        const person = await stage.somebody();
        await stage.restart();
        expect(await published()).toEqual(before);
        expect((await stage.me(person.accessToken))[0]).toBe(200);
        expect((await stage.refresh(person.refreshToken)).status).toBe(200);
      });
    });

    describe('a start', () => {
      it('with other keys than those that encrypted what is stored says so in one line (A8)', async () => {
        const other = Keyring.generate('other');
        const error: unknown = await stage.another({ ENCRYPTION_KEYS: other }).catch(thrown => thrown);
        expect(error).toBeInstanceOf(ConfigError);
        const { mistakes } = error as ConfigError;
        expect(mistakes).toEqual([expect.stringContaining('Set ENCRYPTION_KEYS')]);
        expect(mistakes[0]).not.toContain(other.split(':')[1]);
      });

      it('at the same moment as another, on an empty database, makes one key and one administrator', async () => {
        const first = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'correct horse battery staple' };
        const own = await Stage.empty(servers?.(), first);
        const both = await Promise.all([own.another(), own.another()]);
        try {
          const [one, two] = both.map(({ url }) => url) as [string, string];
          expect(await own.rows('accounts')).toHaveLength(1);
          expect(await own.rows('signing_keys')).toHaveLength(1);
          const { status, body } = await own.logInRest('admin', first.ADMIN_PASSWORD, one);
          expect(status).toBe(200);
          expect(await own.me(body['access_token'] as string, two)).toEqual([200, undefined]);
          expect((await own.refresh(body['refresh_token'] as string, two)).status).toBe(200);
        } finally {
          await Promise.all(both.map(instance => instance.stop()));
          await own.stop();
        }
      });
    });

    describe('the first administrator (A14)', () => {
      it('is made once by the environment, over restarts and by instances at once', async () => {
        const first = { ADMIN_EMAIL: 'root@example.com', ADMIN_PASSWORD: 'correct horse battery staple' };
        const own = await Stage.start(servers?.(), first);
        try {
          expect(await own.service.hasAdministrator()).toBe(true);
          const { accessToken } = await own.logIn({ username: 'admin', password: first.ADMIN_PASSWORD });
          expect(decode(accessToken.split('.')[1]!)).toMatchObject({ scope: '*', roles: ['administrator'] });
          await own.restart();
          expect(await own.rows('accounts')).toHaveLength(1);
          await own.restart({ ADMIN_EMAIL: 'other@example.com' });
          expect(await own.rows('accounts')).toHaveLength(1);
        } finally {
          await own.stop();
        }
      });

      it('is nobody by default, and nobody who registers', async () => {
        const own = await Stage.start(servers?.());
        try {
          await own.somebody();
          expect(await own.service.hasAdministrator()).toBe(false);
        } finally {
          await own.stop();
        }
      });
    });

    describe('API keys (A10)', () => {
      const create = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id prefix scopes createdBy lastUsedAt } } }`;
      const list = '{ apiKeys(first: 100) { nodes { id name prefix lastUsedAt revokedAt } } }';
      const revoke = 'mutation ($id: ID!) { revokeApiKey(id: $id) { id revokedAt } }';
      const accounts = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { username } } }`;
      interface Created {
        createApiKey: {
          key: string;
          apiKey: { id: string; prefix: string; scopes: string[]; createdBy: string };
        };
      }
      const made = async (token: string, scopes: string[], facts: object = {}) =>
        stage.ask<Created>(token, create, { input: { name: 'a script', scopes, ...facts } });
      const withKey = async (key: string, userId: string) => {
        const response = await fetch(`${stage.service.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-api-key': key },
          body: JSON.stringify({ query: accounts, variables: { r: [{ __typename: 'User', id: userId }] } }),
        });
        const body = (await response.json()) as { data?: { _entities: unknown[] } };
        return [response.status, body.data?._entities[0]];
      };

      it('act with their scopes, and with nothing of who made them', async () => {
        const [owner, ada] = [await stage.permitted('api-keys:write', 'users:*'), await stage.somebody()];
        const { data } = await made(owner.accessToken, ['users:read']);
        const { key, apiKey } = data.createApiKey;
        expect(key).toMatch(/^plk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
        expect(apiKey).toMatchObject({
          prefix: key.slice(0, 16),
          scopes: ['users:read'],
          createdBy: owner.id,
        });
        expect(await withKey(key, ada.id)).toEqual([200, { username: ada.username }]);
        const other = await made(owner.accessToken, ['users:activate']);
        expect(await withKey(other.data.createApiKey.key, ada.id)).toEqual([200, null]);
        expect(await withKey(other.data.createApiKey.key, owner.id)).toEqual([200, null]);
        const [row] = await stage.rows('api_keys', `id = '${apiKey.id}'`);
        expect(JSON.stringify(row)).not.toContain(key.slice(17));
        expect(Number(row?.['last_used_at'])).toBeGreaterThan(0);
      });

      it('are never more than who makes them holds, and take the permission to make', async () => {
        const [owner, ada] = [await stage.permitted('api-keys:write', 'users:read'), await stage.somebody()];
        expect((await made(ada.accessToken, ['users:read'])).code).toBe('FORBIDDEN');
        for (const scope of ['users:write', 'users:*', '*']) {
          expect((await made(owner.accessToken, [scope])).code).toBe('FORBIDDEN');
        }
        const wrongs = await made(owner.accessToken, ['no permission', ''], {
          name: 'a\u0000b',
          expiresAt: '2020-01-01T00:00:00Z',
        });
        expect(wrongs.details).toEqual([
          { field: 'name', message: expect.any(String) },
          { field: 'scopes.0', message: expect.any(String) },
          { field: 'scopes.1', message: expect.any(String) },
          { field: 'expiresAt', message: expect.any(String) },
        ]);
      });

      it('end at once when revoked, by who made them or with the permission, and for others are not there', async () => {
        const [owner, eve] = [
          await stage.permitted('api-keys:write', 'users:read'),
          await stage.permitted('api-keys:write'),
        ];
        const { key, apiKey } = (await made(owner.accessToken, ['users:read'])).data.createApiKey;
        expect((await withKey(key, owner.id))[0]).toBe(200);
        expect((await stage.ask(eve.accessToken, revoke, { id: apiKey.id })).code).toBe('NOT_FOUND');
        expect(JSON.stringify((await stage.ask(eve.accessToken, list)).data)).not.toContain(apiKey.id);
        expect(JSON.stringify((await stage.ask(owner.accessToken, list)).data)).toContain(apiKey.id);
        expect((await stage.ask(owner.accessToken, revoke, { id: apiKey.id })).code).toBeUndefined();
        await eventually(async () => expect((await withKey(key, owner.id))[0]).toBe(401));
        expect((await stage.ask(owner.accessToken, revoke, { id: apiKey.id })).code).toBe('NOT_FOUND');
        expect((await stage.ask(undefined, list)).code).toBe('UNAUTHENTICATED');
      });

      it('that are wrong are a 401, never an anonymous request', async () => {
        const owner = await stage.permitted('api-keys:write', 'users:read');
        const { key } = (await made(owner.accessToken, ['users:read'])).data.createApiKey;
        for (const bad of [
          'nonsense',
          `${key}x`,
          `${key.slice(0, 17)}${'A'.repeat(43)}`,
          `plk_${'0'.repeat(12)}_${'A'.repeat(43)}`,
        ]) {
          expect((await withKey(bad, owner.id))[0]).toBe(401);
        }
        const both = await fetch(`${stage.service.url}/me`, {
          headers: { authorization: `Bearer ${owner.accessToken}`, 'x-api-key': key },
        });
        expect(both.status).toBe(400);
        const asking = await stage.rest('POST', '/api-keys/introspect', {
          body: { key: `${key.slice(0, -1)}!` },
        });
        expect(asking.status).toBe(404);
      });
    });

    it('counts registrations and sign-ins by outcome', async () => {
      const page = await (await fetch(`${stage.service.url}/metrics`)).text();
      expect(page).toMatch(/plinth_registrations_total\{[^}]*\} \d/);
      await stage.logInRest('nobody-at-all', wrong);
      const after = await (await fetch(`${stage.service.url}/metrics`)).text();
      expect(after).toMatch(/plinth_logins_total\{[^}]*outcome="invalid_credentials"[^}]*\} \d/);
    });
  });
}
