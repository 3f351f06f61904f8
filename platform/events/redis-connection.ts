import { Redis, type RedisOptions } from 'ioredis';
import { unavailable } from '../errors';
import type { Logger } from '../observability/logger';

/**
 * A connection that comes back by itself and never makes a caller wait for that: a command fails at once while Redis is
 * away, and within a few seconds when it has gone silent.
 */
export function connectRedis(url: string, logger: Logger, use: string, options: RedisOptions = {}): Redis {
  const redis = new Redis(url, {
    connectionName: `plinth ${use}`.replaceAll(' ', '-'),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: 2_000,
    commandTimeout: 3_000,
    retryStrategy: attempt => Math.min(25 * 2 ** attempt, 1_000),
    reconnectOnError: error => error.message.startsWith('READONLY'),
    ...options,
  });
  // One line when the connection is lost and one when it is back, not one for every attempt.
  let away = false;
  redis.on('error', (error: unknown) => {
    if (!away) logger.warn({ error, use }, 'Redis cannot be reached; trying again until it can');
    away = true;
  });
  redis.on('ready', () => {
    if (away) logger.info({ use }, 'Redis is back');
    away = false;
  });
  return redis;
}

/** For readers, which need not answer at once: the first connection is made while the service is busy with its start. */
export const connectionPatienceMs = 10_000;

const turnMs = 50;

/**
 * Waits for a connection that is being made, so that the first command after a start does not fail.
 *
 * @throws AppError SERVICE_UNAVAILABLE when Redis cannot be reached, or the connection takes longer than `patienceMs`
 */
export async function waitUntilReady(redis: Redis, patienceMs = 500): Promise<void> {
  const status = () => redis.status;
  if (status() === 'ready') return;
  if (status() !== 'reconnecting' && status() !== 'end') {
    await new Promise<void>(resolve => {
      const done = () => {
        clearInterval(timer);
        redis.off('ready', done);
        redis.off('close', done);
        resolve();
      };
      // One long timer would end before an answer that arrived while the process was busy with its start.
      let turns = patienceMs / turnMs;
      const timer = setInterval(() => {
        turns -= 1;
        if (turns <= 0) done();
      }, turnMs);
      redis.on('ready', done);
      redis.on('close', done);
    });
  }
  if (status() !== 'ready') throw unavailable('Redis cannot be reached right now');
}
