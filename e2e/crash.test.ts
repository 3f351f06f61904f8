import { freePort } from '../platform/testing/free-port';
import { administratorToken, data, eventually, rest, somebody } from './client';
import { ReadUserDocument } from './graphql/graphql';
import { type Plinth, services, shape, startPlinth } from './plinth';

describe('kill -9', () => {
  let plinth: Plinth;

  beforeAll(async () => {
    plinth = await startPlinth();
  });

  afterAll(() => plinth.close());

  it('loses nothing that was acknowledged, and the event of every account still arrives, once in effect', async () => {
    const at = plinth.urls.gateway;
    for (let round = 0; round < 10; round++) {
      const registered: Awaited<ReturnType<typeof somebody>>[] = [];
      let isAlive = true;
      const writers = Array.from({ length: 4 }, async () => {
        while (isAlive) {
          try {
            registered.push(await somebody(at));
          } catch {
            // What was not acknowledged may be lost.
            isAlive = false;
          }
        }
      });
      await eventually(async () => expect(registered.length).toBeGreaterThan(5));
      // In turn the service that acknowledges and the one that makes profiles of its events.
      const victim = round % 3 === 2 ? 'users' : 'auth';
      await plinth.kill(victim);
      isAlive = false;
      await Promise.all(writers);
      await plinth.restart(victim);
      const root = await eventually(() => administratorToken(at));
      for (const person of registered) {
        await eventually(async () => {
          const answer = await rest('POST', '/auth/login', {
            at,
            body: { username: person.username, password: person.password },
          });
          expect(answer.status).toBe(200);
          const { user } = await data(ReadUserDocument, { id: person.id }, root, at);
          expect(user).toMatchObject({
            username: person.username,
            profile: expect.anything(),
            roles: [{ name: 'user' }],
          });
        });
      }
    }
  }, 240_000);

  it('stops on SIGTERM with 0, and has everything again at the next start', async () => {
    const at = plinth.urls.gateway;
    const person = await somebody(at);
    for (const code of await plinth.stop()) expect(code).toBe(0);
    for (const service of services) {
      await plinth.restart(service);
    }
    await eventually(async () => {
      const answer = await rest('POST', '/auth/login', {
        at,
        body: { username: person.email, password: person.password },
      });
      expect(answer.status).toBe(200);
    });
    // Who was signed in still is: sessions are rows.
    await eventually(async () => {
      expect((await rest('GET', '/auth/me', { at, token: person.accessToken })).status).toBe(200);
    });
  }, 60_000);

  it('never writes a password or a token into its log', () => {
    const output = plinth.output();
    expect(output).toContain('"message":"request"');
    expect(output).not.toContain('a long enough secret');
    expect(output).not.toMatch(/eyJ[A-Za-z0-9_-]{20,}/);
    expect(output).not.toContain('correct horse');
  });
});

interface Failure {
  message: string;
  path: string[];
  extensions: { code: string };
}

describe('a service that is down', () => {
  it('leaves the rest of the answer standing, with a clear error at each field of it', async () => {
    // In one process no service can be down by itself: there the gateway looks for users at a port where nobody listens.
    const address = `http://127.0.0.1:${await freePort()}`;
    const plinth = await startPlinth(shape === 'embedded' ? { USERS_URL: address } : {});
    try {
      const at = plinth.urls.gateway;
      const person = await somebody(at);
      if (shape === 'services') await plinth.kill('users');
      const response = await fetch(`${at}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${person.accessToken}` },
        body: JSON.stringify({
          query: '{ me { username profile { firstName } roles { name } } users { nodes { id } } }',
        }),
      });
      const text = await response.text();
      const answer = JSON.parse(text) as { data: unknown; errors: Failure[] };
      expect(answer.data).toEqual({
        me: { username: person.username, profile: null, roles: null },
        users: null,
      });
      const unavailable = 'The users service is not available right now';
      expect(answer.errors.map(error => [error.path, error.extensions.code, error.message])).toEqual([
        [['me', 'profile'], 'SERVICE_UNAVAILABLE', unavailable],
        [['me', 'roles'], 'SERVICE_UNAVAILABLE', unavailable],
        [['users'], 'FORBIDDEN', expect.stringContaining('users:read')],
      ]);
      expect(text).not.toContain('127.0.0.1');
      expect(text).not.toContain(new URL(shape === 'embedded' ? address : plinth.urls['users']!).port);
      const list = await rest('GET', `/users/${person.id}`, { at, token: person.accessToken });
      expect([list.status, list.body['error']]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    } finally {
      await plinth.close();
    }
  });
});
