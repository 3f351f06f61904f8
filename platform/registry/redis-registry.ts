import type { Redis } from 'ioredis';
import { connectRedis, waitUntilReady } from '../events/redis-connection';
import type { Logger } from '../observability/logger';
import { leaseMs, type RegisteredInstance, type ServiceRegistry } from './service-registry';

const leases = 'plinth:registry:leases';
const facts = 'plinth:registry:instances';
const schemaKey = (hash: string): string => `plinth:registry:schema:${hash}`;
const schemaSeconds = 7 * 86_400;

/** With Redis' own time, so that the clocks of the machines need not agree. */
const registerScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('SET', KEYS[3], ARGV[4], 'EX', ARGV[5])`;

/** A gateway that has not read yet that an instance has left must not bring it back. */
const renewScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local lease = redis.call('ZSCORE', KEYS[1], ARGV[1])
if lease and tonumber(lease) > now then
  redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
  redis.call('EXPIRE', KEYS[2], ARGV[3])
end`;

const instancesScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
  redis.call('ZREM', KEYS[1], id)
  redis.call('HDEL', KEYS[2], id)
end
return redis.call('HVALS', KEYS[2])`;

/** The registry that all processes share. */
export class RedisRegistry implements ServiceRegistry {
  private readonly redis: Redis;

  constructor(url: string, logger: Logger) {
    this.redis = connectRedis(url, logger, 'registry', { lazyConnect: true });
  }

  async register(instance: RegisteredInstance, sdl: string): Promise<void> {
    const { id, schemaHash } = instance;
    await this.connected();
    await this.redis.eval(
      registerScript,
      3,
      leases,
      facts,
      schemaKey(schemaHash),
      id,
      leaseMs,
      JSON.stringify(instance),
      sdl,
      schemaSeconds,
    );
  }

  async renew({ id, schemaHash }: RegisteredInstance): Promise<void> {
    await this.connected();
    await this.redis.eval(renewScript, 2, leases, schemaKey(schemaHash), id, leaseMs, schemaSeconds);
  }

  async leave(id: string): Promise<void> {
    await this.redis.multi().zrem(leases, id).hdel(facts, id).exec();
  }

  async instances(): Promise<RegisteredInstance[]> {
    await this.connected();
    const rows = (await this.redis.eval(instancesScript, 2, leases, facts)) as string[];
    return rows.map(row => JSON.parse(row) as RegisteredInstance);
  }

  async schema(hash: string): Promise<string | undefined> {
    return (await this.redis.get(schemaKey(hash))) ?? undefined;
  }

  async close(): Promise<void> {
    this.redis.disconnect();
  }

  /** Connects at the first use: some processes, such as commands, use no registry. */
  private async connected(): Promise<void> {
    if (this.redis.status === 'wait') void this.redis.connect().catch(() => undefined);
    await waitUntilReady(this.redis);
  }
}
