import type { AppError } from '../../../platform/errors';
import { uuidv7 } from '../../../platform/ids';
import { ServiceCommands } from '../../../platform/service-commands';
import { eventually } from '../../../platform/testing/eventually';
import { accountActivationChanged } from '../events';
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
      const { id: userId, username, email } = ada;
      const notice = { userId, username, email, device: '', address: '' };
      expect(auth.eventsAbout(ada.id, accountActivationChanged).map(({ data }) => data)).toEqual([
        { ...notice, change: 'suspended' },
        { ...notice, change: 'reactivated' },
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
    // Holds every permission, and is no administrator.
    const equal = await auth.register();
    await auth.changeRoles(equal.id, ['deputy'], ['*']);
    const { accessToken } = await auth.logIn(equal);
    expect((await auth.graphql(accessToken, off, { id: left!.id })).code).toBe('LAST_ADMINISTRATOR');
  });

  it('and the release of an administrator decide one after the other', async () => {
    const deputy = await auth.register();
    await auth.changeRoles(deputy.id, ['deputy'], ['*']);
    const { accessToken } = await auth.logIn(deputy);
    const release = (userId: string) => {
      const releaseId = uuidv7(Date.now());
      const commands = new ServiceCommands(auth.url, auth.keyring, auth.clock);
      return commands.send('/commands/release-administrator', { releaseId, userId }).then(
        () => releaseId,
        (error: AppError) => error.code,
      );
    };
    const isActive = async (id: string) =>
      Boolean((await auth.database.rows('accounts', `id = '${id}'`))[0]!['is_active']);
    for (let round = 0; round < 3; round++) {
      const [one, two] = [await auth.registerWith('*'), await auth.registerWith('*')];
      for (const { id } of (await auth.database.rows('accounts', 'is_administrator')) as { id: string }[]) {
        if (id !== one.id && id !== two.id) await auth.changeRoles(id, [], []);
      }
      const [suspended, released] = await Promise.all([
        auth.graphql(accessToken, off, { id: one.id }),
        release(two.id),
      ]);
      expect([suspended.code, released].filter(code => code === 'LAST_ADMINISTRATOR')).toHaveLength(1);
      if (await isActive(one.id)) {
        // Released: it does not count, whatever an earlier event says, until the event with the release.
        await auth.changeRoles(two.id, ['administrator', 'editor'], ['*']);
        expect((await auth.graphql(accessToken, off, { id: one.id })).code).toBe('LAST_ADMINISTRATOR');
        await auth.publish('user.rolesChanged', {
          changes: [{ userId: two.id, roles: ['administrator'], permissions: ['*'] }],
          releases: [released],
        });
        await eventually(async () =>
          expect((await auth.graphql(accessToken, off, { id: one.id })).code).toBeUndefined(),
        );
      }
    }
  });

  it('spares an account that holds more than the caller', async () => {
    const higher = await auth.registerWith('users:activate', 'files:read');
    expect(await auth.graphql(officer.accessToken, off, { id: higher.id })).toMatchObject({
      code: 'FORBIDDEN',
      status: 403,
    });
    expect((await auth.graphql(officer.accessToken, on, { id: higher.id })).code).toBe('FORBIDDEN');
    expect((await auth.me(higher.accessToken))[0]).toBe(200);
    // One who was an administrator from the first moment, before the event with the permissions.
    const newest = await auth.register();
    await auth.database.update('accounts', 'is_administrator = true', `id = '${newest.id}'`);
    expect((await auth.graphql(officer.accessToken, off, { id: newest.id })).code).toBe('FORBIDDEN');
    await auth.database.update('accounts', 'is_administrator = false', `id = '${newest.id}'`);
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
