import { testDatabaseUrl, testRedisUrl } from '../../platform/testing/services';
import { authContract } from './testing/auth-contract';

// A Redis database of its own: the group of the same name in another test must not take these events.
authContract('postgres', () => ({ postgres: testDatabaseUrl(), redis: `${testRedisUrl()}/6` }));
