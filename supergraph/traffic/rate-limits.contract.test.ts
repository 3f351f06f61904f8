import { systemClock } from '../../platform/clock';
import { connectRedis } from '../../platform/events/redis-connection';
import { silentLogger } from '../../platform/observability/logger';
import { newRedisDatabase, testBackend } from '../../platform/testing/backend';
import { eventually } from '../../platform/testing/eventually';
import { LiveClient } from '../../platform/testing/live-client';
import { startRedis } from '../../platform/testing/servers';
import { Graph } from '../testing/graph';
import { LiveGraph } from '../testing/live-graph';
import { RateLimiter } from './rate-limiter';

const hour = 3_600;

// Each test is a client of its own by its address: the gateway trusts the proxy that the tests are.
describe.each(['plinth', 'apollo'])('rate limits (G3), with EXECUTOR=%s', executor => {
  let graph: Graph;

  beforeAll(async () => {
    const backend = testBackend();
    graph = await Graph.start({
      EXECUTOR: executor,
      RATE_LIMIT: 'on',
      RATE_LIMIT_POINTS: '5',
      RATE_LIMIT_CREDENTIALS: '2',
      ...(backend && { REDIS_URL: await newRedisDatabase(backend.redis) }),
    });
  });

  afterAll(() => graph.stop());

  const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });
  const post = (headers: Record<string, string>, query = '{ me { id } }') =>
    fetch(`${graph.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
  const remaining = (response: Response) => Number(response.headers.get('ratelimit-remaining'));
  const statusesOf = async (count: number, send: () => Promise<Response>): Promise<number[]> => {
    const statuses: number[] = [];
    for (let at = 0; at < count; at++) statuses.push((await send()).status);
    return statuses;
  };
  const signIn = 'mutation { signIn(password: "x") }';

  it('report the limit of an anonymous client, by its address, and refuse what is over it', async () => {
    const client = from('203.0.113.1');
    const first = await post(client);
    expect([first.status, first.headers.get('ratelimit-limit'), remaining(first)]).toEqual([200, '5', 4]);
    expect(Number(first.headers.get('ratelimit-reset'))).toBeGreaterThan(0);
    expect(first.headers.get('retry-after')).toBeNull();
    expect(await statusesOf(4, () => post(client))).toEqual([200, 200, 200, 200]);
    const refused = await post(client);
    const { errors } = (await refused.json()) as { errors: { extensions: Record<string, unknown> }[] };
    const retryAfter = Number(refused.headers.get('retry-after'));
    expect([refused.status, remaining(refused)]).toEqual([429, 0]);
    expect(retryAfter).toBeGreaterThan(0);
    expect(errors[0]!.extensions).toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfterSeconds: retryAfter },
      http: { status: 429 },
    });
    expect((await post(from('203.0.113.2'))).status).toBe(200);
  });

  it('are the same over REST', async () => {
    const client = from('203.0.113.3');
    const get = () => fetch(`${graph.gateway.url}/me`, { headers: client });
    expect(await statusesOf(5, get)).toEqual([200, 200, 200, 200, 200]);
    const refused = await get();
    expect([refused.status, await refused.json()]).toMatchObject([429, { error: 'RATE_LIMITED' }]);
    expect(refused.headers.get('retry-after')).not.toBeNull();
  });

  it('count a user by the account, wherever it sends from', async () => {
    const headers = { authorization: `Bearer ${graph.issuer.token({ userId: `u-${executor}` })}` };
    const addresses = [11, 12, 13, 14, 15, 16].map(at => `203.0.113.${at}`);
    const statuses: number[] = [];
    for (const address of addresses) statuses.push((await post({ ...headers, ...from(address) })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await post(from('203.0.113.16'))).status).toBe(200);
  });

  it('count all addresses of one IPv6 /64 as one client', async () => {
    const statuses: number[] = [];
    for (const at of [1, 2, 3, 4, 5, 6]) statuses.push((await post(from(`2001:db8:0:1::${at}`))).status);
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect((await post(from('2001:db8:0:2::1'))).status).toBe(200);
  });

  it('believe no address that the client wrote before the proxy’s', async () => {
    const statuses: number[] = [];
    for (const at of [1, 2, 3, 4, 5, 6]) {
      statuses.push((await post(from(`198.51.100.${at}, 203.0.113.30`))).status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it('count requests with wrong credentials against their address', async () => {
    const client = { ...from('203.0.113.40'), authorization: 'Bearer guess' };
    expect(await statusesOf(6, () => post(client))).toEqual([401, 401, 401, 401, 401, 429]);
  });

  it('allow fewer operations with a credential, and leave the others alone', async () => {
    const client = from('203.0.113.50');
    const first = await post(client, signIn);
    expect([first.status, first.headers.get('ratelimit-limit'), remaining(first)]).toEqual([200, '2', 1]);
    expect((await post(client, signIn)).status).toBe(200);
    expect((await post(client, signIn)).status).toBe(429);
    expect((await post(client)).status).toBe(200);
  });

  it('refuse before the service is called', async () => {
    const client = from('203.0.113.60');
    await statusesOf(5, () => post(client));
    graph.people.heard.length = 0;
    expect((await post(client)).status).toBe(429);
    expect(graph.people.heard).toEqual([]);
  });
});

it('an operation of a high cost spends more points', async () => {
  const graph = await Graph.start({ RATE_LIMIT: 'on', RATE_LIMIT_POINTS: '100' });
  try {
    const answer = await fetch(`${graph.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ users(first: 1000) { id } }' }),
    });
    // 1,000 users cost 1,000, which is ten points more than a request.
    expect([answer.status, answer.headers.get('ratelimit-remaining')]).toEqual([200, '89']);
  } finally {
    await graph.stop();
  }
});

if (testBackend() !== undefined) {
  it('rate limits refuse nobody because Redis is away, and are shared again when it is back', async () => {
    const redis = await startRedis();
    const graph = await Graph.start({ RATE_LIMIT: 'on', RATE_LIMIT_POINTS: '1000', REDIS_URL: redis.url });
    const post = async (address: string) => {
      const response = await fetch(`${graph.gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: '{"query":"{ me { id } }"}',
      });
      return response.status;
    };
    try {
      await redis.stop();
      const statuses = await Promise.all(Array.from({ length: 20 }, (_, at) => post(`203.0.113.${at}`)));
      expect(new Set(statuses)).toEqual(new Set([200]));
      await redis.start();
      const other = connectRedis(redis.url, silentLogger, 'test');
      await eventually(async () => {
        await post(`198.51.100.${Math.floor(Math.random() * 250)}`);
        expect(await other.keys('plinth:rate:requests:198.51.100.*')).not.toEqual([]);
      });
      other.disconnect();
    } finally {
      await graph.stop();
      await redis.close();
    }
  });
}

it('hold for operations over a socket, which lives on', async () => {
  const graph = await LiveGraph.start({ RATE_LIMIT_POINTS: '10' });
  const client = new LiveClient(graph.gateway.url);
  try {
    await eventually(async () => {
      const asked = client.subscribe('{ room(id: "a") { id } }');
      await eventually(() => expect(asked.isOver).toBe(true));
      expect(asked.code).toBe('RATE_LIMITED');
    });
    const watched = client.subscribe('subscription { knocked }');
    await eventually(() => expect(watched.code).toBe('RATE_LIMITED'));
    expect(client.closed).toBeUndefined();
  } finally {
    await client.close();
    await graph.stop();
  }
});

describe('a rate limiter', () => {
  const limiter = (options: Partial<ConstructorParameters<typeof RateLimiter>[0]> = {}) =>
    new RateLimiter({
      name: 'test',
      points: 10,
      windowSeconds: hour,
      block: 4,
      clock: systemClock,
      redis: undefined,
      ...options,
    });

  it('spends all points and no more, however many requests come at once', async () => {
    const allowance = limiter().of('a');
    const taken = await Promise.all(Array.from({ length: 30 }, () => allowance.take(1)));
    expect(taken.filter(Boolean)).toHaveLength(10);
    expect(allowance.remaining).toBe(0);
  });

  it('waits for the store once a block', async () => {
    const allowance = limiter().of('a');
    expect(allowance.take(1)).toBeInstanceOf(Promise);
    await allowance.take(1);
    expect(allowance.take(1)).toBe(true);
  });

  it('asks no more than the whole limit of one expensive operation', async () => {
    const allowance = limiter().of('a');
    expect(await allowance.take(500)).toBe(true);
    expect(await allowance.take(1)).toBe(false);
  });

  it('starts again when the window has passed', async () => {
    const allowance = limiter({ windowSeconds: 1 }).of('a');
    expect(await allowance.take(10)).toBe(true);
    await eventually(async () => expect(await allowance.take(10)).toBe(true));
  });

  const backend = testBackend();
  if (backend !== undefined) {
    it('shares the points of a client with other instances over Redis', async () => {
      const url = await newRedisDatabase(backend.redis);
      const connections = [connectRedis(url, silentLogger, 'a'), connectRedis(url, silentLogger, 'b')];
      await Promise.all(connections.map(redis => new Promise(resolve => redis.once('ready', resolve))));
      const allowances = connections.map(redis => limiter({ redis }).of('a'));
      const taken: boolean[] = [];
      for (let at = 0; at < 15; at++) for (const one of allowances) taken.push(await one.take(1));
      expect(taken.filter(Boolean)).toHaveLength(10);
      for (const redis of connections) redis.disconnect();
    });
  }

  it('counts on its own while Redis does not answer', async () => {
    const redis = connectRedis('redis://127.0.0.1:1', silentLogger, 'nobody');
    try {
      const allowance = limiter({ redis }).of('a');
      const taken = await Promise.all(Array.from({ length: 12 }, () => allowance.take(1)));
      expect(taken.filter(Boolean)).toHaveLength(10);
    } finally {
      redis.disconnect();
    }
  });
});
