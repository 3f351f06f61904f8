import { type UserDataErased, userDataErased } from '../../../platform/personal-data';
import { eventually } from '../../../platform/testing/eventually';
import { LiveClient } from '../../../platform/testing/live-client';
import { participants } from '../participants';
import { TestUsers } from '../testing/test-users';

const users = new TestUsers();
const clients: LiveClient[] = [];

beforeAll(() => users.start(), 60_000);
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});
afterAll(() => users.close());

const connect = (params: Record<string, unknown> = {}) => {
  const client = new LiveClient(users.url, params);
  clients.push(client);
  return client;
};

const watch = 'subscription ($id: ID!) { deletionChanged(id: $id) { status steps { service completedAt } } }';
interface Changed {
  deletionChanged: { status: string; steps: { service: string; completedAt: string | null }[] } | null;
}

const remove = async (token: string, userId: string): Promise<string> => {
  const { data } = await users.graphql<{ deleteUser: { id: string } }>(
    token,
    'mutation ($id: ID!) { deleteUser(id: $id) { id } }',
    { id: userId },
  );
  return data.deleteUser.id;
};

const report = (deletionId: string, userId: string, service: string) => {
  const data: UserDataErased = { deletionId, userId, service, erased: {}, anonymised: {} };
  return users.publish(userDataErased, data);
};

const others = participants().filter(service => service !== 'users');

it('sends the deletion as it is, and again after each step', async () => {
  const userId = await users.register();
  const id = await remove(users.token({ userId }), userId);
  const watched = connect().subscribe<Changed>(watch, { id });
  await eventually(() => expect(watched.results[0]?.data?.deletionChanged?.status).toBe('REQUESTED'));
  for (const [at, service] of others.entries()) {
    await report(id, userId, service);
    await eventually(() => {
      const latest = watched.results.at(-1)?.data?.deletionChanged;
      expect(latest?.steps.filter(step => step.completedAt !== null)).toHaveLength(at + 2);
    });
  }
  expect(watched.results.at(-1)?.data?.deletionChanged?.status).toBe('COMPLETED');
});

it('is null for a caller who cannot read the deletion, and shows it to holders of users:delete', async () => {
  const userId = await users.register();
  const id = await remove(users.tokenWith('users:delete'), userId);
  const stranger = connect({ authorization: `Bearer ${users.token()}` }).subscribe<Changed>(watch, { id });
  const holder = connect({ authorization: `Bearer ${users.tokenWith('users:delete')}` });
  const shown = holder.subscribe<Changed>(watch, { id });
  await eventually(() => expect(shown.results[0]?.data?.deletionChanged?.status).toBe('REQUESTED'));
  await eventually(() => expect(stranger.results).toEqual([{ data: { deletionChanged: null } }]));
});

it('closes the socket of a user whose access has ended, with the code as the reason', async () => {
  const userId = await users.register();
  const token = users.token({ userId });
  const client = connect({ authorization: `Bearer ${token}` });
  const own = client.subscribe<Changed>(watch, { id: '00000000-0000-4000-8000-000000000000' });
  await eventually(() => expect(own.results).toHaveLength(1));
  await remove(token, userId);
  await eventually(() => expect(client.closed).toEqual({ code: 4403, reason: 'TOKEN_REVOKED' }));
});
