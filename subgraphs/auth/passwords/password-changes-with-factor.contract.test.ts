import { passwordResetRequested } from '../events';
import {
  challengeOf,
  outcome,
  type ProtectedUser,
  reauthenticate,
  SecondFactors,
} from '../testing/second-factors';
import { TestAuth, type TestUser } from '../testing/test-auth';

const auth = new TestAuth();
const {
  codeOf,
  wrongCode,
  nextStep,
  challenged,
  verify,

  register: somebody,
} = new SecondFactors(auth);

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

describe('another password', () => {
  const change =
    'mutation ($currentPassword: String!, $newPassword: String!) { changePassword(currentPassword: $currentPassword, newPassword: $newPassword) }';
  const requestReset = 'mutation ($email: String!) { requestPasswordReset(email: $email) }';
  const resetPassword =
    'mutation ($token: String!, $newPassword: String!) { resetPassword(token: $token, newPassword: $newPassword) }';
  const newPassword = 'another long enough secret';
  const signedIn = async (person: ProtectedUser) => {
    const { body } = await verify(await challenged(person), codeOf(person.secret));
    nextStep();
    return { accessToken: body['access_token'] as string };
  };
  const resetByMail = async (person: TestUser, mails: number) => {
    // One mail a minute.
    auth.clock.advance(60_000);
    await auth.graphql(undefined, requestReset, { email: person.email });
    const token = await auth.mailedToken(passwordResetRequested, person.id, mails);
    return auth.graphql(undefined, resetPassword, { token, newPassword });
  };

  /** Somebody with a second factor whose email was verified before. */
  const verified = async () => {
    const person = await somebody();
    await auth.database.update('accounts', `email_verified_at = ${auth.clock.now()}`, `id = '${person.id}'`);
    return person;
  };

  it('takes a recent sign-in while a factor is on, and ends a sign-in half done', async () => {
    const ada = await somebody();
    const challenge = await challenged(ada);
    const variables = { currentPassword: ada.password, newPassword };
    expect((await auth.graphql(ada.accessToken, change, variables)).code).toBeUndefined();
    expect(outcome(await verify(challenge, codeOf(ada.secret)))).toBe('CHALLENGE_INVALID');
    auth.clock.advance(601_000);
    const back = { currentPassword: newPassword, newPassword: ada.password };
    const late = await auth.graphql(ada.accessToken, change, back);
    expect([late.status, late.code]).toEqual([401, 'REAUTHENTICATION_REQUIRED']);
    const input = { password: newPassword, code: codeOf(ada.secret) };
    const { data } = await auth.graphql<{ reauthenticate: { accessToken: string } }>(
      ada.accessToken,
      reauthenticate,
      { input },
    );
    expect((await auth.graphql(data.reauthenticate.accessToken, change, back)).code).toBeUndefined();
    nextStep();
  });

  it('from a mailed link gives an address to its owner when somebody else has registered it with a factor', async () => {
    const squatter = await somebody();
    await auth.changeRoles(squatter.id, ['clerk'], ['api-keys:write', 'users:read']);
    const { data } = await auth.graphql<{ createApiKey: { key: string } }>(
      (await signedIn(squatter)).accessToken,
      'mutation { createApiKey(input: { name: "mine", scopes: ["users:read"] }) { key } }',
    );
    const challenge = await challenged(squatter);
    expect((await resetByMail(squatter, 1)).code).toBeUndefined();
    expect(outcome(await verify(challenge, codeOf(squatter.secret)))).toBe('CHALLENGE_INVALID');
    expect((await auth.me(squatter.accessToken))[0]).toBe(401);
    expect((await auth.requestLogIn(squatter.username, newPassword)).status).toBe(200);
    const key = await auth.rest('POST', '/api-keys/introspect', { body: { key: data.createApiKey.key } });
    expect(key.status).toBe(404);
    for (const table of ['totp_factors', 'recovery_codes']) {
      expect(await auth.database.rows(table, `account_id = '${squatter.id}'`)).toEqual([]);
    }
    nextStep();
  });

  it('from a mailed link leaves the factor on when the email was verified before', async () => {
    const ada = await verified();
    const challenge = await challenged(ada);
    expect((await resetByMail(ada, 1)).code).toBeUndefined();
    expect(outcome(await verify(challenge, codeOf(ada.secret)))).toBe('CHALLENGE_INVALID');
    expect(outcome(await auth.requestLogIn(ada.username, newPassword))).toBe('MFA_REQUIRED');
    const next = await challenged({ ...ada, password: newPassword });
    expect(outcome(await verify(next, codeOf(ada.secret)))).toBe(200);
    nextStep();
  });

  it('forgives no wrong codes, whichever way it came', async () => {
    const ada = await verified();
    const failures = async () =>
      (await auth.database.rows('login_throttles')).reduce((sum, row) => sum + Number(row['failures']), 0);
    for (let i = 0; i < 3; i++) {
      expect(outcome(await verify(await challenged(ada), wrongCode(ada.secret)))).toBe('INVALID_CODE');
    }
    const before = await failures();
    const variables = { currentPassword: ada.password, newPassword };
    expect((await auth.graphql(ada.accessToken, change, variables)).code).toBeUndefined();
    expect((await resetByMail(ada, 1)).code).toBeUndefined();
    expect(await failures()).toBe(before);
    const person = { ...ada, password: newPassword };
    const codes: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const first = await auth.requestLogIn(person.username, person.password);
      if (outcome(first) !== 'MFA_REQUIRED') codes.push(outcome(first));
      else codes.push(outcome(await verify(challengeOf(first), wrongCode(ada.secret))));
    }
    expect(codes).toEqual(['INVALID_CODE', 'INVALID_CODE', 'TOO_MANY_ATTEMPTS']);
    auth.clock.advance(60_000);
  });
});
