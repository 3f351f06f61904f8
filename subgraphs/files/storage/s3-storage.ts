import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { AppError, platformErrors, unavailable } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';
import { withTimeout } from '../../../platform/timeout';
import {
  isKey,
  keyOf,
  type PendingObject,
  type PresignedStore,
  type Storage,
  type StoredObject,
} from './storage';

/** Parts of a multipart upload; S3 takes 10,000 of at least 5 MiB. */
const partSize = 8 * 1024 * 1024;
const largestUpload = 10_000 * partSize;
/** Parts of one upload that are sent at the same time: with the one that is filled they bound the memory of an upload. */
const parallelParts = 2;
const prefix = 'objects/';
const presignedSeconds = 60 * 60;

export interface S3Settings {
  readonly bucket: string;
  /** A server other than AWS, such as Ceph; its buckets are addressed by path. */
  readonly endpoint: string | undefined;
  readonly region: string;
  /** How long the server may be silent. */
  readonly timeoutMs: number;
  /** Those of the environment, such as an IAM role, when undefined. */
  readonly credentials: { accessKeyId: string; secretAccessKey: string } | undefined;
}

/** Objects in a bucket of an S3 server: `objects/ab/<id>`, and a multipart upload while they are written. */
export class S3Storage implements Storage {
  /** Bytes of the largest object that `create` can write. */
  static readonly largestObject = largestUpload;
  private readonly client: S3Client;

  constructor(private readonly settings: S3Settings) {
    const { endpoint, region, credentials, timeoutMs } = settings;
    this.client = new S3Client({
      region,
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      ...(credentials === undefined ? {} : { credentials }),
      maxAttempts: 3,
      requestHandler: { connectionTimeout: Math.min(timeoutMs, 5_000), socketTimeout: timeoutMs },
      // Servers other than AWS may not know the newer checksums; all of them verify Content-MD5.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    this.client.middlewareStack.add(
      next => async args => {
        const input = args.input as { Body?: unknown; ContentMD5?: string };
        if (input.Body instanceof Uint8Array)
          input.ContentMD5 = createHash('md5').update(input.Body).digest('base64');
        return next(args);
      },
      { step: 'initialize', name: 'contentMd5' },
    );
  }

  create(id: string): PendingObject {
    const { client, settings } = this;
    return new S3PendingObject(client, settings, keyOf(id));
  }

  async *read(key: string, start: number, end: number): AsyncGenerator<Buffer> {
    if (start < end) yield* this.bytesOf({ ...this.at(key), Range: `bytes=${start}-${end - 1}` });
  }

  async sizeOf(key: string): Promise<number | undefined> {
    return this.lengthOf(this.at(key));
  }

  async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand(this.at(key)));
  }

  async *list(): AsyncGenerator<StoredObject> {
    const { bucket: Bucket } = this.settings;
    let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
    while (marker !== undefined) {
      const page: ListMultipartUploadsCommandOutput = await this.client.send(
        new ListMultipartUploadsCommand({ Bucket, Prefix: prefix, ...marker }),
      );
      for (const { Key = '', UploadId = '', Initiated } of page.Uploads ?? []) {
        const key = `${Key.slice(prefix.length)}?${UploadId}`;
        yield { key, modifiedAt: Initiated?.getTime() ?? Date.now(), isPending: true };
      }
      marker = page.IsTruncated
        ? { KeyMarker: page.NextKeyMarker!, UploadIdMarker: page.NextUploadIdMarker! }
        : undefined;
    }
    let token: string | undefined;
    do {
      const page: ListObjectsV2CommandOutput = await this.client.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix: prefix,
          ...(token === undefined ? {} : { ContinuationToken: token }),
        }),
      );
      for (const { Key = '', LastModified } of page.Contents ?? []) {
        const key = Key.slice(prefix.length);
        if (isKey(key)) yield { key, modifiedAt: LastModified?.getTime() ?? Date.now(), isPending: false };
      }
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async removePending(key: string): Promise<void> {
    const [object = '', UploadId = ''] = key.split('?');
    await this.client.send(new AbortMultipartUploadCommand({ ...this.at(object), UploadId }));
  }

  readonly presigned: PresignedStore = {
    urlFor: (id, size) => {
      const command = new PutObjectCommand({ ...this.incoming(id), ContentLength: size });
      const signableHeaders = new Set(['host', 'content-length']);
      return getSignedUrl(this.client, command, { expiresIn: presignedSeconds, signableHeaders });
    },
    sizeOf: id => this.lengthOf(this.incoming(id)),
    read: id => this.bytesOf(this.incoming(id)),
    remove: async id => {
      await this.client.send(new DeleteObjectCommand(this.incoming(id)));
    },
  };

  async ping(): Promise<void> {
    await this.client.send(new HeadBucketCommand({ Bucket: this.settings.bucket }));
  }

  async close(): Promise<void> {
    this.client.destroy();
  }

  private async *bytesOf(place: { Bucket: string; Key: string; Range?: string }): AsyncGenerator<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand(place)).catch(error => {
      throw isMissing(error) ? error : asStorageError(error);
    });
    yield* Body as Readable;
  }

  private async lengthOf(place: { Bucket: string; Key: string }): Promise<number | undefined> {
    try {
      return (await this.client.send(new HeadObjectCommand(place))).ContentLength;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw asStorageError(error);
    }
  }

  private incoming(id: string): { Bucket: string; Key: string } {
    if (!isUuid(id)) throw new Error('This is not the id of an upload');
    return { Bucket: this.settings.bucket, Key: `incoming/${id}` };
  }

  private at(key: string): { Bucket: string; Key: string } {
    if (!isKey(key)) throw new Error('This is not a key of the storage');
    return { Bucket: this.settings.bucket, Key: prefix + key };
  }
}

/** One PUT for an object smaller than a part, a multipart upload otherwise. The object does not exist before `commit`. */
class S3PendingObject implements PendingObject {
  private readonly body = new PassThrough({ highWaterMark: 1024 * 1024 });
  private readonly upload: Upload;
  private done: Promise<void> | undefined;
  private isFinished = false;

  constructor(
    private readonly client: S3Client,
    private readonly settings: S3Settings,
    readonly key: string,
  ) {
    this.upload = new Upload({
      client,
      params: { Bucket: settings.bucket, Key: prefix + key, Body: this.body },
      partSize,
      queueSize: parallelParts,
      leavePartsOnError: false,
    });
    this.body.on('error', () => undefined);
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.start();
    try {
      if (this.body.errored) throw this.body.errored;
      // Whoever wrote may use the memory again.
      if (!this.body.write(chunk)) await once(this.body, 'drain');
    } catch (error) {
      throw asStorageError(error);
    }
  }

  async commit(): Promise<void> {
    this.start();
    this.body.end();
    try {
      await this.done;
    } catch (error) {
      throw asStorageError(error);
    }
  }

  /** What a server that is silent does not remove is left to the sweeper. */
  async abort(): Promise<void> {
    if (this.done === undefined) return;
    const { bucket, timeoutMs } = this.settings;
    await withTimeout(this.stop(this.done), timeoutMs);
    // A part or a completion that was on its way may have arrived.
    await this.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: prefix + this.key }), {
      abortSignal: AbortSignal.timeout(timeoutMs),
    });
  }

  private async stop(done: Promise<void>): Promise<void> {
    const { isFinished } = this;
    this.body.destroy(new Error('The upload was aborted'));
    if (!isFinished) await this.upload.abort();
    await done.catch(() => undefined);
  }

  private start(): void {
    if (this.done !== undefined) return;
    this.done = this.upload.done().then(() => {
      this.isFinished = true;
    });
    // A failure ends the body, so that a write that waits fails too.
    this.done.catch((error: Error) => this.body.destroy(error));
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404;
}

function asStorageError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof S3ServiceException && /^(QuotaExceeded|InsufficientCapacity)$/.test(error.name)) {
    return new AppError(platformErrors.STORAGE_FULL, 'There is no room left to store this file', {
      cause: error,
    });
  }
  return unavailable('The file storage does not answer', error);
}
