import { join } from 'node:path';
import type { FilesConfig } from '../config';
import { LocalStorage } from './local-storage';
import type * as S3 from './s3-storage';
import type { Storage } from './storage';

/** The storage that the configuration names: a bucket, or a folder. */
export async function openStorage(config: FilesConfig): Promise<Storage> {
  const { s3Bucket: bucket, s3AccessKeyId, s3SecretAccessKey } = config;
  if (bucket === undefined) return LocalStorage.open(config.folder ?? join(config.dataDir, 'files'));
  // Loaded where it is used: the SDK takes memory and a part of a second.
  const { S3Storage } = require('./s3-storage') as typeof S3;
  return new S3Storage({
    bucket,
    endpoint: config.s3Endpoint,
    region: config.s3Region,
    timeoutMs: config.s3Timeout * 1000,
    credentials:
      s3AccessKeyId === undefined || s3SecretAccessKey === undefined
        ? undefined
        : { accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey },
  });
}
