import { ManualClock } from '../clock';
import { silentLogger } from '../observability/logger';
import { newRedisDatabase, testBackend } from '../testing/backend';
import { eventually } from '../testing/eventually';
import { startRedis } from '../testing/servers';
import { RedisRegistry } from './redis-registry';
import { keepRegistered, reachableHost, schemaHashOf } from './registration';
import { InProcessRegistry, type RegisteredInstance, type ServiceRegistry } from './service-registry';

const sdl = 'type Query { me: String }';

function instanceOf(id: string, changed: Partial<RegisteredInstance> = {}): RegisteredInstance {
  return {
    id,
    name: 'users',
    url: `http://10.0.0.7:80/${id}`,
    version: '1.2.3',
    schemaHash: schemaHashOf(sdl),
    zone: 'a',
    registeredAt: 1,
    isProbed: false,
    ...changed,
  };
}

describe('the registry', () => {
  const clock = new ManualClock(Date.now());
  const backend = testBackend();
  let registry: ServiceRegistry;

  beforeEach(async () => {
    registry =
      backend === undefined
        ? new InProcessRegistry(clock)
        : new RedisRegistry(await newRedisDatabase(backend.redis), silentLogger);
  });

  afterEach(() => registry.close());

  it('lists the instances that have registered, with their facts, until they leave', async () => {
    const [one, other] = [instanceOf('one'), instanceOf('other', { zone: '', isProbed: true })];
    await registry.register(one, sdl);
    await registry.register(other, sdl);
    await registry.register({ ...one, version: '1.2.4' }, sdl);
    expect((await registry.instances()).sort((a, b) => a.id.localeCompare(b.id))).toEqual([
      { ...one, version: '1.2.4' },
      other,
    ]);
    await registry.leave('one');
    expect(await registry.instances()).toEqual([other]);
  });

  it('has the schema of each instance by its hash', async () => {
    await registry.register(instanceOf('one'), sdl);
    expect(await registry.schema(schemaHashOf(sdl))).toBe(sdl);
    expect(await registry.schema('unknown')).toBeUndefined();
  });

  it('renews an instance that is registered, and does not bring back one that has left', async () => {
    const [one, other] = [instanceOf('one'), instanceOf('other')];
    await registry.register(one, sdl);
    await registry.register(other, sdl);
    await registry.leave('one');
    await registry.renew(one);
    await registry.renew(other);
    expect(await registry.instances()).toEqual([other]);
  });

  it('keeps an instance registered until it leaves', async () => {
    const leave = keepRegistered(registry, instanceOf('one'), sdl, silentLogger);
    await eventually(async () => expect(await registry.instances()).toHaveLength(1));
    await leave();
    expect(await registry.instances()).toEqual([]);
  });
});

it('the registry of one process forgets an instance that is not renewed', async () => {
  const clock = new ManualClock(Date.now());
  const registry = new InProcessRegistry(clock);
  await registry.register(instanceOf('one'), sdl);
  clock.advance(5_000);
  await registry.renew(instanceOf('one'));
  clock.advance(9_999);
  expect(await registry.instances()).toHaveLength(1);
  clock.advance(1);
  await registry.renew(instanceOf('one'));
  expect(await registry.instances()).toEqual([]);
});

if (testBackend() !== undefined) {
  it('registers again by itself when Redis comes back without what it had', async () => {
    const redis = await startRedis();
    const registry = new RedisRegistry(redis.url, silentLogger);
    const leave = keepRegistered(registry, instanceOf('one'), sdl, silentLogger);
    try {
      await eventually(async () => expect(await registry.instances()).toHaveLength(1));
      await redis.stop();
      await expect(registry.instances()).rejects.toThrow();
      await redis.start();
      await eventually(async () => expect(await registry.instances()).toHaveLength(1));
    } finally {
      await leave();
      await registry.close();
      await redis.close();
    }
  });
}

it('names a host that other machines reach', () => {
  expect(reachableHost('10.1.2.3')).toBe('10.1.2.3');
  expect(reachableHost('0.0.0.0')).not.toBe('0.0.0.0');
});
