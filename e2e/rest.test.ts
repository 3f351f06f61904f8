import { administratorToken, eventually, rest, somebody, urls, withinASecond } from './client';

describe('the main job, over REST (G8, A1–A6, U1, U3, U4, U6)', () => {
  it('has the routes, names and bodies of the contract', async () => {
    const username = `grace${Date.now().toString(36)}`;
    const email = `${username}@example.com`;
    const password = 'a ship in port is safe';
    const registered = await rest('POST', '/auth/register', { body: { username, email, password } });
    expect(registered.status).toBe(201);
    expect(registered.body).toEqual({
      user: {
        id: expect.any(String),
        username,
        email,
        is_active: true,
        created_at: expect.any(String),
        last_login: null,
      },
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'bearer',
      expires_in: 900,
    });

    const loggedIn = await rest('POST', '/auth/login', { body: { username, password } });
    expect(loggedIn.status).toBe(200);
    const { access_token: token, refresh_token } = loggedIn.body as unknown as Record<string, string>;
    const id = (loggedIn.body['user'] as unknown as { id: string }).id;

    const me = await rest('GET', '/auth/me', { token });
    expect([me.status, Object.keys(me.body)]).toEqual([
      200,
      ['id', 'username', 'email', 'is_active', 'created_at', 'last_login'],
    ]);
    const valid = await rest('GET', '/auth/validate', { token });
    expect(valid.status).toBe(200);
    expect(valid.body).toEqual({
      active: true,
      user_id: id,
      roles: ['user'],
      permissions: [],
      expires_at: expect.any(String),
    });

    const root = await administratorToken();
    const read = await eventually(async () => {
      const answer = await rest('GET', `/users/${id}`, { token });
      expect(answer.body['profile']).toBeTruthy();
      return answer;
    });
    expect(read.body).toEqual({
      id,
      username,
      email,
      is_active: true,
      profile: {
        first_name: null,
        last_name: null,
        phone: null,
        locale: null,
        time_zone: null,
        avatar_url: null,
        metadata: expect.anything(),
      },
      roles: ['user'],
      permissions: [],
    });

    const put = await rest('PUT', `/users/${id}`, {
      token,
      body: { first_name: 'Grace', last_name: 'Hopper', metadata: { rank: { short_name: 'RADM' } } },
    });
    expect(put.status).toBe(200);
    expect(put.body['profile']).toMatchObject({
      first_name: 'Grace',
      metadata: { rank: { short_name: 'RADM' } },
    });

    const list = await rest('GET', '/users?first=2&active=true', { token: root });
    expect(list.status).toBe(200);
    expect(Object.keys(list.body)).toEqual(['items', 'page_info']);
    expect(list.body['page_info']).toEqual({
      end_cursor: expect.any(String),
      has_next_page: expect.any(Boolean),
    });

    const roles = await rest('POST', `/users/${id}/roles`, {
      token: root,
      body: { roles: ['administrator'] },
    });
    expect([roles.status, roles.body['roles']]).toEqual([200, ['administrator', 'user']]);
    // The same token: the change reaches it without a new login.
    await eventually(async () => {
      expect((await rest('GET', '/users?first=1', { token })).status).toBe(200);
    });

    const refreshed = await rest('POST', '/auth/refresh', { body: { refresh_token } });
    expect([refreshed.status, Object.keys(refreshed.body).sort()]).toEqual([
      200,
      ['access_token', 'expires_in', 'refresh_token', 'token_type'],
    ]);
    const loggedOut = await rest('POST', '/auth/logout', { token, body: {} });
    expect(loggedOut.status).toBe(204);
    for (const at of [urls.gateway, urls.auth, urls.users]) {
      const path = at === urls.users ? `/${id}` : at === urls.auth ? '/me' : '/auth/me';
      await withinASecond(async () => {
        const answer = await rest('GET', path, { token, at });
        expect([answer.status, answer.body['error']]).toEqual([401, 'TOKEN_REVOKED']);
      });
    }
    const inactive = await rest('GET', '/auth/validate', { token });
    expect(inactive.status).toBe(401);
  });

  it('describes every route it has as OpenAPI, and shows it', async () => {
    const openapi = await rest('GET', '/openapi.json');
    expect(openapi.status).toBe(200);
    const paths = openapi.body['paths'] as unknown as Record<string, Record<string, unknown>>;
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
    );
    for (const route of [
      'POST /auth/register',
      'POST /auth/login',
      'POST /auth/refresh',
      'POST /auth/logout',
      'GET /auth/validate',
      'GET /auth/me',
      'GET /users',
      'GET /users/{id}',
      'PUT /users/{id}',
      'POST /users/{id}/roles',
    ]) {
      expect(routes).toContain(route);
    }
    const page = await fetch(`${urls.gateway}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/html'),
    ]);
  });

  it('answers every failure in the one shape, with the status of the contract', async () => {
    const { accessToken: token, username, email } = await somebody();
    const password = 'long enough for anybody';
    const cases: [string, Promise<Awaited<ReturnType<typeof rest>>>, number, string][] = [
      ['no token', rest('GET', '/auth/me'), 401, 'UNAUTHENTICATED'],
      ['a broken token', rest('GET', '/auth/me', { token: 'abc' }), 401, 'TOKEN_INVALID'],
      ['not allowed', rest('GET', '/users', { token }), 403, 'FORBIDDEN'],
      ['missing', rest('GET', '/users/nobody', { token }), 404, 'NOT_FOUND'],
      ['no such path', rest('GET', '/nowhere', { token }), 404, 'NOT_FOUND'],
      ['no such method', rest('PATCH', '/auth/me', { token }), 405, 'METHOD_NOT_ALLOWED'],
      [
        'a taken name',
        rest('POST', '/auth/register', { body: { username, email: `x${email}`, password } }),
        409,
        'USERNAME_TAKEN',
      ],
      [
        'a taken address',
        rest('POST', '/auth/register', { body: { username: `x${username.slice(0, 20)}`, email, password } }),
        409,
        'EMAIL_TAKEN',
      ],
      [
        'a wrong type',
        rest('POST', '/auth/login', { body: { username: 5, password } }),
        422,
        'VALIDATION_FAILED',
      ],
      ['a missing field', rest('POST', '/auth/login', { body: { username } }), 422, 'VALIDATION_FAILED'],
      [
        'an unknown field',
        rest('POST', '/auth/login', { body: { username, password, admin: true } }),
        422,
        'VALIDATION_FAILED',
      ],
      ['not JSON', rest('POST', '/auth/login', { raw: '{' }), 400, 'BAD_REQUEST'],
      [
        'another type',
        rest('POST', '/auth/login', { raw: 'a=b', headers: { 'content-type': 'text/plain' } }),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      ],
      [
        'too large',
        rest('POST', '/auth/login', { body: { username: 'x'.repeat(3_000_000), password } }),
        413,
        'PAYLOAD_TOO_LARGE',
      ],
      [
        'a page of none',
        rest('GET', '/users?first=0', { token: await administratorToken() }),
        422,
        'VALIDATION_FAILED',
      ],
      ['an unknown parameter', rest('GET', '/users?activ=true', { token }), 422, 'VALIDATION_FAILED'],
      [
        'a wrong password',
        rest('POST', '/auth/login', { body: { username, password } }),
        401,
        'INVALID_CREDENTIALS',
      ],
    ];
    for (const [what, request, status, code] of cases) {
      const answer = await request;
      expect([what, answer.status, answer.body['error']]).toEqual([what, status, code]);
      expect(Object.keys(answer.body)).toEqual(['error', 'message', 'details', 'timestamp', 'trace_id']);
      expect(answer.body['trace_id']).toMatch(/^[0-9a-f]{32}$/);
      expect(JSON.stringify(answer.body)).not.toContain(password);
    }
  });
});
