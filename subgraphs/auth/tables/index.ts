import type { RowClass } from '../../../platform/database/data-source';
import {
  AccountCreationRow,
  AccountRow,
  AccountTokenRow,
  AdministratorReleaseRow,
  MailLimitRow,
} from './accounts';
import { ApiKeyRow, SecretRow, SigningKeyRow } from './keys';
import { RecoveryCodeRow, TotpFactorRow } from './second-factor';
import { SecurityEventRow } from './security-events';
import { KnownDeviceRow, SessionRow } from './sessions';
import { LoginChallengeRow, LoginThrottleRow } from './sign-in';

export * from './accounts';
export * from './keys';
export * from './second-factor';
export * from './security-events';
export * from './sessions';
export * from './sign-in';

/** What is encrypted with ENCRYPTION_KEYS. */
export const encryptedColumns = {
  secrets: ['value'],
  signing_keys: ['private_key'],
  totp_factors: ['secret'],
};

/** Every table of the auth service. */
export const entities: RowClass[] = [
  AccountRow,
  AccountTokenRow,
  MailLimitRow,
  AccountCreationRow,
  AdministratorReleaseRow,
  SessionRow,
  KnownDeviceRow,
  LoginThrottleRow,
  LoginChallengeRow,
  TotpFactorRow,
  RecoveryCodeRow,
  SigningKeyRow,
  SecretRow,
  ApiKeyRow,
  SecurityEventRow,
];
