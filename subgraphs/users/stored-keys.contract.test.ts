import { Keyring } from '../../platform/security/keyring';
import { eventually } from '../../platform/testing/eventually';
import { describeStoredKeys } from '../../platform/testing/stored-keys-contract';
import { encryptedColumns, entities } from './tables';
import { TestUsers } from './testing/test-users';

const users = new TestUsers();
let userId: string;

const setPhone = (service: TestUsers, id: string, phone: string) =>
  service.graphql(
    service.token({ userId: id }),
    'mutation ($id: ID!, $phone: String) { updateUser(id: $id, input: { phone: $phone }) { id } }',
    { id, phone },
  );

describeStoredKeys({
  service: users,
  entities,
  encryptedColumns,
  store: async () => {
    userId = await users.register();
    await setPhone(users, userId, '+4930901820');
    await users.graphql(users.token({ userId }), 'mutation { exportMyData { id } }');
    await eventually(async () => expect(await users.database.rows('export_files')).not.toEqual([]));
    // The input of a creation is stored until auth has made the account.
    users.auth.failure = 'unreachable';
    const input = { username: 'waiting', email: 'waiting@example.com', phone: '+4930901822' };
    await users.graphql(
      users.tokenWith('users:create', 'users:read'),
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
      { input },
    );
  },
  read: async () => expect((await users.user(userId))?.profile).toMatchObject({ phone: '+4930901820' }),
});

describe('a start without an old encryption key', () => {
  const rotating = new TestUsers();
  const [one, two] = [Keyring.generate('one'), Keyring.generate('two')];

  beforeAll(async () => {
    await rotating.prepare();
    await rotating.restart({ ENCRYPTION_KEYS: one });
  }, 60_000);
  afterAll(() => rotating.close());

  it('works when nothing needs it any more', async () => {
    const id = await rotating.register();
    await setPhone(rotating, id, '+4930901820');
    await rotating.restart({ ENCRYPTION_KEYS: `${two},${one}` });
    await setPhone(rotating, id, '+4930901821');
    await rotating.restart({ ENCRYPTION_KEYS: two });
    expect((await rotating.user(id))?.profile).toMatchObject({ phone: '+4930901821' });
    expect((await rotating.database.rows('encryption_keys')).map(row => row['id'])).toEqual(['two']);
  });
});
