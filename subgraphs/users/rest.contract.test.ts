import { TestUsers } from './testing/test-users';

const createRole = `mutation ($input: CreateRoleInput!) { createRole(input: $input) { id name description permissions isSystem version } }`;

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

describe('over REST', () => {
  it('lists, reads, changes and gives roles', async () => {
    const id = await users.register({ createdAt: 5_000 });
    const role = await makeRole(['files:read']);
    const self = users.token({ userId: id });
    const put = await users.rest('PUT', `/${id}`, {
      token: self,
      body: {
        first_name: 'Ada',
        phone: '+4930901823',
        locale: 'es',
        time_zone: 'Europe/Madrid',
        avatar_url: 'https://example.com/a',
        metadata: { snake_case: 1, camelCase: 2 },
        version: 1,
      },
    });
    const profile = {
      first_name: 'Ada',
      last_name: null,
      phone: '+4930901823',
      locale: 'es',
      time_zone: 'Europe/Madrid',
      avatar_url: 'https://example.com/a',
      metadata: { snake_case: 1, camelCase: 2 },
    };
    expect(put).toEqual({
      status: 200,
      headers: expect.any(Headers),
      body: { id, profile, roles: ['user'], permissions: [] },
    });
    const given = await users.rest('POST', `/${id}/roles`, { token: admin, body: { roles: [role.name] } });
    const user = { id, profile, roles: [role.name, 'user'].sort(), permissions: ['files:read'] };
    expect(given).toEqual({ status: 200, headers: expect.any(Headers), body: user });
    expect(await users.rest('GET', `/${id}`, { token: self })).toEqual({
      status: 200,
      headers: expect.any(Headers),
      body: user,
    });
    const query = `?role=${role.name}&active=true&created_after=1970-01-01T00:00:05Z&created_before=1970-01-01T00:00:06Z&first=1&order_by=username_desc`;
    expect(await users.rest('GET', `/${query}`, { token: admin })).toEqual({
      status: 200,
      headers: expect.any(Headers),
      body: { items: [user], page_info: { end_cursor: expect.any(String), has_next_page: false } },
    });
  });

  it('answers in the contract’s errors', async () => {
    const id = await users.register();
    const self = users.token({ userId: id });
    const outcome = async (token: string | undefined, method: string, path: string, body?: unknown) => {
      const answer = await users.rest(method, path, { token, body });
      const { error, details } = answer.body as { error: string; details: { field: string }[] | null };
      return [answer.status, error, Array.isArray(details) ? details.map(each => each.field) : details];
    };
    expect(await outcome(undefined, 'GET', '/')).toEqual([401, 'UNAUTHENTICATED', null]);
    expect(await outcome(undefined, 'GET', `/${id}`)).toEqual([401, 'UNAUTHENTICATED', null]);
    expect(await outcome('garbage', 'GET', '/')).toEqual([401, 'TOKEN_INVALID', null]);
    expect(await outcome(self, 'GET', '/')).toEqual([403, 'FORBIDDEN', { permission: 'users:read' }]);
    expect(await outcome(users.token(), 'GET', `/${id}`)).toEqual([404, 'NOT_FOUND', null]);
    expect(await outcome(admin, 'GET', `/${nobody}`)).toEqual([404, 'NOT_FOUND', null]);
    expect(await outcome(self, 'PUT', `/${id}`, { version: 9 })).toEqual([
      409,
      'VERSION_CONFLICT',
      { current_version: 1 },
    ]);
    expect(await outcome(self, 'PUT', `/${id}`, { first_name: '\0', phone: 'x' })).toEqual([
      422,
      'VALIDATION_FAILED',
      ['first_name', 'phone'],
    ]);
    expect(await outcome(self, 'PUT', `/${id}`, { user_id: nobody })).toEqual([
      422,
      'VALIDATION_FAILED',
      ['user_id'],
    ]);
    expect(await outcome(self, 'PUT', `/${id}`, { first_name: 7 })).toEqual([
      422,
      'VALIDATION_FAILED',
      ['first_name'],
    ]);
    expect(await outcome(admin, 'POST', `/${id}/roles`, {})).toEqual([422, 'VALIDATION_FAILED', ['roles']]);
    expect(await outcome(admin, 'POST', `/${id}/roles`, { roles: ['ghost'] })).toEqual([
      422,
      'VALIDATION_FAILED',
      ['roles'],
    ]);
    expect(await outcome(admin, 'GET', '/?first=0')).toEqual([422, 'VALIDATION_FAILED', ['first']]);
    expect(await outcome(admin, 'GET', '/?created_after=yesterday')).toEqual([
      422,
      'VALIDATION_FAILED',
      ['created_after'],
    ]);
    expect(await outcome(admin, 'GET', '/?order_by=email&active=maybe')).toEqual([
      422,
      'VALIDATION_FAILED',
      ['order_by', 'active'],
    ]);
    expect(await outcome(admin, 'GET', '/?email=x')).toEqual([422, 'VALIDATION_FAILED', ['email']]);
  });
});

it('is ready when its parts are', async () => {
  const response = await fetch(`${users.url}/health/ready`);
  expect(await response.json()).toMatchObject({ checks: { database: 'ready', revocations: 'ready' } });
});
