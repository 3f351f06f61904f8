import { eventually } from '../../../platform/testing/eventually';
import { userActivationChanged } from '../events';
import { TestUsers, userFields } from '../testing/test-users';

const assignRoles = `mutation ($id: ID!, $roles: [String!]!) { assignRoles(userId: $id, roles: $roles) ${userFields} }`;

const createRole = `mutation ($input: CreateRoleInput!) { createRole(input: $input) { id name description permissions isSystem version } }`;

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
const give = (id: string, ...roles: string[]) => users.graphql(admin, assignRoles, { id, roles });

describe('an explanation of access', () => {
  const explain = async (id: string, permission: string, token = admin) =>
    (await users.graphql(token, explainAccess, { id, permission })).data?.['explainAccess'];

  it('names the rule that decides and every other that would do', async () => {
    const id = await users.register();
    const [one, two] = [await makeRole(['depot:*', 'users:read']), await makeRole(['depot:read'])];
    await give(id, one.name, two.name);
    const grants = [
      { role: { name: one.name }, grant: 'depot:*' },
      { role: { name: two.name }, grant: 'depot:read' },
    ];
    expect(await explain(id, 'depot:read')).toEqual({
      allowed: true,
      reason: `Allowed: the role ${one.name} grants depot:*, which covers depot:read.`,
      decidedBy: grants[0],
      grants,
      wouldGrant: [],
    });
  });

  it('says what is missing, and which roles would grant it to who may read roles', async () => {
    const id = await users.register();
    const role = await makeRole(['shed:*']);
    const refusal = {
      allowed: false,
      reason: 'Not allowed: no role held (user) grants shed:open.',
      decidedBy: null,
      grants: [],
      wouldGrant: null,
    };
    expect(await explain(id, 'shed:open', users.token({ userId: id }))).toEqual(refusal);
    expect(await explain(id, 'shed:open', users.tokenWith('users:read'))).toEqual(refusal);
    expect(await explain(id, 'shed:open', users.tokenWith('users:read', 'roles:read'))).toEqual({
      ...refusal,
      reason: `${refusal.reason} Granted by the roles administrator, ${role.name}.`,
      wouldGrant: [{ name: 'administrator' }, { name: role.name }],
    });
  });

  it('lets a suspension decide over every role', async () => {
    const id = await users.register({ roles: ['administrator'] });
    await users.publish(userActivationChanged, { userId: id, isActive: false });
    await eventually(async () => {
      expect(await explain(id, 'files:read')).toEqual({
        allowed: false,
        reason: 'Not allowed: the account is suspended.',
        decidedBy: null,
        grants: [{ role: { name: 'administrator' }, grant: '*' }],
        wouldGrant: [],
      });
    });
  });

  it('refuses what is no permission, and users that are not there', async () => {
    const id = await users.register();
    for (const permission of ['', '*', 'files:*', 'Files:read', "' OR 1=1 --", '\0', 'x'.repeat(200)]) {
      const answer = await users.graphql(admin, explainAccess, { id, permission });
      expect([permission, answer.status]).toEqual([permission, 422]);
      expect(answer.details).toMatchObject([{ field: 'permission' }]);
    }
    for (const wrong of [nobody, '', "' OR 1=1 --", '\0']) {
      const answer = await users.graphql(admin, explainAccess, { id: wrong, permission: 'files:read' });
      expect([wrong, answer.status]).toEqual([wrong, 404]);
    }
  });
});
