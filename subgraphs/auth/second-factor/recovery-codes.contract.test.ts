import { eventually } from '../../../platform/testing/eventually';
import { factorChanged } from '../events';
import { type Mine, mine, outcome, renew, SecondFactors } from '../testing/second-factors';
import { TestAuth } from '../testing/test-auth';

const auth = new TestAuth();
const { challenged, verify, events, register: somebody } = new SecondFactors(auth);

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const published = (userId: string) => auth.eventsAbout(userId, factorChanged).map(({ data }) => data);
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
      expect(published(ada.id).at(-1)).toMatchObject({
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
