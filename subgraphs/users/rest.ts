import type { RestRoute } from '../../platform/rest';

const user = `{
  id username email isActive
  profile { firstName lastName phone avatarUrl metadata }
  roles { name }
  permissions
}`;

const pluck = { roles: 'name' };

export const rest: RestRoute[] = [
  {
    method: 'GET',
    path: '/users',
    summary: 'List users, a page at a time',
    operation: `query ($active: Boolean, $role: String, $createdAfter: DateTime, $createdBefore: DateTime,
      $first: Int = 20, $after: String, $orderBy: UserOrder = CREATED_AT_ASC) {
      users(first: $first, after: $after, orderBy: $orderBy, filter: {
        active: $active, role: $role, createdAfter: $createdAfter, createdBefore: $createdBefore
      }) { items: nodes ${user} pageInfo { endCursor hasNextPage } }
    }`,
    success: 200,
    pluck,
  },
  {
    method: 'GET',
    path: '/users/search',
    summary: 'Find users by name, username or email address, the best first',
    operation: `query ($q: String!, $first: Int = 20, $after: String) {
      searchUsers(q: $q, first: $first, after: $after) { items: nodes ${user} pageInfo { endCursor hasNextPage } }
    }`,
    success: 200,
    pluck,
  },
  {
    method: 'GET',
    path: '/users/:id',
    summary: 'Read one user',
    operation: `query ($id: ID!) { user(id: $id) ${user} }`,
    success: 200,
    pluck,
  },
  {
    method: 'PUT',
    path: '/users/:id',
    summary: 'Change the profile fields that are given',
    operation: `mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) ${user} }`,
    success: 200,
    pluck,
  },
  {
    method: 'POST',
    path: '/users/:id/roles',
    summary: 'Give a user roles, by name',
    operation: `mutation ($id: ID!, $roles: [String!]!) { assignRoles(userId: $id, roles: $roles) ${user} }`,
    success: 200,
    pluck,
  },
];
