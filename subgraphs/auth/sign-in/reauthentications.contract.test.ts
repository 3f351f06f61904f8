import { Secret, TOTP } from 'otpauth';
import type { RestResult } from '../../../platform/testing/rest-client';
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
const disable = 'mutation ($code: String!) { disableTotp(code: $code) { totpEnabled recoveryCodesLeft } }';
const renew = 'mutation { renewRecoveryCodes { codes } }';
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
const outcome = ({ status, body }: RestResult) => (status === 200 ? 200 : body['error']);
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as Record<string, unknown>;
const events = async (accountId: string) =>
  (await auth.database.rows('security_events', `account_id = '${accountId}' ORDER BY id`))
    .map(row => row['type'])
    .filter(type => /TOTP|RECOVERY|REAUTH/.test(String(type)));

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
