import { uuidv7 } from '../../../platform/ids';
import { eventually } from '../../../platform/testing/eventually';
import { TestUsers, type UserResult, userFields } from '../testing/test-users';

const assignRoles = `mutation ($id: ID!, $roles: [String!]!) { assignRoles(userId: $id, roles: $roles) ${userFields} }`;

const removeRoles = `mutation ($id: ID!, $roles: [String!]!) { removeRoles(userId: $id, roles: $roles) ${userFields} }`;

const createRole = `mutation ($input: CreateRoleInput!) { createRole(input: $input) { id name description permissions isSystem version } }`;

const updateRole = `mutation ($id: ID!, $input: UpdateRoleInput!) { updateRole(id: $id, input: $input) { id name permissions version } }`;

const nobody = '01900000-0000-7000-8000-00000000dead';

const users = new TestUsers();
let admin: string;

beforeAll(async () => {
  await users.start();
  admin = users.token({ permissions: ['*'] });
}, 60_000);
afterAll(() => users.close());

let named = 0;
const makeRole = async (permissions: string[] = [], name = `role-${++named}`) => {
  const { data } = await users.graphql<{ createRole: { id: string; name: string; version: number } }>(
    admin,
    createRole,
    { input: { name, permissions } },
  );
  return data.createRole;
};
const give = (id: string, ...roles: string[]) => users.graphql(admin, assignRoles, { id, roles });
const rolesOf = async (id: string) => (await users.user(id))?.roles.map(role => role.name);
const lastChange = (userId: string) =>
  users.roleChanges.flatMap(event => event.changes).findLast(change => change.userId === userId);

describe('giving and taking roles', () => {
  it('publishes the union of their permissions', async () => {
    const id = await users.register();
    const files = await makeRole(['files:*', 'users:read']);
    const mail = await makeRole(['notifications:send', 'users:read']);
    const answer = await users.graphql<{ assignRoles: UserResult }>(admin, assignRoles, {
      id,
      roles: [files.name, mail.name, files.name],
    });
    const permissions = ['files:*', 'notifications:send', 'users:read'];
    expect(answer.data.assignRoles).toMatchObject({ permissions });
    await eventually(() => expect(lastChange(id)).toMatchObject({ permissions }));
    await users.graphql(admin, removeRoles, { id, roles: [files.name] });
    await eventually(() =>
      expect(lastChange(id)).toEqual({
        userId: id,
        roles: [mail.name, 'user'].sort(),
        permissions: ['notifications:send', 'users:read'],
      }),
    );
    const [row] = await users.database.rows(
      'role_assignments',
      `user_id = '${id}' AND role_id = '${mail.id}'`,
    );
    expect(row!['assigned_by']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('refuses unknown roles by name, unknown users, empty and endless lists', async () => {
    const id = await users.register();
    const attempt = async (roles: unknown, user = id) => {
      const { code, status, details, text } = await users.graphql(admin, assignRoles, { id: user, roles });
      expect(text.length).toBeLessThan(2_000);
      return { code, status, details };
    };
    expect(await attempt(['user', 'ghost'])).toEqual({
      code: 'VALIDATION_FAILED',
      status: 422,
      details: [{ field: 'roles', message: 'there is no role named ghost' }],
    });
    expect(await attempt(['user'], nobody)).toMatchObject({ code: 'NOT_FOUND', status: 404 });
    expect(await attempt(['user'], 'x')).toMatchObject({ code: 'NOT_FOUND', status: 404 });
    for (const roles of [[], ['x'.repeat(1_000_000)], Array(51).fill('user'), ['\0'], [null], 'Üser', 7])
      expect(await attempt(roles)).toMatchObject({ code: 'VALIDATION_FAILED', status: 422 });
    expect(await rolesOf(id)).toEqual(['user']);
  });

  it('gives nothing that the giver does not hold, wildcards included', async () => {
    const id = await users.register();
    const wide = await makeRole(['files:*']);
    const assigner = (...held: string[]) =>
      users.graphql(users.tokenWith('users:assign-roles', ...held), assignRoles, { id, roles: [wide.name] });
    for (const held of [[], ['files:read', 'files:write'], ['files:images:*'], ['users:*']]) {
      const answer = await assigner(...held);
      expect([answer.code, answer.status]).toEqual(['FORBIDDEN', 403]);
      expect(answer.details).toEqual({ missing: ['files:*'] });
    }
    const escalation = await users.graphql(users.tokenWith('users:*', 'roles:*', 'files:*'), assignRoles, {
      id,
      roles: ['administrator'],
    });
    expect(escalation.code).toBe('FORBIDDEN');
    expect(await rolesOf(id)).toEqual(['user']);
    expect((await assigner('files:*')).code).toBeUndefined();
    expect(await rolesOf(id)).toEqual([wide.name, 'user'].sort());
  });

  it('refuses more than an access token carries', async () => {
    const id = await users.register();
    const many = (letter: string) => Array.from({ length: 40 }, (_, i) => `${letter.repeat(40)}:a${i}`);
    const roles = [await makeRole(many('a')), await makeRole(many('b')), await makeRole(many('c'))];
    expect((await give(id, roles[0]!.name, roles[1]!.name)).code).toBeUndefined();
    expect((await give(id, roles[2]!.name)).code).toBe('ACCESS_TOO_LARGE');
    expect(await rolesOf(id)).not.toContain(roles[2]!.name);
  });

  it('publishes all permissions held when several assign roles at once', async () => {
    const id = await users.register();
    const roles = await Promise.all(Array.from({ length: 5 }, (_, i) => makeRole([`part:p${i}`])));
    await Promise.all([
      ...roles.map(role => give(id, role.name)),
      users.graphql(admin, updateRole, { id: roles[0]!.id, input: { permissions: ['part:edited'] } }),
    ]);
    const permissions = ['part:edited', 'part:p1', 'part:p2', 'part:p3', 'part:p4'];
    expect((await users.user(id))?.permissions).toEqual(permissions);
    await eventually(() => expect(lastChange(id)?.permissions).toEqual(permissions));
  });
});

describe('the last administrator', () => {
  const members = async () =>
    (await users.database.rows('role_assignments', "role_id = '0193b3a0-0000-7000-8000-000000000001'")).map(
      row => row['user_id'] as string,
    );
  const demote = (id: string) => users.graphql(admin, removeRoles, { id, roles: ['user', 'administrator'] });
  const releases = () => users.database.rows('administrator_releases');

  beforeEach(() => {
    users.auth.lastAdministrator = undefined;
    users.auth.failure = 'none';
  });

  it('keeps the role when auth knows no other active administrator, and all other roles', async () => {
    const id = await users.register({ roles: ['user', 'administrator'] });
    for (const other of await members()) if (other !== id) await demote(other);
    users.auth.lastAdministrator = id;
    const before = users.roleChanges.length;
    expect(await demote(id)).toMatchObject({ code: 'LAST_ADMINISTRATOR', status: 409 });
    expect(await rolesOf(id)).toEqual(['administrator', 'user']);
    expect(await releases()).toEqual([]);
    // Auth counts the user again, whatever became of the command.
    await eventually(() =>
      expect(users.roleChanges.slice(before).at(-1)).toMatchObject({
        changes: [{ userId: id, roles: ['administrator', 'user'] }],
        releases: [expect.any(String)],
      }),
    );
  });

  it('waits until auth knows the new administrator', async () => {
    const [first, second] = [
      await users.register({ roles: ['administrator'] }),
      await users.register({ roles: ['administrator'] }),
    ];
    users.auth.lastAdministrator = first;
    const answer = demote(first);
    setTimeout(() => {
      users.auth.lastAdministrator = second;
    }, 50);
    expect((await answer).code).toBeUndefined();
    expect(await members()).not.toContain(first);
  });

  it('is asked for, and the answer ends with the event that removes the role', async () => {
    const id = await users.register({ roles: ['administrator'] });
    await users.register({ roles: ['administrator'] });
    expect((await demote(id)).code).toBeUndefined();
    const { releaseId, userId } = users.auth.releases.at(-1)!;
    expect(userId).toBe(id);
    await eventually(() =>
      expect(users.roleChanges.at(-1)).toMatchObject({
        changes: [{ userId: id, roles: [] }],
        releases: [releaseId],
        cause: { removed: ['administrator'], added: [] },
      }),
    );
    expect(await releases()).toEqual([]);
  });

  it('keeps the role while auth does not answer, and a release that a crash left behind ends', async () => {
    const id = await users.register({ roles: ['administrator'] });
    users.auth.failure = 'unreachable';
    expect((await demote(id)).code).toBe('SERVICE_UNAVAILABLE');
    expect(await members()).toContain(id);
    users.auth.failure = 'none';
    const releaseId = uuidv7(users.clock.now());
    await users.database.insert('administrator_releases', {
      id: releaseId,
      user_id: id,
      created_at: users.clock.now(),
    });
    await users.restartAfter(61_000);
    await eventually(async () => expect(await releases()).toEqual([]));
    await eventually(() =>
      expect(users.roleChanges.at(-1)).toMatchObject({
        changes: [{ userId: id, roles: ['administrator'] }],
        releases: [releaseId],
      }),
    );
  });
});

describe('authority', () => {
  it('works downward: nobody changes the roles of a user who holds more', async () => {
    const mine = await makeRole(['users:assign-roles', 'files:read']);
    const theirs = await makeRole(['files:*']);
    const [equal, higher] = [await users.register(), await users.register()];
    await give(equal, mine.name);
    await give(higher, theirs.name, mine.name);
    const keeper = users.tokenWith('users:assign-roles', 'files:read');
    for (const mutation of [assignRoles, removeRoles]) {
      const answer = await users.graphql(keeper, mutation, { id: higher, roles: [mine.name] });
      expect(answer).toMatchObject({ code: 'FORBIDDEN', status: 403 });
    }
    expect(await rolesOf(higher)).toEqual([mine.name, theirs.name, 'user'].sort());
    expect(
      (await users.graphql(keeper, removeRoles, { id: equal, roles: [mine.name] })).code,
    ).toBeUndefined();
  });

  it('lets a user who holds less give up roles', async () => {
    const id = await users.register();
    const role = await makeRole(['users:assign-roles', 'files:*']);
    await give(id, role.name);
    const own = users.token({ userId: id, permissions: ['users:assign-roles'] });
    expect((await users.graphql(own, removeRoles, { id, roles: [role.name] })).code).toBeUndefined();
  });
});
