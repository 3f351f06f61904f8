import { testBackend } from '../../../platform/testing/backend';
import {
  challengeOf,
  confirm,
  disable,
  type Mine,
  mine,
  noCode,
  outcome,
  reauthenticate,
  SecondFactors,
  stepMs,
} from '../testing/second-factors';
import { TestAuth } from '../testing/test-auth';

const auth = new TestAuth();
const {
  codeOf,
  wrongCode,
  nextStep,
  enrolled,
  protect,
  challenged,
  verify,
  register: somebody,
} = new SecondFactors(auth);

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const complete =
  'mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { accessToken user { id lastLogin } } }';
const times = <T>(count: number, value: T) => Array<T>(count).fill(value);

describe('signing in', () => {
  it('takes two steps, and notes the sign-in after the second', async () => {
    const ada = await somebody();
    const before = (await auth.database.rows('sessions', `account_id = '${ada.id}'`)).length;
    const first = await auth.requestLogIn(ada.username, ada.password);
    expect([first.status, first.body['error'], first.body['details']]).toEqual([
      401,
      'MFA_REQUIRED',
      { challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/), expires_in_seconds: 300 },
    ]);
    expect(await auth.database.rows('sessions', `account_id = '${ada.id}'`)).toHaveLength(before);
    expect((await auth.graphql<Mine>(ada.accessToken, mine)).data.me.lastLogin).toBeNull();
    const stored = JSON.stringify(await auth.database.rows('login_challenges', `account_id = '${ada.id}'`));
    expect(stored).not.toContain(challengeOf(first));

    const second = await verify(challengeOf(first), codeOf(ada.secret));
    expect([second.status, second.body]).toEqual([
      200,
      {
        user: {
          id: ada.id,
          username: ada.username,
          email: ada.email,
          is_active: true,
          created_at: expect.any(String),
          last_login: new Date(auth.clock.now()).toISOString(),
        },
        access_token: expect.any(String),
        refresh_token: expect.any(String),
        token_type: 'bearer',
        expires_in: 900,
      },
    ]);
    expect(await auth.me(second.body['access_token'] as string)).toEqual([200, undefined]);
    expect((await auth.refresh(second.body['refresh_token'] as string)).status).toBe(200);
    nextStep();
  });

  it('answers the same over GraphQL', async () => {
    const ada = await somebody();
    const { username, password } = ada;
    const login = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';
    const first = await auth.graphql(undefined, login, { input: { username, password } });
    expect([first.status, first.code]).toEqual([401, 'MFA_REQUIRED']);
    const { challenge } = first.details as { challenge: string };
    const input = { challenge, code: codeOf(ada.secret) };
    const { data } = await auth.graphql<{ completeLogin: { user: object } }>(undefined, complete, { input });
    expect(data.completeLogin.user).toEqual({
      id: ada.id,
      lastLogin: new Date(auth.clock.now()).toISOString(),
    });
    nextStep();
  });

  it('does not reveal, for a wrong password, whether a factor is on', async () => {
    const answers = [];
    for (const { username } of [await somebody(), await auth.register(), { username: 'nobody-here' }]) {
      const { status, body, headers } = await auth.requestLogIn(username, 'not the right password');
      const { timestamp: _, trace_id: __, ...rest } = body;
      answers.push([status, rest, headers.get('www-authenticate')]);
    }
    expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1);
  });

  it.each([
    [-2, 'INVALID_CODE'],
    [-1, 200],
    [0, 200],
    [1, 200],
    [2, 'INVALID_CODE'],
  ])('with a clock that is %d steps off answers %s', async (steps, expected) => {
    const ada = await somebody();
    auth.clock.advance(2 * stepMs);
    expect(outcome(await verify(await challenged(ada), codeOf(ada.secret, steps)))).toBe(expected);
    auth.clock.advance(2 * stepMs);
  });

  it('takes a code once, and after it none that is older', async () => {
    const ada = await somebody();
    auth.clock.advance(stepMs);
    const code = codeOf(ada.secret);
    expect(outcome(await verify(await challenged(ada), code))).toBe(200);
    expect(outcome(await verify(await challenged(ada), code))).toBe('INVALID_CODE');
    expect(outcome(await verify(await challenged(ada), codeOf(ada.secret, -1)))).toBe('INVALID_CODE');
    expect(outcome(await verify(await challenged(ada), codeOf(ada.secret, 1)))).toBe(200);
    auth.clock.advance(2 * stepMs);
  });

  it('takes the code that confirmed no second time', async () => {
    const ada = await auth.register();
    const { secret } = await enrolled(ada.accessToken);
    const code = codeOf(secret);
    await auth.graphql(ada.accessToken, confirm, { code });
    expect(outcome(await verify(await challenged(ada), code))).toBe('INVALID_CODE');
    nextStep();
  });

  it('with one code at several instances at once lets one in', async () => {
    const ada = await somebody();
    const other = testBackend() ? await auth.startAnother() : undefined;
    try {
      const places = [auth.url, other?.url ?? auth.url];
      const challenges = await Promise.all(times(4, 0).map((_, i) => challenged(ada, places[i % 2])));
      const code = codeOf(ada.secret);
      const answers = await Promise.all(
        challenges.map((challenge, i) => verify(challenge, code, { url: places[(i + 1) % 2]! })),
      );
      expect(answers.map(outcome).filter(each => each === 200)).toHaveLength(1);
      expect(new Set(answers.map(outcome))).toEqual(new Set([200, 'INVALID_CODE']));
    } finally {
      await other?.stop();
    }
    nextStep();
  });

  it('reads codes as people type them, and refuses what is no code with 422', async () => {
    const ada = await somebody();
    const challenge = await challenged(ada);
    for (const code of ['', 'abcdef', '12345', '1234567', 'x'.repeat(1_000_000), "' OR 1=1 --"]) {
      const { status, body } = await verify(challenge, code);
      expect([status, body['error']]).toEqual([422, 'VALIDATION_FAILED']);
      expect(body['details']).toEqual([{ field: 'code', message: expect.any(String) }]);
    }
    const code = codeOf(ada.secret);
    expect(outcome(await verify(challenge, ` ${code.slice(0, 3)} ${code.slice(3)} `))).toBe(200);
    nextStep();
  });
});

describe('a challenge', () => {
  it('is good for one sign-in, and spends no code when it is not good', async () => {
    const ada = await somebody();
    const challenge = await challenged(ada);
    expect(outcome(await verify(challenge, ada.recoveryCodes[0]!))).toBe(200);
    expect(outcome(await verify(challenge, ada.recoveryCodes[1]!))).toBe('CHALLENGE_INVALID');
    expect(await auth.database.rows('recovery_codes', `account_id = '${ada.id}'`)).toHaveLength(9);
  });

  it('used by several at once with several codes lets one in', async () => {
    const ada = await somebody();
    const challenge = await challenged(ada);
    const answers = await Promise.all(ada.recoveryCodes.slice(0, 4).map(code => verify(challenge, code)));
    expect(answers.map(outcome).filter(each => each === 200)).toHaveLength(1);
    expect(await auth.database.rows('recovery_codes', `account_id = '${ada.id}'`)).toHaveLength(9);
  });

  it('lives five minutes', async () => {
    const ada = await somebody();
    const challenge = await challenged(ada);
    auth.clock.advance(5 * 60_000 - 1);
    expect(outcome(await verify(challenge, wrongCode(ada.secret)))).toBe('INVALID_CODE');
    auth.clock.advance(1);
    const late = await verify(challenge, codeOf(ada.secret));
    expect([late.status, late.body['error']]).toEqual([401, 'CHALLENGE_INVALID']);
  });

  it('is known to other instances and after a restart', async () => {
    const ada = await somebody();
    const first = await challenged(ada);
    const other = testBackend() ? await auth.startAnother() : undefined;
    try {
      if (other) {
        expect(outcome(await verify(first, ada.recoveryCodes[0]!, { url: other.url }))).toBe(200);
      }
    } finally {
      await other?.stop();
    }
    const second = await challenged(ada);
    await auth.restart();
    expect(outcome(await verify(second, codeOf(ada.secret)))).toBe(200);
    nextStep();
  });

  it('dies with a suspension, another password, and the factor it was made for', async () => {
    const officer = await auth.registerWith('users:activate');
    const suspended = await somebody();
    const one = await challenged(suspended);
    await auth.graphql(officer.accessToken, 'mutation ($id: ID!) { deactivateUser(id: $id) { id } }', {
      id: suspended.id,
    });
    expect(outcome(await verify(one, codeOf(suspended.secret)))).toBe('CHALLENGE_INVALID');

    const changed = await somebody();
    const two = await challenged(changed);
    const another = await auth.register();
    const [row] = await auth.database.rows('accounts', `id = '${another.id}'`);
    await auth.database.update(
      'accounts',
      `password_hash = '${row!['password_hash']}'`,
      `id = '${changed.id}'`,
    );
    expect(outcome(await verify(two, codeOf(changed.secret)))).toBe('CHALLENGE_INVALID');

    const renewed = await somebody();
    const three = await challenged(renewed);
    await auth.graphql(renewed.accessToken, disable, { code: renewed.recoveryCodes[0] });
    expect(outcome(await verify(three, codeOf(renewed.secret)))).toBe('CHALLENGE_INVALID');
    const { secret } = await protect(renewed);
    expect(outcome(await verify(three, codeOf(secret)))).toBe('CHALLENGE_INVALID');
    expect(outcome(await verify(await challenged(renewed), codeOf(secret)))).toBe(200);
    nextStep();
  });

  it('that is none of ours is refused', async () => {
    for (const challenge of ['', 'x', 'x'.repeat(1_000_000), "' OR 1=1 --", '\u0000', 'A'.repeat(43)]) {
      const { status, body } = await verify(challenge, noCode);
      expect([status, body['error']]).toEqual([401, 'CHALLENGE_INVALID']);
    }
  });
});

describe('guessing codes', () => {
  it('is counted one by one: in parallel, over many challenges, from many addresses, as aliases', async () => {
    const bob = await somebody();
    const challenge = await challenged(bob);
    const ada = await somebody();
    const challenges = await Promise.all(times(8, 0).map(() => challenged(ada)));
    const bad = wrongCode(ada.secret);
    const guesses = await Promise.all(
      times(400, 0).map((_, i) => verify(challenges[i % 8]!, bad, { from: `203.0.${i >> 8}.${i & 255}` })),
    );
    const codes = guesses.map(outcome);
    expect(codes.filter(code => code === 'INVALID_CODE')).toHaveLength(5);
    expect(codes.filter(code => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(395);
    const field = (i: number) =>
      `a${i}: completeLogin(input: { challenge: "${challenge}", code: "${wrongCode(bob.secret)}" }) { accessToken }`;
    const aliased = await auth.graphql(
      undefined,
      `mutation { ${times(20, 0)
        .map((_, i) => field(i))
        .join(' ')} }`,
    );
    expect(aliased.text.match(/INVALID_CODE/g)).toHaveLength(5);

    // At home, where the owner has signed in before, what strangers guess elsewhere makes nobody wait.
    expect(outcome(await verify(challenges[0]!, codeOf(ada.secret)))).toBe(200);
    // Elsewhere the right code waits too, as long as was said, and is still good then.
    const [next, from] = [codeOf(ada.secret, 1), '198.51.100.1'];
    const refused = await verify(challenges[1]!, next, { from });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    auth.clock.advance(1_000);
    expect(outcome(await verify(challenges[1]!, next, { from }))).toBe(200);
    auth.clock.advance(2 * stepMs);
  });

  it('is counted for the account, and half a sign-in takes nothing back', async () => {
    const ada = await somebody();
    const bad = wrongCode(ada.secret);
    for (let i = 0; i < 5; i++) {
      expect(outcome(await verify(await challenged(ada), bad))).toBe('INVALID_CODE');
    }
    expect(outcome(await verify(await challenged(ada), bad))).toBe('TOO_MANY_ATTEMPTS');
    for (const seconds of [1, 2, 4]) {
      auth.clock.advance(seconds * 1000);
      const challenge = await challenged(ada);
      expect(outcome(await verify(challenge, bad))).toBe('INVALID_CODE');
      expect(outcome(await verify(challenge, bad))).toBe('TOO_MANY_ATTEMPTS');
    }
    auth.clock.advance(60_000);
    expect(outcome(await verify(await challenged(ada), codeOf(ada.secret)))).toBe(200);
    // A whole sign-in forgives all.
    nextStep();
    for (let i = 0; i < 5; i++) {
      expect(outcome(await verify(await challenged(ada), bad))).toBe('INVALID_CODE');
    }
    expect(outcome(await verify(await challenged(ada), bad))).toBe('TOO_MANY_ATTEMPTS');
    auth.clock.advance(60_000);
  });

  it('counts where factors are turned off and people prove who they are, too', async () => {
    const ada = await somebody();
    const bad = wrongCode(ada.secret);
    const input = { password: ada.password, code: bad };
    const codes: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      codes.push((await auth.graphql(ada.accessToken, disable, { code: bad })).code);
      codes.push((await auth.graphql(ada.accessToken, reauthenticate, { input })).code);
    }
    expect(codes).toEqual([...times(5, 'INVALID_CODE'), 'TOO_MANY_ATTEMPTS']);
    auth.clock.advance(60_000);
  });
});

it('counts wrong codes for the owner among the failed sign-ins', async () => {
  const ada = await somebody();
  await verify(await challenged(ada), wrongCode(ada.secret));
  const [failed] = await auth.database.rows(
    'security_events',
    `account_id = '${ada.id}' AND type = 'SIGN_IN_FAILED'`,
  );
  expect(failed!['details']).toBe('{"reason":"INVALID_CODE"}');
});

it('counts sign-ins by outcome, the two steps apart', async () => {
  const ada = await somebody();
  await verify(await challenged(ada), wrongCode(ada.secret));
  const page = await (await fetch(`${auth.url}/metrics`)).text();
  for (const outcomes of ['mfa_required', 'invalid_code', 'success']) {
    expect(page).toMatch(new RegExp(`plinth_logins_total\\{[^}]*outcome="${outcomes}"[^}]*\\} \\d`));
  }
});
