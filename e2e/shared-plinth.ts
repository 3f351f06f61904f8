import { type Plinth, startPlinth } from './plinth';

/** Jest's global setup: one Plinth for all the stories that need none of their own. */
export default async function setup(): Promise<void> {
  const plinth = await startPlinth();
  (globalThis as { plinth?: Plinth }).plinth = plinth;
  process.env['PLINTH_URLS'] = JSON.stringify(plinth.urls);
  if (plinth.redisUrl !== undefined) process.env['PLINTH_REDIS_URL'] = plinth.redisUrl;
}
