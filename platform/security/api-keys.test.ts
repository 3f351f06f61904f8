import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ManualClock } from '../clock';
import { InProcessBus } from '../events/in-process-bus';
import { silentLogger } from '../observability/logger';
import { apiKeyRevoked } from './access-events';
import { ApiKeyVerifier, RemoteApiKeys } from './api-keys';
import { type ApiKeyFacts } from './credentials';
import { Revocations } from './revocations';

const key = `plk_${'0'.repeat(12)}_${'A'.repeat(43)}`;
const facts: ApiKeyFacts = { id: 'k1', scopes: ['users:read'], expiresAt: null, createdBy: 'u1' };

describe('ApiKeyVerifier', () => {
  const clock = new ManualClock();
  const bus = new InProcessBus({ clock, logger: silentLogger });
  const revocations = new Revocations(clock);
  let asked = 0;
  let answer: ApiKeyFacts | undefined = facts;
  const verifier = () =>
    new ApiKeyVerifier(
      {
        find: async () => {
          asked += 1;
          return answer;
        },
      },
      revocations,
      clock,
    );

  beforeAll(() => revocations.follow(bus));

  beforeEach(() => {
    asked = 0;
    answer = facts;
  });

  it('asks once for many, and again after a minute', async () => {
    const one = verifier();
    await Promise.all(Array.from({ length: 20 }, () => one.verify(key)));
    expect(await one.verify(key)).toEqual(facts);
    expect(asked).toBe(1);
    clock.advance(61_000);
    await one.verify(key);
    expect(asked).toBe(2);
  });

  it('does not ask about what cannot be a key, and not often about what is none', async () => {
    const one = verifier();
    answer = undefined;
    for (const bad of ['', 'nonsense', `${key}A`, 'plk_']) {
      await expect(one.verify(bad)).rejects.toMatchObject({ status: 401, code: 'API_KEY_INVALID' });
    }
    expect(asked).toBe(0);
    for (let i = 0; i < 5; i++) await expect(one.verify(key)).rejects.toMatchObject({ status: 401 });
    expect(asked).toBe(1);
  });

  it('refuses one that has expired or was revoked, also one it remembers', async () => {
    const one = verifier();
    answer = { ...facts, id: 'k2', expiresAt: clock.now() + 1_000 };
    await one.verify(key);
    clock.advance(1_000);
    await expect(one.verify(key)).rejects.toMatchObject({ status: 401 });
    const two = verifier();
    answer = facts;
    await two.verify(key);
    await bus.publish([
      {
        id: 'e',
        type: apiKeyRevoked,
        version: 1,
        source: 'auth',
        occurredAt: clock.now(),
        data: { keyId: 'k1' },
      },
    ]);
    await expect(two.verify(key)).rejects.toMatchObject({ status: 401 });
  });
});

describe('RemoteApiKeys', () => {
  let server: Server;
  let status = 200;

  beforeAll(async () => {
    server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(facts)));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  it('distinguishes an unknown key from an unavailable auth service', async () => {
    const source = new RemoteApiKeys(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await source.find(key)).toEqual(facts);
    status = 404;
    expect(await source.find(key)).toBeUndefined();
    status = 500;
    await expect(source.find(key)).rejects.toMatchObject({ status: 503 });
    await expect(new RemoteApiKeys('http://127.0.0.1:9/').find(key)).rejects.toMatchObject({ status: 503 });
  });
});
