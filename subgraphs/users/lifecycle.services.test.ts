import { testDatabaseUrl, testRedisUrl } from '../../platform/testing/services';
import { lifecycleContract } from './testing/lifecycle-contract';
import { LifecycleStage } from './testing/lifecycle-stage';

// A Redis database of its own: the group of the same name in another test must not take these events.
lifecycleContract('PostgreSQL, Redis', () =>
  LifecycleStage.start({ postgres: testDatabaseUrl(), redis: `${testRedisUrl()}/9` }),
);
