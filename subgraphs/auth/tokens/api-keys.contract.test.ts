import { eventually } from '../../../platform/testing/eventually';
import { TestAuth } from '../testing/test-auth';

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

describe('API keys (A10)', () => {
  const create = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id prefix scopes createdBy lastUsedAt } } }`;
  const list = '{ apiKeys(first: 100) { nodes { id name prefix lastUsedAt revokedAt } } }';
  const revoke = 'mutation ($id: ID!) { revokeApiKey(id: $id) { id revokedAt } }';
  const accounts = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { username } } }`;
  interface Created {
    createApiKey: {
      key: string;
      apiKey: { id: string; prefix: string; scopes: string[]; createdBy: string };
    };
  }
  const made = async (token: string, scopes: string[], facts: object = {}) =>
    auth.graphql<Created>(token, create, { input: { name: 'a script', scopes, ...facts } });
  const withKey = async (key: string, userId: string) => {
    const response = await fetch(`${auth.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ query: accounts, variables: { r: [{ __typename: 'User', id: userId }] } }),
    });
    const body = (await response.json()) as { data?: { _entities: unknown[] } };
    return [response.status, body.data?._entities[0]];
  };

  it('act with their scopes, and with nothing of who made them', async () => {
    const [owner, ada] = [await auth.registerWith('api-keys:write', 'users:*'), await auth.register()];
    const { data } = await made(owner.accessToken, ['users:read']);
    const { key, apiKey } = data.createApiKey;
    expect(key).toMatch(/^plk_[0-9a-f]{12}_[A-Za-z0-9_-]{43}$/);
    expect(apiKey).toMatchObject({
      prefix: key.slice(0, 16),
      scopes: ['users:read'],
      createdBy: owner.id,
    });
    expect(await withKey(key, ada.id)).toEqual([200, { username: ada.username }]);
    const other = await made(owner.accessToken, ['users:activate']);
    expect(await withKey(other.data.createApiKey.key, ada.id)).toEqual([200, null]);
    expect(await withKey(other.data.createApiKey.key, owner.id)).toEqual([200, null]);
    const [row] = await auth.database.rows('api_keys', `id = '${apiKey.id}'`);
    expect(JSON.stringify(row)).not.toContain(key.slice(17));
    expect(Number(row?.['last_used_at'])).toBeGreaterThan(0);
  });

  it('are never more than who makes them holds, and take the permission to make', async () => {
    const [owner, ada] = [await auth.registerWith('api-keys:write', 'users:read'), await auth.register()];
    expect((await made(ada.accessToken, ['users:read'])).code).toBe('FORBIDDEN');
    for (const scope of ['users:write', 'users:*', '*']) {
      expect((await made(owner.accessToken, [scope])).code).toBe('FORBIDDEN');
    }
    const wrongs = await made(owner.accessToken, ['no permission', ''], {
      name: 'a\u0000b',
      expiresAt: '2020-01-01T00:00:00Z',
    });
    expect(wrongs.details).toEqual([
      { field: 'name', message: expect.any(String) },
      { field: 'scopes.0', message: expect.any(String) },
      { field: 'scopes.1', message: expect.any(String) },
      { field: 'expiresAt', message: expect.any(String) },
    ]);
  });

  it('end at once when revoked, by who made them or with the permission, and for others are not there', async () => {
    const [owner, eve] = [
      await auth.registerWith('api-keys:write', 'users:read'),
      await auth.registerWith('api-keys:write'),
    ];
    const { key, apiKey } = (await made(owner.accessToken, ['users:read'])).data.createApiKey;
    expect((await withKey(key, owner.id))[0]).toBe(200);
    expect((await auth.graphql(eve.accessToken, revoke, { id: apiKey.id })).code).toBe('NOT_FOUND');
    expect(JSON.stringify((await auth.graphql(eve.accessToken, list)).data)).not.toContain(apiKey.id);
    expect(JSON.stringify((await auth.graphql(owner.accessToken, list)).data)).toContain(apiKey.id);
    expect((await auth.graphql(owner.accessToken, revoke, { id: apiKey.id })).code).toBeUndefined();
    await eventually(async () => expect((await withKey(key, owner.id))[0]).toBe(401));
    expect((await auth.graphql(owner.accessToken, revoke, { id: apiKey.id })).code).toBe('NOT_FOUND');
    expect((await auth.graphql(undefined, list)).code).toBe('UNAUTHENTICATED');
  });

  it('that are wrong are a 401, never an anonymous request', async () => {
    const owner = await auth.registerWith('api-keys:write', 'users:read');
    const { key } = (await made(owner.accessToken, ['users:read'])).data.createApiKey;
    for (const bad of [
      'nonsense',
      `${key}x`,
      `${key.slice(0, 17)}${'A'.repeat(43)}`,
      `plk_${'0'.repeat(12)}_${'A'.repeat(43)}`,
    ]) {
      expect((await withKey(bad, owner.id))[0]).toBe(401);
    }
    const both = await fetch(`${auth.url}/me`, {
      headers: { authorization: `Bearer ${owner.accessToken}`, 'x-api-key': key },
    });
    expect(both.status).toBe(400);
    const asking = await auth.rest('POST', '/api-keys/introspect', {
      body: { key: `${key.slice(0, -1)}!` },
    });
    expect(asking.status).toBe(404);
  });
});
