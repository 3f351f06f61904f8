import { administratorToken, data, eventually, failure, rest, somebody } from './client';
import { AssignRolesDocument, CreateRoleDocument } from './graphql/graphql';

const explainAccess = `query ($id: ID!, $permission: String!) {
  explainAccess(userId: $id, permission: $permission) {
    allowed decidedBy { role { name } grant } wouldGrant { name }
  }
}`;

interface Explanation {
  allowed: boolean;
  decidedBy: { role: { name: string } | null; grant: string } | null;
  wouldGrant: { name: string }[];
}

describe('explainAccess (U9)', () => {
  it('says which role grants a permission or would grant it, and agrees with what the user can do', async () => {
    const [root, ada] = [await administratorToken(), await somebody()];
    const name = `reader-${Date.now().toString(36)}`;
    const input = { name, permissions: ['users:*'] };
    await data(CreateRoleDocument, { input }, root);
    const explain = async (permission: string) =>
      (await data<{ explainAccess: Explanation }, object>(explainAccess, { id: ada.id, permission }, root))
        .explainAccess;
    const listUsers = async () => (await rest('GET', '/users', { token: ada.accessToken })).status;

    const before = await eventually(() => explain('users:read'));
    expect(before).toMatchObject({ allowed: false, decidedBy: null });
    expect(before.wouldGrant.map(role => role.name)).toEqual(expect.arrayContaining([name, 'administrator']));
    expect(await listUsers()).toBe(403);

    await data(AssignRolesDocument, { userId: ada.id, roles: [name] }, root);
    expect(await explain('users:read')).toMatchObject({
      allowed: true,
      decidedBy: { role: { name }, grant: 'users:*' },
    });
    await eventually(async () => expect(await listUsers()).toBe(200));
    expect((await explain('files:read')).allowed).toBe(false);

    await data('mutation ($id: ID!) { deactivateUser(id: $id) { id } }', { id: ada.id }, root);
    await eventually(async () => expect((await explain('users:read')).allowed).toBe(false));
    expect(await listUsers()).toBe(401);
  });

  it('refuses a text that is no permission, and explains other users only to callers who may read them', async () => {
    const [root, ada, eve] = [await administratorToken(), await somebody(), await somebody()];
    await eventually(() => data(explainAccess, { id: ada.id, permission: 'users:read' }, root));
    expect(await failure(explainAccess, { id: ada.id, permission: 'no permission' }, root)).toBe(
      'VALIDATION_FAILED',
    );
    expect(await failure(explainAccess, { id: ada.id, permission: 'users:read' }, eve.accessToken)).toBe(
      'NOT_FOUND',
    );
  });
});
