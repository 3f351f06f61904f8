import { securityEventsContract } from './testing/security-events-contract';

securityEventsContract('sqlite');
