import { testDatabaseUrl, testRedisUrl } from '../../platform/testing/services';
import { usersContract } from './testing/users-contract';

// A Redis database of its own: the group of the same name in another test must not take these events.
usersContract('postgres', () => ({ postgres: testDatabaseUrl(), redis: `${testRedisUrl()}/7` }));
