import { testDatabaseUrl, testRedisUrl } from '../../platform/testing/services';
import { apiKeyRightsContract } from './testing/api-key-rights-contract';

// A Redis database of its own: the group of the same name in another test must not take these events.
apiKeyRightsContract('postgres', () => ({ postgres: testDatabaseUrl(), redis: `${testRedisUrl()}/13` }));
