import { connectRedis, waitUntilReady } from '../platform/events/redis-connection';
import type { Logger } from '../platform/observability/logger';
import type { Metrics } from '../platform/observability/metrics';
import type { ProcessContext } from '../platform/process';
import type { GatewayConfig } from './config';
import { RateLimits } from './traffic/rate-limits';

/** The rate limits of the configuration, shared by all instances where there is Redis; undefined when they are off. */
export async function openRateLimits(
  config: Pick<GatewayConfig, 'rateLimit' | 'rateLimitPoints' | 'rateLimitCredentials' | 'redisUrl'>,
  { clock }: Pick<ProcessContext, 'clock'>,
  metrics: Metrics,
  logger: Logger,
): Promise<{ readonly limits: RateLimits; close(): void } | undefined> {
  if (!config.rateLimit) return undefined;
  // A request waits for Redis once in a block of points, so a Redis that has gone silent delays few requests, by a quarter of a second.
  const redis =
    config.redisUrl === undefined
      ? undefined
      : connectRedis(config.redisUrl, logger, 'rate limits', { commandTimeout: 250 });
  // So that the first requests are counted with those of other instances; without Redis this instance counts on its own.
  await (redis && waitUntilReady(redis).catch(() => undefined));
  const limits = new RateLimits(
    { points: config.rateLimitPoints, credentials: config.rateLimitCredentials, windowSeconds: 60 },
    { clock, metrics, redis },
  );
  return { limits, close: () => redis?.disconnect() };
}
