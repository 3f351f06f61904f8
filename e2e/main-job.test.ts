import {
  administratorToken,
  data,
  eventually,
  failure,
  rest,
  send,
  somebody,
  urls,
  withinASecond,
} from './client';
import {
  ListUsersDocument,
  LogInDocument,
  LogOutDocument,
  ReadUserDocument,
  RefreshDocument,
  RegisterDocument,
  ThreeMoreDocument,
  UpdateUserDocument,
  WhoAmIDocument,
} from './graphql/graphql';

describe('the main job, over GraphQL (G1, G2, A1–A6, U1, U3, U4)', () => {
  const username = `ada${Date.now().toString(36)}`;
  const email = `${username}@example.com`;
  const password = 'the analytical engine weaves';

  it('registers, logs in, asks across services, lists, refreshes, logs out, and is refused everywhere', async () => {
    const { register } = await data(RegisterDocument, { input: { username, email, password } });
    expect(register).toMatchObject({
      tokenType: 'bearer',
      user: { username, email, isActive: true },
    });
    expect(register.user.createdAt).toMatch(/^\d{4}-\d\d-\d\dT/);

    const { login } = await data(LogInDocument, { input: { username: email.toUpperCase(), password } });
    const token = login.accessToken;

    // The profile is made from an event: it is there a moment after the account.
    const me = await eventually(async () => {
      const answer = await data(WhoAmIDocument, {}, token);
      expect(answer.me.profile).not.toBeNull();
      return answer.me;
    });
    expect(me).toMatchObject({ username, email, roles: [{ name: 'user' }], permissions: [] });
    expect(me.lastLogin).toMatch(/^\d{4}-\d\d-\d\dT/);

    const updated = await data(
      UpdateUserDocument,
      { id: me.id, input: { firstName: 'Ada', phone: '+442079460000' } },
      token,
    );
    expect(updated.updateUser.profile).toMatchObject({ firstName: 'Ada', phone: '+442079460000' });

    expect(await failure(ListUsersDocument, {}, token)).toBe('FORBIDDEN');
    const root = await administratorToken();
    const { users } = await data(ListUsersDocument, { first: 100, orderBy: 'CREATED_AT_DESC' }, root);
    expect(users.nodes).toContainEqual({
      id: me.id,
      username,
      email,
      profile: { firstName: 'Ada' },
      roles: [{ name: 'user' }],
    });
    const { user } = await data(ReadUserDocument, { id: me.id }, root);
    expect(user).toMatchObject({
      username,
      isActive: true,
      profile: { firstName: 'Ada', phone: '+442079460000' },
    });

    const { refresh } = await data(RefreshDocument, { refreshToken: login.refreshToken });
    expect(refresh.refreshToken).not.toBe(login.refreshToken);
    expect((await data(WhoAmIDocument, {}, refresh.accessToken)).me.username).toBe(username);

    expect(await data(LogOutDocument, { everywhere: true }, refresh.accessToken)).toEqual({ logout: true });
    for (const spent of [token, refresh.accessToken, register.accessToken]) {
      for (const [service, at] of Object.entries(urls)) {
        await withinASecond(async () => {
          const answer = await send('{ __typename }', {}, { token: spent, at });
          expect([service, answer.status, answer.errors?.[0]?.extensions.code]).toEqual([
            service,
            401,
            'TOKEN_REVOKED',
          ]);
        });
      }
    }
    expect(await failure(RefreshDocument, { refreshToken: refresh.refreshToken })).toMatch(/^REFRESH_TOKEN_/);
  });

  it('answers what the caller may read, and reports each refused field at its own path', async () => {
    const { accessToken, username: name } = await somebody();
    const query = '{ me { username } users { nodes { id } } keys: securityEvents { nodes { id } } }';
    const { status, data: given, errors } = await send<unknown, object>(query, {}, { token: accessToken });
    expect([status, given]).toEqual([200, { me: { username: name }, users: null, keys: null }]);
    expect(errors?.map(error => [error.path, error.extensions.code])).toEqual([
      [['users'], 'FORBIDDEN'],
      [['keys'], 'FORBIDDEN'],
    ]);
  });

  it('answers from all five services in one query', async () => {
    const answer = await data(ThreeMoreDocument, {});
    expect(answer.notificationsService.name).toBe('notifications');
    expect(answer.filesService.name).toBe('files');
    expect(answer.monitoringService.name).toBe('monitoring');
  });

  it('answers a query by GET, and refuses a mutation by GET', async () => {
    const headers = { 'apollo-require-preflight': 'true' };
    const query = await rest('GET', `/graphql?query=${encodeURIComponent('{ filesService { name } }')}`, {
      headers,
    });
    expect([query.status, query.body]).toEqual([200, { data: { filesService: { name: 'files' } } }]);
    const mutation = await rest('GET', `/graphql?query=${encodeURIComponent('mutation { logout }')}`, {
      headers,
    });
    expect(mutation.status).toBe(405);
  });
});

describe("another person's data answers as if it were not there", () => {
  it('through user(id), REST and _entities of each service', async () => {
    const ada = await somebody();
    const eve = await somebody();
    await eventually(async () => {
      expect((await data(ReadUserDocument, { id: ada.id }, ada.accessToken)).user?.profile).not.toBeNull();
    });
    expect((await data(ReadUserDocument, { id: ada.id }, eve.accessToken)).user).toBeNull();
    const missing = await rest('GET', '/users/00000000-0000-7000-8000-000000000000', {
      token: eve.accessToken,
    });
    const hidden = await rest('GET', `/users/${ada.id}`, { token: eve.accessToken });
    expect([hidden.status, hidden.body['message']]).toEqual([404, missing.body['message']]);
    for (const fields of ['username email sessions { id }', 'profile { phone } roles { name }']) {
      const at = fields.startsWith('username') ? urls.auth : urls.users;
      const query = `query($r: [_Any!]!) { _entities(representations: $r) { ... on User { ${fields} } } }`;
      const answer = await send(
        query,
        { r: [{ __typename: 'User', id: ada.id }] },
        { token: eve.accessToken, at },
      );
      expect(JSON.stringify(answer)).not.toContain(ada.username);
      expect(JSON.stringify(answer)).not.toContain('+4420');
    }
  });
});
