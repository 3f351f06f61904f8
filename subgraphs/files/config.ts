import {
  commonSettings,
  databaseSettings,
  type Environment,
  kinds,
  readSettings,
  requireForShape,
  type Settings,
  type Shape,
  setting,
  type Values,
} from '../../platform/config';

export const filesSettings = {
  ...commonSettings,
  ...databaseSettings('files'),
  port: setting('FILES_PORT', kinds.port, 'Port of the files service', { default: '8004' }),
} satisfies Settings;

export type FilesConfig = Values<typeof filesSettings>;

export function readFilesConfig(shape: Shape, environment: Environment = process.env): FilesConfig {
  const config = readSettings(filesSettings, environment);
  requireForShape(shape, config, 'files');
  return config;
}
