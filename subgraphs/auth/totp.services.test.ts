import { testDatabaseUrl, testRedisUrl } from '../../platform/testing/services';
import { totpContract } from './testing/totp-contract';

// A Redis database of its own: the group of the same name in another test must not take these events.
totpContract('postgres', () => ({ postgres: testDatabaseUrl(), redis: `${testRedisUrl()}/11` }));
