import type { Config } from 'jest';
import { type Plinth, startPlinth } from './plinth';

/** Jest's global setup: one Plinth for each worker, for the stories that need none of their own. */
export default async function setup({ maxWorkers }: Config & { maxWorkers: number }): Promise<void> {
  const plinths = await Promise.all(Array.from({ length: maxWorkers }, () => startPlinth()));
  (globalThis as { plinths?: Plinth[] }).plinths = plinths;
  process.env['SHARED_PLINTHS'] = JSON.stringify(plinths.map(({ urls, redisUrl }) => ({ urls, redisUrl })));
}
