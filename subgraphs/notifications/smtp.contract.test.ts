import { smtpContract } from './testing/smtp-contract';

smtpContract();
