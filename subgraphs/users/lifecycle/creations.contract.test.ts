import { uuidv7 } from '../../../platform/ids';
import { eventually } from '../../../platform/testing/eventually';
import { contactChanged, userRegistered } from '../events';
import { TestUsers } from '../testing/test-users';

const create = `mutation ($input: CreateUserInput!, $key: String) {
  createUser(input: $input, idempotencyKey: $key) {
    id profile { firstName lastName phone locale timeZone metadata } roles { name } permissions
  }
}`;

interface Created {
  createUser: {
    id: string;
    profile: Record<string, unknown>;
    roles: { name: string }[];
    permissions: string[];
  };
}

const password = 'the engine weaves algebraic patterns';

let people = 0;

function somebody(more: Record<string, unknown> = {}) {
  people += 1;
  const username = `created-${people}-${Date.now().toString(36)}`;
  return { username, email: `${username}@example.com`, password, ...more };
}

const users = new TestUsers();

beforeAll(() => users.start(), 60_000);
afterAll(() => users.close());

const made = (token: string, input: object, key?: string) =>
  users.graphql<Created>(token, create, { input, key });
const creator = () => users.tokenWith('users:create', 'users:assign-roles', 'users:read', 'files:*');
beforeEach(() => {
  users.auth.failure = 'none';
});

describe('createUser', () => {
  it('answers a user who can be read at once, whole, and keeps the password nowhere', async () => {
    const input = somebody({
      firstName: ' Ada ',
      phone: '+4930901820',
      locale: 'ES',
      timeZone: 'Europe/Madrid',
      metadata: { team: 'engine' },
      roles: ['user'],
    });
    const { data } = await made(creator(), input);
    expect(data.createUser).toMatchObject({
      profile: {
        firstName: 'Ada',
        lastName: null,
        phone: '+4930901820',
        locale: 'es',
        timeZone: 'Europe/Madrid',
        metadata: { team: 'engine' },
      },
      roles: [{ name: 'user' }],
    });
    await eventually(() =>
      expect(users.eventsAbout(data.createUser.id, contactChanged)).toMatchObject([
        { data: { locale: 'es', timeZone: 'Europe/Madrid', version: 1 } },
      ]),
    );
    expect(users.auth.commands.at(-1)).toMatchObject({
      username: input.username,
      password,
      roles: ['user'],
      locale: 'es',
    });
    for (const table of ['creations', 'profiles', 'outbox']) {
      const stored = JSON.stringify(await users.database.rows(table));
      expect(stored).not.toContain(password);
      expect(stored).not.toContain('+4930901820');
    }
    const [creation] = await users.database.rows('creations', `user_id = '${data.createUser.id}'`);
    expect(creation).toMatchObject({ input: null });
    // The event comes as well, sooner or later, and adds nothing.
    await users.publish(userRegistered, users.auth.creations.get(String(creation!['id'])));
    expect(await users.database.rows('profiles', `user_id = '${data.createUser.id}'`)).toHaveLength(1);
  });

  it('takes the permission, and gives no role that its caller could not assign', async () => {
    expect((await made(users.tokenWith('users:read'), somebody())).code).toBe('FORBIDDEN');
    expect((await made(users.tokenWith('users:create'), somebody({ roles: ['user'] }))).code).toBe(
      'FORBIDDEN',
    );
    expect((await made(creator(), somebody({ roles: ['administrator'] }))).code).toBe('FORBIDDEN');
    const before = users.auth.commands.length;
    expect((await users.graphql(undefined, create, { input: somebody() })).code).toBe('UNAUTHENTICATED');
    expect(users.auth.commands).toHaveLength(before);
    const { data } = await made(users.tokenWith('users:create', 'users:read'), somebody());
    expect(data.createUser.roles).toEqual([{ name: 'user' }]);
  });

  it('names the wrong fields of both services together, and makes nothing', async () => {
    const before = users.auth.commands.length;
    const input = somebody({ username: 'x', password: 'short', phone: 'call me', roles: ['nobody-has'] });
    const { code, details } = await made(creator(), input, 'with space');
    expect(code).toBe('VALIDATION_FAILED');
    expect((details as { field: string }[]).map(each => each.field).sort()).toEqual([
      'idempotencyKey',
      'password',
      'phone',
      'roles',
      'username',
    ]);
    expect(users.auth.commands).toHaveLength(before);
  });

  it('answers a username that is taken as a registration does, and leaves the key for a better try', async () => {
    const taken = somebody();
    await made(creator(), taken);
    const key = uuidv7(Date.now());
    const token = creator();
    const refused = await made(token, { ...somebody(), username: taken.username }, key);
    expect(refused).toMatchObject({ code: 'USERNAME_TAKEN', details: [{ field: 'username' }] });
    expect((await made(token, somebody(), key)).code).toBeUndefined();
  });

  it('makes one user of one key, however often it is sent, and another for another caller', async () => {
    const input = somebody();
    const key = uuidv7(Date.now());
    const token = creator();
    const answers = await Promise.all(Array.from({ length: 5 }, () => made(token, input, key)));
    const ids = new Set(answers.map(each => each.data.createUser.id));
    expect(ids.size).toBe(1);
    expect((await made(token, { ...input, firstName: 'Bob' }, key)).code).toBe('IDEMPOTENCY_KEY_REUSED');
    const { data } = await made(creator(), somebody(), key);
    expect(ids.has(data.createUser.id)).toBe(false);
  });

  it('completes from the event what auth made when its answer was lost; the same key then finds it', async () => {
    users.auth.failure = 'answer lost';
    const input = somebody({ lastName: 'Lovelace', phone: '+4930901821' });
    const key = uuidv7(Date.now());
    const token = creator();
    expect((await made(token, input, key)).code).toBe('SERVICE_UNAVAILABLE');
    const registered = [...users.auth.creations.values()].at(-1)!;
    await eventually(async () => {
      expect(await users.database.rows('profiles', `user_id = '${registered.userId}'`)).toMatchObject([
        { last_name: 'Lovelace' },
      ]);
    });
    users.auth.failure = 'none';
    const { data } = await made(token, input, key);
    expect(data.createUser).toMatchObject({
      id: registered.userId,
      profile: { lastName: 'Lovelace', phone: '+4930901821' },
    });
  });

  it('calls off what auth never heard of, after a minute and a restart, and then its key is free', async () => {
    users.auth.failure = 'unreachable';
    const input = somebody();
    const key = uuidv7(Date.now());
    const caller = { userId: uuidv7(Date.now()), permissions: ['users:create', 'users:read'] };
    expect((await made(users.token(caller), input, key)).code).toBe('SERVICE_UNAVAILABLE');
    const creationId = users.auth.commands.at(-1)!.creationId;
    const open = () => users.database.rows('creations', `id = '${creationId}'`);
    await users.restartAfter(70_000);
    // Auth is still down: whether it made anything cannot be known.
    expect(await open()).toHaveLength(1);
    users.auth.failure = 'none';
    await users.restart();
    await eventually(async () => expect(await open()).toHaveLength(0));
    expect(users.auth.creations.get(creationId)).toBeNull();
    expect((await made(users.token(caller), input, key)).code).toBeUndefined();
  });

  it('finishes after a restart a creation that auth did and whose answer was lost', async () => {
    users.auth.failure = 'unreachable';
    expect((await made(creator(), somebody({ firstName: 'Grace' }))).code).toBe('SERVICE_UNAVAILABLE');
    const { creationId, username, email } = users.auth.commands.at(-1)!;
    const userId = uuidv7(Date.now());
    const createdAt = users.clock.now();
    users.auth.creations.set(creationId, {
      userId,
      username,
      email,
      isActive: true,
      createdAt,
      roles: ['user'],
      creationId,
    });
    users.auth.failure = 'none';
    await users.restartAfter(70_000);
    await eventually(async () => {
      expect(await users.database.rows('profiles', `user_id = '${userId}'`)).toMatchObject([
        { first_name: 'Grace' },
      ]);
    });
  });
});
