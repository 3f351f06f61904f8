import { Secret, TOTP } from 'otpauth';
import { eventually } from '../../../platform/testing/eventually';
import type { RestResult } from '../../../platform/testing/rest-client';
import { factorChanged } from '../events';
import { TestAuth, type TestUser } from '../testing/test-auth';

const stepMs = 30_000;

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
const renew = 'mutation { renewRecoveryCodes { codes } }';
const mine = '{ me { totpEnabled recoveryCodesLeft lastLogin sessions { isCurrent } } }';
type Mine = { me: { totpEnabled: boolean; recoveryCodesLeft: number | null; lastLogin: string | null } };
const codeOf = (secret: string, steps = 0) =>
  TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: auth.clock.now() + steps * stepMs });
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
const events = async (accountId: string) =>
  (await auth.database.rows('security_events', `account_id = '${accountId}' ORDER BY id`))
    .map(row => row['type'])
    .filter(type => /TOTP|RECOVERY|REAUTH/.test(String(type)));
const told = (userId: string) => auth.eventsAbout(userId, factorChanged).map(({ data }) => data);
const times = <T>(count: number, value: T) => Array<T>(count).fill(value);

describe('recovery codes', () => {
  it('stand in for the app, each once, and it is said', async () => {
    const ada = await somebody();
    const [code] = ada.recoveryCodes;
    const answer = await verify(await challenged(ada), code!.toUpperCase().replaceAll('-', ' '));
    expect(answer.status).toBe(200);
    expect(outcome(await verify(await challenged(ada), code!))).toBe('INVALID_CODE');
    const token = answer.body['access_token'] as string;
    expect((await auth.graphql<Mine>(token, mine)).data.me.recoveryCodesLeft).toBe(9);
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
    const { data } = await auth.graphql<{ renewRecoveryCodes: { codes: string[] } }>(ada.accessToken, renew);
    const fresh = data.renewRecoveryCodes.codes;
    expect(new Set([...fresh, ...ada.recoveryCodes]).size).toBe(20);
    expect(outcome(await verify(await challenged(ada), ada.recoveryCodes[0]!))).toBe('INVALID_CODE');
    expect(outcome(await verify(await challenged(ada), fresh[9]!))).toBe(200);
    expect(await events(ada.id)).toContain('RECOVERY_CODES_RENEWED');
    expect((await auth.graphql((await auth.register()).accessToken, renew)).code).toBe('TOTP_NOT_ENABLED');
  });
});
