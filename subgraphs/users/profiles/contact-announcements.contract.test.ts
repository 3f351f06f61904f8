import { join } from 'node:path';
import { Database } from '../../../platform/database/database';
import { uuidv7 } from '../../../platform/ids';
import { testBackend } from '../../../platform/testing/backend';
import { eventually } from '../../../platform/testing/eventually';
import { type ContactChanged, contactChanged } from '../events';
import { migrations } from '../migrations';
import { entities } from '../tables';
import { TestUsers } from '../testing/test-users';

const users = new TestUsers();
/** More than one batch. */
const count = 1_200;
const phoneOf = (index: number) => `+49309${String(index).padStart(6, '0')}`;

/** The profiles of a database of the version before: every user but the first has a phone number. */
async function storeProfiles(): Promise<string[]> {
  const { clock, keyring, database, folder } = users;
  const db = await Database.open({
    url: database.url ?? `sqlite:${join(folder, 'users.db')}`,
    service: 'users',
    entities,
    clock,
    migrations: migrations.slice(0, -1),
  });
  await db.close();
  const ids = Array.from({ length: count + 1 }, (_, index) => uuidv7(clock.now() + index));
  const rows = ids.map((userId, index) => ({
    id: userId,
    user_id: userId,
    username: `u${index}`,
    username_key: `u${index}`,
    email: `u${index}@example.com`,
    is_active: true,
    created_at: clock.now(),
    phone: index === 0 ? null : keyring.encrypt(phoneOf(index), `profiles.phone:${userId}`),
    metadata: '{}',
    version: 7,
    updated_at: clock.now(),
  }));
  await database.insert('profiles', ...rows);
  return ids;
}

const announced = () => users.events.filter(({ type }) => type === contactChanged);

/** The answer is short when some are left. */
const noneIsLeft = () =>
  eventually(async () => expect((await users.database.rows('contacts_to_announce')).length).toBe(0), 30_000);

describe('a phone number that was stored before other services listened', () => {
  let ids: string[];

  beforeAll(async () => {
    await users.prepare();
    ids = await storeProfiles();
  }, 60_000);
  afterAll(() => users.close());

  it('is published once, however many instances start and however often', async () => {
    await users.restart();
    // Several instances need a bus that they share.
    const another = testBackend() ? await users.startAnother() : undefined;
    await noneIsLeft();
    await eventually(() => expect(announced()).toHaveLength(count), 30_000);
    await another?.stop();
    await users.restart();
    const [, ...withPhone] = ids;
    expect(
      announced()
        .map(({ data }) => (data as ContactChanged).userId)
        .sort(),
    ).toEqual(withPhone.sort());
    const { sealedPhone, ...rest } = announced().find(
      ({ data }) => (data as ContactChanged).userId === ids[1],
    )!.data as ContactChanged;
    expect(users.keyring.decrypt(sealedPhone!, `event:${contactChanged}:${ids[1]}`)).toBe(phoneOf(1));
    expect(rest).toEqual({ userId: ids[1], locale: null, timeZone: null, version: 7 });
  }, 60_000);

  it('is skipped when its user is gone', async () => {
    await users.database.insert('contacts_to_announce', { user_id: uuidv7(users.clock.now()) });
    await users.restart();
    await noneIsLeft();
    expect(announced()).toHaveLength(count);
  });
});
