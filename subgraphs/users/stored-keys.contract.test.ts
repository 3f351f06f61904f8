import { Keyring } from '../../platform/security/keyring';
import { TestUsers } from './testing/test-users';

const [one, two] = [Keyring.generate('one'), Keyring.generate('two')];

const setPhone =
  'mutation ($id: ID!, $phone: String) { updateUser(id: $id, input: { phone: $phone }) { id } }';

describe('a start with other encryption keys', () => {
  const users = new TestUsers();
  let userId: string;
  const setPhoneTo = (phone: string | null) =>
    users.graphql(users.token({ userId }), setPhone, { id: userId, phone });

  beforeAll(async () => {
    await users.prepare();
    await users.restart({ ENCRYPTION_KEYS: one });
    userId = await users.register();
    await setPhoneTo('+4930901820');
  }, 60_000);
  afterAll(() => users.close());

  it.each([
    ['without the key of stored data', two],
    ['with another key of the same id', Keyring.generate('one')],
  ])('is refused %s, with the column and the setting', async (_what, keys) => {
    await expect(users.restart({ ENCRYPTION_KEYS: keys })).rejects.toMatchObject({
      mistakes: [expect.stringMatching(/users service.* profiles\.phone .*\bone\b.*ENCRYPTION_KEYS/)],
    });
  });

  it('is refused for data from before the keys were recorded', async () => {
    await users.database.remove('encryption_keys', '1 = 1');
    await expect(users.restart({ ENCRYPTION_KEYS: two })).rejects.toMatchObject({
      mistakes: [expect.stringContaining('profiles.phone')],
    });
  });

  it('works with the old key behind the new one, and without it when nothing needs it any more', async () => {
    await users.restart({ ENCRYPTION_KEYS: `${two},${one}` });
    await setPhoneTo(null);
    await setPhoneTo('+4930901821');
    await users.restart({ ENCRYPTION_KEYS: two });
    expect((await users.user(userId))?.profile).toMatchObject({ phone: '+4930901821' });
    expect((await users.database.rows('encryption_keys')).map(row => row['id'])).toEqual(['two']);
  });
});
