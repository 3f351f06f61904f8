import { emailVerificationRequested } from '../events';
import { TestAuth, type TestUser } from '../testing/test-auth';

const verifyEmail = 'mutation ($token: String!) { verifyEmail(token: $token) }';

const requestEmailVerification = 'mutation { requestEmailVerification }';

const minute = 60_000;

const hour = 60 * minute;

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const times = <T>(count: number, value: T) => Array<T>(count).fill(value);
const accountOf = async (who: TestUser) => (await auth.database.rows('accounts', `id = '${who.id}'`))[0]!;
// What one story asked for must not use up what the next may.
beforeEach(() => auth.clock.advance(hour));

describe('verifying an email', () => {
  const mine = '{ me { emailVerified } }';

  it('begins with the registration and ends with the token of the mail, once', async () => {
    const ada = await auth.register();
    expect((await auth.graphql(ada.accessToken, mine)).data).toEqual({
      me: { emailVerified: false },
    });
    const token = await auth.mailedToken(emailVerificationRequested, ada.id);
    const [event] = auth.eventsAbout(ada.id, emailVerificationRequested);
    expect(event).toMatchObject({ version: 1, source: 'auth' });
    expect(event!.data).toEqual({
      userId: ada.id,
      username: ada.username,
      email: ada.email,
      sealedToken: expect.any(String),
      expiresAt: auth.clock.now() + 72 * hour,
    });
    auth.clock.advance(minute);
    expect((await auth.graphql(undefined, verifyEmail, { token })).data).toEqual({ verifyEmail: true });
    expect((await auth.graphql(ada.accessToken, mine)).data).toEqual({
      me: { emailVerified: true },
    });
    expect(Number((await accountOf(ada))['email_verified_at'])).toBe(auth.clock.now());
    expect((await auth.graphql(undefined, verifyEmail, { token })).code).toBe('ACCOUNT_TOKEN_INVALID');
    expect((await auth.graphql(ada.accessToken, requestEmailVerification)).code).toBe('EMAIL_VERIFIED');
  });

  it('can be asked for again: earlier links stay good, and all die with the first that is used', async () => {
    const ada = await auth.register();
    const first = await auth.mailedToken(emailVerificationRequested, ada.id);
    const ask = () => auth.graphql(ada.accessToken, requestEmailVerification);
    expect((await ask()).data).toEqual({ requestEmailVerification: true });
    const second = await auth.mailedToken(emailVerificationRequested, ada.id, 2);
    expect((await auth.graphql(undefined, verifyEmail, { token: first })).code).toBeUndefined();
    expect((await auth.graphql(undefined, verifyEmail, { token: second })).code).toBe(
      'ACCOUNT_TOKEN_INVALID',
    );
    expect((await auth.graphql(undefined, requestEmailVerification)).code).toBe('UNAUTHENTICATED');
  });

  it('mails five an hour at most, and keeps five links at most', async () => {
    const ada = await auth.register();
    const ask = () => auth.graphql(ada.accessToken, requestEmailVerification);
    const answers = await Promise.all(times(6, 0).map(ask));
    expect(answers.map(({ code }) => code).sort()).toEqual(['RATE_LIMITED', ...times(5, undefined)]);
    auth.clock.advance(10 * minute);
    expect((await ask()).details).toEqual({ retryAfterSeconds: 3_000 });
    expect(await auth.database.rows('account_tokens', `account_id = '${ada.id}'`)).toHaveLength(5);
  });

  it('says nothing about an address the account no longer has', async () => {
    const ada = await auth.register();
    const token = await auth.mailedToken(emailVerificationRequested, ada.id);
    await auth.database.update('accounts', `email_key = 'new-${ada.email}'`, `id = '${ada.id}'`);
    expect((await auth.graphql(undefined, verifyEmail, { token })).code).toBe('ACCOUNT_TOKEN_INVALID');
    expect((await accountOf(ada))['email_verified_at']).toBeNull();
  });

  it('is seen by those who may see the account, and nobody else', async () => {
    const [ada, eve, reader] = [
      await auth.register(),
      await auth.register(),
      await auth.registerWith('users:read'),
    ];
    const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { emailVerified } } }';
    const seenBy = async (token: string) =>
      (
        await auth.graphql<{ _entities: unknown[] }>(token, query, {
          r: [{ __typename: 'User', id: ada.id }],
        })
      ).data._entities[0];
    expect(await seenBy(reader.accessToken)).toEqual({ emailVerified: false });
    expect(await seenBy(eve.accessToken)).toBeNull();
  });
});
