import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import { ManualClock } from '../../../platform/clock';
import { Database } from '../../../platform/database/database';
import { openSqlite } from '../../../platform/database/sqlite-driver';
import { SqliteStatements } from '../../../platform/database/sqlite-statements';
import { uuidv7 } from '../../../platform/ids';
import { silentLogger } from '../../../platform/observability/logger';
import { Authenticated } from '../../../platform/security/caller';
import { Keyring } from '../../../platform/security/keyring';
import { migrations } from '../migrations';
import { entities, ProfileRow } from '../tables';
import { Profiles, UserOrder } from './profiles';
import { Registrations } from './registrations';

const clock = new ManualClock();
const admin = new Authenticated({ kind: 'user', id: 'admin', permissions: ['*'], isCurrent: () => true });
const asked: { sql: string; parameters: unknown[] }[] = [];

let folder: string;
let path: string;
let db: Database;

beforeAll(async () => {
  const { query } = BetterSqlite3QueryRunner.prototype;
  jest.spyOn(BetterSqlite3QueryRunner.prototype, 'query').mockImplementation(function (
    this: BetterSqlite3QueryRunner,
    ...args: Parameters<typeof query>
  ) {
    asked.push({ sql: args[0], parameters: (args[1] ?? []) as unknown[] });
    return query.apply(this, args);
  } as typeof query);
  const { read } = SqliteStatements.prototype;
  jest.spyOn(SqliteStatements.prototype, 'read').mockImplementation(function (
    this: SqliteStatements,
    ...args: Parameters<typeof read>
  ) {
    const parameters = args[1].map(value => (typeof value === 'boolean' ? Number(value) : value));
    asked.push({ sql: args[0], parameters });
    return read.apply(this, args);
  });
  folder = await mkdtemp(join(tmpdir(), 'plinth-profiles-'));
  path = join(folder, 'users.db');
  db = await Database.open({ url: `sqlite:${path}`, service: 'users', entities, migrations, clock });
});

afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true, force: true });
  jest.restoreAllMocks();
});

const register = async () => {
  const userId = uuidv7(clock.now());
  const registrations = new Registrations(db, silentLogger);
  await db.transaction(tx =>
    registrations.register(
      { userId, username: userId, email: 'e', isActive: true, createdAt: clock.now(), roles: ['user'] },
      tx,
    ),
  );
  return userId;
};

describe('the phone number', () => {
  const [oldKey, newKey] = [Keyring.generate('old'), Keyring.generate('new')];
  const stored = async (userId: string) => (await db.read.findOneByOrFail(ProfileRow, { userId })).phone;
  const underKeys = (keys: string) => new Profiles(db, new Keyring(keys));

  it('comes under the newest key when its row is written anyway', async () => {
    const userId = await register();
    await underKeys(oldKey).update(admin, userId, { phone: '+4930901820' });
    expect(await stored(userId)).toMatch(/^v1\.old\./);
    const rotated = underKeys(`${newKey},${oldKey}`);
    expect(rotated.openPhone(userId, await stored(userId))).toBe('+4930901820');
    await rotated.update(admin, userId, { firstName: 'Ada' });
    expect(await stored(userId)).toMatch(/^v1\.new\./);
    expect(underKeys(newKey).openPhone(userId, await stored(userId))).toBe('+4930901820');
  });

  it('whose key is gone keeps nothing else from being changed, and can be given anew', async () => {
    const userId = await register();
    await underKeys(oldKey).update(admin, userId, { phone: '+4930901820' });
    const without = underKeys(newKey);
    await without.update(admin, userId, { firstName: 'Ada' });
    expect(await stored(userId)).toMatch(/^v1\.old\./);
    await without.update(admin, userId, { phone: '+4930901821' });
    expect(without.openPhone(userId, await stored(userId))).toBe('+4930901821');
  });

  it('copied to another user does not open', async () => {
    const [one, two] = [await register(), await register()];
    const profiles = underKeys(oldKey);
    await profiles.update(admin, one, { phone: '+4930901820' });
    const sealed = await stored(one);
    expect(() => profiles.openPhone(two, sealed)).toThrow('belongs somewhere else');
  });
});

describe('every page of the list', () => {
  const filters = [{}, { active: false }, { role: 'user' }, { createdAfter: new Date(0) }];
  const cases = Object.values(UserOrder).flatMap(order => filters.map(filter => ({ order, filter })));

  it.each(cases)('is read from an index, not sorted: $order $filter', async ({ order, filter }) => {
    const profiles = new Profiles(db, new Keyring(Keyring.generate()));
    await register();
    const { pageInfo } = await profiles.list(admin, {}, order, { first: 1 });
    asked.length = 0;
    await profiles.list(admin, filter, order, { first: 5, after: pageInfo.endCursor });
    const { sql, parameters } = asked.at(-1)!;
    const reader = openSqlite(path, { readonly: true });
    const plan = reader.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...parameters) as { detail: string }[];
    reader.close();
    const steps = plan.map(step => step.detail).join('\n');
    expect(steps).toMatch(/USING (COVERING )?INDEX ix__(profiles|role_assignments)__/);
    expect(steps).not.toMatch(/TEMP B-TREE|SCAN/);
  });
});
