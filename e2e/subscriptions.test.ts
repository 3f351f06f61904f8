import { print } from 'graphql';
import { LiveClient } from '../platform/testing/live-client';
import { administratorToken, data, eventually, rest, somebody, urls } from './client';
import { DeleteUserDocument, LiveDeletionDocument, type LiveDeletionSubscription } from './graphql/graphql';
import { LiveStream } from './live-streams';
import { type Plinth, services, shape, startPlinth } from './plinth';

const watch = print(LiveDeletionDocument);
const opened: { close(): unknown }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
});

const connect = (url: string, token?: string) => {
  const client = new LiveClient(url, token === undefined ? {} : { authorization: `Bearer ${token}` });
  opened.push(client);
  return client;
};

describe('a deletion, watched live (G10, U5)', () => {
  it('reaches its end over WebSocket, server-sent events and multipart, without a token for the owner', async () => {
    const ada = await somebody();
    const { deleteUser } = await data(DeleteUserDocument, { id: ada.id }, ada.accessToken);
    const variables = { id: deleteUser.id };
    const socket = connect(urls.gateway!).subscribe<LiveDeletionSubscription>(watch, variables);
    const streams = await Promise.all(
      (['events', 'multipart'] as const).map(type =>
        LiveStream.open(urls.gateway!, type, { query: watch, variables }),
      ),
    );
    opened.push(...streams);
    const completed = {
      deletionChanged: expect.objectContaining({ id: deleteUser.id, status: 'COMPLETED' }),
    };
    await eventually(() => {
      expect(socket.results.at(-1)?.data).toEqual(completed);
      for (const stream of streams) expect(stream.data.at(-1)).toEqual(completed);
    });
    const { steps } = socket.results.at(-1)!.data!.deletionChanged!;
    expect(steps.map(step => step.service)).toEqual(services.filter(name => name !== 'gateway').sort());
  });

  it('is null for another user, and its socket ends with the session that opened it', async () => {
    const [eve, root] = [await somebody(), await administratorToken()];
    const bob = await somebody();
    // The profile arrives with an event.
    const { deleteUser } = await eventually(() => data(DeleteUserDocument, { id: bob.id }, root));
    const client = connect(urls.gateway!, eve.accessToken);
    const watched = client.subscribe(watch, { id: deleteUser.id });
    await eventually(() => expect(watched.results[0]).toEqual({ data: { deletionChanged: null } }));
    await rest('POST', '/auth/logout', { token: eve.accessToken });
    await eventually(() => expect(client.closed).toEqual({ code: 4403, reason: 'TOKEN_REVOKED' }), 1_500);
  });
});

describe('subscriptions when servers come and go (G10)', () => {
  let plinth: Plinth;

  beforeAll(async () => {
    plinth = await startPlinth(shape === 'services' ? { GATEWAY_WORKERS: '2' } : {});
  }, 120_000);
  afterAll(() => plinth.close());

  // In one process nothing is left when it is killed.
  if (shape === 'services')
    it('shows each step live, and again the state after the users service was killed', async () => {
      const gateway = plinth.urls.gateway!;
      const ada = await somebody(gateway);
      await plinth.kill('files');
      const { deleteUser } = await data(DeleteUserDocument, { id: ada.id }, ada.accessToken, gateway);
      // Of two workers of the gateway each has some of the sockets.
      const watchers = Array.from({ length: 6 }, () =>
        connect(gateway).subscribe<LiveDeletionSubscription>(watch, { id: deleteUser.id }),
      );
      const [watched] = watchers as [(typeof watchers)[0]];
      const latest = (each = watched) => each.results.at(-1)?.data?.deletionChanged;
      await eventually(() => {
        for (const each of watchers) {
          const waiting = latest(each)?.steps.filter(step => step.completedAt === null);
          expect(waiting?.map(step => step.service)).toEqual(['files']);
        }
      });
      const before = watchers.map(each => each.results.length);
      await plinth.kill('users');
      await plinth.restart('users');
      await eventually(() =>
        expect(watchers.map(each => each.results.length)).toEqual(before.map(count => count + 1)),
      );
      expect(latest()?.status).toBe('RUNNING');
      await plinth.restart('files');
      await eventually(() => {
        for (const each of watchers) expect(latest(each)?.status).toBe('COMPLETED');
      }, 30_000);
      // Each event came once.
      expect(watchers.map(each => each.results.length)).toEqual(before.map(count => count + 2));
      expect(watchers.map(each => each.isOver)).toEqual(watchers.map(() => false));
    });

  it('closes sockets with 1001 when the gateway stops', async () => {
    const client = connect(plinth.urls.gateway!);
    const watched = client.subscribe(watch, { id: '00000000-0000-4000-8000-000000000000' });
    await eventually(() => expect(watched.results).toHaveLength(1));
    expect(await plinth.stop()).toEqual(expect.arrayContaining([0]));
    await eventually(() => expect(client.closed?.code).toBe(1001));
  });
});
