import { connectRedis } from '../../platform/events/redis-connection';
import { silentLogger } from '../../platform/observability/logger';
import { requiredBackend } from '../../platform/testing/backend';
import { eventually } from '../../platform/testing/eventually';
import { startRedis, type TestServer } from '../../platform/testing/servers';
import { AutomaticPersistedQueries, hashOf, SharedPersistedQueries } from './automatic-persisted-queries';

const texts = 'plinth:{operations}:texts';
const used = 'plinth:{operations}:used';

describe('operations that all instances know by their hash', () => {
  const redis = connectRedis(requiredBackend().redis, silentLogger, 'test', { enableOfflineQueue: true });
  const open: AutomaticPersistedQueries[] = [];
  let now = 1_000_000;

  beforeEach(() => redis.del(texts, used));
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });
  afterAll(() => redis.disconnect());

  const instance = (limits = { maxBytes: 10_000, keptMs: 60_000 }, url = requiredBackend().redis) => {
    const connection = connectRedis(url, silentLogger, 'test', { commandTimeout: 250 });
    const shared = new SharedPersistedQueries(connection, { now: () => now }, silentLogger, limits);
    const one = new AutomaticPersistedQueries(shared);
    open.push(one);
    return { one, connection };
  };
  const ready = async (...connections: { status: string }[]) =>
    eventually(() => expect(connections.map(({ status }) => status)).toEqual(connections.map(() => 'ready')));
  const stored = async () => Object.keys(await redis.hgetall(texts)).filter(key => key !== 'bytes');
  const measure = async () => {
    const { bytes, ...kept } = await redis.hgetall(texts);
    const entries = Object.entries(kept);
    const actual = entries.reduce((sum, [id, text]) => sum + id.length + Buffer.byteLength(text), 0);
    return { bytes: Number(bytes), actual, count: entries.length };
  };
  const held = async (text: string) => (await redis.hexists(texts, hashOf(text))) === 1;

  it('one learns and another answers, for as long as they are kept', async () => {
    const [first, second] = [instance(), instance()];
    await ready(first.connection, second.connection);
    const text = '{ me { id } }';
    first.one.keep(hashOf(text), text);
    await eventually(async () => expect(await held(text)).toBe(true));
    expect(await second.one.find(hashOf(text))).toBe(text);
    expect(await redis.pttl(texts)).toBeGreaterThan(0);
    expect(await redis.pttl(texts)).toBeLessThanOrEqual(60_000);
    expect(await redis.pttl(used)).toBeGreaterThan(0);
  });

  it('are bounded in bytes, and those used longest ago go first', async () => {
    const { one, connection } = instance();
    const reader = instance();
    await ready(connection, reader.connection);
    const useful = '{ me { id } }';
    one.keep(hashOf(useful), useful);
    await eventually(async () => expect(await held(useful)).toBe(true));
    for (let i = 0; i < 200; i++) {
      now += 1;
      const text = `{ a${i}: me { id } } # ${'ü'.repeat(i)}`;
      one.keep(hashOf(text), text);
      // An instance of its own each time, because what it knows itself it does not ask for.
      if (i % 10 === 0) {
        const fresh = new AutomaticPersistedQueries(
          new SharedPersistedQueries(redis, { now: () => now }, silentLogger, {
            maxBytes: 10_000,
            keptMs: 60_000,
          }),
        );
        expect(await fresh.find(hashOf(useful))).toBe(useful);
      }
    }
    await eventually(async () => expect(await held(`{ a199: me { id } } # ${'ü'.repeat(199)}`)).toBe(true));
    const { bytes, actual, count } = await measure();
    expect(bytes).toBe(actual);
    expect(actual).toBeLessThanOrEqual(10_000);
    expect(actual).toBeGreaterThan(8_000);
    expect(await held(useful)).toBe(true);
    expect(await redis.zcard(used)).toBe(count);
  });

  it('are forgotten when nobody used them for long', async () => {
    const { one, connection } = instance();
    await ready(connection);
    one.keep(hashOf('{ old }'), '{ old }');
    await eventually(async () => expect(await stored()).toHaveLength(1));
    now += 60_001;
    one.keep(hashOf('{ new }'), '{ new }');
    await eventually(async () => expect(await stored()).toEqual([hashOf('{ new }')]));
  });

  it('outlive the loss of either key', async () => {
    const { one, connection } = instance();
    await ready(connection);
    for (const lost of [used, texts]) {
      await redis.del(texts, used);
      for (let i = 0; i < 20; i++) one.keep(hashOf(`${lost}${i}`), `${lost}${i}`);
      await eventually(async () => expect(await stored()).toHaveLength(20));
      await redis.del(lost);
      for (let i = 0; i < 60; i++) {
        now += 1;
        const text = `{ ${lost}${i} } ${'x'.repeat(300)}`;
        one.keep(hashOf(text), text);
      }
      await eventually(async () => expect(await held(`{ ${lost}59 } ${'x'.repeat(300)}`)).toBe(true));
      const { bytes, actual } = await measure();
      expect(bytes).toBe(actual);
      expect(actual).toBeLessThanOrEqual(10_000);
    }
  });

  it('mean what they say: a text under another hash is not found', async () => {
    const { one, connection } = instance();
    await ready(connection);
    await redis.hset(texts, hashOf('{ a }'), '{ b }');
    expect(await one.find(hashOf('{ a }'))).toBeUndefined();
  });

  describe('while Redis is away', () => {
    let own: TestServer;

    beforeAll(async () => {
      own = await startRedis();
    });
    afterAll(() => own.close());

    it('each instance goes on with what it knows, and shares again by itself', async () => {
      const first = instance(undefined, own.url);
      const second = instance(undefined, own.url);
      await ready(first.connection, second.connection);
      await own.stop();
      const text = '{ me { id } }';
      first.one.keep(hashOf(text), text);
      expect(await first.one.find(hashOf(text))).toBe(text);
      const started = performance.now();
      expect(await second.one.find(hashOf(text))).toBeUndefined();
      expect(performance.now() - started).toBeLessThan(1_000);
      await own.start();
      await ready(first.connection, second.connection);
      const next = '{ me { name } }';
      await eventually(async () => {
        first.one.keep(hashOf(next), next);
        expect(await second.one.find(hashOf(next))).toBe(next);
      });
    });
  });
});
