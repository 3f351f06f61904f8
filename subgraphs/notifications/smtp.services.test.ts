import { testDatabaseUrl, testRedisUrl } from '../../platform/testing/services';
import { smtpContract } from './testing/smtp-contract';

// A Redis database of its own: the group of the same name in another test must not take these events.
smtpContract('postgres', () => ({ postgres: testDatabaseUrl(), redis: `${testRedisUrl()}/12` }));
