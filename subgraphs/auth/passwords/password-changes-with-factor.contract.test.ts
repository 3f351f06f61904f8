import { Secret, TOTP } from 'otpauth';
import type { RestResult } from '../../../platform/testing/rest-client';
import { passwordResetRequested } from '../events';
import { TestAuth, type TestUser } from '../testing/test-auth';

const stepMs = 30_000;

const noCode = '000000';

/** Somebody whose second factor is on. */
interface Protected extends TestUser {
  secret: string;
  recoveryCodes: string[];
}

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const enrol = 'mutation { enrolTotp { secret uri } }';
const confirm = 'mutation ($code: String!) { confirmTotp(code: $code) { codes } }';
const reauthenticate =
  'mutation ($input: ReauthenticateInput!) { reauthenticate(input: $input) { accessToken refreshToken } }';
const codeOf = (secret: string, steps = 0) =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: auth.clock.now() + steps * stepMs });
/** A code that is not right now, nor one step to either side. */
const wrongCode = (secret: string) => {
  const right = [-1, 0, 1].map(steps => codeOf(secret, steps));
  return [noCode, '111111', '222222', '333333'].find(code => !right.includes(code))!;
};
/** So that the next code is one that was not used. */
const nextStep = () => auth.clock.advance(stepMs);
const enrolled = async (token: string) =>
  (await auth.graphql<{ enrolTotp: { secret: string; uri: string } }>(token, enrol)).data.enrolTotp;
const protect = async (person: TestUser): Promise<Protected> => {
  const { secret } = await enrolled(person.accessToken);
  const { data, text } = await auth.graphql<{ confirmTotp: { codes: string[] } }>(
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
const somebody = async (): Promise<Protected> => protect(await auth.register());
const challengeOf = ({ body }: RestResult) => (body['details'] as { challenge: string }).challenge;
const challenged = async ({ username, password }: TestUser, url?: string) =>
  challengeOf(await auth.requestLogIn(username, password, url));
const verify = (challenge: string, code: string, options: { url?: string; from?: string } = {}) =>
  auth.rest('POST', '/login/verify', {
    body: { challenge, code },
    ...(options.url === undefined ? {} : { url: options.url }),
    ...(options.from === undefined ? {} : { headers: { 'x-forwarded-for': options.from } }),
  });
const outcome = ({ status, body }: RestResult) => (status === 200 ? 200 : body['error']);

describe('another password', () => {
  const change =
    'mutation ($currentPassword: String!, $newPassword: String!) { changePassword(currentPassword: $currentPassword, newPassword: $newPassword) }';
  const requestReset = 'mutation ($email: String!) { requestPasswordReset(email: $email) }';
  const resetPassword =
    'mutation ($token: String!, $newPassword: String!) { resetPassword(token: $token, newPassword: $newPassword) }';
  const newPassword = 'another long enough secret';
  const resetByMail = async (person: TestUser, mails: number) => {
    // One mail a minute.
    auth.clock.advance(60_000);
    await auth.graphql(undefined, requestReset, { email: person.email });
    const token = await auth.mailedToken(passwordResetRequested, person.id, mails);
    return auth.graphql(undefined, resetPassword, { token, newPassword });
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

  it('from a mailed link leaves the factor on', async () => {
    const ada = await somebody();
    const challenge = await challenged(ada);
    expect((await resetByMail(ada, 1)).code).toBeUndefined();
    expect(outcome(await verify(challenge, codeOf(ada.secret)))).toBe('CHALLENGE_INVALID');
    expect(outcome(await auth.requestLogIn(ada.username, newPassword))).toBe('MFA_REQUIRED');
    const next = await challenged({ ...ada, password: newPassword });
    expect(outcome(await verify(next, codeOf(ada.secret)))).toBe(200);
    nextStep();
  });

  it('forgives no wrong codes, whichever way it came', async () => {
    const ada = await somebody();
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
