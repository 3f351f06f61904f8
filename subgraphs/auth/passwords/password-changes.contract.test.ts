import { eventually } from '../../../platform/testing/eventually';
import { passwordChanged, passwordResetRequested } from '../events';
import { TestAuth, type TestUser } from '../testing/test-auth';

const requestPasswordReset = 'mutation ($email: String!) { requestPasswordReset(email: $email) }';

const resetPassword =
  'mutation ($token: String!, $newPassword: String!) { resetPassword(token: $token, newPassword: $newPassword) }';

const changePassword =
  'mutation ($currentPassword: String!, $newPassword: String!) { changePassword(currentPassword: $currentPassword, newPassword: $newPassword) }';

const minute = 60_000;

const hour = 60 * minute;

const wrong = 'not the right password';

const another = 'another long enough secret';

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const times = <T>(count: number, value: T) => Array<T>(count).fill(value);
const requestReset = (email: string) => auth.graphql(undefined, requestPasswordReset, { email });
const reset = (token: string, newPassword: string, url?: string) =>
  auth.graphql(undefined, resetPassword, { token, newPassword }, url);
const change = (token: string | undefined, currentPassword: string, newPassword: string, url?: string) =>
  auth.graphql(token, changePassword, { currentPassword, newPassword }, url);
const signIn = async (who: TestUser, password: string) =>
  (await auth.requestLogIn(who.username, password)).status;
/** The token of the link that a request mails. */
const resetToken = async (who: TestUser, mails = 1) => {
  expect((await requestReset(who.email)).data).toEqual({ requestPasswordReset: true });
  return auth.mailedToken(passwordResetRequested, who.id, mails);
};
const accountOf = async (who: TestUser) => (await auth.database.rows('accounts', `id = '${who.id}'`))[0]!;
// What one story asked for must not use up what the next may.
beforeEach(() => auth.clock.advance(hour));

describe('changing a password', () => {
  it('ends the other sessions, keeps this one and notifies the owner', async () => {
    const ada = await auth.register();
    const [here, there] = [await auth.logIn(ada), await auth.logIn(ada)];
    expect((await change(here.accessToken, ada.password, another)).data).toEqual({
      changePassword: true,
    });
    expect(await auth.me(here.accessToken)).toEqual([200, undefined]);
    expect((await auth.refresh(here.refreshToken)).status).toBe(200);
    for (const token of [ada.accessToken, there.accessToken]) {
      expect(await auth.me(token)).toEqual([401, 'TOKEN_REVOKED']);
    }
    expect((await auth.refresh(there.refreshToken)).status).toBe(401);
    expect(await signIn(ada, ada.password)).toBe(401);
    expect(await signIn(ada, another)).toBe(200);
    await eventually(() => {
      expect(auth.eventsAbout(ada.id, passwordChanged).map(({ data }) => data)).toEqual([
        {
          userId: ada.id,
          username: ada.username,
          email: ada.email,
          how: 'changed',
          device: 'Unknown device',
          address: '127.0.0.1',
        },
      ]);
    });
    expect(JSON.stringify(auth.events)).not.toContain(another);
  });

  it('lets links that were mailed before die', async () => {
    const ada = await auth.register();
    const token = await resetToken(ada);
    await change(ada.accessToken, ada.password, another);
    expect((await reset(token, 'a third long secret')).code).toBe('ACCOUNT_TOKEN_INVALID');
    expect(await signIn(ada, another)).toBe(200);
  });

  it('counts a wrong current password, and is refused in the wait', async () => {
    const ada = await auth.register();
    const codes: unknown[] = [];
    for (let i = 0; i < 7; i++) codes.push((await change(ada.accessToken, wrong, another)).code);
    expect(codes).toEqual([...times(5, 'INVALID_CREDENTIALS'), ...times(2, 'TOO_MANY_ATTEMPTS')]);
    expect((await change(ada.accessToken, ada.password, another)).code).toBe('TOO_MANY_ATTEMPTS');
    auth.clock.advance(1_000);
    expect((await change(ada.accessToken, ada.password, another)).code).toBeUndefined();
    // The right one forgives the wrong ones, as at a sign-in.
    expect((await change(ada.accessToken, wrong, ada.password)).code).toBe('INVALID_CREDENTIALS');
  });

  it('counts guesses one by one when they come at once', async () => {
    const ada = await auth.register();
    const answers = await Promise.all(times(20, wrong).map(each => change(ada.accessToken, each, another)));
    expect(answers.filter(({ code }) => code === 'INVALID_CREDENTIALS')).toHaveLength(5);
    expect(answers.filter(({ code }) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(15);
  });

  it('names every reason against the new one, and stores nothing', async () => {
    const ada = await auth.register({ username: 'lady-lovelace', email: 'countess@example.com' });
    const before = await accountOf(ada);
    const reasons: [string, string, string[]][] = [
      [ada.password, '1234567', ['newPassword', 'newPassword']],
      [ada.password, 'Lady-Lovelace1', ['newPassword']],
      [ada.password, 'countess99', ['newPassword']],
      [ada.password, 'x'.repeat(1_025), ['newPassword']],
      [ada.password, 'abcdefgh\u0000ijkl', ['newPassword']],
      [ada.password, 'x\ud800yyyyyyyyy', ['newPassword']],
      [ada.password, ada.password, ['newPassword']],
      ['', another, ['currentPassword']],
      ['x'.repeat(1_000_000), another, ['currentPassword']],
      ['\ud800', 'short', ['currentPassword', 'newPassword']],
    ];
    for (const [current, next, fields] of reasons) {
      const answer = await change(ada.accessToken, current, next);
      expect([answer.code, answer.status]).toEqual(['VALIDATION_FAILED', 422]);
      expect((answer.details as { field: string }[]).map(({ field }) => field)).toEqual(fields);
      expect(answer.text).not.toContain(ada.password);
    }
    expect(await accountOf(ada)).toEqual(before);
    expect(await signIn(ada, ada.password)).toBe(200);
  });

  it('takes somebody who is signed in', async () => {
    expect((await change(undefined, wrong, another)).code).toBe('UNAUTHENTICATED');
    const owner = await auth.registerWith('api-keys:write', 'users:read');
    const create = 'mutation { createApiKey(input: { name: "a script", scopes: ["users:read"] }) { key } }';
    const { data } = await auth.graphql<{ createApiKey: { key: string } }>(owner.accessToken, create);
    const response = await fetch(`${auth.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': data.createApiKey.key },
      body: JSON.stringify({
        query: changePassword,
        variables: { currentPassword: owner.password, newPassword: another },
      }),
    });
    expect(await response.text()).toContain('FORBIDDEN');
    expect(await signIn(owner, owner.password)).toBe(200);
  });

  it('lets one of ten win who start from the same password at once', async () => {
    const ada = await auth.register();
    const passwords = times(10, another).map((password, i) => `${password} ${i}`);
    const answers = await Promise.all(passwords.map(each => change(ada.accessToken, ada.password, each)));
    const winners = passwords.filter((_, i) => answers[i]!.code === undefined);
    expect(winners).toHaveLength(1);
    auth.clock.advance(hour);
    expect(await signIn(ada, winners[0]!)).toBe(200);
  });
});
