import { Secret, TOTP, URI } from 'otpauth';
import { eventually } from '../../../platform/testing/eventually';
import { factorChanged, passwordResetRequested } from '../events';
import { type Person, type RestAnswer, type Servers, Stage } from './stage';

const stepMs = 30_000;
const noCode = '000000';

/** Somebody whose second factor is on. */
interface Protected extends Person {
  secret: string;
  recoveryCodes: string[];
}

/** What holds of second factors and step-up, whatever the auth service stands on. */
export function totpContract(kind: string, servers?: () => Servers): void {
  describe(`second factors (A12, ${kind})`, () => {
    let stage: Stage;

    beforeAll(async () => {
      stage = await Stage.start(servers?.());
    }, 60_000);

    afterAll(() => stage.stop());

    const enrol = 'mutation { enrolTotp { secret uri } }';
    const confirm = 'mutation ($code: String!) { confirmTotp(code: $code) { codes } }';
    const disable =
      'mutation ($code: String!) { disableTotp(code: $code) { totpEnabled recoveryCodesLeft } }';
    const renew = 'mutation { renewRecoveryCodes { codes } }';
    const reset = 'mutation ($userId: ID!) { resetTotp(userId: $userId) { id totpEnabled } }';
    const complete =
      'mutation ($input: CompleteLoginInput!) { completeLogin(input: $input) { accessToken user { id lastLogin } } }';
    const reauthenticate =
      'mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { accessToken refreshToken } }';
    const mine = '{ me { totpEnabled recoveryCodesLeft lastLogin sessions { isCurrent } } }';
    type Mine = { me: { totpEnabled: boolean; recoveryCodesLeft: number | null; lastLogin: string | null } };

    const codeOf = (secret: string, steps = 0) =>
      TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: stage.clock.now() + steps * stepMs });
    /** A code that is not right now, nor one step to either side. */
    const wrongCode = (secret: string) => {
      const right = [-1, 0, 1].map(steps => codeOf(secret, steps));
      return [noCode, '111111', '222222', '333333'].find(code => !right.includes(code))!;
    };
    /** So that the next code is one that was not used. */
    const nextStep = () => stage.clock.advance(stepMs);
    const enrolled = async (token: string) =>
      (await stage.ask<{ enrolTotp: { secret: string; uri: string } }>(token, enrol)).data.enrolTotp;
    const protect = async (person: Person): Promise<Protected> => {
      const { secret } = await enrolled(person.accessToken);
      const { data, text } = await stage.ask<{ confirmTotp: { codes: string[] } }>(
        person.accessToken,
        confirm,
        {
          code: codeOf(secret),
        },
      );
      if (data?.confirmTotp == null) throw new Error(text);
      nextStep();
      return { ...person, secret, recoveryCodes: data.confirmTotp.codes };
    };
    const somebody = async (): Promise<Protected> => protect(await stage.somebody());
    const challengeOf = ({ body }: RestAnswer) => (body['details'] as { challenge: string }).challenge;
    const challenged = async ({ username, password }: Person, at?: string) =>
      challengeOf(await stage.logInRest(username, password, at));
    const verify = (challenge: string, code: string, options: { at?: string; from?: string } = {}) =>
      stage.rest('POST', '/login/verify', {
        body: { challenge, code },
        ...(options.at === undefined ? {} : { at: options.at }),
        ...(options.from === undefined ? {} : { headers: { 'x-forwarded-for': options.from } }),
      });
    const outcome = ({ status, body }: RestAnswer) => (status === 200 ? 200 : body['error']);
    const claimsOf = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
    const events = async (accountId: string) =>
      (await stage.rows('security_events', `account_id = '${accountId}' ORDER BY id`))
        .map(row => row['type'])
        .filter(type => /TOTP|RECOVERY|REAUTH/.test(String(type)));
    const told = (userId: string) => stage.told(factorChanged, userId).map(({ data }) => data);
    const times = <T>(count: number, value: T) => Array<T>(count).fill(value);

    describe('enrolling', () => {
      it('shows a secret that apps can read, and asks for nothing before it is confirmed', async () => {
        const ada = await stage.somebody();
        const { secret, uri } = await enrolled(ada.accessToken);
        expect(URI.parse(uri)).toMatchObject({ issuer: 'Plinth', label: ada.username });
        expect(URI.parse(uri).secret.base32).toBe(secret);
        expect((await stage.ask<Mine>(ada.accessToken, mine)).data.me).toMatchObject({
          totpEnabled: false,
          recoveryCodesLeft: null,
        });
        expect((await stage.logInRest(ada.username, ada.password)).status).toBe(200);
        const [row] = await stage.rows('totp_factors', `account_id = '${ada.id}'`);
        expect(JSON.stringify(row)).not.toContain(secret);
        expect(row!['secret']).toMatch(/^v1\./);
      });

      it('again replaces what was not confirmed', async () => {
        const ada = await stage.somebody();
        const first = await enrolled(ada.accessToken);
        const second = await enrolled(ada.accessToken);
        expect(second.secret).not.toBe(first.secret);
        const old = await stage.ask(ada.accessToken, confirm, { code: codeOf(first.secret) });
        expect([old.status, old.code]).toEqual([401, 'INVALID_CODE']);
        const right = await stage.ask(ada.accessToken, confirm, { code: codeOf(second.secret) });
        expect(right.code).toBeUndefined();
        expect(await stage.rows('totp_factors', `account_id = '${ada.id}'`)).toHaveLength(1);
      });

      it('by ten at once leaves one secret, and it is that of one of them', async () => {
        const ada = await stage.somebody();
        const all = await Promise.all(times(10, 0).map(() => enrolled(ada.accessToken)));
        expect(await stage.rows('totp_factors', `account_id = '${ada.id}'`)).toHaveLength(1);
        const taken: unknown[] = [];
        // One after another: an account may be wrong only so often.
        for (const { secret } of all) {
          taken.push((await stage.ask(ada.accessToken, confirm, { code: codeOf(secret) })).code);
          stage.clock.advance(1);
          await stage.change('login_throttles', 'failures = 0, blocked_until = 0', '1 = 1');
        }
        expect(taken.filter(code => code === undefined)).toHaveLength(1);
        nextStep();
      });

      it('comes before confirming, and is refused while a factor is on', async () => {
        const ada = await stage.somebody();
        expect((await stage.ask(ada.accessToken, confirm, { code: noCode })).code).toBe('TOTP_NOT_ENROLLED');
        const { accessToken, secret } = await protect(ada);
        expect((await stage.ask(accessToken, enrol)).code).toBe('TOTP_ALREADY_ENABLED');
        expect((await stage.ask(accessToken, confirm, { code: codeOf(secret) })).code).toBe(
          'TOTP_ALREADY_ENABLED',
        );
        for (const code of ['', 'abc', '12345', { $ne: '' }, 5, null]) {
          expect((await stage.ask(accessToken, confirm, { code })).status).toBe(422);
        }
      });
    });

    describe('confirming', () => {
      it('gives ten recovery codes once, stored as hashes, and tells the owner', async () => {
        const { id, accessToken, recoveryCodes, username, email } = await somebody();
        expect(new Set(recoveryCodes).size).toBe(10);
        const rows = JSON.stringify(await stage.rows('recovery_codes', `account_id = '${id}'`));
        for (const code of recoveryCodes) {
          expect(rows).not.toContain(code);
          expect(rows).not.toContain(code.replaceAll('-', ''));
        }
        expect((await stage.ask<Mine>(accessToken, mine)).data.me).toMatchObject({
          totpEnabled: true,
          recoveryCodesLeft: 10,
        });
        expect(await events(id)).toEqual(['TOTP_ENABLED']);
        await eventually(() => {
          expect(told(id)).toEqual([
            {
              userId: id,
              username,
              email,
              change: 'enabled',
              enabled: true,
              recoveryCodesLeft: 10,
              actorId: null,
              address: '127.0.0.1',
              device: expect.any(String),
            },
          ]);
        });
        expect(JSON.stringify(stage.announced)).not.toContain(recoveryCodes[0]);
      });

      it('ends the sessions that a password alone began, and keeps the one it came from', async () => {
        const ada = await stage.somebody();
        const other = await stage.logIn(ada);
        const { accessToken } = await protect(ada);
        expect(await stage.me(accessToken)).toEqual([200, undefined]);
        expect(await stage.me(other.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
        expect((await stage.refresh(other.refreshToken)).status).toBe(401);
      });

      it('leaves no session of a sign-in at the same moment that a password alone began', async () => {
        for (let i = 0; i < 5; i++) {
          const ada = await stage.somebody();
          const { secret } = await enrolled(ada.accessToken);
          const [confirmed, ...logins] = await Promise.all([
            stage.ask(ada.accessToken, confirm, { code: codeOf(secret) }),
            ...times(4, 0).map(() => stage.logInRest(ada.username, ada.password)),
          ]);
          expect(confirmed.code).toBeUndefined();
          for (const login of logins) {
            if (outcome(login) === 'MFA_REQUIRED') continue;
            expect(login.status).toBe(200);
            expect(await stage.me(login.body['access_token'] as string)).toEqual([401, 'TOKEN_REVOKED']);
          }
          expect(
            await stage.rows('sessions', `account_id = '${ada.id}' AND revoked_at IS NULL`),
          ).toHaveLength(1);
        }
        nextStep();
      });

      it('twice at once happens once', async () => {
        const ada = await stage.somebody();
        const { secret } = await enrolled(ada.accessToken);
        const answers = await Promise.all(
          times(4, 0).map(() => stage.ask(ada.accessToken, confirm, { code: codeOf(secret) })),
        );
        expect(answers.filter(({ code }) => code === undefined)).toHaveLength(1);
        expect(await stage.rows('recovery_codes', `account_id = '${ada.id}'`)).toHaveLength(10);
        nextStep();
      });
    });

    describe('who sees it', () => {
      const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { totpEnabled recoveryCodesLeft } } }`;
      const seen = async (token: string, id: string) =>
        (await stage.ask<{ _entities: unknown[] }>(token, query, { r: [{ __typename: 'User', id }] })).data
          ._entities[0];

      it('is the owner, and whether it is on those who may reset it', async () => {
        const ada = await somebody();
        const [reader, officer] = [
          await stage.permitted('users:read'),
          await stage.permitted('users:read', 'users:reset-factors'),
        ];
        expect(await seen(ada.accessToken, ada.id)).toEqual({ totpEnabled: true, recoveryCodesLeft: 10 });
        expect(await seen(reader.accessToken, ada.id)).toEqual({
          totpEnabled: null,
          recoveryCodesLeft: null,
        });
        expect(await seen(officer.accessToken, ada.id)).toEqual({
          totpEnabled: true,
          recoveryCodesLeft: null,
        });
        expect(await seen(officer.accessToken, reader.id)).toMatchObject({ totpEnabled: false });
      });
    });

    describe('signing in', () => {
      it('takes two steps, and notes the sign-in after the second', async () => {
        const ada = await somebody();
        const before = (await stage.rows('sessions', `account_id = '${ada.id}'`)).length;
        const first = await stage.logInRest(ada.username, ada.password);
        expect([first.status, first.body['error'], first.body['details']]).toEqual([
          401,
          'MFA_REQUIRED',
          { challenge: expect.stringMatching(/^[A-Za-z0-9_-]{43}$/), expiresInSeconds: 300 },
        ]);
        expect(await stage.rows('sessions', `account_id = '${ada.id}'`)).toHaveLength(before);
        expect((await stage.ask<Mine>(ada.accessToken, mine)).data.me.lastLogin).toBeNull();
        const stored = JSON.stringify(await stage.rows('login_challenges', `account_id = '${ada.id}'`));
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
              last_login: new Date(stage.clock.now()).toISOString(),
            },
            access_token: expect.any(String),
            refresh_token: expect.any(String),
            token_type: 'bearer',
            expires_in: 900,
          },
        ]);
        expect(await stage.me(second.body['access_token'] as string)).toEqual([200, undefined]);
        expect((await stage.refresh(second.body['refresh_token'] as string)).status).toBe(200);
        nextStep();
      });

      it('answers the same over GraphQL', async () => {
        const ada = await somebody();
        const { username, password } = ada;
        const login = 'mutation ($input: LoginInput!) { login(input: $input) { accessToken } }';
        const first = await stage.ask(undefined, login, { input: { username, password } });
        expect([first.status, first.code]).toEqual([401, 'MFA_REQUIRED']);
        const { challenge } = first.details as { challenge: string };
        const input = { challenge, code: codeOf(ada.secret) };
        const { data } = await stage.ask<{ completeLogin: { user: object } }>(undefined, complete, { input });
        expect(data.completeLogin.user).toEqual({
          id: ada.id,
          lastLogin: new Date(stage.clock.now()).toISOString(),
        });
        nextStep();
      });

      it('does not tell from a wrong password whether a factor is on', async () => {
        const answers = [];
        for (const { username } of [await somebody(), await stage.somebody(), { username: 'nobody-here' }]) {
          const { status, body, headers } = await stage.logInRest(username, 'not the right password');
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
        stage.clock.advance(2 * stepMs);
        expect(outcome(await verify(await challenged(ada), codeOf(ada.secret, steps)))).toBe(expected);
        stage.clock.advance(2 * stepMs);
      });

      it('takes a code once, and after it none that is older', async () => {
        const ada = await somebody();
        stage.clock.advance(stepMs);
        const code = codeOf(ada.secret);
        expect(outcome(await verify(await challenged(ada), code))).toBe(200);
        expect(outcome(await verify(await challenged(ada), code))).toBe('INVALID_CODE');
        expect(outcome(await verify(await challenged(ada), codeOf(ada.secret, -1)))).toBe('INVALID_CODE');
        expect(outcome(await verify(await challenged(ada), codeOf(ada.secret, 1)))).toBe(200);
        stage.clock.advance(2 * stepMs);
      });

      it('takes the code that confirmed no second time', async () => {
        const ada = await stage.somebody();
        const { secret } = await enrolled(ada.accessToken);
        const code = codeOf(secret);
        await stage.ask(ada.accessToken, confirm, { code });
        expect(outcome(await verify(await challenged(ada), code))).toBe('INVALID_CODE');
        nextStep();
      });

      it('with one code at several instances at once lets one in', async () => {
        const ada = await somebody();
        const other = servers ? await stage.another() : undefined;
        try {
          const places = [stage.service.url, other?.url ?? stage.service.url];
          const challenges = await Promise.all(times(4, 0).map((_, i) => challenged(ada, places[i % 2])));
          const code = codeOf(ada.secret);
          const answers = await Promise.all(
            challenges.map((challenge, i) => verify(challenge, code, { at: places[(i + 1) % 2]! })),
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
        expect(await stage.rows('recovery_codes', `account_id = '${ada.id}'`)).toHaveLength(9);
      });

      it('used by several at once with several codes lets one in', async () => {
        const ada = await somebody();
        const challenge = await challenged(ada);
        const answers = await Promise.all(ada.recoveryCodes.slice(0, 4).map(code => verify(challenge, code)));
        expect(answers.map(outcome).filter(each => each === 200)).toHaveLength(1);
        expect(await stage.rows('recovery_codes', `account_id = '${ada.id}'`)).toHaveLength(9);
      });

      it('lives five minutes', async () => {
        const ada = await somebody();
        const challenge = await challenged(ada);
        stage.clock.advance(5 * 60_000 - 1);
        expect(outcome(await verify(challenge, wrongCode(ada.secret)))).toBe('INVALID_CODE');
        stage.clock.advance(1);
        const late = await verify(challenge, codeOf(ada.secret));
        expect([late.status, late.body['error']]).toEqual([401, 'CHALLENGE_INVALID']);
      });

      it('is known to other instances and after a restart', async () => {
        const ada = await somebody();
        const first = await challenged(ada);
        const other = servers ? await stage.another() : undefined;
        try {
          if (other) {
            expect(outcome(await verify(first, ada.recoveryCodes[0]!, { at: other.url }))).toBe(200);
          }
        } finally {
          await other?.stop();
        }
        const second = await challenged(ada);
        await stage.restart();
        expect(outcome(await verify(second, codeOf(ada.secret)))).toBe(200);
        nextStep();
      });

      it('dies with a suspension, another password, and the factor it was made for', async () => {
        const officer = await stage.permitted('users:activate');
        const suspended = await somebody();
        const one = await challenged(suspended);
        await stage.ask(officer.accessToken, 'mutation ($id: ID!) { deactivateUser(id: $id) { id } }', {
          id: suspended.id,
        });
        expect(outcome(await verify(one, codeOf(suspended.secret)))).toBe('CHALLENGE_INVALID');

        const changed = await somebody();
        const two = await challenged(changed);
        const another = await stage.somebody();
        const [row] = await stage.rows('accounts', `id = '${another.id}'`);
        await stage.change('accounts', `password_hash = '${row!['password_hash']}'`, `id = '${changed.id}'`);
        expect(outcome(await verify(two, codeOf(changed.secret)))).toBe('CHALLENGE_INVALID');

        const renewed = await somebody();
        const three = await challenged(renewed);
        await stage.ask(renewed.accessToken, disable, { code: renewed.recoveryCodes[0] });
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

    describe('recovery codes', () => {
      it('stand in for the app, each once, and it is said', async () => {
        const ada = await somebody();
        const [code] = ada.recoveryCodes;
        const answer = await verify(await challenged(ada), code!.toUpperCase().replaceAll('-', ' '));
        expect(answer.status).toBe(200);
        expect(outcome(await verify(await challenged(ada), code!))).toBe('INVALID_CODE');
        const token = answer.body['access_token'] as string;
        expect((await stage.ask<Mine>(token, mine)).data.me.recoveryCodesLeft).toBe(9);
        expect((await events(ada.id)).sort()).toEqual(['RECOVERY_CODE_USED', 'TOTP_ENABLED']);
        await eventually(() => {
          expect(told(ada.id).at(-1)).toMatchObject({
            change: 'recoveryCodeUsed',
            enabled: true,
            recoveryCodesLeft: 9,
          });
        });
      });

      it('used by several at once let one in', async () => {
        const ada = await somebody();
        const challenges = await Promise.all(times(4, 0).map(() => challenged(ada)));
        const answers = await Promise.all(challenges.map(each => verify(each, ada.recoveryCodes[0]!)));
        expect(answers.map(outcome).filter(each => each === 200)).toHaveLength(1);
      });

      it('of one person are no use to another', async () => {
        const [ada, eve] = [await somebody(), await somebody()];
        expect(outcome(await verify(await challenged(eve), ada.recoveryCodes[0]!))).toBe('INVALID_CODE');
      });

      it('can be renewed, which ends those there were', async () => {
        const ada = await somebody();
        const { data } = await stage.ask<{ renewRecoveryCodes: { codes: string[] } }>(ada.accessToken, renew);
        const fresh = data.renewRecoveryCodes.codes;
        expect(new Set([...fresh, ...ada.recoveryCodes]).size).toBe(20);
        expect(outcome(await verify(await challenged(ada), ada.recoveryCodes[0]!))).toBe('INVALID_CODE');
        expect(outcome(await verify(await challenged(ada), fresh[9]!))).toBe(200);
        expect(await events(ada.id)).toContain('RECOVERY_CODES_RENEWED');
        expect((await stage.ask((await stage.somebody()).accessToken, renew)).code).toBe('TOTP_NOT_ENABLED');
      });
    });

    describe('guessing codes', () => {
      it('is counted one by one: in parallel, over many challenges, from many addresses, as aliases', async () => {
        const ada = await somebody();
        const challenges = await Promise.all(times(8, 0).map(() => challenged(ada)));
        const bad = wrongCode(ada.secret);
        const guesses = await Promise.all(
          times(400, 0).map((_, i) =>
            verify(challenges[i % 8]!, bad, { from: `203.0.${i >> 8}.${i & 255}` }),
          ),
        );
        const codes = guesses.map(outcome);
        expect(codes.filter(code => code === 'INVALID_CODE')).toHaveLength(5);
        expect(codes.filter(code => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(395);
        const field = (i: number) =>
          `a${i}: completeLogin(input: { challenge: "${challenges[i % 8]}", code: "${bad}" }) { accessToken }`;
        const aliased = await stage.ask(
          undefined,
          `mutation { ${times(20, 0)
            .map((_, i) => field(i))
            .join(' ')} }`,
        );
        expect(aliased.text.match(/INVALID_CODE/g)?.length ?? 0).toBeLessThanOrEqual(1);

        // At home, where the owner has signed in before, what strangers guess elsewhere makes nobody wait.
        expect(outcome(await verify(challenges[0]!, codeOf(ada.secret)))).toBe(200);
        // Elsewhere the right code waits too, as long as was said, and is still good then.
        const [next, from] = [codeOf(ada.secret, 1), '198.51.100.1'];
        const refused = await verify(challenges[1]!, next, { from });
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
        stage.clock.advance(1_000);
        expect(outcome(await verify(challenges[1]!, next, { from }))).toBe(200);
        stage.clock.advance(2 * stepMs);
      });

      it('shares one count with passwords, and half a sign-in takes nothing back', async () => {
        const ada = await somebody();
        const bad = wrongCode(ada.secret);
        expect(outcome(await stage.logInRest(ada.username, 'not the right password'))).toBe(
          'INVALID_CREDENTIALS',
        );
        for (let i = 0; i < 4; i++) {
          expect(outcome(await verify(await challenged(ada), bad))).toBe('INVALID_CODE');
        }
        expect(outcome(await stage.logInRest(ada.username, ada.password))).toBe('TOO_MANY_ATTEMPTS');
        for (const seconds of [1, 2, 4]) {
          stage.clock.advance(seconds * 1000);
          const challenge = await challenged(ada);
          expect(outcome(await verify(challenge, bad))).toBe('INVALID_CODE');
          expect(outcome(await verify(challenge, bad))).toBe('TOO_MANY_ATTEMPTS');
        }
        stage.clock.advance(60_000);
        expect(outcome(await verify(await challenged(ada), codeOf(ada.secret)))).toBe(200);
        // A whole sign-in forgives all.
        nextStep();
        for (let i = 0; i < 5; i++) {
          expect(outcome(await verify(await challenged(ada), bad))).toBe('INVALID_CODE');
        }
        expect(outcome(await stage.logInRest(ada.username, ada.password))).toBe('TOO_MANY_ATTEMPTS');
        stage.clock.advance(60_000);
      });

      it('counts where factors are turned off and people prove who they are, too', async () => {
        const ada = await somebody();
        const bad = wrongCode(ada.secret);
        const input = { password: ada.password, code: bad };
        const codes: unknown[] = [];
        for (let i = 0; i < 3; i++) {
          codes.push((await stage.ask(ada.accessToken, disable, { code: bad })).code);
          codes.push((await stage.ask(ada.accessToken, reauthenticate, { input })).code);
        }
        expect(codes).toEqual([...times(5, 'INVALID_CODE'), 'TOO_MANY_ATTEMPTS']);
        stage.clock.advance(60_000);
      });
    });

    describe('another password', () => {
      const change =
        'mutation ($currentPassword: String!, $newPassword: String!) { changePassword(currentPassword: $currentPassword, newPassword: $newPassword) }';
      const requestReset = 'mutation ($email: String!) { requestPasswordReset(email: $email) }';
      const resetPassword =
        'mutation ($token: String!, $newPassword: String!) { resetPassword(token: $token, newPassword: $newPassword) }';
      const newPassword = 'another long enough secret';
      const resetByMail = async (person: Person, mails: number) => {
        // One mail a minute.
        stage.clock.advance(60_000);
        await stage.ask(undefined, requestReset, { email: person.email });
        const token = await stage.mailedToken(passwordResetRequested, person.id, mails);
        return stage.ask(undefined, resetPassword, { token, newPassword });
      };

      it('takes a recent sign-in while a factor is on, and ends a sign-in half done', async () => {
        const ada = await somebody();
        const challenge = await challenged(ada);
        const variables = { currentPassword: ada.password, newPassword };
        expect((await stage.ask(ada.accessToken, change, variables)).code).toBeUndefined();
        expect(outcome(await verify(challenge, codeOf(ada.secret)))).toBe('CHALLENGE_INVALID');
        stage.clock.advance(601_000);
        const back = { currentPassword: newPassword, newPassword: ada.password };
        const late = await stage.ask(ada.accessToken, change, back);
        expect([late.status, late.code]).toEqual([401, 'REAUTHENTICATION_REQUIRED']);
        const input = { password: newPassword, code: codeOf(ada.secret) };
        const { data } = await stage.ask<{ reauthenticate: { accessToken: string } }>(
          ada.accessToken,
          reauthenticate,
          { input },
        );
        expect((await stage.ask(data.reauthenticate.accessToken, change, back)).code).toBeUndefined();
        nextStep();
      });

      it('from a mailed link leaves the factor on', async () => {
        const ada = await somebody();
        const challenge = await challenged(ada);
        expect((await resetByMail(ada, 1)).code).toBeUndefined();
        expect(outcome(await verify(challenge, codeOf(ada.secret)))).toBe('CHALLENGE_INVALID');
        expect(outcome(await stage.logInRest(ada.username, newPassword))).toBe('MFA_REQUIRED');
        const next = await challenged({ ...ada, password: newPassword });
        expect(outcome(await verify(next, codeOf(ada.secret)))).toBe(200);
        nextStep();
      });

      it('forgives no wrong codes, whichever way it came', async () => {
        const ada = await somebody();
        const failures = async () =>
          (await stage.rows('login_throttles')).reduce((sum, row) => sum + Number(row['failures']), 0);
        for (let i = 0; i < 3; i++) {
          expect(outcome(await verify(await challenged(ada), wrongCode(ada.secret)))).toBe('INVALID_CODE');
        }
        const before = await failures();
        const variables = { currentPassword: ada.password, newPassword };
        expect((await stage.ask(ada.accessToken, change, variables)).code).toBeUndefined();
        expect((await resetByMail(ada, 1)).code).toBeUndefined();
        expect(await failures()).toBe(before);
        const person = { ...ada, password: newPassword };
        const codes: unknown[] = [];
        for (let i = 0; i < 3; i++) {
          const first = await stage.logInRest(person.username, person.password);
          if (outcome(first) !== 'MFA_REQUIRED') codes.push(outcome(first));
          else codes.push(outcome(await verify(challengeOf(first), wrongCode(ada.secret))));
        }
        expect(codes).toEqual(['INVALID_CODE', 'INVALID_CODE', 'TOO_MANY_ATTEMPTS']);
        stage.clock.advance(60_000);
      });
    });

    it('tells the owner of wrong codes among the sign-ins that failed', async () => {
      const ada = await somebody();
      await verify(await challenged(ada), wrongCode(ada.secret));
      const [failed] = await stage.rows(
        'security_events',
        `account_id = '${ada.id}' AND type = 'SIGN_IN_FAILED'`,
      );
      expect(failed!['details']).toBe('{"reason":"INVALID_CODE"}');
    });

    describe('turning it off', () => {
      it.each(['app', 'recovery'])('takes a code (%s), keeps sessions, and is told', async way => {
        const ada = await somebody();
        const other = (await verify(await challenged(ada), ada.recoveryCodes[0]!)).body['access_token'];
        const bad = await stage.ask(ada.accessToken, disable, { code: wrongCode(ada.secret) });
        expect([bad.status, bad.code]).toEqual([401, 'INVALID_CODE']);
        const code = way === 'app' ? codeOf(ada.secret) : ada.recoveryCodes[1];
        expect((await stage.ask(ada.accessToken, disable, { code })).data).toEqual({
          disableTotp: { totpEnabled: false, recoveryCodesLeft: null },
        });
        for (const token of [ada.accessToken, other as string]) {
          expect(await stage.me(token)).toEqual([200, undefined]);
        }
        for (const table of ['totp_factors', 'recovery_codes', 'login_challenges']) {
          expect(await stage.rows(table, `account_id = '${ada.id}'`)).toEqual([]);
        }
        expect((await stage.logInRest(ada.username, ada.password)).status).toBe(200);
        expect((await stage.ask(ada.accessToken, disable, { code: noCode })).code).toBe('TOTP_NOT_ENABLED');
        expect(await events(ada.id)).toContain('TOTP_DISABLED');
        await eventually(() => {
          expect(told(ada.id).at(-1)).toMatchObject({ change: 'disabled', enabled: false, actorId: null });
        });
        nextStep();
      });

      it('for somebody who lost all is an administrator’s, who is named', async () => {
        const officer = await stage.permitted('users:reset-factors', 'users:read');
        const ada = await somebody();
        const { data } = await stage.ask(officer.accessToken, reset, { userId: ada.id });
        expect(data).toEqual({ resetTotp: { id: ada.id, totpEnabled: false } });
        expect(await stage.me(ada.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
        expect((await stage.logInRest(ada.username, ada.password)).status).toBe(200);
        const [event] = await stage.rows(
          'security_events',
          `account_id = '${ada.id}' AND type = 'TOTP_DISABLED'`,
        );
        expect(event!['actor_id']).toBe(officer.id);
        await eventually(() => {
          expect(told(ada.id).at(-1)).toMatchObject({ change: 'disabled', actorId: officer.id, address: '' });
        });
        const attempt = async (token: string | undefined, userId: string) =>
          (await stage.ask(token, reset, { userId })).code;
        expect(await attempt(officer.accessToken, ada.id)).toBe('TOTP_NOT_ENABLED');
        expect(await attempt(officer.accessToken, officer.id)).toBe('OWN_ACCOUNT');
        expect(await attempt(officer.accessToken, 'nobody')).toBe('NOT_FOUND');
        expect(await attempt((await stage.somebody()).accessToken, ada.id)).toBe('FORBIDDEN');
        expect(await attempt(undefined, ada.id)).toBe('UNAUTHENTICATED');
        stage.clock.advance(601_000);
        expect(await attempt(officer.accessToken, ada.id)).toBe('REAUTHENTICATION_REQUIRED');
      });
    });

    describe('step-up', () => {
      const steps: [string, string, object][] = [
        ['enrolTotp', enrol, {}],
        ['confirmTotp', confirm, { code: noCode }],
        ['disableTotp', disable, { code: noCode }],
        ['renewRecoveryCodes', renew, {}],
      ];

      it.each(steps)('%s takes a sign-in of the last ten minutes', async (_, query, variables) => {
        const ada = await stage.somebody();
        stage.clock.advance(600_000);
        expect((await stage.ask(ada.accessToken, query, { ...variables })).code).not.toBe(
          'REAUTHENTICATION_REQUIRED',
        );
        stage.clock.advance(1_000);
        const late = await stage.ask(ada.accessToken, query, { ...variables });
        expect([late.status, late.code, late.details]).toEqual([
          401,
          'REAUTHENTICATION_REQUIRED',
          { maxAgeSeconds: 600 },
        ]);
        // A refresh proves nothing.
        const { body } = await stage.refresh(ada.refreshToken);
        const refreshed = await stage.ask(body['access_token'] as string, query, { ...variables });
        expect(refreshed.code).toBe('REAUTHENTICATION_REQUIRED');
        expect((await stage.ask(undefined, query, { ...variables })).code).toBe('UNAUTHENTICATED');
      });

      it('with the password makes the same session’s tokens say so, over a refresh too', async () => {
        const ada = await stage.somebody();
        stage.clock.advance(700_000);
        const input = { password: ada.password };
        const { data } = await stage.ask<{ reauthenticate: { accessToken: string; refreshToken: string } }>(
          ada.accessToken,
          reauthenticate,
          { input },
        );
        const now = Math.floor(stage.clock.now() / 1000);
        const claims = claimsOf(data.reauthenticate.accessToken);
        expect(claims).toMatchObject({ auth_time: now, sid: claimsOf(ada.accessToken)['sid'] });
        expect(await enrolled(data.reauthenticate.accessToken)).toMatchObject({ secret: expect.any(String) });
        stage.clock.advance(60_000);
        const { body } = await stage.refresh(data.reauthenticate.refreshToken);
        expect(claimsOf(body['access_token'] as string)['auth_time']).toBe(now);
        expect(await events(ada.id)).toEqual(['REAUTHENTICATED']);
      });

      it('takes the code too where a factor is on, and says what is wrong as a sign-in does', async () => {
        const ada = await somebody();
        const attempt = (password: string, code?: string | null) =>
          stage.rest('POST', '/reauthenticate', { token: ada.accessToken, body: { password, code } });
        const wrongPassword = await attempt('not the right password', codeOf(ada.secret));
        expect([wrongPassword.status, outcome(wrongPassword)]).toEqual([401, 'INVALID_CREDENTIALS']);
        for (const none of [undefined, null]) {
          const missing = await attempt(ada.password, none);
          expect([missing.status, missing.body['details']]).toEqual([
            422,
            [{ field: 'code', message: expect.any(String) }],
          ]);
        }
        expect(outcome(await attempt(ada.password, wrongCode(ada.secret)))).toBe('INVALID_CODE');
        const right = await attempt(ada.password, codeOf(ada.secret));
        expect([right.status, Object.keys(right.body).sort()]).toEqual([
          200,
          ['access_token', 'expires_in', 'refresh_token', 'token_type'],
        ]);
        // The code is spent by that.
        expect(outcome(await attempt(ada.password, codeOf(ada.secret)))).toBe('INVALID_CODE');
        for (const body of [{ password: '' }, { password: 'x'.repeat(1_000_000) }, {}, { password: 5 }]) {
          expect((await stage.rest('POST', '/reauthenticate', { token: ada.accessToken, body })).status).toBe(
            422,
          );
        }
        expect((await stage.rest('POST', '/reauthenticate', { body: { password: 'x' } })).status).toBe(401);
        nextStep();
      });

      it('is a person’s: an API key has nobody to ask', async () => {
        const owner = await stage.permitted('*');
        const { data } = await stage.ask<{ createApiKey: { key: string } }>(
          owner.accessToken,
          'mutation { createApiKey(input: { name: "a script", scopes: ["*"] }) { key } }',
        );
        for (const query of [enrol, renew]) {
          const response = await fetch(`${stage.service.url}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-api-key': data.createApiKey.key },
            body: JSON.stringify({ query }),
          });
          expect(await response.text()).toContain('"FORBIDDEN"');
        }
      });

      it('asks the database for the session: what was revoked a moment ago changes nothing', async () => {
        const ada = await stage.somebody();
        // Without a word to the bus: the row alone says so.
        await stage.change('sessions', `revoked_at = ${stage.clock.now()}`, `account_id = '${ada.id}'`);
        expect((await stage.ask(ada.accessToken, enrol)).code).toBe('TOKEN_REVOKED');
        const input = { password: ada.password };
        expect((await stage.ask(ada.accessToken, reauthenticate, { input })).code).toBe('TOKEN_REVOKED');
        expect(await stage.rows('totp_factors', `account_id = '${ada.id}'`)).toEqual([]);
      });
    });

    it('counts sign-ins by outcome, the two steps apart', async () => {
      const ada = await somebody();
      await verify(await challenged(ada), wrongCode(ada.secret));
      const page = await (await fetch(`${stage.service.url}/metrics`)).text();
      for (const outcomes of ['mfa_required', 'invalid_code', 'success']) {
        expect(page).toMatch(new RegExp(`plinth_logins_total\\{[^}]*outcome="${outcomes}"[^}]*\\} \\d`));
      }
    });
  });
}
