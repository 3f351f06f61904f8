import { setTimeout as sleep } from 'node:timers/promises';
import { testBackend } from '../../../platform/testing/backend';
import { eventually } from '../../../platform/testing/eventually';
import { TestAuth } from '../testing/test-auth';

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const times = <T>(count: number, value: T) => Array<T>(count).fill(value);

describe('refreshing (A4)', () => {
  it('gives new tokens each time, with the names of the contract', async () => {
    const { refreshToken, id } = await auth.register();
    const answer = await auth.refresh(refreshToken);
    expect([answer.status, Object.keys(answer.body).sort()]).toEqual([
      200,
      ['access_token', 'expires_in', 'refresh_token', 'token_type'],
    ]);
    expect(answer.body['refresh_token']).not.toBe(refreshToken);
    const me = await auth.rest('GET', '/me', { token: answer.body['access_token'] as string });
    expect(me.body['id']).toBe(id);
  });

  it('lets ten who refresh at the same moment all go on, with one next token', async () => {
    const { refreshToken } = await auth.register();
    const answers = await Promise.all(times(10, 0).map(() => auth.refresh(refreshToken)));
    expect(answers.map(answer => answer.status)).toEqual(times(10, 200));
    expect(new Set(answers.map(answer => answer.body['refresh_token'])).size).toBe(1);
    for (const { body } of answers) expect((await auth.me(body['access_token'] as string))[0]).toBe(200);
    expect((await auth.refresh(answers[0]!.body['refresh_token'] as string)).status).toBe(200);
  });

  it('ends the session when a spent token comes back after the grace', async () => {
    const { refreshToken, accessToken } = await auth.register();
    const next = (await auth.refresh(refreshToken)).body;
    auth.clock.advance(9_999);
    expect((await auth.refresh(refreshToken)).body['refresh_token']).toBe(next['refresh_token']);
    auth.clock.advance(1);
    const reused = await auth.refresh(refreshToken);
    expect([reused.status, reused.body['error']]).toEqual([401, 'REFRESH_TOKEN_REUSED']);
    for (const token of [accessToken, next['access_token'] as string]) {
      expect(await auth.me(token)).toEqual([401, 'TOKEN_REVOKED']);
    }
    const spent = await auth.refresh(next['refresh_token'] as string);
    expect([spent.status, spent.body['error']]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
    await eventually(() => {
      expect(auth.events.at(-1)).toMatchObject({ type: 'session.revoked' });
    });
  });

  it('ends the session at once for a token of two generations ago', async () => {
    const { refreshToken } = await auth.register();
    const second = (await auth.refresh(refreshToken)).body['refresh_token'] as string;
    await auth.refresh(second);
    expect((await auth.refresh(refreshToken)).body['error']).toBe('REFRESH_TOKEN_REUSED');
  });

  it('ends a session at its end, however often it was refreshed', async () => {
    let { refreshToken } = await auth.register();
    for (let day = 0; day < 29; day++) {
      auth.clock.advance(24 * 60 * 60_000);
      refreshToken = (await auth.refresh(refreshToken)).body['refresh_token'] as string;
    }
    auth.clock.advance(24 * 60 * 60_000 - 60_000);
    const last = await auth.refresh(refreshToken);
    expect([last.status, last.body['expires_in']]).toEqual([200, 60]);
    auth.clock.advance(60_000);
    const late = await auth.refresh(last.body['refresh_token'] as string);
    expect(late.body['error']).toBe('REFRESH_TOKEN_INVALID');
  });

  it('refuses what is no refresh token of ours', async () => {
    const { refreshToken, accessToken } = await auth.register();
    const [id, , seal] = refreshToken.split('.');
    const other = (await auth.register()).refreshToken;
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
      const answer = await auth.refresh(token);
      expect([answer.status, answer.body['error']]).toEqual([401, 'REFRESH_TOKEN_INVALID']);
    }
    expect((await auth.refresh(refreshToken)).status).toBe(200);
  });
});

describe('logging out (A3)', () => {
  it('ends this session only, and answers when its token is refused', async () => {
    const person = await auth.register();
    const other = await auth.logIn(person);
    const answer = await auth.rest('POST', '/logout', { token: person.accessToken });
    expect([answer.status, answer.body]).toEqual([204, {}]);
    expect(await auth.me(person.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
    expect((await auth.refresh(person.refreshToken)).body['error']).toBe('REFRESH_TOKEN_INVALID');
    expect(await auth.me(other.accessToken)).toEqual([200, undefined]);
  });

  it('ends all sessions with `everywhere`', async () => {
    const person = await auth.register();
    const other = await auth.logIn(person);
    const query = 'mutation { logout(everywhere: true) }';
    expect((await auth.graphql(other.accessToken, query)).data).toEqual({ logout: true });
    for (const token of [person.accessToken, other.accessToken]) {
      expect(await auth.me(token)).toEqual([401, 'TOKEN_REVOKED']);
    }
  });

  it('is known to other instances and after a restart', async () => {
    const person = await auth.register();
    const another = testBackend() ? await auth.startAnother() : undefined;
    try {
      if (another) expect((await auth.me(person.accessToken, another.url))[0]).toBe(200);
      await auth.rest('POST', '/logout', { token: person.accessToken });
      if (another) {
        await sleep(200);
        expect(await auth.me(person.accessToken, another.url)).toEqual([401, 'TOKEN_REVOKED']);
      }
    } finally {
      await another?.stop();
    }
    await auth.restart();
    await eventually(async () => {
      expect(await auth.me(person.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
    });
  });

  it('needs somebody who is signed in', async () => {
    expect((await auth.rest('POST', '/logout')).status).toBe(401);
    expect((await auth.rest('GET', '/me')).body['error']).toBe('UNAUTHENTICATED');
  });
});

describe('sessions (A9)', () => {
  const mine = '{ me { sessions { id device userAgent address createdAt lastSeenAt expiresAt isCurrent } } }';
  interface Session {
    id: string;
    device: string;
    address: string;
    lastSeenAt: string;
    isCurrent: boolean;
  }
  const sessionsOf = async (token: string) =>
    (await auth.graphql<{ me: { sessions: Session[] } }>(token, mine)).data.me.sessions;

  it('are listed with device, address and times', async () => {
    const person = await auth.register();
    auth.clock.advance(1_000);
    await auth.rest('POST', '/login', {
      body: { username: person.username, password: person.password },
      headers: {
        'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        'x-forwarded-for': '203.0.113.9',
      },
    });
    const [other, current] = await sessionsOf(person.accessToken);
    expect(other).toMatchObject({ device: 'Firefox on Linux', address: '203.0.113.9', isCurrent: false });
    expect(current).toMatchObject({ address: '127.0.0.1', isCurrent: true });
    auth.clock.advance(60_000);
    await auth.refresh(person.refreshToken);
    const [seen] = await sessionsOf(person.accessToken);
    expect(seen).toMatchObject({
      id: current!.id,
      lastSeenAt: new Date(auth.clock.now()).toISOString(),
    });
  });

  it('are ended one by one, all others, or all', async () => {
    const person = await auth.register();
    const [a, b, c] = [await auth.logIn(person), await auth.logIn(person), await auth.logIn(person)];
    const first = (await sessionsOf(a!.accessToken)).find(each => each.isCurrent)!;
    const one = 'mutation ($id: ID!) { revokeSession(id: $id) }';
    expect((await auth.graphql(b!.accessToken, one, { id: first.id })).data).toEqual({
      revokeSession: true,
    });
    expect(await auth.me(a!.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
    await auth.graphql(b!.accessToken, 'mutation { revokeSessions(scope: OTHERS) }');
    expect(await auth.me(c!.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
    expect(await sessionsOf(b!.accessToken)).toHaveLength(1);
    await auth.graphql(b!.accessToken, 'mutation { revokeSessions(scope: ALL) }');
    expect(await auth.me(b!.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
  });

  it('of others are not there, for those without permission', async () => {
    const [ada, eve] = [await auth.register(), await auth.register()];
    const [session] = await sessionsOf(ada.accessToken);
    const one = 'mutation ($id: ID!) { revokeSession(id: $id) }';
    for (const id of [session!.id, 'nonsense', '00000000-0000-7000-8000-000000000000']) {
      expect((await auth.graphql(eve.accessToken, one, { id })).code).toBe('NOT_FOUND');
      expect((await auth.graphql(undefined, one, { id })).code).toBe('UNAUTHENTICATED');
    }
    const officer = await auth.registerWith('sessions:revoke');
    expect((await auth.graphql(officer.accessToken, one, { id: session!.id })).code).toBeUndefined();
    expect(await auth.me(ada.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
    const higher = await auth.registerWith('files:*');
    const [own] = await auth.database.rows('sessions', `account_id = '${higher.id}'`);
    expect((await auth.graphql(officer.accessToken, one, { id: own!['id'] })).code).toBe('FORBIDDEN');
    expect((await auth.me(higher.accessToken))[0]).toBe(200);
  });

  it('are a hundred at most: the oldest ends', async () => {
    const person = await auth.register();
    for (let i = 0; i < 100; i++) {
      auth.clock.advance(1);
      await auth.logIn(person);
    }
    expect(
      (await auth.database.rows('sessions', `account_id = '${person.id}' AND revoked_at IS NULL`)).length,
    ).toBe(100);
    await eventually(async () => {
      expect(await auth.me(person.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
    });
  });
});
