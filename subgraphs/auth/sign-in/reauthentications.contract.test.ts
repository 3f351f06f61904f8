import {
  confirm,
  disable,
  enrol,
  noCode,
  outcome,
  reauthenticate,
  renew,
  SecondFactors,
} from '../testing/second-factors';
import { TestAuth } from '../testing/test-auth';

const auth = new TestAuth();
const { codeOf, wrongCode, nextStep, enrolled, events, register: somebody } = new SecondFactors(auth);

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;

describe('step-up', () => {
  const steps: [string, string, object][] = [
    ['enrolTotp', enrol, {}],
    ['confirmTotp', confirm, { code: noCode }],
    ['disableTotp', disable, { code: noCode }],
    ['renewRecoveryCodes', renew, {}],
  ];

  it.each(steps)('%s takes a sign-in of the last ten minutes', async (_, query, variables) => {
    const ada = await auth.register();
    auth.clock.advance(600_000);
    expect((await auth.graphql(ada.accessToken, query, { ...variables })).code).not.toBe(
      'REAUTHENTICATION_REQUIRED',
    );
    auth.clock.advance(1_000);
    const late = await auth.graphql(ada.accessToken, query, { ...variables });
    expect([late.status, late.code, late.details]).toEqual([
      401,
      'REAUTHENTICATION_REQUIRED',
      { maxAgeSeconds: 600 },
    ]);
    // A refresh proves nothing.
    const { body } = await auth.refresh(ada.refreshToken);
    const refreshed = await auth.graphql(body['access_token'] as string, query, { ...variables });
    expect(refreshed.code).toBe('REAUTHENTICATION_REQUIRED');
    expect((await auth.graphql(undefined, query, { ...variables })).code).toBe('UNAUTHENTICATED');
  });

  it('with the password makes the same session’s tokens say so, over a refresh too', async () => {
    const ada = await auth.register();
    auth.clock.advance(700_000);
    const input = { password: ada.password };
    const { data } = await auth.graphql<{ reauthenticate: { accessToken: string; refreshToken: string } }>(
      ada.accessToken,
      reauthenticate,
      { input },
    );
    const now = Math.floor(auth.clock.now() / 1000);
    const claims = claimsOf(data.reauthenticate.accessToken);
    expect(claims).toMatchObject({ auth_time: now, sid: claimsOf(ada.accessToken)['sid'] });
    expect(await enrolled(data.reauthenticate.accessToken)).toMatchObject({ secret: expect.any(String) });
    auth.clock.advance(60_000);
    const { body } = await auth.refresh(data.reauthenticate.refreshToken);
    expect(claimsOf(body['access_token'] as string)['auth_time']).toBe(now);
    expect(await events(ada.id)).toEqual(['REAUTHENTICATED']);
  });

  it('takes the code too where a factor is on, and says what is wrong as a sign-in does', async () => {
    const ada = await somebody();
    const attempt = (password: string, code?: string | null) =>
      auth.rest('POST', '/reauthenticate', { token: ada.accessToken, body: { password, code } });
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
      expect((await auth.rest('POST', '/reauthenticate', { token: ada.accessToken, body })).status).toBe(422);
    }
    expect((await auth.rest('POST', '/reauthenticate', { body: { password: 'x' } })).status).toBe(401);
    nextStep();
  });

  it('is a person’s: an API key has nobody to ask', async () => {
    const owner = await auth.registerWith('*');
    const { data } = await auth.graphql<{ createApiKey: { key: string } }>(
      owner.accessToken,
      'mutation { createApiKey(input: { name: "a script", scopes: ["*"] }) { key } }',
    );
    for (const query of [enrol, renew]) {
      const response = await fetch(`${auth.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': data.createApiKey.key },
        body: JSON.stringify({ query }),
      });
      expect(await response.text()).toContain('"FORBIDDEN"');
    }
  });

  it('asks the database for the session: what was revoked a moment ago changes nothing', async () => {
    const ada = await auth.register();
    // Without a word to the bus: the row alone says so.
    await auth.database.update('sessions', `revoked_at = ${auth.clock.now()}`, `account_id = '${ada.id}'`);
    expect((await auth.graphql(ada.accessToken, enrol)).code).toBe('TOKEN_REVOKED');
    const input = { password: ada.password };
    expect((await auth.graphql(ada.accessToken, reauthenticate, { input })).code).toBe('TOKEN_REVOKED');
    expect(await auth.database.rows('totp_factors', `account_id = '${ada.id}'`)).toEqual([]);
  });
});
