import { randomUUID } from 'node:crypto';
import { getMetadataArgsStorage } from 'typeorm';
import { ServiceCommands } from '../../platform/service-commands';
import { eventually } from '../../platform/testing/eventually';
import type { UserRegistered } from './events';
import { entities } from './tables';
import { TestAuth } from './testing/test-auth';

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
const registrations = (userId: string) =>
  auth.events.filter(
    each => each.type === 'user.registered' && (each.data as UserRegistered).userId === userId,
  );

describe('a deletion', () => {
  const erase = (userId: string) =>
    auth.publish('user.deletionRequested', {
      deletionId: randomUUID(),
      userId,
      requestedAt: Date.now(),
    });

  it('leaves nothing in any table that leads to the person, and frees username and email', async () => {
    const input = command();
    const { userId } = await create(input);
    const { accessToken, refreshToken } = await auth.logIn({ username: input.username, password });
    await auth.requestLogIn(input.username, 'a wrong password');
    await erase(userId);
    await eventually(async () =>
      expect(await auth.database.rows('accounts', `id = '${userId}'`)).toEqual([]),
    );
    expect((await auth.me(accessToken))[0]).toBe(401);
    expect((await auth.refresh(refreshToken)).status).toBe(401);
    expect((await auth.requestLogIn(input.username, password)).status).toBe(401);
    for (const entity of entities) {
      const table = getMetadataArgsStorage().tables.find(each => each.target === entity)!.name!;
      const text = JSON.stringify(await auth.database.rows(table));
      expect([table, text.includes(input.username)]).toEqual([table, false]);
      // The command's record says which account it made, so that the command makes no other. What others did is kept.
      const mayName = table === 'account_creations' || table === 'security_events';
      expect([table, text.includes(userId) && !mayName]).toEqual([table, false]);
    }
    await expect(create(input)).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
    await auth.register({ username: input.username, email: input.email });
  });

  it('keeps what others did with the account, and says who deleted it', async () => {
    const actorId = randomUUID();
    const client = { address: '203.0.113.9', userAgent: 'tests' };
    const input = command({ actorId });
    const { userId } = await create(input);
    auth.clock.advance(1);
    const changedAt = auth.clock.now();
    auth.clock.advance(1);
    await auth.logIn({ username: input.username, password });
    const request = { deletionId: randomUUID(), userId, requestedAt: Date.now(), by: { actorId, client } };
    await auth.publish('user.deletionRequested', request);
    await eventually(async () =>
      expect(await auth.database.rows('accounts', `id = '${userId}'`)).toEqual([]),
    );
    // Events of two types may arrive in another order than they were published in.
    await auth.publish(
      'user.rolesChanged',
      {
        changes: [{ userId, roles: ['editor'], permissions: [] }],
        cause: { actorId, client, added: ['editor'], removed: ['user'] },
      },
      { occurredAt: changedAt },
    );
    const trail = () => auth.database.rows('security_events', `account_id = '${userId}' ORDER BY id`);
    await eventually(async () => {
      expect((await trail()).map(row => [row['type'], row['actor_id'], row['address']])).toEqual([
        ['REGISTERED', actorId, '203.0.113.7'],
        ['ROLES_CHANGED', actorId, '203.0.113.9'],
        ['DELETED', actorId, '203.0.113.9'],
      ]);
    });
    expect(JSON.parse((await trail())[1]!['details'] as string)).toEqual({
      added: ['editor'],
      removed: ['user'],
    });
    // The request is sent again when a service has not answered.
    await auth.publish('user.deletionRequested', request);
    const { id } = await auth.register();
    await erase(id);
    await eventually(async () => expect(await auth.database.rows('accounts', `id = '${id}'`)).toEqual([]));
    expect(await trail()).toHaveLength(3);
    expect(await auth.database.rows('security_events', `account_id = '${id}'`)).toEqual([]);
  });

  it('ends the API keys that the user made', async () => {
    const root = await auth.registerWith('*');
    const { data } = await auth.graphql<{ createApiKey: { key: string } }>(
      root.accessToken,
      'mutation { createApiKey(input: { name: "script", scopes: ["api-keys:read"] }) { key } }',
    );
    const key = data.createApiKey.key;
    const used = async () => {
      const response = await fetch(`${auth.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': key },
        body: '{"query":"{ apiKeys { nodes { id } } }"}',
      });
      return response.status;
    };
    expect(await used()).toBe(200);
    await erase(root.id);
    await eventually(async () => expect(await used()).toBe(401), 1_000);
  });

  it('does no harm a second time, nor does what comes late', async () => {
    const { id } = await auth.register();
    await erase(id);
    await erase(id);
    await auth.publish('user.rolesChanged', {
      changes: [{ userId: id, roles: ['administrator'], permissions: ['*'] }],
    });
    await eventually(async () => expect(await auth.database.rows('accounts', `id = '${id}'`)).toEqual([]));
    await auth.register();
    expect(registrations(id).length).toBeLessThanOrEqual(1);
    expect(await auth.database.rows('accounts', `id = '${id}'`)).toEqual([]);
  });
});
