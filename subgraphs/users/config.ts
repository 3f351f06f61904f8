import { z } from 'zod';
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
import { Keyring } from '../../platform/encryption';

export const usersSettings = {
  ...commonSettings,
  ...databaseSettings('users'),
  port: setting('USERS_PORT', kinds.port, 'Port of the users service', { default: '8002' }),
  encryptionKeys: optionalSetting(
    'ENCRYPTION_KEYS',
    z.string().transform((text, context) => {
      try {
        return new Keyring(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: `is wrong: ${(error as Error).message}` });
        return z.NEVER;
      }
    }),
    'Keys that encrypt what is secret at rest, as id:base64 with 32 random bytes, the newest first; DATA_DIR/secret.key when unset',
    { secret: true, example: '2026-01:<openssl rand -base64 32>' },
  ),
} satisfies Settings;

export type UsersConfig = Values<typeof usersSettings>;

/** @throws ConfigError with a line for each variable that is wrong, or missing in this shape */
export function readUsersConfig(shape: Shape, environment: Environment = process.env): UsersConfig {
  const config = readSettings(usersSettings, environment);
  readAll({
    shape: () => requireForShape(shape, config, 'users'),
    keys: () => {
      if (shape === 'alone' && config.encryptionKeys === undefined) {
        throw new ConfigError([
          missing({
            ...usersSettings.encryptionKeys,
            description: 'the users service on its own needs the keys that encrypt phone numbers',
          }),
        ]);
      }
    },
  });
  return config;
}
