import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Clock } from '../../platform/clock';
import type { Logger } from '../../platform/observability/logger';
import { OperationCache } from './operation-cache';

/** Bytes of texts that one process keeps. */
const ownBytes = 8 * 1024 * 1024;
/** In characters: more than clients generate, and the maximum of the compiled executor. */
const longestText = 100_000;

/**
 * Automatic persisted queries (https://www.apollographql.com/docs/apollo-server/performance/apq): the texts of executed operations by their
 * hash, bounded in bytes. A flood of texts that are used once evicts only other such texts.
 */
export class AutomaticPersistedQueries {
  private readonly known: OperationCache<{ readonly text: string }>;

  /** @param shared the texts of all instances, where there is Redis; each instance reads a text from it once */
  constructor(
    private readonly shared: SharedPersistedQueries | undefined,
    maxBytes = ownBytes,
  ) {
    // A text takes up to two bytes a character; beside it there are its key and its places in the cache.
    this.known = new OperationCache(maxBytes, ({ text }) => text.length * 2 + 500);
  }

  get bytes(): number {
    return this.known.bytes;
  }

  async find(hash: string): Promise<string | undefined> {
    const own = this.known.get(hash);
    if (own !== undefined) return own.text;
    const text = await this.shared?.find(hash);
    // Otherwise a writer to Redis could choose the operation behind a hash.
    if (text === undefined || hashOf(text) !== hash) return undefined;
    this.known.set(hash, { text });
    return text;
  }

  /** @param text of an operation that was executed: a refused one must take no memory */
  keep(hash: string, text: string): void {
    if (text.length > longestText || this.known.get(hash) !== undefined) return;
    this.known.set(hash, { text });
    this.shared?.keep(hash, text);
  }

  close(): void {
    this.shared?.close();
  }
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const texts = 'plinth:{operations}:texts';
const used = 'plinth:{operations}:used';
/** Beside the hashes, which are 64 hexadecimal digits. */
const size = 'bytes';

/**
 * Adds a text, forgets those that were not used for too long, then the longest unused until the rest fits. In one script, so
 * that the count of bytes is right whatever happens between two commands. The count is a field beside the texts: Redis may
 * evict either key, never a part of one.
 */
const keepScript = `
local texts, used = KEYS[1], KEYS[2]
local id, text, now, keptMs, maxBytes = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local function forget(ids)
  for _, old in ipairs(ids) do
    local length = redis.call('HSTRLEN', texts, old)
    if redis.call('HDEL', texts, old) == 1 then redis.call('HINCRBY', texts, '${size}', -length - #old) end
    redis.call('ZREM', used, old)
  end
end
if redis.call('HSETNX', texts, id, text) == 1 then redis.call('HINCRBY', texts, '${size}', #text + #id) end
redis.call('ZADD', used, now, id)
forget(redis.call('ZRANGEBYSCORE', used, '-inf', now - keptMs, 'LIMIT', 0, 100))
while tonumber(redis.call('HGET', texts, '${size}')) > maxBytes do
  local oldest = redis.call('ZRANGE', used, 0, 0)
  if #oldest == 0 then
    redis.call('DEL', texts)
    break
  end
  forget(oldest)
end
redis.call('PEXPIRE', texts, keptMs)
redis.call('PEXPIRE', used, keptMs)
`;

/** The same, in Redis, for all instances. Redis away is a text not found: the client sends it again. */
export class SharedPersistedQueries {
  constructor(
    private readonly redis: Redis,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly limits = { maxBytes: 32 * 1024 * 1024, keptMs: 24 * 60 * 60_000 },
  ) {}

  async find(hash: string): Promise<string | undefined> {
    try {
      const answers = await this.redis
        .pipeline()
        .hget(texts, hash)
        .zadd(used, 'XX', this.clock.now(), hash)
        .exec();
      const text = answers?.[0]?.[1];
      return typeof text === 'string' ? text : undefined;
    } catch (error) {
      this.logger.debug({ error }, 'Redis was not asked for an operation');
      return undefined;
    }
  }

  keep(hash: string, text: string): void {
    const { maxBytes, keptMs } = this.limits;
    this.redis
      .eval(keepScript, 2, texts, used, hash, text, this.clock.now(), keptMs, maxBytes)
      .catch((error: unknown) => this.logger.debug({ error }, 'An operation was not kept in Redis'));
  }

  close(): void {
    this.redis.disconnect();
  }
}
