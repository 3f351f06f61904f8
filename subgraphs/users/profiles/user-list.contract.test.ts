import type { GraphQLResult } from '../../../platform/testing/graphql-client';
import { recordQueries } from '../../../platform/testing/query-log';
import { TestUsers, type UserResult, userFields } from '../testing/test-users';

interface Connection {
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const listUsers = `query ($first: Int, $after: String, $filter: UserFilter, $orderBy: UserOrder) {
  users(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes { id } edges { cursor } pageInfo { hasNextPage endCursor }
  }
}`;

const assignRoles = `mutation ($id: ID!, $roles: [String!]!) { assignRoles(userId: $id, roles: $roles) ${userFields} }`;

const createRole = `mutation ($input: CreateRoleInput!) { createRole(input: $input) { id name description permissions isSystem version } }`;

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
const walk = async (variables: Record<string, unknown>, token = admin): Promise<string[]> => {
  const ids: string[] = [];
  let after: string | null = null;
  for (let count = 0; count < 50; count++) {
    const answer: GraphQLResult<{ users: Connection }> = await users.graphql(token, listUsers, {
      ...variables,
      after,
    });
    expect(answer.code).toBeUndefined();
    const page = answer.data.users;
    ids.push(...page.nodes.map(node => node.id));
    after = page.pageInfo.endCursor;
    if (!page.pageInfo.hasNextPage) return ids;
  }
  throw new Error('The list has no end');
};

describe('the list of users', () => {
  const day = Date.UTC(2020, 0, 1);
  const ids: string[] = [];

  beforeAll(async () => {
    const role = await makeRole([], 'listed');
    // Three share each moment, so that pages end within ties; two usernames differ in capitals only.
    for (let i = 0; i < 12; i++) {
      const id = await users.register({
        username: `${i % 2 ? 'Lister' : 'lister'}-${String.fromCharCode(97 + Math.floor(i / 2))}`,
        createdAt: day + Math.floor(i / 3) * 1000,
        isActive: i % 4 !== 0,
      });
      ids.push(id);
      await give(id, role.name);
    }
  });

  it.each(['CREATED_AT_ASC', 'CREATED_AT_DESC', 'USERNAME_ASC', 'USERNAME_DESC'])(
    'in the order %s has everybody once, however long the pages',
    async orderBy => {
      const filter = { role: 'listed' };
      const whole = await walk({ first: 100, orderBy, filter });
      expect([...whole].sort()).toEqual([...ids].sort());
      for (const first of [1, 2, 5, 7]) expect(await walk({ first, orderBy, filter })).toEqual(whole);
      const all = await walk({ first: 7, orderBy });
      expect(new Set(all).size).toBe(all.length);
      expect(all.filter(id => ids.includes(id))).toEqual(whole);
    },
  );

  it('filters by activity, role and time of registration, all at once too', async () => {
    const between = { createdAfter: new Date(day + 1000), createdBefore: new Date(day + 3000) };
    expect((await walk({ filter: between })).sort()).toEqual(ids.slice(3, 9).sort());
    expect((await walk({ filter: { ...between, role: 'listed', active: false } })).sort()).toEqual(
      [ids[4], ids[8]].sort(),
    );
    expect((await walk({ first: 1, filter: { ...between, active: true } })).length).toBe(4);
    expect(await walk({ filter: { role: null, active: null, ...between } })).toHaveLength(6);
  });

  it('takes signs that mean something elsewhere literally', async () => {
    for (const role of ['%', '_', 'list%', 'liste_', "' OR ''='", 'no-such', '', 'LISTED', '\0', '\ud800'])
      expect([role, await walk({ filter: { role } })]).toEqual([role, []]);
  });

  it.each([0, 101, -1, 2 ** 31, 1.5, '20'])('refuses pages of %p', async first => {
    for (const filter of [{}, { role: 'listed' }, { role: 'no-such' }]) {
      const answer = await users.graphql(admin, listUsers, { first, filter });
      expect([answer.code, answer.status]).toEqual(['VALIDATION_FAILED', 422]);
      expect(answer.details).toMatchObject([{ field: 'first' }]);
    }
  });

  it('refuses cursors that are not its own', async () => {
    const { data } = await users.graphql<{ users: Connection }>(admin, listUsers, { first: 1 });
    const cursor = data.users.pageInfo.endCursor!;
    const other = [
      { after: 'garbage' },
      { after: '' },
      { after: 'x'.repeat(5000) },
      { after: Buffer.from('["createdAt ASC,userId ASC","1","2"]').toString('base64url') },
      { after: cursor, orderBy: 'USERNAME_ASC' },
    ];
    for (const variables of other) {
      const answer = await users.graphql(admin, listUsers, variables);
      expect([variables, answer.code]).toEqual([variables, 'VALIDATION_FAILED']);
      expect(answer.details).toMatchObject([{ field: 'after' }]);
    }
  });

  it('costs the same few queries for one user as for twenty', async () => {
    const queries = recordQueries();
    const cost = async (first: number) => {
      queries.length = 0;
      const { data } = await users.graphql<{ users: { nodes: UserResult[] } }>(
        admin,
        `query ($first: Int) { users(first: $first) { nodes ${userFields} } }`,
        { first },
      );
      expect(data.users.nodes).toHaveLength(first);
      return queries.filter(sql => sql.startsWith('SELECT'));
    };
    expect(await cost(1)).toHaveLength(2);
    expect(await cost(12)).toHaveLength(2);
    jest.restoreAllMocks();
  });
});
