import { startRedis, type TestServer } from '../platform/testing/servers';
import { data, eventually, type Person, rest, somebody } from './client';
import { type Plinth, startPlinth } from './plinth';

const own = '{ me { username profile { firstName } } }';

describe('while Redis is away', () => {
  let redis: TestServer;
  let plinth: Plinth;
  let ada: Person;
  let bob: Person;

  beforeAll(async () => {
    redis = await startRedis();
    plinth = await startPlinth({ REDIS_URL: redis.url });
    const at = plinth.urls.gateway;
    [ada, bob] = [await somebody(at), await somebody(at)];
    for (const { accessToken } of [ada, bob]) {
      await eventually(async () => {
        const answer = await data<{ me: { profile: unknown } }, object>(own, {}, accessToken, at);
        expect(answer.me.profile).not.toBeNull();
      });
    }
  }, 90_000);
  afterAll(async () => {
    await plinth?.close();
    await redis?.close();
  });

  it('what ends access and what writes says 503 and has done nothing; reading one’s own data goes on', async () => {
    const at = plinth.urls.gateway;
    const call = async (method: string, path: string, token: string, body?: unknown) =>
      (await rest(method, path, { at, token, ...(body === undefined ? {} : { body }) })).status;
    await redis.stop();

    expect(await call('POST', '/auth/logout', ada.accessToken)).toBe(503);
    expect(await call('PUT', `/users/${ada.id}`, ada.accessToken, { first_name: 'Mallory' })).toBe(503);
    expect(await call('DELETE', `/users/${bob.id}`, bob.accessToken)).toBe(503);
    const me = await data<{ me: { username: string; profile: { firstName: string | null } } }, object>(
      own,
      {},
      ada.accessToken,
      at,
    );
    expect(me.me).toMatchObject({ username: ada.username, profile: { firstName: null } });
    const { status } = await rest('POST', '/auth/login', {
      at,
      body: { username: ada.username, password: ada.password },
    });
    expect(status).toBe(200);

    await redis.start();
    await eventually(async () => {
      expect(await call('PUT', `/users/${ada.id}`, ada.accessToken, { first_name: 'Ada' })).toBe(200);
    });
    // The 503 has ended no session and deleted nobody.
    expect(await call('GET', '/auth/me', bob.accessToken)).toBe(200);
    expect(await call('GET', `/users/${bob.id}`, bob.accessToken)).toBe(200);
    await eventually(async () => expect(await call('POST', '/auth/logout', ada.accessToken)).toBe(204));
    expect(await call('PUT', `/users/${ada.id}`, ada.accessToken, { first_name: 'Eve' })).toBe(401);
    await eventually(async () => expect(await call('DELETE', `/users/${bob.id}`, bob.accessToken)).toBe(202));
  }, 90_000);
});
