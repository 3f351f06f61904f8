import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getMetadataArgsStorage } from 'typeorm';
import { parse } from 'yaml';
import { uuidv7 } from '../../../platform/ids';
import { type UserDataErased, userDataErased } from '../../../platform/personal-data';
import type { UserDeletionRequested } from '../../../platform/security/access-events';
import { eventually } from '../../../platform/testing/eventually';
import { userActivationChanged, userRegistered } from '../events';
import { participants } from '../participants';
import { entities } from '../tables';
import { TestUsers } from '../testing/test-users';

const deletionFields = '{ id status completedAt steps { service completedAt erased { kind count } } }';

const remove = `mutation ($id: ID!) { deleteUser(id: $id) ${deletionFields} }`;

const watch = `query ($id: ID!) { deletion(id: $id) ${deletionFields} }`;

interface Watched {
  id: string;
  status: string;
  completedAt: string | null;
  steps: { service: string; completedAt: string | null; erased: { kind: string; count: number }[] }[];
}

const users = new TestUsers();

beforeAll(() => users.start(), 60_000);
afterAll(() => users.close());

beforeEach(() => {
  users.auth.failure = 'none';
});

describe('deleteUser', () => {
  const others = participants().filter(service => service !== 'users');
  const report = (deletionId: string, userId: string, service: string, things = 0) => {
    const data: UserDataErased = { deletionId, userId, service, erased: { things }, anonymised: {} };
    return users.publish(userDataErased, data);
  };
  const removed = (token: string, id: string) =>
    users.graphql<{ deleteUser: Watched }>(token, remove, { id });
  const state = async (id: string, token?: string) =>
    (await users.graphql<{ deletion: Watched | null }>(token, watch, { id })).data.deletion;

  it('waits for every service of the graph', () => {
    const list = parse(readFileSync(join(__dirname, '..', '..', '..', 'rover.yaml'), 'utf8')) as {
      subgraphs: object;
    };
    expect([...participants()].sort()).toEqual(Object.keys(list.subgraphs).sort());
  });

  it('removes the profile, ends access here at once, and is completed when all have answered', async () => {
    const { userId, username } = await users.registerAccount();
    const token = users.token({ userId });
    const { data } = await removed(token, userId);
    const { id, steps } = data.deleteUser;
    expect(steps.map(step => step.service)).toEqual([...participants()].sort());
    expect(steps.find(step => step.service === 'users')).toMatchObject({
      completedAt: expect.any(String),
      erased: expect.arrayContaining([{ kind: 'profiles', count: 1 }]),
    });
    await eventually(async () => {
      expect((await users.graphql(token, '{ __typename }')).code).toBe('TOKEN_REVOKED');
    }, 1_000);
    for (const entity of entities) {
      const table = getMetadataArgsStorage().tables.find(each => each.target === entity)!.name!;
      const text = JSON.stringify(await users.database.rows(table));
      expect([table, text.includes(username)]).toEqual([table, false]);
      // That this id is nobody's any more is what a deletion remembers.
      expect([table, text.includes(userId) && table !== 'deletions']).toEqual([table, false]);
    }
    await eventually(() => {
      const published = users.events.filter(each => each.type === 'user.deletionRequested');
      expect(published.map(each => each.data)).toContainEqual({
        deletionId: id,
        userId,
        requestedAt: expect.any(Number),
      });
    });
    expect((await state(id))?.status).toBe('REQUESTED');
    await report(id, userId, 'auth', 3);
    await eventually(async () => expect((await state(id))?.status).toBe('RUNNING'));
    // Again, and later: what was said first stays.
    await report(id, userId, 'auth', 0);
    // Those that answer at once do not miss each other.
    await Promise.all(others.map(service => report(id, userId, service)));
    await eventually(async () => expect((await state(id))?.status).toBe('COMPLETED'));
    const done = (await state(id))!;
    expect(done.completedAt).not.toBeNull();
    expect(done.steps.find(step => step.service === 'auth')!.erased).toEqual([{ kind: 'things', count: 3 }]);
    const text = JSON.stringify([
      await users.database.rows('deletions', `id = '${id}'`),
      await users.database.rows('deletion_steps', `deletion_id = '${id}'`),
    ]);
    expect(text).not.toContain('user-');
  });

  it('stays deleted, whatever comes late', async () => {
    const registered = await users.registerAccount();
    const { userId } = registered;
    await removed(users.token({ userId }), userId);
    await users.publish(userRegistered, registered);
    await users.publish(userActivationChanged, { userId, isActive: false });
    const other = await users.registerAccount();
    expect(await users.database.rows('profiles', `user_id = '${userId}'`)).toEqual([]);
    expect(await users.database.rows('profiles', `user_id = '${other.userId}'`)).toHaveLength(1);
  });

  it('deletes who is known to auth only, so that the registration that is on its way makes nothing', async () => {
    const userId = uuidv7(Date.now());
    expect((await removed(users.token({ userId }), userId)).code).toBeUndefined();
    const username = 'on-its-way';
    await users.publish(userRegistered, {
      userId,
      username,
      email: 'on@example.com',
      isActive: true,
      createdAt: Date.now(),
      roles: ['user'],
    });
    await users.registerAccount();
    expect(await users.database.rows('profiles', `user_id = '${userId}'`)).toEqual([]);
  });

  it('is for oneself or for holders of users:delete, who get the same deletion when they ask again', async () => {
    const [{ userId }, other] = [await users.registerAccount(), await users.registerAccount()];
    expect((await removed(users.token({ userId: other.userId }), userId)).code).toBe('NOT_FOUND');
    expect((await removed(users.tokenWith('users:write'), userId)).code).toBe('NOT_FOUND');
    expect((await users.graphql(undefined, remove, { id: userId })).code).toBe('UNAUTHENTICATED');
    const keeper = users.token({ userId: uuidv7(Date.now()), permissions: ['users:delete'] });
    for (const id of [uuidv7(Date.now()), 'nobody', '', '__proto__']) {
      expect((await removed(keeper, id)).code).toBe('NOT_FOUND');
    }
    const answers = await Promise.all([1, 2, 3].map(() => removed(keeper, userId)));
    const ids = new Set(answers.map(each => each.data.deleteUser.id));
    expect(ids.size).toBe(1);
    const [id] = [...ids] as [string];
    expect((await state(id, keeper))?.id).toBe(id);
    expect((await state(id, users.tokenWith('users:delete')))?.id).toBe(id);
    expect(await state(id, users.token({ userId: other.userId }))).toBeNull();
    expect(await state(id)).toBeNull();
    expect(await state('not-an-id', keeper)).toBeNull();
  });

  it('asks for a recent sign-in, of oneself and of others', async () => {
    const { userId } = await users.registerAccount();
    const long = Math.floor(users.clock.now() / 1000) - 601;
    const stale = { claims: { auth_time: long } };
    expect((await removed(users.token({ userId, ...stale }), userId)).code).toBe('REAUTHENTICATION_REQUIRED');
    expect((await removed(users.token({ permissions: ['*'], ...stale }), userId)).code).toBe(
      'REAUTHENTICATION_REQUIRED',
    );
    expect(await users.database.rows('profiles', `user_id = '${userId}'`)).toHaveLength(1);
  });

  it('keeps an administrator without whom auth counts none', async () => {
    const roles = ['administrator'];
    const [first, last] = [await users.registerAccount({ roles }), await users.registerAccount({ roles })];
    users.auth.lastAdministrator = last.userId;
    const token = (userId: string) => users.token({ userId, permissions: ['*'] });
    expect((await removed(token(first.userId), first.userId)).code).toBeUndefined();
    expect((await removed(token(last.userId), last.userId)).code).toBe('LAST_ADMINISTRATOR');
    expect(await users.database.rows('profiles', `user_id = '${last.userId}'`)).toHaveLength(1);
    expect(await users.database.rows('administrator_releases')).toEqual([]);
  });

  it('spares a user who holds more than the caller, and says who deleted the others', async () => {
    const higher = await users.registerAccount({ roles: ['administrator'] });
    const lower = await users.registerAccount();
    const keeper = users.token({ userId: uuidv7(Date.now()), permissions: ['users:delete'] });
    expect((await removed(keeper, higher.userId)).code).toBe('FORBIDDEN');
    expect(await users.database.rows('profiles', `user_id = '${higher.userId}'`)).toHaveLength(1);
    expect((await removed(keeper, lower.userId)).code).toBeUndefined();
    await eventually(() => {
      const [event] = users.eventsAbout(lower.userId, 'user.deletionRequested');
      expect((event!.data as UserDeletionRequested).by?.actorId).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  it('asks again, once, when a service has not answered for ten minutes, and refuses the user after a restart', async () => {
    const { userId } = await users.registerAccount();
    const { data } = await removed(users.token({ userId }), userId);
    const asked = () =>
      users.events.filter(
        each =>
          each.type === 'user.deletionRequested' &&
          (each.data as UserDeletionRequested).deletionId === data.deleteUser.id,
      );
    await eventually(() => expect(asked()).toHaveLength(1));
    const before = new Set(asked().map(each => each.id));
    await users.restartAfter(601_000);
    await eventually(() => expect(asked().filter(each => !before.has(each.id)).length).toBeGreaterThan(0));
    expect((await users.graphql(users.token({ userId }), '{ __typename }')).code).toBe('TOKEN_REVOKED');
    for (const service of others) await report(data.deleteUser.id, userId, service);
    await eventually(async () => expect((await state(data.deleteUser.id))?.status).toBe('COMPLETED'));
  });
});
