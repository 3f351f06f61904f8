import { defineErrors } from '../../platform/errors';

/** The errors of the files service, beside those that every service has. */
export const filesErrors = defineErrors({
  CHECKSUM_MISMATCH: {
    status: 460,
    meaning:
      'The bytes of this request have another checksum than `Upload-Checksum`; none of them was kept (tus).',
    action: 'Send the same bytes again.',
  },
  FILE_INFECTED: {
    status: 422,
    meaning: 'The content of the file is known as malware; nothing was stored.',
    action: 'Do not send the file again.',
  },
  FILE_PENDING_SCAN: {
    status: 503,
    meaning: 'The file waits for its virus scan, because the scanner does not answer.',
    action: 'Try again after `Retry-After` seconds.',
  },
  FILE_QUARANTINED: {
    status: 403,
    meaning: 'Malware was found in the file after it was stored. Its content is not served to anybody.',
    action: 'Delete the file, or ask a holder of `files:quarantine` to release it.',
  },
  FILE_TOO_LARGE: {
    status: 413,
    meaning: 'A file is larger than `details.maxBytes`.',
    action: 'Upload a smaller file.',
  },
  FILE_TYPE_NOT_ALLOWED: {
    status: 415,
    meaning: 'The content of the file is of a type that is not accepted here.',
    action: 'Upload a file of an accepted type.',
  },
  RANGE_NOT_SATISFIABLE: {
    status: 416,
    meaning: 'The requested range begins after the end of the file; `Content-Range` has its size.',
    action: 'Ask for a range within the file.',
  },
  SHARE_PASSWORD_REQUIRED: {
    status: 401,
    meaning: 'The share link has a password, and none or a wrong one was sent.',
    action: 'Send the password as the form field `password` or the header `x-share-password`.',
  },
  STORAGE_QUOTA_EXCEEDED: {
    status: 413,
    meaning: 'The user would store more than `details.quotaBytes`.',
    action: 'Delete files first, or ask an administrator.',
  },
  THUMBNAIL_UNAVAILABLE: {
    status: 422,
    meaning: 'No thumbnail can be made of the file: it is not a picture, is damaged, or is too large.',
    action: 'Show an icon instead.',
  },
  TOO_MANY_FILES: {
    status: 413,
    meaning: 'An upload has more than `details.maxFiles` files.',
    action: 'Upload the files in several requests.',
  },
  PRESIGNED_UPLOADS_UNAVAILABLE: {
    status: 409,
    meaning: 'The files are in a folder, not in S3, so nothing can be uploaded to S3.',
    action: 'Upload with `POST /files/upload`, `uploadFile` or tus.',
  },
  UPLOAD_MISMATCH: {
    status: 422,
    meaning: 'The bytes that arrived in S3 are not of the announced size or checksum; they were removed.',
    action: 'Start the upload again with `createUpload`.',
  },
  UPLOAD_NOT_RECEIVED: {
    status: 409,
    meaning: 'The upload is completed before its bytes have arrived in S3.',
    action: 'Send the bytes to the URL of `createUpload` first.',
  },
  UPLOAD_OFFSET_MISMATCH: {
    status: 409,
    meaning: 'The upload does not go on where `Upload-Offset` says; `details.offset` does (tus).',
    action: 'Ask for the offset with HEAD, and go on there.',
  },
  UPLOAD_INCOMPLETE: {
    status: 400,
    meaning: 'The body of the upload is broken or broke off; nothing was stored.',
    action: 'Send the upload again.',
  },
});
