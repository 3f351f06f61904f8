import { mailsContract } from './testing/mails-contract';

mailsContract('sqlite');
