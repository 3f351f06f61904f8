import { Keyring } from '../../../platform/security/keyring';
import { testBackend } from '../../../platform/testing/backend';
import { eventually } from '../../../platform/testing/eventually';
import { emailVerificationRequested, passwordChanged, passwordResetRequested } from '../events';
import { TestAuth, type TestUser } from '../testing/test-auth';

const verifyEmail = 'mutation ($token: String!) { verifyEmail(token: $token) }';

const requestPasswordReset = 'mutation ($email: String!) { requestPasswordReset(email: $email) }';

const resetPassword =
  'mutation ($token: String!, $newPassword: String!) { resetPassword(token: $token, newPassword: $newPassword) }';

const minute = 60_000;

const hour = 60 * minute;

const another = 'another long enough secret';

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const times = <T>(count: number, value: T) => Array<T>(count).fill(value);
const requestReset = (email: string) => auth.graphql(undefined, requestPasswordReset, { email });
const reset = (token: string, newPassword: string, url?: string) =>
  auth.graphql(undefined, resetPassword, { token, newPassword }, url);
const signIn = async (who: TestUser, password: string) =>
  (await auth.requestLogIn(who.username, password)).status;
/** The token of the link that a request mails. */
const resetToken = async (who: TestUser, mails = 1) => {
  expect((await requestReset(who.email)).data).toEqual({ requestPasswordReset: true });
  return auth.mailedToken(passwordResetRequested, who.id, mails);
};
// What one story asked for must not use up what the next may.
beforeEach(() => auth.clock.advance(hour));

describe('a token', () => {
  it('that is used, expired, for something else or made up is refused in the same words', async () => {
    const ada = await auth.register();
    const forEmail = await auth.mailedToken(emailVerificationRequested, ada.id);
    const forPassword = await resetToken(ada);
    const expired = await resetToken(await auth.register());
    const used = await resetToken(await auth.register());
    await reset(used, another);
    auth.clock.advance(hour);
    const bad = [
      '',
      'nonsense',
      'A'.repeat(43),
      `${forPassword}=`,
      `${forPassword.slice(0, -1)}\u0000`,
      `${forPassword}\u0000`,
      'x'.repeat(4_096),
      'x'.repeat(1_000_000),
      "' OR 1=1 --",
      '\ud800',
      '%',
      expired,
      used,
    ];
    const said = new Set<string>();
    const answer = async (query: string, token: string) => {
      const { code, status, details, text } = await auth.graphql(undefined, query, {
        token,
        newPassword: another,
      });
      const { message } = (JSON.parse(text) as { errors: { message: string }[] }).errors[0]!;
      expect([token.slice(0, 20), code, status]).toEqual([token.slice(0, 20), 'ACCOUNT_TOKEN_INVALID', 422]);
      said.add(JSON.stringify([message, details]));
    };
    for (const token of [...bad, forPassword]) await answer(verifyEmail, token);
    for (const token of [...bad, forEmail]) await answer(resetPassword, token);
    expect(said.size).toBe(1);
    expect(await signIn(ada, ada.password)).toBe(200);
  });

  it('of a wrong shape is a 422 that does not repeat it', async () => {
    for (const value of [4_815_162_342, null, { a: '4815162342' }]) {
      const answer = await auth.graphql(undefined, resetPassword, { token: value, newPassword: value });
      expect(answer.code).toBe('VALIDATION_FAILED');
      expect(answer.text).not.toContain('4815162342');
    }
  });

  it('is nowhere to be read: not in the database, not on the bus', async () => {
    const ada = await auth.register();
    const token = await resetToken(ada);
    const stored = JSON.stringify([
      await auth.database.rows('account_tokens'),
      await auth.database.rows('outbox'),
    ]);
    for (const text of [stored, JSON.stringify(auth.events)]) expect(text).not.toContain(token);
    const { sealedToken } = auth.eventsAbout(ada.id, passwordResetRequested)[0]!.data as {
      sealedToken: string;
    };
    expect(() => new Keyring(Keyring.generate('test')).decrypt(sealedToken, 'event')).toThrow();
  });

  it('is good for exactly one of ten who use it at once, over instances', async () => {
    const other = testBackend() ? await auth.startAnother() : undefined;
    try {
      const ada = await auth.register();
      const token = await resetToken(ada);
      const attempts = times(10, another).map((password, i) => `${password} ${i}`);
      const answers = await Promise.all(
        attempts.map((password, i) => reset(token, password, i % 2 ? other?.url : undefined)),
      );
      const winners = attempts.filter((_, i) => answers[i]!.code === undefined);
      expect(winners).toHaveLength(1);
      expect(answers.filter(({ code }) => code === 'ACCOUNT_TOKEN_INVALID')).toHaveLength(9);
      expect(await signIn(ada, winners[0]!)).toBe(200);
      for (const password of attempts.filter(each => each !== winners[0]).slice(0, 3)) {
        expect(await signIn(ada, password)).toBe(401);
      }
      const bob = await auth.register();
      const verification = await auth.mailedToken(emailVerificationRequested, bob.id);
      const verified = await Promise.all(
        times(10, verification).map(each => auth.graphql(undefined, verifyEmail, { token: each })),
      );
      expect(verified.filter(({ code }) => code === undefined)).toHaveLength(1);
    } finally {
      await other?.stop();
    }
  });

  it('and another of the same account, used at once, make one change', async () => {
    const ada = await auth.register();
    const first = await resetToken(ada);
    auth.clock.advance(minute);
    const second = await resetToken(ada, 2);
    const answers = await Promise.all([reset(first, `${another} 1`), reset(second, `${another} 2`)]);
    expect(answers.map(({ code }) => code).sort()).toEqual(['ACCOUNT_TOKEN_INVALID', undefined]);
    const winner = answers.findIndex(({ code }) => code === undefined) + 1;
    expect(await signIn(ada, `${another} ${winner}`)).toBe(200);
    expect(auth.eventsAbout(ada.id, passwordChanged).length).toBeLessThanOrEqual(1);
  });
});

describe('an invitation', () => {
  const acceptInvitation =
    'mutation ($token: String!, $newPassword: String!) { acceptInvitation(token: $token, newPassword: $newPassword) }';
  const accept = (token: string, newPassword: string) =>
    auth.graphql(undefined, acceptInvitation, { token, newPassword });

  it('lets its owner choose the first password, which verifies the email, once', async () => {
    const ada = await auth.register();
    const token = await auth.mailedToken(emailVerificationRequested, ada.id);
    // Accounts for others are made by users; here the link of the registration stands in for theirs.
    await auth.database.update('account_tokens', "purpose = 'invitation'", `account_id = '${ada.id}'`);
    expect((await reset(token, another)).code).toBe('ACCOUNT_TOKEN_INVALID');
    expect((await auth.graphql(undefined, verifyEmail, { token })).code).toBe('ACCOUNT_TOKEN_INVALID');
    expect((await accept(token, '1234567')).code).toBe('VALIDATION_FAILED');
    expect((await accept(token, another)).data).toEqual({ acceptInvitation: true });
    expect((await accept(token, another)).code).toBe('ACCOUNT_TOKEN_INVALID');
    const { accessToken } = await auth.logIn({ ...ada, password: another });
    const { text } = await auth.graphql(
      accessToken,
      '{ me { emailVerified securityEvents { nodes { type } } } }',
    );
    expect(text).toContain('"emailVerified":true');
    expect(text).toContain('INVITATION_ACCEPTED');
    await eventually(() => {
      expect(auth.eventsAbout(ada.id, passwordChanged)[0]?.data).toMatchObject({ how: 'invited' });
    });
  });

  it('is not a link to reset a password', async () => {
    const ada = await auth.register();
    expect((await accept(await resetToken(ada), another)).code).toBe('ACCOUNT_TOKEN_INVALID');
    expect(await signIn(ada, ada.password)).toBe(200);
  });
});
