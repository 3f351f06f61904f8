import { testDatabaseUrl, testRedisUrl } from '../../platform/testing/services';
import { lifecycleContract } from './testing/lifecycle-contract';

// A Redis database of its own: the group of the same name in another test must not take these events.
lifecycleContract('PostgreSQL, Redis', () => ({
  postgres: testDatabaseUrl(),
  redis: `${testRedisUrl()}/11`,
}));
