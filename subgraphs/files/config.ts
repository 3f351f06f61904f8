import { z } from 'zod';
import {
  commonSettings,
  databaseSettings,
  portSetting,
  requireForShape,
  tlsSettings,
} from '../../platform/common-settings';
import {
  ConfigError,
  type Environment,
  kinds,
  missing,
  optionalSetting,
  readAll,
  readSettings,
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
  ...tlsSettings('files'),
  port: portSetting('files'),
  ...encryptionSettings,
  folder: optionalSetting(
    'FILES_DIR',
    kinds.text,
    'Folder of the stored files, when S3_BUCKET is unset; all instances need the same one. DATA_DIR/files when unset',
    { example: '/var/lib/plinth/files' },
  ),
  s3Bucket: optionalSetting(
    'S3_BUCKET',
    kinds.text,
    'Bucket of the stored files. They are in a folder (FILES_DIR) when unset',
    { example: 'plinth-files' },
  ),
  s3Endpoint: optionalSetting(
    'S3_ENDPOINT',
    kinds.url,
    'URL of an S3 server other than AWS; its buckets are addressed by path. AWS when unset',
    { example: 'http://localhost:9000' },
  ),
  s3Region: setting('S3_REGION', kinds.text, 'Region of the bucket', { default: 'us-east-1' }),
  s3AccessKeyId: optionalSetting(
    'S3_ACCESS_KEY_ID',
    kinds.text,
    'Access key of the bucket. The credentials that the AWS SDK finds, such as an IAM role, when unset',
    { example: 'plinth' },
  ),
  s3SecretAccessKey: optionalSetting('S3_SECRET_ACCESS_KEY', kinds.text, 'Secret of S3_ACCESS_KEY_ID', {
    secret: true,
  }),
  s3Timeout: setting(
    'S3_TIMEOUT',
    kinds.seconds(1, 600),
    'Seconds that the S3 server may be silent. Then a request is repeated twice, and fails',
    { default: '20' },
  ),
  scansStored: setting(
    'FILES_SCAN_STORED',
    kinds.onOff,
    'Whether files that were stored without a virus scan are scanned in the background once CLAMD_URL is set',
    { default: 'on' },
  ),
  isEncrypting: setting(
    'FILES_ENCRYPTION',
    kinds.onOff,
    'Whether new files are encrypted in the storage, with ENCRYPTION_KEYS. Stored files stay as they are until `npm run files:rotate-keys`',
    { default: 'on' },
  ),
  clamdUrl: optionalSetting(
    'CLAMD_URL',
    z
      .string()
      .refine(
        text => URL.canParse(text) && /^(tcp:\/\/[^/]+|unix:\/.+)$/.test(text),
        'must be tcp://host:port or unix:/path',
      ),
    'Virus scanner (clamd). Only the EICAR test file is recognised when unset',
    { example: 'tcp://localhost:3310' },
  ),
  clamdTimeout: setting(
    'CLAMD_TIMEOUT',
    kinds.seconds(1, 600),
    'Seconds that clamd may be silent. Then the file is stored and scanned later',
    { default: '20' },
  ),
  servesUnscanned: setting(
    'FILES_SERVE_UNSCANNED',
    kinds.onOff,
    'Whether files that wait for their virus scan are served meanwhile',
    { default: 'off' },
  ),
  maxFileSize: setting('FILES_MAX_SIZE', kinds.whole(1, largest), 'Bytes of the largest file', {
    default: String(5 * 1024 ** 3),
  }),
  maxFiles: setting('FILES_MAX_COUNT', kinds.whole(1, 1000), 'Files in one upload', { default: '20' }),
  userQuota: setting('FILES_USER_QUOTA', kinds.whole(0, largest), 'Bytes that one user may store', {
    default: String(10 * 1024 ** 3),
  }),
  totalQuota: optionalSetting(
    'FILES_TOTAL_QUOTA',
    kinds.whole(0, largest),
    'Bytes that all users together may store. No limit when unset',
    { example: String(1024 ** 4) },
  ),
  exportMaxSize: setting(
    'FILES_EXPORT_MAX_SIZE',
    kinds.whole(0, largest),
    'Bytes of file contents in one export of personal data. The export has signed links to the other files',
    { default: String(1024 ** 3) },
  ),
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
    s3: () => requireS3(config),
  });
  return config;
}

function requireS3({ s3Bucket, s3Endpoint, s3AccessKeyId, s3SecretAccessKey }: FilesConfig): void {
  const mistakes: string[] = [];
  if (s3Endpoint !== undefined && s3Bucket === undefined) mistakes.push(missing(filesSettings.s3Bucket));
  if (s3AccessKeyId !== undefined && s3SecretAccessKey === undefined) {
    mistakes.push(missing(filesSettings.s3SecretAccessKey));
  }
  if (s3SecretAccessKey !== undefined && s3AccessKeyId === undefined) {
    mistakes.push(missing(filesSettings.s3AccessKeyId));
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}
