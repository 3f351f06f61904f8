import { testDatabaseUrl, testRedisUrl } from '../../platform/testing/services';
import { notificationsContract } from './testing/notifications-contract';

// A Redis database of its own: the group of the same name in another test must not take these events.
notificationsContract('postgres', () => ({ postgres: testDatabaseUrl(), redis: `${testRedisUrl()}/11` }));
