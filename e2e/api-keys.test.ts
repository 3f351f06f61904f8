import { administratorToken, data, eventually, rest, somebody, urls } from './client';

describe('API keys (A10)', () => {
  it('read what their scopes allow, through the gateway and at a service, until they are revoked', async () => {
    const root = await administratorToken();
    const ada = await somebody();
    await eventually(async () =>
      expect((await rest('GET', `/users/${ada.id}`, { token: root })).status).toBe(200),
    );
    const { createApiKey } = await data<{ createApiKey: { key: string; apiKey: { id: string } } }, object>(
      'mutation { createApiKey(input: { name: "report", scopes: ["users:read"] }) { key apiKey { id } } }',
      {},
      root,
    );
    const headers = { 'x-api-key': createApiKey.key };
    const read = await rest('GET', `/users/${ada.id}`, { headers });
    expect([read.status, read.body['username']]).toEqual([200, ada.username]);
    expect((await rest('GET', `/${ada.id}`, { headers, at: urls.users })).status).toBe(200);
    const change = await rest('PUT', `/users/${ada.id}`, { headers, body: { first_name: 'X' } });
    expect(change.status).toBe(404);
    const roles = await rest('POST', `/users/${ada.id}/roles`, {
      headers,
      body: { roles: ['administrator'] },
    });
    expect(roles.status).toBe(403);
    expect((await rest('GET', '/auth/me', { headers })).status).toBe(403);

    await data('mutation ($id: ID!) { revokeApiKey(id: $id) { id } }', { id: createApiKey.apiKey.id }, root);
    for (const [at, path] of [
      [urls.gateway, `/users/${ada.id}`],
      [urls.users, `/${ada.id}`],
      [urls.auth, '/me'],
    ]) {
      await eventually(async () => {
        expect((await rest('GET', path!, { headers, at: at! })).body['error']).toBe('API_KEY_INVALID');
      });
    }
  });
});
