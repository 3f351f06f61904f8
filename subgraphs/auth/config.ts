import {
  ConfigError,
  commonSettings,
  databaseSettings,
  type Environment,
  kinds,
  missing,
  optionalSetting,
  readAll,
  readSettings,
  requireForShape,
  type Settings,
  type Shape,
  setting,
  type Values,
} from '../../platform/config';
import { encryptionSettings, requireKeys } from '../../platform/encryption-settings';
import { longestAccessToken } from '../../platform/tokens';

export const authSettings = {
  ...commonSettings,
  ...databaseSettings('auth'),
  ...encryptionSettings,
  port: commonSettings.authPort,
  bcryptCost: setting(
    'BCRYPT_COST',
    kinds.whole(4, 15),
    'Cost of password hashes; each step doubles the time',
    {
      default: '12',
    },
  ),
  accessTokenTtl: setting(
    'ACCESS_TOKEN_TTL',
    kinds.seconds(60, longestAccessToken),
    'Seconds an access token lives',
    { default: '900' },
  ),
  refreshTokenTtl: setting(
    'REFRESH_TOKEN_TTL',
    kinds.seconds(300, 366 * 86_400),
    'Seconds a session lives, however often it is refreshed',
    { default: '2592000' },
  ),
  signingKeyDays: setting(
    'SIGNING_KEY_DAYS',
    kinds.whole(1, 366, ' days'),
    'Days after which a new key signs tokens',
    {
      default: '30',
    },
  ),
  adminEmail: optionalSetting(
    'ADMIN_EMAIL',
    kinds.text,
    'Address of the first administrator (username `admin`), made once, at the first start',
    { example: 'you@example.com' },
  ),
  adminPassword: optionalSetting('ADMIN_PASSWORD', kinds.text, 'Password of the first administrator', {
    secret: true,
  }),
} satisfies Settings;

export type AuthConfig = Values<typeof authSettings>;

/** @throws ConfigError with a line for each variable that is wrong, or missing in this shape */
export function readAuthConfig(shape: Shape, environment: Environment = process.env): AuthConfig {
  const config = readSettings(authSettings, environment);
  readAll({
    shape: () => requireForShape(shape, config, 'auth'),
    keys: () => requireKeys(shape, config, 'auth'),
    administrator: () => {
      for (const [one, other] of [
        ['adminEmail', 'adminPassword'],
        ['adminPassword', 'adminEmail'],
      ] as const) {
        if (config[one] !== undefined && config[other] === undefined) {
          throw new ConfigError([
            missing({
              ...authSettings[other],
              description: `${authSettings[one].variable} alone makes no administrator`,
            }),
          ]);
        }
      }
    },
  });
  return config;
}
