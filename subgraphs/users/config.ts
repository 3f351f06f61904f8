import {
  commonSettings,
  databaseSettings,
  portSetting,
  requireForShape,
  serviceUrlSetting,
  tlsSettings,
} from '../../platform/common-settings';
import {
  type Environment,
  readAll,
  readSettings,
  type Settings,
  type Shape,
  type Values,
} from '../../platform/config';
import { encryptionSettings, requireKeys } from '../../platform/security/keyring-settings';

export const usersSettings = {
  ...commonSettings,
  ...databaseSettings('users'),
  ...tlsSettings('users'),
  port: portSetting('users'),
  ...encryptionSettings,
  filesUrl: serviceUrlSetting('files', 'http://files:8004'),
  filesPort: portSetting('files'),
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
