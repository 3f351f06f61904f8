import type { RestRoute, StreamRoute } from '../../platform/graphql/rest-table';

const user = `{
  id username email isActive
  profile { firstName lastName phone locale timeZone avatarUrl metadata }
  roles { name }
  permissions
}`;

/** One user, with the version that its `etag` is made of. */
const versioned = user.replace('metadata }', 'metadata version }');
const etag = 'profile.version';

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
    operation: `query ($id: ID!) { user(id: $id) ${versioned} }`,
    success: 200,
    pluck,
    etag,
  },
  {
    method: 'PUT',
    path: '/users/:id',
    summary: 'Change the profile fields that are given',
    operation: `mutation ($id: ID!, $input: UpdateUserInput!) { updateUser(id: $id, input: $input) ${versioned} }`,
    success: 200,
    pluck,
    etag,
  },
  {
    method: 'POST',
    path: '/users/:id/roles',
    summary: 'Give a user roles, by name',
    operation: `mutation ($id: ID!, $roles: [String!]!) { assignRoles(userId: $id, roles: $roles) ${user} }`,
    success: 200,
    pluck,
  },
  {
    method: 'POST',
    path: '/users',
    summary:
      'Create a user: the account and the profile, or neither; an invitation is mailed when no password is given',
    operation: `mutation ($input: CreateUserInput!, $idempotencyKey: String) {
      createUser(input: $input, idempotencyKey: $idempotencyKey) ${user} }`,
    headers: { 'idempotency-key': 'idempotencyKey' },
    success: 201,
    pluck,
  },
  {
    method: 'DELETE',
    path: '/users/:id',
    summary: 'Delete a user everywhere: access has ended when it answers, the rest follows',
    operation: 'mutation ($id: ID!) { deleteUser(id: $id) { deletionId: id status } }',
    success: 202,
  },
  {
    method: 'GET',
    path: '/users/deletions/:id',
    summary: 'How far a deletion is',
    operation: `query ($id: ID!) { deletion(id: $id) { deletionId: id status requestedAt completedAt
      steps { service completedAt erased { kind count } anonymised { kind count } } } }`,
    success: 200,
  },
];

export const streams: StreamRoute[] = [
  {
    method: 'GET',
    path: '/users/exports/:id',
    service: 'users',
    summary: 'Download an export by its signed link, a ZIP archive',
    openApi: { operationId: 'downloadExport', response: { status: 200, type: 'application/zip' } },
  },
];
