import { AppError } from '../../../platform/errors';
import { filesErrors } from '../errors';

export interface UploadLimits {
  readonly maxFileSize: number;
  readonly maxFiles: number;
  readonly userQuota: number;
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
