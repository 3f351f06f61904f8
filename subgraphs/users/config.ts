import {
  commonSettings,
  databaseSettings,
  type Environment,
  kinds,
  readAll,
  readSettings,
  requireForShape,
  type Settings,
  type Shape,
  setting,
  type Values,
} from '../../platform/config';
import { encryptionSettings, requireKeys } from '../../platform/security/keyring-settings';

export const usersSettings = {
  ...commonSettings,
  ...databaseSettings('users'),
  port: setting('USERS_PORT', kinds.port, 'Port of the users service', { default: '8002' }),
  ...encryptionSettings,
} satisfies Settings;

export type UsersConfig = Values<typeof usersSettings>;

/** @throws ConfigError with a line for each variable that is wrong, or missing in this shape */
export function readUsersConfig(shape: Shape, environment: Environment = process.env): UsersConfig {
  const config = readSettings(usersSettings, environment);
  readAll({
    shape: () => requireForShape(shape, config, 'users'),
    keys: () => requireKeys(shape, config, 'users'),
  });
  return config;
}
