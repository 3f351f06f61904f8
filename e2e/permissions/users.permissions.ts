import { data, eventually, somebody } from '../client';
import {
  aboutSubject,
  decided,
  forbidden,
  nobody,
  nothing,
  ok,
  ownOrMissing,
  ownOrNothing,
  type Scene,
  type ServicePermissions,
  subscription,
  unique,
  type Variables,
} from './row';

async function newRole({ root }: Scene): Promise<Variables> {
  const { createRole } = await data<{ createRole: { id: string } }, object>(
    'mutation ($name: String!) { createRole(input: { name: $name, permissions: [] }) { id } }',
    { name: unique('matrix') },
    root,
  );
  return { id: createRole.id };
}

export default {
  operations: {
    'Query.dataExport': {
      document: 'query ($id: ID!) { dataExport(id: $id) { id } }',
      outcomes: [nobody, ok, nothing, nothing, forbidden, forbidden],
      variables: async ({ subject }) => {
        const { exportMyData } = await data<{ exportMyData: { id: string } }, object>(
          'mutation { exportMyData { id } }',
          {},
          subject.accessToken,
        );
        return { id: exportMyData.id };
      },
    },
    'Query.deletion': {
      // Of a user whom the administrator deleted; of one's own deletion the id is enough, see lifecycle.test.ts.
      document: 'query ($id: ID!) { deletion(id: $id) { id } }',
      scope: 'users:delete',
      outcomes: [nothing, nothing, nothing, ok, ok, nothing],
      variables: async ({ root }) => {
        const { id } = await somebody();
        // Known to users in a moment.
        const { deleteUser } = await eventually(() =>
          data<{ deleteUser: { id: string } }, object>(
            'mutation ($id: ID!) { deleteUser(id: $id) { id } }',
            { id },
            root,
          ),
        );
        return { id: deleteUser.id };
      },
      rest: { method: 'GET', path: ({ id }) => `/users/deletions/${id}` },
    },
    'Query.explainAccess': {
      document:
        'query ($id: ID!) { explainAccess(userId: $id, permission: "files:read") { reason wouldGrant { id } } }',
      scope: 'users:read',
      outcomes: ownOrMissing,
      variables: aboutSubject,
    },
    'Query.role': {
      document: 'query ($id: ID!) { role(id: $id) { id } }',
      ...decided('roles:read'),
      variables: newRole,
    },
    'Query.roles': { document: '{ roles { nodes { id } } }', ...decided('roles:read') },
    'Query.searchUsers': {
      document: 'query ($q: String!) { searchUsers(q: $q) { nodes { id } } }',
      ...decided('users:read'),
      variables: ({ subject }) => ({ q: subject.username }),
      rest: { method: 'GET', path: ({ q }) => `/users/search${q === undefined ? '' : `?q=${q}`}` },
    },
    'Query.user': {
      document: 'query ($id: ID!) { user(id: $id) { id } }',
      scope: 'users:read',
      outcomes: ownOrNothing,
      variables: aboutSubject,
      rest: { method: 'GET', path: ({ id }) => `/users/${id}` },
    },
    'Query.users': {
      document: '{ users(first: 1) { nodes { id } } }',
      ...decided('users:read'),
      rest: { method: 'GET', path: () => '/users?first=1' },
    },
    'Mutation.assignRoles': {
      document: 'mutation ($id: ID!, $roles: [String!]!) { assignRoles(userId: $id, roles: $roles) { id } }',
      ...decided('users:assign-roles'),
      variables: ({ subject }) => ({ id: subject.id, roles: ['user'] }),
      rest: {
        method: 'POST',
        path: ({ id }) => `/users/${id}/roles`,
        body: ({ roles }) => ({ roles }),
      },
    },
    'Mutation.createRole': {
      document: 'mutation ($name: String!) { createRole(input: { name: $name, permissions: [] }) { id } }',
      ...decided('roles:write'),
      variables: () => ({ name: unique('made') }),
    },
    'Mutation.createUser': {
      document: 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
      ...decided('users:create'),
      variables: () => {
        const username = unique('created');
        return { input: { username, email: `${username}@example.com` } };
      },
      rest: { method: 'POST', path: () => '/users', body: ({ input }) => input },
    },
    'Mutation.deleteRole': {
      document: 'mutation ($id: ID!) { deleteRole(id: $id) }',
      ...decided('roles:write'),
      variables: newRole,
    },
    'Mutation.deleteUser': {
      document: 'mutation ($id: ID!) { deleteUser(id: $id) { id } }',
      scope: 'users:delete',
      outcomes: ownOrMissing,
      variables: aboutSubject,
      rest: { method: 'DELETE', path: ({ id }) => `/users/${id}` },
    },
    'Mutation.exportMyData': {
      document: 'mutation { exportMyData { id } }',
      outcomes: [nobody, ok, ok, ok, forbidden, forbidden],
      // One export of a user runs at a time, and the administrator of the table asks twice.
      settle: ({ exportMyData }, token) =>
        eventually(async () => {
          const { id } = exportMyData as { id: string };
          const { dataExport } = await data<{ dataExport: { status: string } }, object>(
            'query ($id: ID!) { dataExport(id: $id) { status } }',
            { id },
            token,
          );
          if (dataExport.status !== 'READY') throw new Error(dataExport.status);
        }),
    },
    'Mutation.removeRoles': {
      document: 'mutation ($id: ID!) { removeRoles(userId: $id, roles: ["user"]) { id } }',
      ...decided('users:assign-roles'),
      variables: aboutSubject,
    },
    'Mutation.updateRole': {
      document: 'mutation ($id: ID!) { updateRole(id: $id, input: { description: "seen" }) { id } }',
      ...decided('roles:write'),
      variables: newRole,
    },
    'Mutation.updateUser': {
      document: 'mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) { id } }',
      scope: 'users:write',
      outcomes: ownOrMissing,
      variables: ({ subject }) => ({ id: subject.id, input: { firstName: 'Ada' } }),
      rest: { method: 'PUT', path: ({ id }) => `/users/${id}`, body: () => ({ first_name: 'Ada' }) },
    },
    'Subscription.deletionChanged': subscription(
      'subscription ($id: ID!) { deletionChanged(id: $id) { id } }',
      aboutSubject,
    ),
  },
  userFields: {
    permissions: { selection: 'permissions', scopes: ['users:read'] },
    profile: { selection: 'profile { id }', scopes: ['users:read'] },
    roles: { selection: 'roles { name }', scopes: ['users:read'] },
  },
  furnish: async ({ subject, root }) => {
    const name = unique('furnished');
    await data(
      'mutation ($name: String!) { createRole(input: { name: $name, permissions: ["matrix:seen"] }) { id } }',
      { name },
      root,
    );
    await data(
      'mutation ($id: ID!, $name: String!) { assignRoles(userId: $id, roles: [$name]) { id } }',
      { id: subject.id, name },
      root,
    );
  },
} satisfies ServicePermissions;
