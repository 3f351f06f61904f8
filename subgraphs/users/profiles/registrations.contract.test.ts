import { eventually } from '../../../platform/testing/eventually';
import type { GraphQLResult } from '../../../platform/testing/graphql-client';
import { userActivationChanged } from '../events';
import { TestUsers, userFields } from '../testing/test-users';

interface Connection {
  nodes: { id: string }[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

const listUsers = `query ($first: Int, $after: String, $filter: UserFilter, $orderBy: UserOrder) {
  users(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    nodes { id } edges { cursor } pageInfo { hasNextPage endCursor }
  }
}`;

const updateUser = `mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) ${userFields} }`;

const users = new TestUsers();
let admin: string;

beforeAll(async () => {
  await users.start();
  admin = users.token({ permissions: ['*'] });
}, 60_000);
afterAll(() => users.close());

const rolesOf = async (id: string) => (await users.user(id))?.roles.map(role => role.name);
const lastChange = (userId: string) =>
  users.roleChanges.flatMap(event => event.changes).findLast(change => change.userId === userId);
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

describe('a registration', () => {
  it('creates the profile, assigns the roles and publishes their permissions', async () => {
    const id = await users.register({ roles: ['administrator'] });
    expect(await users.user(id)).toEqual({
      id,
      profile: {
        firstName: null,
        lastName: null,
        phone: null,
        locale: null,
        timeZone: null,
        avatarUrl: null,
        metadata: {},
        version: 1,
      },
      roles: [{ name: 'administrator' }],
      permissions: ['*'],
    });
    await eventually(() =>
      expect(lastChange(id)).toEqual({ userId: id, roles: ['administrator'], permissions: ['*'] }),
    );
  });

  it('delivered twice, under one event id or two, changes nothing more', async () => {
    const eventId = '01900000-0000-7000-8000-000000000abc';
    const id = await users.register({ eventId });
    await users.graphql(users.token({ userId: id }), updateUser, { id, input: { firstName: 'Ada' } });
    const again = {
      userId: id,
      username: 'other',
      email: 'x',
      isActive: true,
      createdAt: 0,
      roles: ['user'],
    };
    await users.publish('user.registered', again, { id: eventId });
    await users.publish('user.registered', again);
    await users.register();
    expect(await users.database.rows('profiles', `user_id = '${id}'`)).toMatchObject([
      { first_name: 'Ada', version: 2 },
    ]);
    expect(await users.database.rows('role_assignments', `user_id = '${id}'`)).toHaveLength(1);
  });

  it('with a role that is not there gives the others', async () => {
    const id = await users.register({ roles: ['user', 'no-such-role'] });
    expect(await rolesOf(id)).toEqual(['user']);
  });
});

it('follows whether the account is active', async () => {
  const id = await users.register();
  await users.publish(userActivationChanged, { userId: id, isActive: false });
  await eventually(async () => {
    expect(await walk({ first: 100, filter: { active: false } })).toContain(id);
  });
  expect(await walk({ first: 100, filter: { active: true } })).not.toContain(id);
});
