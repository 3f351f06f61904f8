import { eventually } from '../../../platform/testing/eventually';
import { TestAuth, type TestUser } from '../testing/test-auth';

const decode = (part: string) =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;

const auth = new TestAuth();

beforeAll(() => auth.start(), 60_000);
afterAll(() => auth.close());

describe('who sees whom', () => {
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { id username email isActive sessions { id } } } }`;
  const entity = async (token: string | undefined, id: unknown) =>
    (
      await auth.graphql<{ _entities: ({ username: string; sessions: unknown[] } | null)[] }>(token, query, {
        r: [{ __typename: 'User', id }],
      })
    ).data._entities[0];

  it('shows an account to its owner and to those with users:read, and nobody else', async () => {
    const [ada, eve] = [await auth.register(), await auth.register()];
    const reader = await auth.registerWith('users:read');
    expect(await entity(ada.accessToken, ada.id)).toMatchObject({
      username: ada.username,
      sessions: [{}],
    });
    expect(await entity(reader.accessToken, ada.id)).toMatchObject({
      username: ada.username,
      sessions: [],
    });
    for (const token of [eve.accessToken, undefined]) expect(await entity(token, ada.id)).toBeNull();
    for (const id of ['nonsense', '', null, 5, { $ne: null }]) {
      expect(await entity(reader.accessToken, id)).toBeNull();
    }
  });
});

describe('suspending', () => {
  const off = 'mutation ($id: ID!) { deactivateUser(id: $id) { id isActive } }';
  const on = 'mutation ($id: ID!) { reactivateUser(id: $id) { id isActive } }';
  let officer: TestUser;

  beforeAll(async () => {
    officer = await auth.registerWith('users:activate');
  });

  it('ends every session at once and answers a sign-in like a wrong password', async () => {
    const ada = await auth.register();
    expect((await auth.graphql(officer.accessToken, off, { id: ada.id })).data).toEqual({
      deactivateUser: { id: ada.id, isActive: false },
    });
    expect(await auth.me(ada.accessToken)).toEqual([401, 'TOKEN_REVOKED']);
    expect((await auth.refresh(ada.refreshToken)).status).toBe(401);
    const refused = await auth.requestLogIn(ada.username, ada.password);
    expect([refused.status, refused.body['error']]).toEqual([401, 'INVALID_CREDENTIALS']);
    await auth.graphql(officer.accessToken, on, { id: ada.id });
    expect((await auth.requestLogIn(ada.username, ada.password)).status).toBe(200);
    await eventually(() => {
      const published = auth.events.filter(({ type }) => type === 'user.activationChanged');
      expect(published.map(({ data }) => data)).toEqual([
        { userId: ada.id, isActive: false },
        { userId: ada.id, isActive: true },
      ]);
    });
  });

  it('takes the permission, and spares oneself', async () => {
    const ada = await auth.register();
    expect((await auth.graphql(ada.accessToken, off, { id: officer.id })).code).toBe('FORBIDDEN');
    expect((await auth.graphql(officer.accessToken, off, { id: officer.id })).code).toBe('OWN_ACCOUNT');
    expect((await auth.graphql(officer.accessToken, off, { id: 'nobody' })).code).toBe('NOT_FOUND');
  });

  it('spares the last administrator, also when two suspend each other', async () => {
    const [one, two] = [await auth.registerWith('*'), await auth.registerWith('*')];
    for (const { id } of (await auth.database.rows('accounts', 'is_administrator')) as { id: string }[]) {
      if (id !== one.id && id !== two.id) await auth.changeRoles(id, [], []);
    }
    const codes = await Promise.all([
      auth.graphql(one.accessToken, off, { id: two.id }),
      auth.graphql(two.accessToken, off, { id: one.id }),
    ]);
    expect(codes.filter(({ code }) => code === undefined)).toHaveLength(1);
    const [left] = (await auth.database.rows('accounts', 'is_administrator AND is_active')) as {
      id: string;
    }[];
    expect((await auth.graphql(officer.accessToken, off, { id: left!.id })).code).toBe('LAST_ADMINISTRATOR');
  });
});

describe('roles that users announces', () => {
  it('reach tokens that exist, and those to come', async () => {
    const ada = await auth.register();
    const rotate = 'mutation { rotateSigningKey { kid } }';
    expect((await auth.graphql(ada.accessToken, rotate)).code).toBe('FORBIDDEN');
    await auth.changeRoles(ada.id, ['keeper'], ['keys:rotate', 'keys:*']);
    await eventually(async () => expect((await auth.graphql(ada.accessToken, rotate)).code).toBeUndefined());
    const { accessToken } = await auth.logIn(ada);
    // What a wildcard covers does not travel.
    expect(decode(accessToken.split('.')[1]!)).toMatchObject({ scope: 'keys:*', roles: ['keeper'] });
    await auth.changeRoles(ada.id, [], []);
    await eventually(async () => expect((await auth.graphql(accessToken, rotate)).code).toBe('FORBIDDEN'));
  });

  it('that take something away still do after a restart', async () => {
    const ada = await auth.registerWith('keys:rotate');
    const rotate = async () =>
      (await auth.graphql(ada.accessToken, 'mutation { rotateSigningKey { kid } }')).code;
    await auth.changeRoles(ada.id, [], []);
    await eventually(async () => expect(await rotate()).toBe('FORBIDDEN'));
    await auth.restart();
    await eventually(async () => expect(await rotate()).toBe('FORBIDDEN'));
    expect((await auth.me(ada.accessToken))[0]).toBe(200);
  });

  it('do not go back to what was said before', async () => {
    const ada = await auth.register();
    await auth.changeRoles(ada.id, ['newer'], [], 2_000);
    await auth.publish(
      'user.rolesChanged',
      { changes: [{ userId: ada.id, roles: ['older'], permissions: [] }] },
      { occurredAt: 1_000 },
    );
    const other = await auth.register();
    await auth.changeRoles(other.id, ['x'], []);
    expect((await auth.database.rows('accounts', `id = '${ada.id}'`))[0]!['roles']).toBe('["newer"]');
  });
});
