import { TestAuth } from '../testing/test-auth';

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

describe('token introspection', () => {
  const introspect = async (headers: Record<string, string>, body: string) => {
    const response = await fetch(`${auth.url}/introspect`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    });
    const answer = (await response.json()) as Record<string, unknown>;
    return { status: response.status, answer, cacheControl: response.headers.get('cache-control') };
  };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const keyOf = async (token: string, scopes: string[]) => {
    const { data } = await auth.graphql<{ createApiKey: { key: string; apiKey: { id: string } } }>(
      token,
      'mutation ($scopes: [String!]!) { createApiKey(input: { name: "a service", scopes: $scopes }) { key apiKey { id } } }',
      { scopes },
    );
    return { key: data.createApiKey.key, id: data.createApiKey.apiKey.id };
  };

  it('describes an access token while it is active, with the permissions as they are now', async () => {
    const owner = await auth.registerWith('*');
    const { key } = await keyOf(owner.accessToken, ['tokens:introspect']);
    const ada = await auth.registerWith('files:read');
    const ask = () => introspect({ 'x-api-key': key }, `token=${ada.accessToken}`);
    expect(await ask()).toEqual({
      status: 200,
      cacheControl: 'no-store',
      answer: {
        active: true,
        kind: 'user',
        sub: ada.id,
        scope: 'files:read',
        exp: Math.floor(auth.clock.now() / 1000) + 900,
      },
    });
    await auth.changeRoles(ada.id, ['clerk'], ['files:write']);
    expect((await ask()).answer).toMatchObject({ active: true, scope: 'files:write' });
    await auth.rest('POST', '/logout', { token: ada.accessToken });
    expect(await ask()).toMatchObject({ status: 200, answer: { active: false } });
  });

  it('describes an API key until it is revoked', async () => {
    const owner = await auth.registerWith('*');
    const service = await keyOf(owner.accessToken, ['tokens:introspect']);
    const { key, id } = await keyOf(owner.accessToken, ['files:read', 'users:read']);
    const ask = () => introspect({ 'x-api-key': service.key }, `token=${key}`);
    expect((await ask()).answer).toEqual({
      active: true,
      kind: 'service',
      sub: id,
      scope: 'files:read users:read',
    });
    await auth.graphql(owner.accessToken, 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', { id });
    expect((await ask()).answer).toEqual({ active: false });
  });

  it('says nothing about tokens that are wrong, and nothing to callers without tokens:introspect', async () => {
    const owner = await auth.registerWith('*');
    const ada = await auth.register();
    const good = `token=${ada.accessToken}`;
    for (const wrong of ['nonsense', `plk_${'0'.repeat(12)}_${'A'.repeat(43)}`, '']) {
      expect((await introspect(bearer(owner.accessToken), `token=${wrong}`)).answer).toEqual({
        active: false,
      });
    }
    expect(await introspect({}, good)).toMatchObject({ status: 401, answer: { error: 'UNAUTHENTICATED' } });
    expect(await introspect(bearer(ada.accessToken), good)).toMatchObject({
      status: 403,
      answer: { error: 'FORBIDDEN' },
    });
    for (const body of ['', '{"token":"a"}', 'token=a&token=b']) {
      expect(await introspect(bearer(owner.accessToken), body)).toMatchObject({ status: 400 });
    }
  });
});
