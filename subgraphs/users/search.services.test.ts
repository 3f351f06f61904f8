import { testDatabaseUrl, testRedisUrl } from '../../platform/testing/services';
import { searchContract } from './testing/search-contract';

// A Redis database of its own: the group of the same name in another test must not take these events.
searchContract('postgres', () => ({ postgres: testDatabaseUrl(), redis: `${testRedisUrl()}/9` }));
