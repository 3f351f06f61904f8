import { administratorToken, data, eventually, failure, send, somebody } from './client';
import {
  AssignRolesDocument,
  CreateRoleDocument,
  ListUsersDocument,
  type ListUsersQuery,
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

  it('shows in the trail who made, changed and deleted a role, with an account or an API key', async () => {
    const root = await administratorToken();
    const { me } = await data(WhoAmIDocument, {}, root);
    const { createApiKey } = await data<{ createApiKey: { key: string; apiKey: { id: string } } }, object>(
      'mutation { createApiKey(input: { name: "roles", scopes: ["roles:*", "files:*"] }) { key apiKey { id } } }',
      {},
      root,
    );
    const name = unique();
    const { createRole } = await data(
      CreateRoleDocument,
      { input: { name, permissions: ['files:read'] } },
      root,
    );
    const { id } = createRole;
    const update =
      'mutation ($id: ID!) { updateRole(id: $id, input: { permissions: ["files:write"] }) { version } }';
    expect((await send(update, { id }, { key: createApiKey.key })).errors).toBeUndefined();
    await data('mutation ($id: ID!) { deleteRole(id: $id) }', { id }, root);

    const trail = `query ($type: SecurityEventType!, $id: ID!) {
      securityEvents(filter: { type: $type, userId: $id }, first: 100) { nodes { actorId details } } }`;
    const traced = { roleId: id, role: name };
    for (const [type, actorId, added, removed] of [
      ['ROLE_CREATED', null, ['files:read'], []],
      ['ROLE_UPDATED', createApiKey.apiKey.id, ['files:write'], ['files:read']],
      ['ROLE_DELETED', null, [], ['files:write']],
    ]) {
      await eventually(async () => {
        const { securityEvents } = await data<
          { securityEvents: { nodes: { actorId: string | null; details: { roleId: string } }[] } },
          object
        >(trail, { type, id: me.id }, root);
        const about = securityEvents.nodes.filter(({ details }) => details.roleId === id);
        expect(about).toEqual([{ actorId, details: { ...traced, added, removed } }]);
      });
    }
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
  it.each(['USERNAME_ASC', 'USERNAME_DESC'])(
    'pages through everybody once, in the order %s',
    async orderBy => {
      const root = await administratorToken();
      const made: string[] = [];
      for (let i = 0; i < 5; i++) made.push((await somebody()).username);
      const pages = async () => {
        const seen: string[] = [];
        const sizes: number[] = [];
        for (let after: string | null = null, more = true; more; ) {
          const { users }: ListUsersQuery = await data(ListUsersDocument, { first: 3, after, orderBy }, root);
          seen.push(...users.nodes.map(node => node.username!));
          sizes.push(users.nodes.length);
          after = users.pageInfo.endCursor ?? null;
          more = users.pageInfo.hasNextPage;
        }
        return { seen, sizes };
      };
      // Profiles follow their accounts by event.
      const { seen, sizes } = await eventually(async () => {
        const found = await pages();
        expect(made.filter(username => !found.seen.includes(username))).toEqual([]);
        return found;
      }, 30_000);
      const sorted = [...new Set(seen)].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
      expect(seen).toEqual(orderBy === 'USERNAME_ASC' ? sorted : sorted.reverse());
      expect(sizes.slice(0, -1).every(size => size === 3)).toBe(true);
    },
  );
});
