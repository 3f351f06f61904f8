import { eventually } from '../../../platform/testing/eventually';
import { signedInFromNewDevice } from '../events';
import { TestAuth, type TestUser } from '../testing/test-auth';

const minute = 60_000;

const hour = 60 * minute;

const wrong = 'not the right password';

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

const times = <T>(count: number, value: T) => Array<T>(count).fill(value);
// What one story asked for must not use up what the next may.
beforeEach(() => auth.clock.advance(hour));

describe('a sign-in from a new device', () => {
  const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
  const newerFirefox = firefox.replaceAll('140', '141');
  const published = (who: TestUser) =>
    auth.eventsAbout(who.id, signedInFromNewDevice).map(({ data }) => data);
  const from = (who: TestUser, address: string, userAgent: string) =>
    auth.rest('POST', '/login', {
      body: { username: who.username, password: who.password },
      headers: { 'x-forwarded-for': address, 'user-agent': userAgent },
    });

  it('notifies the owner once per browser and network, and not about the registration', async () => {
    const ada = await auth.register();
    await auth.logIn(ada);
    await from(ada, '2001:db8:1::1', firefox);
    await eventually(() => expect(published(ada)).toHaveLength(1));
    const sessions = await auth.database.rows(
      'sessions',
      `account_id = '${ada.id}' AND user_agent = '${firefox}'`,
    );
    expect(published(ada)).toEqual([
      {
        userId: ada.id,
        username: ada.username,
        email: ada.email,
        device: 'Firefox on Linux',
        address: '2001:db8:1::1',
        sessionId: sessions[0]!['id'],
      },
    ]);
    await from(ada, '2001:db8:1::2', newerFirefox);
    await from(ada, '2001:db8:2::1', firefox);
    await eventually(() => expect(published(ada)).toHaveLength(2));
    await from(ada, '2001:db8:2::1', 'curl/8.0');
    await eventually(() => expect(published(ada)).toHaveLength(3));
    expect(published(ada).map(each => (each as { device: string }).device)).toEqual([
      'Firefox on Linux',
      'Firefox on Linux',
      'curl',
    ]);
  });

  it('notifies once for several sign-ins at the same moment, and never for a failed one', async () => {
    const ada = await auth.register();
    await from({ ...ada, password: wrong }, '203.0.113.1', firefox);
    await Promise.all(times(8, 0).map(() => from(ada, '203.0.113.1', firefox)));
    await from(ada, '203.0.113.2', firefox);
    await eventually(() =>
      expect(published(ada).map(each => (each as { address: string }).address)).toEqual([
        '203.0.113.1',
        '203.0.113.2',
      ]),
    );
  });
});
