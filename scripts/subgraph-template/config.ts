import {
  commonSettings,
  databaseSettings,
  portSetting,
  requireForShape,
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

export const samplesSettings = {
  ...commonSettings,
  ...databaseSettings('samples'),
  ...tlsSettings('samples'),
  port: portSetting('samples'),
  ...encryptionSettings,
} satisfies Settings;

export type SamplesConfig = Values<typeof samplesSettings>;

/** @throws ConfigError with a line for each variable that is wrong, or missing in this shape */
export function readSamplesConfig(shape: Shape, environment: Environment = process.env): SamplesConfig {
  const config = readSettings(samplesSettings, environment);
  readAll({
    shape: () => requireForShape(shape, config, 'samples'),
    keys: () => requireKeys(shape, config, 'samples'),
  });
  return config;
}
