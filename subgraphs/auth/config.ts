import {
  commonSettings,
  databaseSettings,
  requireForShape,
  tlsSettings,
} from '../../platform/common-settings';
import {
  ConfigError,
  type Environment,
  kinds,
  optionalSetting,
  readAll,
  readSettings,
  type Settings,
  type Shape,
  setting,
  type Values,
} from '../../platform/config';
import { encryptionSettings, requireKeys } from '../../platform/security/keyring-settings';
import { mistakesInAccount } from './accounts/credentials';

/** The username of the administrator that ADMIN_EMAIL and ADMIN_PASSWORD make. */
export const firstAdministrator = 'admin';

export const authSettings = {
  ...commonSettings,
  ...databaseSettings('auth'),
  ...tlsSettings('auth'),
  ...encryptionSettings,
  bcryptCost: setting(
    'BCRYPT_COST',
    kinds.whole(4, 15),
    'Cost of hashing a password. Each step doubles the time. Hashes of a lower cost are replaced at the next sign-in',
    { default: '12' },
  ),
  accessTokenTtl: setting(
    'ACCESS_TOKEN_TTL',
    kinds.seconds(5, 3600),
    'Seconds for which an access token is valid. Revocation ends it earlier',
    { default: '900' },
  ),
  refreshTokenTtl: setting(
    'REFRESH_TOKEN_TTL',
    kinds.seconds(300, 31_536_000),
    'Seconds for which a session is valid, however often it is refreshed',
    { default: '2592000' },
  ),
  signingKeyRotation: setting(
    'SIGNING_KEY_ROTATION',
    kinds.whole(1, 365, ' days'),
    'Days for which a key signs access tokens before the next key does',
    { default: '30' },
  ),
  securityEventRetention: setting(
    'SECURITY_EVENT_RETENTION',
    kinds.whole(30, 3650, ' days'),
    'Days that security events of accounts are kept',
    { default: '400' },
  ),
  totpIssuer: setting(
    'TOTP_ISSUER',
    kinds.text.refine(text => /^[^:\p{Cc}]{1,64}$/u.test(text), 'must be 1 to 64 characters without a colon'),
    'Name under which authenticator apps show the account',
    { default: 'Plinth' },
  ),
  adminEmail: optionalSetting(
    'ADMIN_EMAIL',
    kinds.text,
    'Email of the first administrator, who is created at start when there is none. Needs ADMIN_PASSWORD',
    { example: 'you@example.com' },
  ),
  adminPassword: optionalSetting('ADMIN_PASSWORD', kinds.text, 'Password of the first administrator', {
    secret: true,
    example: 'a long password of your own',
  }),
} satisfies Settings;

export type AuthConfig = Values<typeof authSettings> & { readonly port: number };

/** @throws ConfigError with a line for each variable that is wrong, or missing in this shape */
export function readAuthConfig(shape: Shape, environment: Environment = process.env): AuthConfig {
  const config = readSettings(authSettings, environment);
  readAll({
    shape: () => requireForShape(shape, config, 'auth'),
    keys: () => requireKeys(shape, config, 'auth'),
    administrator: () => checkAdministrator(config.adminEmail, config.adminPassword),
  });
  return { ...config, port: config.authPort };
}

function checkAdministrator(email: string | undefined, password: string | undefined): void {
  if (email === undefined && password === undefined) return;
  if (email === undefined) throw new ConfigError(['ADMIN_PASSWORD is set and ADMIN_EMAIL is not: set both']);
  if (password === undefined) {
    throw new ConfigError(['ADMIN_EMAIL is set and ADMIN_PASSWORD is not: set both']);
  }
  const variables: Record<string, string> = { email: 'ADMIN_EMAIL', password: 'ADMIN_PASSWORD' };
  const mistakes = mistakesInAccount({ username: firstAdministrator, email, password });
  if (mistakes.length > 0) {
    throw new ConfigError(mistakes.map(({ field, message }) => `${variables[field] ?? field} ${message}`));
  }
}
