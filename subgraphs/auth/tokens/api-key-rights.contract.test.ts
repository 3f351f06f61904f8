import { eventually } from '../../../platform/testing/eventually';
import { TestAuth, type TestUser } from '../testing/test-auth';

const auth = new TestAuth();
let reader: TestUser;

beforeAll(async () => {
  await auth.start();
  reader = await auth.register();
}, 60_000);
afterAll(() => auth.close());

describe('Rights of API keys', () => {
  const create = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id } } }`;
  const keyOf = async ({ accessToken }: TestUser, ...scopes: string[]): Promise<string> => {
    const { data } = await auth.graphql<{ createApiKey: { key: string } }>(accessToken, create, {
      input: { name: 'a script', scopes },
    });
    return data.createApiKey.key;
  };
  const read = async (key: string, query = '{ username }'): Promise<[number, unknown]> => {
    const response = await fetch(`${auth.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({
        query: `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User ${query} } }`,
        variables: { r: [{ __typename: 'User', id: reader.id }] },
      }),
    });
    const body = (await response.json()) as { data?: { _entities: unknown[] } };
    return [response.status, body.data?._entities[0]];
  };

  it('end when the role that granted them is removed from the account', async () => {
    const owner = await auth.registerWith('api-keys:write', 'users:read');
    const key = await keyOf(owner, 'users:read');
    expect(await read(key)).toEqual([200, { username: reader.username }]);
    await auth.changeRoles(owner.id, ['user'], []);
    await eventually(async () => expect(await read(key)).toEqual([200, null]));
  });

  it('shrink to the part of a wildcard that the account still has', async () => {
    const owner = await auth.registerWith('api-keys:write', 'users:*', 'sessions:read');
    const key = await keyOf(owner, 'users:*');
    await auth.changeRoles(owner.id, ['reader'], ['users:read']);
    await eventually(async () => {
      expect(await read(key)).toEqual([200, { username: reader.username }]);
      expect(await read(key, '{ totpEnabled }')).toEqual([200, { totpEnabled: null }]);
    });
  });

  it('do not exceed the account for a key that no server has seen before', async () => {
    const owner = await auth.registerWith('api-keys:write', 'users:read');
    const key = await keyOf(owner, 'users:read');
    await auth.changeRoles(owner.id, ['user'], []);
    expect(await auth.rest('POST', '/api-keys/introspect', { body: { key } })).toMatchObject({
      status: 200,
      body: { scopes: [] },
    });
  });

  it('end for good when the account is suspended, and both are recorded', async () => {
    const owner = await auth.registerWith('api-keys:write', 'users:read', 'users:activate');
    const key = await keyOf(owner, 'users:read', 'users:activate');
    expect((await read(key))[0]).toBe(200);
    const admin = await auth.registerWith('*');
    const suspend = 'mutation ($id: ID!) { deactivateUser(id: $id) { id } }';
    expect((await auth.graphql(admin.accessToken, suspend, { id: owner.id })).code).toBeUndefined();
    await eventually(async () => expect((await read(key))[0]).toBe(401));
    const reactivate = 'mutation ($id: ID!) { reactivateUser(id: $id) { id } }';
    expect((await auth.graphql(admin.accessToken, reactivate, { id: owner.id })).code).toBeUndefined();
    expect((await read(key))[0]).toBe(401);
    const events = await auth.database.rows('security_events', `account_id = '${owner.id}'`);
    expect(events.map(event => [event['type'], event['actor_id']])).toEqual(
      expect.arrayContaining([
        ['API_KEY_REVOKED', admin.id],
        ['SUSPENDED', admin.id],
      ]),
    );
  });

  it('are created only after a recent sign-in', async () => {
    const owner = await auth.registerWith('api-keys:write', 'users:read');
    auth.clock.advance(11 * 60_000);
    const input = { name: 'a script', scopes: ['users:read'] };
    const refused = await auth.graphql(owner.accessToken, create, { input });
    expect(refused.code).toBe('REAUTHENTICATION_REQUIRED');
  });
});
