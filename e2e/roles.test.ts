import { administratorToken, data, eventually, failure, somebody } from './client';
import {
  AssignRolesDocument,
  CreateRoleDocument,
  ListUsersDocument,
  ReadUserDocument,
  WhoAmIDocument,
} from './graphql/graphql';

const unique = () => `r${Date.now().toString(36)}${Math.floor(Math.random() * 1e6).toString(36)}`;

describe('roles and permissions (U6, U8)', () => {
  it('makes a role, assigns it, and the token that is already out can do more, and then less', async () => {
    const root = await administratorToken();
    const ada = await somebody();
    await eventually(async () => {
      expect((await data(WhoAmIDocument, {}, ada.accessToken)).me.profile).not.toBeNull();
    });
    const name = unique();
    await data(
      CreateRoleDocument,
      { input: { name, description: 'Looks after people', permissions: ['users:*'] } },
      root,
    );
    expect(await failure(ListUsersDocument, {}, ada.accessToken)).toBe('FORBIDDEN');
    const assigned = await data(AssignRolesDocument, { userId: ada.id, roles: [name] }, root);
    expect(assigned.assignRoles.permissions).toEqual(['users:*']);
    await eventually(async () => {
      expect((await data(ListUsersDocument, { first: 1 }, ada.accessToken)).users.nodes).toHaveLength(1);
    });
    await data(
      'mutation($id: ID!, $roles: [String!]!) { removeRoles(userId: $id, roles: $roles) { id } }',
      { id: ada.id, roles: [name] },
      root,
    );
    await eventually(async () => {
      expect(await failure(ListUsersDocument, {}, ada.accessToken)).toBe('FORBIDDEN');
    });
  });

  it('lets nobody give more than they have, and nobody without the permission give anything', async () => {
    const root = await administratorToken();
    const [ada, bob] = [await somebody(), await somebody()];
    const name = unique();
    await data(
      CreateRoleDocument,
      { input: { name, permissions: ['users:read', 'users:assign-roles'] } },
      root,
    );
    await eventually(async () => {
      await data(AssignRolesDocument, { userId: ada.id, roles: [name] }, root);
    });
    expect(await failure(AssignRolesDocument, { userId: bob.id, roles: [name] }, bob.accessToken)).toBe(
      'FORBIDDEN',
    );
    await eventually(async () => {
      expect(
        await failure(AssignRolesDocument, { userId: ada.id, roles: ['administrator'] }, ada.accessToken),
      ).toBe('FORBIDDEN');
      expect((await data(ReadUserDocument, { id: bob.id }, ada.accessToken)).user).not.toBeNull();
    });
  });

  it('keeps the last administrator', async () => {
    const root = await administratorToken();
    const { me } = await data(WhoAmIDocument, {}, root);
    const { users } = await data(ListUsersDocument, { filter: { role: 'administrator' } }, root);
    const others = users.nodes.filter(user => user.id !== me.id);
    for (const { id } of others) {
      await data(
        'mutation($id: ID!) { removeRoles(userId: $id, roles: ["administrator"]) { id } }',
        { id },
        root,
      );
    }
    expect(
      await failure(
        'mutation($id: ID!) { removeRoles(userId: $id, roles: ["administrator"]) { id } }',
        { id: me.id },
        root,
      ),
    ).toBe('LAST_ADMINISTRATOR');
  });
});

describe('lists (U1)', () => {
  it('pages through everybody once, in order', async () => {
    const root = await administratorToken();
    for (let i = 0; i < 5; i++) await somebody();
    await new Promise(resolve => setTimeout(resolve, 500));
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: {
        users: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor?: string | null } };
      } = await data(ListUsersDocument, { first: 3, after, orderBy: 'USERNAME_ASC' }, root);
      seen.push(...page.users.nodes.map(node => node.id));
      after = page.users.pageInfo.hasNextPage ? (page.users.pageInfo.endCursor ?? null) : null;
    } while (after !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThanOrEqual(6);
  });
});
