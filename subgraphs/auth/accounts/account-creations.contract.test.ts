import { randomUUID } from 'node:crypto';
import { Keyring } from '../../../platform/security/keyring';
import { ServiceCommands } from '../../../platform/service-commands';
import type { UserRegistered } from '../events';
import { TestAuth } from '../testing/test-auth';

const password = 'the engine weaves algebraic patterns';

let people = 0;

const auth = new TestAuth();
let commands: ServiceCommands;

beforeAll(async () => {
  await auth.start();
  commands = new ServiceCommands(auth.url, auth.keyring, auth.clock);
}, 60_000);
afterAll(() => auth.close());

const command = (more: Record<string, unknown> = {}) => {
  people += 1;
  const username = `made-${people}-${Date.now().toString(36)}`;
  return {
    creationId: randomUUID(),
    username,
    email: `${username}@example.com`,
    password: password as string | undefined,
    roles: ['user'],
    actorId: randomUUID(),
    client: { address: '203.0.113.7', userAgent: 'tests' },
    ...more,
  };
};
const create = async (input: object) =>
  (await commands.send('/commands/create-account', input)) as UserRegistered;
const cancel = async (creationId: string) =>
  ((await commands.send('/commands/cancel-account', { creationId })) as { made: UserRegistered | null }).made;

describe('the command to make an account', () => {
  it('makes one that signs in, with its owner’s event, trail and a mail that verifies the address', async () => {
    const input = command({ roles: ['user', 'editor'] });
    const made = await create(input);
    expect(made).toEqual({
      userId: expect.any(String),
      username: input.username,
      email: input.email,
      isActive: true,
      createdAt: expect.any(Number),
      roles: ['user', 'editor'],
      creationId: input.creationId,
    });
    await auth.logIn({ username: input.username, password });
    expect(await auth.database.rows('account_tokens', `account_id = '${made.userId}'`)).toMatchObject([
      { purpose: 'verify-email' },
    ]);
    expect(
      await auth.database.rows('security_events', `account_id = '${made.userId}' AND type = 'REGISTERED'`),
    ).toMatchObject([{ actor_id: input.actorId, address: '203.0.113.7' }]);
    expect(JSON.stringify(await auth.database.rows('account_creations'))).not.toContain(password);
  });

  it('invites the owner where it has no password, and then nobody signs in until they choose one', async () => {
    const { password: _, ...input } = command();
    const { userId } = await create(input);
    expect(await auth.database.rows('account_tokens', `account_id = '${userId}'`)).toMatchObject([
      { purpose: 'invitation' },
    ]);
    expect((await auth.requestLogIn(input.username, password)).status).toBe(401);
  });

  it('makes one account however often and however quickly it comes, and one only for the same', async () => {
    const input = command();
    const made = await Promise.all(Array.from({ length: 5 }, () => create(input)));
    expect(new Set(made.map(each => each.userId)).size).toBe(1);
    for (const other of [
      { password: 'another long secret' },
      { password: undefined },
      { email: 'other@example.com' },
      { roles: ['administrator'] },
    ]) {
      await expect(create({ ...input, ...other })).rejects.toMatchObject({
        code: 'IDEMPOTENCY_KEY_REUSED',
        status: 409,
      });
    }
    expect(await create(input)).toEqual(made[0]);
  });

  it('is refused as a registration is, and makes nothing then', async () => {
    const taken = command();
    await create(taken);
    const refused: [object, string][] = [
      [command({ username: 'x', password: 'short' }), 'VALIDATION_FAILED'],
      [command({ username: taken.username.toUpperCase() }), 'USERNAME_TAKEN'],
      [command({ username: 'admin' }), 'USERNAME_TAKEN'],
      [command({ email: taken.email }), 'EMAIL_TAKEN'],
    ];
    for (const [input, code] of refused) {
      await expect(create(input)).rejects.toMatchObject({ code });
      const { creationId } = input as { creationId: string };
      expect(await auth.database.rows('account_creations', `creation_id = '${creationId}'`)).toEqual([]);
    }
    expect(
      await commands.send('/commands/check-account', { username: 'x', email: 'y', password: 'short' }),
    ).toMatchObject({ mistakes: [{ field: 'username' }, { field: 'email' }, { field: 'password' }] });
  });

  it('makes nothing after it was called off, and cannot be called off after it has', async () => {
    const late = command();
    expect(await cancel(late.creationId)).toBeNull();
    await expect(create(late)).rejects.toMatchObject({ code: 'CREATION_CANCELLED' });
    expect(await cancel(late.creationId)).toBeNull();
    const made = await create(command());
    expect(await cancel(made.creationId!)).toEqual(made);
    // At once: either way, both say the same.
    for (let round = 0; round < 5; round++) {
      const input = command();
      const [created, cancelled] = await Promise.allSettled([create(input), cancel(input.creationId)]);
      const accounts = await auth.database.rows('accounts', `username = '${input.username}'`);
      expect(accounts).toHaveLength(created.status === 'fulfilled' ? 1 : 0);
      if (cancelled.status === 'fulfilled' && cancelled.value !== null) expect(accounts).toHaveLength(1);
      if (cancelled.status === 'fulfilled' && cancelled.value === null) expect(accounts).toHaveLength(0);
    }
  });

  it('is obeyed to services only', async () => {
    const root = await auth.registerWith('*');
    for (const path of ['create-account', 'cancel-account', 'check-account']) {
      const { status } = await auth.rest('POST', `/commands/${path}`, {
        token: root.accessToken,
        body: command(),
      });
      expect(status).toBe(401);
    }
    const stranger = new ServiceCommands(auth.url, new Keyring(Keyring.generate()), auth.clock);
    await expect(stranger.send('/commands/create-account', command())).rejects.toThrow('ENCRYPTION_KEYS');
  });
});
