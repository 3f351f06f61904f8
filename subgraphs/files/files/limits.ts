import { AppError, platformErrors } from '../../../platform/errors';
import { filesErrors } from '../errors';

export interface UploadLimits {
  readonly maxFileSize: number;
  readonly maxFiles: number;
  readonly userQuota: number;
  /** Bytes that all users together may store; undefined for no limit. */
  readonly totalQuota: number | undefined;
  readonly allowedTypes: readonly string[] | undefined;
}

export function tooLarge(maxBytes: number): AppError {
  return new AppError(filesErrors.FILE_TOO_LARGE, `A file has at most ${maxBytes} bytes`, {
    details: { maxBytes },
  });
}

export function quotaExceeded(quotaBytes: number): AppError {
  return new AppError(filesErrors.STORAGE_QUOTA_EXCEEDED, `A user may store at most ${quotaBytes} bytes`, {
    details: { quotaBytes },
  });
}

export function totalExceeded(): AppError {
  return new AppError(platformErrors.STORAGE_FULL, 'There is no room left to store this file');
}
