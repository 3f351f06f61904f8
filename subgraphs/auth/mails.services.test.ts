import { testDatabaseUrl, testRedisUrl } from '../../platform/testing/services';
import { mailsContract } from './testing/mails-contract';

// A Redis database of its own: the group of the same name in another test must not take these events.
mailsContract('postgres', () => ({ postgres: testDatabaseUrl(), redis: `${testRedisUrl()}/10` }));
