import { testDatabaseUrl, testRedisUrl } from '../../platform/testing/services';
import { securityEventsContract } from './testing/security-events-contract';

// A Redis database of its own: the group of the same name in another test must not take these events.
securityEventsContract('postgres', () => ({ postgres: testDatabaseUrl(), redis: `${testRedisUrl()}/11` }));
