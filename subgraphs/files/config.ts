import {
  commonSettings,
  databaseSettings,
  type Environment,
  portSetting,
  readSettings,
  requireForShape,
  type Settings,
  type Shape,
  type Values,
} from '../../platform/config';

export const filesSettings = {
  ...commonSettings,
  ...databaseSettings('files'),
  port: portSetting('files'),
} satisfies Settings;

export type FilesConfig = Values<typeof filesSettings>;

export function readFilesConfig(shape: Shape, environment: Environment = process.env): FilesConfig {
  const config = readSettings(filesSettings, environment);
  requireForShape(shape, config, 'files');
  return config;
}
