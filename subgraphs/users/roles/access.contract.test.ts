import { TestUsers, userFields } from '../testing/test-users';

const listUsers = `query ($first: Int, $after: String, $filter: UserFilter, $orderBy: UserOrder) {
  users(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes { id } edges { cursor } pageInfo { hasNextPage endCursor }
  }
}`;

const updateUser = `mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) ${userFields} }`;

const assignRoles = `mutation ($id: ID!, $roles: [String!]!) { assignRoles(userId: $id, roles: $roles) ${userFields} }`;

const removeRoles = `mutation ($id: ID!, $roles: [String!]!) { removeRoles(userId: $id, roles: $roles) ${userFields} }`;

const createRole = `mutation ($input: CreateRoleInput!) { createRole(input: $input) { id name description permissions isSystem version } }`;

const updateRole = `mutation ($id: ID!, $input: UpdateRoleInput!) { updateRole(id: $id, input: $input) { id name permissions version } }`;

const deleteRole = `mutation ($id: ID!, $to: String) { deleteRole(id: $id, reassignTo: $to) }`;

const explainAccess = `query ($id: ID!, $permission: String!) { explainAccess(userId: $id, permission: $permission) {
  allowed reason decidedBy { role { name } grant } grants { role { name } grant } wouldGrant { name }
} }`;

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

describe('who may do what', () => {
  const forbidden = ['FORBIDDEN', 403];
  const missing = ['NOT_FOUND', 404];
  const fine = [undefined, undefined];
  /** What an anonymous caller, the user, another user, and who holds the one permission get. */
  const matrix: [
    string,
    string,
    (ids: { self: string; role: string }) => Record<string, unknown>,
    string,
    unknown[],
    unknown[],
  ][] = [
    ['users', listUsers, () => ({}), 'users:read', forbidden, forbidden],
    [
      'user',
      'query ($id: ID!) { user(id: $id) { id } }',
      ids => ({ id: ids.self }),
      'users:read',
      fine,
      fine,
    ],
    [
      'explainAccess',
      explainAccess,
      ids => ({ id: ids.self, permission: 'files:read' }),
      'users:read',
      fine,
      missing,
    ],
    [
      'updateUser',
      updateUser,
      ids => ({ id: ids.self, input: { lastName: 'L' } }),
      'users:write',
      fine,
      missing,
    ],
    [
      'assignRoles',
      assignRoles,
      ids => ({ id: ids.self, roles: ['user'] }),
      'users:assign-roles',
      forbidden,
      forbidden,
    ],
    [
      'removeRoles',
      removeRoles,
      ids => ({ id: ids.self, roles: ['administrator'] }),
      'users:assign-roles',
      forbidden,
      forbidden,
    ],
    ['roles', '{ roles { nodes { id } } }', () => ({}), 'roles:read', forbidden, forbidden],
    [
      'role',
      'query ($id: ID!) { role(id: $id) { id } }',
      ids => ({ id: ids.role }),
      'roles:read',
      forbidden,
      forbidden,
    ],
    [
      'updateRole',
      updateRole,
      ids => ({ id: ids.role, input: { description: 'x' } }),
      'roles:write',
      forbidden,
      forbidden,
    ],
    [
      'createRole',
      createRole,
      () => ({ input: { name: `made-${++named}`, permissions: [] } }),
      'roles:write',
      forbidden,
      forbidden,
    ],
    ['deleteRole', deleteRole, ids => ({ id: ids.role, to: 'user' }), 'roles:write', forbidden, forbidden],
  ];

  it.each(matrix)('%s', async (_name, operation, variables, permission, self, other) => {
    const ids = { self: await users.register(), role: (await makeRole()).id };
    const outcome = async (token: string | undefined) => {
      const { code, status } = await users.graphql(token, operation, variables(ids));
      return [code, status];
    };
    expect(await outcome(undefined)).toEqual(['UNAUTHENTICATED', 401]);
    expect(await outcome(users.token({ userId: ids.self }))).toEqual(self);
    expect(await outcome(users.token())).toEqual(other);
    expect(await outcome(users.tokenWith('files:*', 'notifications:send'))).toEqual(other);
    expect(await outcome(users.tokenWith(permission))).toEqual(fine);
    expect(await outcome(users.tokenWith(`${permission.split(':')[0]}:*`))).not.toEqual([
      'UNAUTHENTICATED',
      401,
    ]);
  });

  it('hides another user: null from user(id), nothing in a reference', async () => {
    const id = await users.register();
    const other = users.token();
    expect(await users.user(id, other)).toBeNull();
    expect(await users.user(nobody, admin)).toBeNull();
    expect(await users.user("' OR 1=1 --", admin)).toBeNull();
    const reference = async (token: string | undefined) =>
      (
        await users.graphql<{ _entities: unknown[] }>(
          token,
          `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User ${userFields} } }`,
          { r: [{ __typename: 'User', id }] },
        )
      ).data._entities;
    const hidden = [{ id, profile: null, roles: [], permissions: [] }];
    expect(await reference(undefined)).toEqual(hidden);
    expect(await reference(other)).toEqual(hidden);
    expect(await reference(users.token({ userId: id }))).toMatchObject([
      { profile: { version: 1 }, roles: [{ name: 'user' }] },
    ]);
    expect(await reference(admin)).toMatchObject([{ profile: { version: 1 } }]);
  });

  it('shows a role by reference to who holds it or may read roles', async () => {
    const role = await makeRole();
    const reference = async (token: string | undefined, id = role.id) =>
      (
        await users.graphql<{ _entities: unknown[] }>(
          token,
          'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Role { name } } }',
          { r: [{ __typename: 'Role', id }] },
        )
      ).data._entities;
    expect(await reference(undefined)).toEqual([null]);
    expect(await reference(users.token())).toEqual([null]);
    expect(await reference(users.token({ roles: [role.name] }))).toEqual([{ name: role.name }]);
    expect(await reference(admin)).toEqual([{ name: role.name }]);
    expect(await reference(admin, nobody)).toEqual([null]);
  });

  it('says what a moment and an object look like', async () => {
    const wrong = await users.graphql(admin, listUsers, { filter: { createdAfter: 'yesterday' } });
    expect(wrong.details).toEqual([
      {
        field: 'filter.createdAfter',
        message: 'must be a moment in RFC 3339, such as 2026-01-31T12:00:00Z',
      },
    ]);
    const id = await users.register();
    const text = await users.graphql(admin, updateUser, { id, input: { metadata: 'text' } });
    expect(text.details).toEqual([{ field: 'metadata', message: 'must be a JSON object' }]);
  });

  it('finds nobody by a reference that cannot be one', async () => {
    for (const id of ['', 'x', '\0', '\ud800', "' OR 1=1 --", 7, null, { a: 1 }, ['x'], undefined]) {
      for (const __typename of ['User', 'Role']) {
        const answer = await users.graphql<{ _entities: ({ profile?: unknown } | null)[] }>(
          admin,
          `query ($r: [_Any!]!) {
            _entities(representations: $r) { ... on User { profile { id } roles { id } } ... on Role { name } }
          }`,
          { r: [{ __typename, id }] },
        );
        expect([id, answer.code]).toEqual([id, undefined]);
        expect(answer.data._entities[0]?.profile ?? null).toBeNull();
      }
    }
  });

  it('refuses forged tokens', async () => {
    const forged = [
      users.token({ permissions: ['*'], claims: { aud: 'other' } }),
      users.token({ permissions: ['*'], claims: { iss: 'https://other' } }),
      users.token({ permissions: ['*'], expiresIn: -10 }),
      users.token({ permissions: ['*'], header: { kid: 'unknown' } }),
      users.token({ permissions: ['*'], header: { typ: 'JWT' } }),
    ];
    for (const token of forged) expect((await users.graphql(token, listUsers)).status).toBe(401);
  });
});
