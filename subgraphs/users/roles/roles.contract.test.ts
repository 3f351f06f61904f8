import { uuidv7 } from '../../../platform/ids';
import { eventually } from '../../../platform/testing/eventually';
import { TestUsers, userFields } from '../testing/test-users';

interface Connection {
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const assignRoles = `mutation ($id: ID!, $roles: [String!]!) { assignRoles(userId: $id, roles: $roles) ${userFields} }`;

const createRole = `mutation ($input: CreateRoleInput!) { createRole(input: $input) { id name description permissions isSystem version } }`;

const updateRole = `mutation ($id: ID!, $input: UpdateRoleInput!) { updateRole(id: $id, input: $input) { id name permissions version } }`;

const deleteRole = `mutation ($id: ID!, $to: String) { deleteRole(id: $id, reassignTo: $to) }`;

const nobody = '01900000-0000-7000-8000-00000000dead';

/** A case with its value as a short text, for its title. */
function briefly([field, value]: [string, unknown]): [string, string, unknown] {
  return [field, JSON.stringify(value).slice(0, 40), value];
}

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
/** Copies of one registered user: so many registrations would take a minute. */
const addMembers = async (role: string, count: number) => {
  const first = await users.register({ roles: [role], createdAt: 1_000 });
  await eventually(() => expect(lastChange(first)).toBeDefined());
  const [profile] = await users.database.rows('profiles', `user_id = '${first}'`);
  const [assignment] = await users.database.rows('role_assignments', `user_id = '${first}'`);
  const ids = Array.from({ length: count - 1 }, () => uuidv7(Date.now()));
  const profiles = ids.map(id => ({ ...profile, id, user_id: id, username: id, username_key: id }));
  await users.database.insert('profiles', ...profiles);
  await users.database.insert('role_assignments', ...ids.map(id => ({ ...assignment, user_id: id })));
  return [first, ...ids];
};
const rolesOf = async (id: string) => (await users.user(id))?.roles.map(role => role.name);
const lastChange = (userId: string) =>
  users.roleChanges.flatMap(event => event.changes).findLast(change => change.userId === userId);

describe('roles', () => {
  it('are made, listed, read, edited and deleted', async () => {
    const made = await users.graphql<{ createRole: { id: string } }>(admin, createRole, {
      input: {
        name: 'editor-1',
        description: 'Edits',
        permissions: ['files:write', 'files:read', 'files:read'],
      },
    });
    const { id } = made.data.createRole;
    expect(made.data.createRole).toEqual({
      id,
      name: 'editor-1',
      description: 'Edits',
      permissions: ['files:read', 'files:write'],
      isSystem: false,
      version: 1,
    });
    const names: string[] = [];
    let after: string | null = null;
    do {
      const page: { data: { roles: { nodes: { name: string }[]; pageInfo: Connection['pageInfo'] } } } =
        await users.graphql(
          admin,
          'query ($after: String) { roles(first: 7, after: $after) { nodes { name } pageInfo { hasNextPage endCursor } } }',
          { after },
        );
      names.push(...page.data.roles.nodes.map(node => node.name));
      after = page.data.roles.pageInfo.hasNextPage ? page.data.roles.pageInfo.endCursor : null;
    } while (after !== null);
    expect(names).toEqual([...new Set(names)].sort());
    expect(names).toEqual(expect.arrayContaining(['administrator', 'user', 'editor-1']));
    const edited = await users.graphql(admin, updateRole, {
      id,
      input: { name: 'editor-2', permissions: [], version: 1 },
    });
    expect(edited.data).toEqual({ updateRole: { id, name: 'editor-2', permissions: [], version: 2 } });
    expect((await users.graphql(admin, deleteRole, { id })).data).toEqual({ deleteRole: id });
    expect((await users.graphql(admin, 'query ($id: ID!) { role(id: $id) { id } }', { id })).data).toEqual({
      role: null,
    });
    expect((await users.graphql(admin, deleteRole, { id })).code).toBe('NOT_FOUND');
    expect((await users.graphql(admin, updateRole, { id: 'x', input: {} })).code).toBe('NOT_FOUND');
  });

  it('tell who made, changed and deleted them, and which permissions came and went', async () => {
    const actorId = uuidv7(users.clock.now());
    const token = users.token({ userId: actorId, permissions: ['*'] });
    const { data } = await users.graphql<{ createRole: { id: string } }>(token, createRole, {
      input: { name: 'traced', permissions: ['files:write', 'files:read'] },
    });
    const roleId = data.createRole.id;
    const edit = (input: object) => users.graphql(token, updateRole, { id: roleId, input });
    await edit({ permissions: ['files:read', 'logs:read'] });
    await edit({ name: 'traced-2' });
    await edit({ name: 'traced-2', permissions: ['logs:read', 'files:read'] });
    await edit({ description: 'Reads' });
    expect((await edit({ description: 'Lost', version: 1 })).code).toBe('VERSION_CONFLICT');
    await users.graphql(token, deleteRole, { id: roleId });
    const client = { address: '127.0.0.1', userAgent: expect.any(String) };
    const by = { roleId, actorId, onBehalfOf: actorId, client, occurredAt: users.clock.now() };
    await eventually(() =>
      expect(users.changesOfRole(roleId)).toEqual([
        { ...by, change: 'created', role: 'traced', added: ['files:read', 'files:write'], removed: [] },
        { ...by, change: 'updated', role: 'traced', added: ['logs:read'], removed: ['files:write'] },
        { ...by, change: 'updated', role: 'traced-2', formerName: 'traced', added: [], removed: [] },
        { ...by, change: 'updated', role: 'traced-2', added: [], removed: [] },
        { ...by, change: 'deleted', role: 'traced-2', added: [], removed: ['files:read', 'logs:read'] },
      ]),
    );
  });

  it('publish the new permissions of every holder of the edited role', async () => {
    const role = await makeRole(['files:read']);
    const ids = [await users.register(), await users.register(), await users.register()];
    for (const id of ids) await give(id, role.name);
    await users.graphql(admin, updateRole, {
      id: role.id,
      input: { name: 'zz-renamed', permissions: ['files:*'] },
    });
    await eventually(() => {
      for (const id of ids)
        expect(lastChange(id)).toEqual({
          userId: id,
          roles: ['user', 'zz-renamed'],
          permissions: ['files:*'],
        });
    });
    const published = users.roleChanges.length;
    await users.graphql(admin, updateRole, {
      id: role.id,
      input: { description: 'nothing that tokens say' },
    });
    await users.register();
    await eventually(() =>
      expect(users.roleChanges.slice(published).flatMap(event => event.changes)).toHaveLength(1),
    );
  });

  it('announce many members in events of at most a hundred', async () => {
    const role = await makeRole(['bulk:read']);
    const ids = await addMembers(role.name, 205);
    users.events.length = 0;
    await users.graphql(admin, updateRole, { id: role.id, input: { permissions: ['bulk:*'] } });
    await eventually(() =>
      expect(users.roleChanges.map(event => event.changes.length)).toEqual([100, 100, 5]),
    );
    users.events.length = 0;
    const target = await makeRole(['bulk:other']);
    expect((await users.graphql(admin, deleteRole, { id: role.id, to: target.name })).code).toBeUndefined();
    expect(await users.database.rows('role_assignments', `role_id = '${target.id}'`)).toHaveLength(205);
    await eventually(() => {
      const changes = users.roleChanges.flatMap(event => event.changes);
      expect(changes.map(change => change.userId).sort()).toEqual([...ids].sort());
      expect(changes[0]).toMatchObject({ roles: [target.name], permissions: ['bulk:other'] });
    });
  });

  it('that somebody holds are not deleted, unless their holders get another', async () => {
    const [role, other] = [await makeRole(['files:read']), await makeRole(['files:write'])];
    const [one, two] = [await users.register(), await users.register()];
    await give(one, role.name, other.name);
    await give(two, role.name);
    const refused = await users.graphql(admin, deleteRole, { id: role.id });
    expect([refused.code, refused.status, refused.details]).toEqual(['ROLE_IN_USE', 409, { members: 2 }]);
    for (const to of ['ghost', role.name, '%']) {
      const answer = await users.graphql(admin, deleteRole, { id: role.id, to });
      expect([answer.code, answer.details]).toEqual([
        'VALIDATION_FAILED',
        [{ field: 'reassignTo', message: expect.any(String) }],
      ]);
    }
    expect(
      (await users.graphql(users.tokenWith('roles:write'), deleteRole, { id: role.id, to: other.name })).code,
    ).toBe('FORBIDDEN');
    expect(await rolesOf(two)).toContain(role.name);
    expect((await users.graphql(admin, deleteRole, { id: role.id, to: other.name })).code).toBeUndefined();
    expect(await rolesOf(one)).toEqual([other.name, 'user'].sort());
    expect(await rolesOf(two)).toEqual([other.name, 'user'].sort());
  });

  it('that come with Plinth keep their names, and administrator its permissions', async () => {
    const { data } = await users.graphql<{
      roles: { nodes: { id: string; name: string; isSystem: boolean }[] };
    }>(admin, '{ roles(first: 100) { nodes { id name isSystem } } }');
    const system = data.roles.nodes.filter(role => role.isSystem);
    expect(system.map(role => role.name)).toEqual(['administrator', 'user']);
    const [administrator, user] = system;
    for (const { id } of system) {
      expect((await users.graphql(admin, deleteRole, { id, to: 'user' })).code).toBe('SYSTEM_ROLE');
      expect((await users.graphql(admin, updateRole, { id, input: { name: 'renamed' } })).code).toBe(
        'SYSTEM_ROLE',
      );
    }
    for (const permissions of [[], ['files:*'], ['*', 'files:read']])
      expect(
        (await users.graphql(admin, updateRole, { id: administrator!.id, input: { permissions } })).code,
      ).toBe('SYSTEM_ROLE');
    const described = { name: 'administrator', permissions: ['*'], description: 'All' };
    expect(
      (await users.graphql(admin, updateRole, { id: administrator!.id, input: described })).code,
    ).toBeUndefined();
    expect(
      (await users.graphql(admin, updateRole, { id: user!.id, input: { permissions: ['files:read'] } })).code,
    ).toBeUndefined();
    expect(
      (await users.graphql(admin, updateRole, { id: user!.id, input: { permissions: [] } })).code,
    ).toBeUndefined();
  });

  it('have one name each, decided by the database', async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        users.graphql(admin, createRole, { input: { name: 'wanted', permissions: [] } }),
      ),
    );
    expect(answers.map(answer => answer.code).sort()).toEqual([
      ...Array(5).fill('ROLE_NAME_TAKEN'),
      undefined,
    ]);
    expect(answers.find(answer => answer.code)?.status).toBe(409);
    const other = await makeRole();
    expect((await users.graphql(admin, updateRole, { id: other.id, input: { name: 'wanted' } })).code).toBe(
      'ROLE_NAME_TAKEN',
    );
  });

  it('of many edits of one version take exactly one', async () => {
    const role = await makeRole();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        users.graphql(admin, updateRole, { id: role.id, input: { description: `d${i}`, version: 1 } }),
      ),
    );
    expect(answers.map(answer => answer.code).sort()).toEqual([
      ...Array(5).fill('VERSION_CONFLICT'),
      undefined,
    ]);
  });

  it('get no permission that their editor does not hold', async () => {
    const editor = users.tokenWith('roles:write', 'files:read');
    const role = await makeRole(['files:read']);
    const made = await users.graphql(editor, createRole, {
      input: { name: 'mine', permissions: ['files:*'] },
    });
    expect([made.code, made.details]).toEqual(['FORBIDDEN', { missing: ['files:*'] }]);
    expect(
      (await users.graphql(editor, createRole, { input: { name: 'mine', permissions: ['*'] } })).code,
    ).toBe('FORBIDDEN');
    const edit = (permissions: string[]) =>
      users.graphql(editor, updateRole, { id: role.id, input: { permissions } });
    expect((await edit(['files:read', '*'])).code).toBe('FORBIDDEN');
    expect((await edit([])).code).toBeUndefined();
    expect((await edit(['files:read'])).code).toBeUndefined();
    expect(await users.database.rows('roles', "name = 'mine'")).toEqual([]);
  });

  it('that grant more than their editor holds are not changed or deleted', async () => {
    const editor = users.tokenWith('roles:write', 'files:read');
    const { id } = await makeRole(['files:read', 'users:read']);
    for (const input of [{ permissions: [] }, { permissions: ['files:read'] }, { description: 'mine' }]) {
      expect((await users.graphql(editor, updateRole, { id, input })).code).toBe('FORBIDDEN');
    }
    expect((await users.graphql(editor, deleteRole, { id })).code).toBe('FORBIDDEN');
    expect(await users.database.rows('roles', `id = '${id}'`)).toMatchObject([{ version: 1 }]);
  });

  it.each(
    (
      [
        ['name', ''],
        ['name', 'a'],
        ['name', 'Upper'],
        ['name', '1st'],
        ['name', 'with space'],
        ['name', 'x'.repeat(51)],
        ['name', 'x'.repeat(1_000_000)],
        ['name', 'a\u0000'],
        ['name', 5],
        ['description', 'x'.repeat(501)],
        ['description', '\u0007'],
        ['permissions', 'files:read'.repeat(30)],
        ['permissions', Array.from({ length: 101 }, (_, i) => `files:a${i}`)],
        ['permissions', Array.from({ length: 60 }, (_, i) => `${'f'.repeat(40)}:a${i}`)],
      ] as [string, unknown][]
    ).map(briefly),
  )('refuse %s of %s', async (field, _brief, value) => {
    const before = (await users.database.rows('roles')).length;
    const input = { name: 'good-name', description: 'good', permissions: [], [field]: value };
    const answer = await users.graphql(admin, createRole, { input });
    expect([answer.code, answer.status]).toEqual(['VALIDATION_FAILED', 422]);
    expect((answer.details as { field: string }[])[0]!.field).toMatch(new RegExp(`^${field}(\\.0)?$`));
    expect(answer.text.length).toBeLessThan(2_000);
    expect(await users.database.rows('roles')).toHaveLength(before);
  });

  it('refuse wrong permissions by their place', async () => {
    const answer = await users.graphql(admin, createRole, {
      input: { name: 'good-name', permissions: ['files:read', 'Files', '*:read', 'users:*'] },
    });
    expect((answer.details as { field: string }[]).map(each => each.field)).toEqual([
      'permissions.1',
      'permissions.2',
    ]);
    const nulls = await users.graphql(admin, updateRole, {
      id: nobody,
      input: { name: null, permissions: null },
    });
    expect(nulls.code).toBe('VALIDATION_FAILED');
  });
});
