import {
  ConfigError,
  commonSettings,
  databaseSettings,
  type Environment,
  kinds,
  optionalSetting,
  readAll,
  readSettings,
  requireForShape,
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
  ...encryptionSettings,
  bcryptCost: setting(
    'BCRYPT_COST',
    kinds.whole(4, 15),
    'Cost of hashing a password: each step doubles the time. Older hashes are made anew at the next sign-in',
    { default: '12' },
  ),
  accessTokenTtl: setting(
    'ACCESS_TOKEN_TTL',
    kinds.seconds(60, 3600),
    'Seconds an access token lives; revocation ends it earlier',
    { default: '900' },
  ),
  refreshTokenTtl: setting(
    'REFRESH_TOKEN_TTL',
    kinds.seconds(300, 31_536_000),
    'Seconds a session lives, however often it is refreshed',
    { default: '2592000' },
  ),
  signingKeyRotation: setting(
    'SIGNING_KEY_ROTATION',
    kinds.whole(1, 365, ' days'),
    'Days a key signs access tokens before the next one does',
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
    'How authenticator apps name what a code is for',
    { default: 'Plinth' },
  ),
  adminEmail: optionalSetting(
    'ADMIN_EMAIL',
    kinds.text,
    'Email of the first administrator, made at a start while there is none; with ADMIN_PASSWORD',
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
