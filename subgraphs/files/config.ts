import {
  commonSettings,
  databaseSettings,
  type Environment,
  kinds,
  optionalSetting,
  portSetting,
  readAll,
  readSettings,
  requireForShape,
  type Settings,
  type Shape,
  setting,
  type Values,
} from '../../platform/config';
import { encryptionSettings, requireKeys } from '../../platform/security/keyring-settings';

const largest = 2 ** 49;

export const filesSettings = {
  ...commonSettings,
  ...databaseSettings('files'),
  port: portSetting('files'),
  ...encryptionSettings,
  folder: optionalSetting(
    'FILES_DIR',
    kinds.text,
    'Folder of the stored files; all instances need the same one. DATA_DIR/files when unset',
    { example: '/var/lib/plinth/files' },
  ),
  maxFileSize: setting('FILES_MAX_SIZE', kinds.whole(1, largest), 'Bytes of the largest file', {
    default: String(5 * 1024 ** 3),
  }),
  maxFiles: setting('FILES_MAX_COUNT', kinds.whole(1, 1000), 'Files in one upload', { default: '20' }),
  userQuota: setting('FILES_USER_QUOTA', kinds.whole(0, largest), 'Bytes that one user may store', {
    default: String(10 * 1024 ** 3),
  }),
  allowedTypes: optionalSetting(
    'FILES_ALLOWED_TYPES',
    kinds.list,
    'Media types that are accepted, separated by commas; `image/*` stands for all images. All types when unset',
    { example: 'image/*,application/pdf' },
  ),
} satisfies Settings;

export type FilesConfig = Values<typeof filesSettings>;

/** @throws ConfigError with a line for each variable that is wrong, or missing in this shape */
export function readFilesConfig(shape: Shape, environment: Environment = process.env): FilesConfig {
  const config = readSettings(filesSettings, environment);
  readAll({
    shape: () => requireForShape(shape, config, 'files'),
    keys: () => requireKeys(shape, config, 'files'),
  });
  return config;
}
