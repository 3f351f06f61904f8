import { challengeOf, protect } from './authenticator-app';
import {
  administratorToken,
  data,
  eventually,
  failure,
  rest,
  send,
  somebody,
  urls,
  withinASecond,
} from './client';
import {
  CompleteLoginDocument,
  DisableTotpDocument,
  EnrolTotpDocument,
  LogInDocument,
  MySecondFactorDocument,
  ReauthenticateDocument,
  ResetTotpDocument,
  WhoAmIDocument,
} from './graphql/graphql';
import { type Plinth, startPlinth } from './plinth';

describe('a second factor (A12)', () => {
  it('is turned on, which ends the other sessions everywhere, and asked for at the next sign-in, over REST', async () => {
    const ada = await somebody();
    const { login: other } = await data(LogInDocument, {
      input: { username: ada.username, password: ada.password },
    });
    const { app, recoveryCodes } = await protect(ada);
    expect(new Set(recoveryCodes).size).toBe(10);
    for (const at of Object.values(urls)) {
      await withinASecond(async () => {
        expect((await send('{ __typename }', {}, { token: other.accessToken, at })).status).toBe(401);
      });
    }
    const { me } = await data(MySecondFactorDocument, {}, ada.accessToken);
    expect(me).toEqual({ totpEnabled: true, recoveryCodesLeft: 10 });

    const first = await rest('POST', '/auth/login', {
      body: { username: ada.email, password: ada.password },
    });
    expect([first.status, first.body]).toEqual([
      401,
      {
        error: 'MFA_REQUIRED',
        message: expect.any(String),
        details: { challenge: expect.any(String), expires_in_seconds: 300 },
        timestamp: expect.any(String),
        trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      },
    ]);
    const { challenge } = first.body['details'] as unknown as { challenge: string };
    const code = await app.code();
    const verify = (typed: string, of = challenge) =>
      rest('POST', '/auth/login/verify', { body: { challenge: of, code: typed } });
    const second = await verify(`${code.slice(0, 3)} ${code.slice(3)}`);
    expect([second.status, Object.keys(second.body).sort()]).toEqual([
      200,
      ['access_token', 'expires_in', 'refresh_token', 'token_type', 'user'],
    ]);
    const token = second.body['access_token'] as unknown as string;
    expect((await rest('GET', '/auth/me', { token })).body['username']).toBe(ada.username);

    expect((await verify(recoveryCodes[0]!)).body['error']).toBe('CHALLENGE_INVALID');
    expect((await verify(code, await challengeOf(ada))).body['error']).toBe('INVALID_CODE');
    expect((await verify('no code at all', await challengeOf(ada))).status).toBe(422);
    expect((await verify(recoveryCodes[0]!, await challengeOf(ada))).status).toBe(200);
    expect((await verify(recoveryCodes[0]!, await challengeOf(ada))).status).toBe(401);
    expect((await data(MySecondFactorDocument, {}, ada.accessToken)).me.recoveryCodesLeft).toBe(9);
  });

  it('is required over GraphQL too, and the answer to a wrong password does not reveal it', async () => {
    const ada = await somebody();
    const { app } = await protect(ada);
    const { username, password } = ada;
    const first = await send(LogInDocument, { input: { username, password } });
    const [error] = first.errors!;
    expect(error!.extensions).toMatchObject({
      code: 'MFA_REQUIRED',
      details: { challenge: expect.any(String), expiresInSeconds: 300 },
      http: { status: 401 },
    });
    const { challenge } = error!.extensions.details as { challenge: string };
    const input = { challenge, code: await app.code() };
    const { completeLogin } = await data(CompleteLoginDocument, { input });
    expect(completeLogin.user).toEqual({ id: ada.id, lastLogin: expect.any(String) });
    expect((await data(WhoAmIDocument, {}, completeLogin.accessToken)).me.id).toBe(ada.id);
    expect(await failure(CompleteLoginDocument, { input })).toBe('CHALLENGE_INVALID');

    const answers = await Promise.all(
      [username, (await somebody()).username, 'nobody-of-that-name'].map(async name => {
        const wrong = { username: name, password: 'not the right password' };
        const { errors } = await send(LogInDocument, { input: wrong });
        return { ...errors![0]!.extensions, message: errors![0]!.message, timestamp: null, traceId: null };
      }),
    );
    expect(new Set(answers.map(answer => JSON.stringify(answer))).size).toBe(1);
  });

  it('lets a handful of guesses through, however many come at once', async () => {
    const ada = await somebody();
    const { app } = await protect(ada);
    const challenges = await Promise.all([1, 2, 3].map(() => challengeOf(ada)));
    const right = await app.code();
    const wrong = ['000000', '111111', '222222', '333333', '444444'].find(code => code !== right)!;
    const guesses = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        rest('POST', '/auth/login/verify', { body: { challenge: challenges[i % 3], code: wrong } }),
      ),
    );
    const statuses = guesses.map(({ status }) => status);
    // Five at once, and one more for each wait that ends while they are sent: a second, two, four.
    const wrongs = statuses.filter(status => status === 401).length;
    expect(wrongs).toBeGreaterThanOrEqual(5);
    expect(wrongs).toBeLessThanOrEqual(8);
    expect(statuses.filter(status => status === 429)).toHaveLength(60 - wrongs);
    const body = { challenge: challenges[0], code: right };
    await eventually(async () => {
      expect((await rest('POST', '/auth/login/verify', { body })).status).toBe(200);
    });
  });

  it('is turned off by its owner, who proved again who they are, or by an administrator', async () => {
    const ada = await somebody();
    const { app, recoveryCodes } = await protect(ada);
    const code = await app.code();
    const { reauthenticate } = await data(
      ReauthenticateDocument,
      { input: { password: ada.password, code } },
      ada.accessToken,
    );
    const over = await rest('POST', '/auth/reauthenticate', {
      token: ada.accessToken,
      body: { password: ada.password, code: recoveryCodes[0] },
    });
    expect([over.status, over.body['refresh_token']]).toEqual([200, reauthenticate.refreshToken]);
    expect(await failure(DisableTotpDocument, { code }, reauthenticate.accessToken)).toBe('INVALID_CODE');
    const off = await data(DisableTotpDocument, { code: recoveryCodes[1]! }, reauthenticate.accessToken);
    expect(off.disableTotp).toEqual({ id: ada.id, totpEnabled: false });
    const { username, password } = ada;
    expect((await rest('POST', '/auth/login', { body: { username, password } })).status).toBe(200);

    const eve = await somebody();
    await protect(eve);
    expect(await failure(ResetTotpDocument, { userId: eve.id }, ada.accessToken)).toBe('FORBIDDEN');
    const root = await administratorToken();
    expect((await data(ResetTotpDocument, { userId: eve.id }, root)).resetTotp.totpEnabled).toBe(false);
    for (const at of Object.values(urls)) {
      await withinASecond(async () => {
        expect((await send('{ __typename }', {}, { token: eve.accessToken, at })).status).toBe(401);
      });
    }
    const again = { username: eve.username, password: eve.password };
    expect((await rest('POST', '/auth/login', { body: again })).status).toBe(200);
    expect(await failure(EnrolTotpDocument, {})).toBe('UNAUTHENTICATED');
  });
});

describe('a sign-in half done (A12)', () => {
  let plinth: Plinth;

  beforeAll(async () => {
    plinth = await startPlinth();
  }, 60_000);

  afterAll(() => plinth.close());

  it('goes on after kill -9, and what was spent stays spent', async () => {
    const at = plinth.urls.gateway;
    const ada = await somebody(at);
    const { recoveryCodes } = await protect(ada, at);
    const [one, two] = [await challengeOf(ada, at), await challengeOf(ada, at)];
    const verify = async (challenge: string, code: string) => {
      const { status } = await rest('POST', '/auth/login/verify', { at, body: { challenge, code } });
      return status;
    };
    expect(await verify(one, recoveryCodes[0]!)).toBe(200);
    await plinth.kill('auth');
    await plinth.restart('auth');
    expect(await verify(one, recoveryCodes[1]!)).toBe(401);
    expect(await verify(two, recoveryCodes[0]!)).toBe(401);
    expect(await verify(two, recoveryCodes[1]!)).toBe(200);
  }, 120_000);
});
