import { isAscii } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AppError, platformErrors } from '../errors';

/** The time that a client has for a body that is read as a whole. */
const bodyTimeoutMs = 30_000;

/** The whole body. Reads by events: iterating over a stream makes several promises a chunk. */
export function readBody(raw: IncomingMessage, limit: number): Promise<Buffer> {
  if (raw.readableEnded) return Promise.resolve(Buffer.alloc(0));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (cause?: unknown): void =>
      reject(new AppError(platformErrors.BAD_REQUEST, 'The request body broke off', { cause }));
    if (raw.destroyed && !raw.readableEnded) fail(raw.errored);
    const timeout = setTimeout(() => {
      raw.pause();
      raw.removeAllListeners('data');
      reject(new AppError(platformErrors.REQUEST_TIMEOUT, 'The request body took longer than 30 seconds'));
    }, bodyTimeoutMs).unref();
    raw.once('close', () => clearTimeout(timeout));
    raw.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) {
        chunks.push(chunk);
        return;
      }
      // Backpressure: the client stops sending, until the connection is closed.
      raw.pause();
      raw.removeAllListeners('data');
      reject(payloadTooLarge(limit));
    });
    raw.on('end', () => {
      clearTimeout(timeout);
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size));
    });
    raw.on('error', fail);
    raw.on('close', () => {
      if (!raw.readableEnded) fail();
    });
  });
}

export function payloadTooLarge(limit: number): AppError {
  return new AppError(platformErrors.PAYLOAD_TOO_LARGE, `The body is larger than ${limit} bytes`);
}

const gunzipInThread = promisify(gunzip);

/** The content of a body in gzip (RFC 1952). @throws AppError 413 when it becomes larger than the limit, 400 when it is damaged */
export async function inflate(bytes: Buffer, limit: number): Promise<Buffer> {
  try {
    return await gunzipInThread(bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw payloadTooLarge(limit);
    throw new AppError(platformErrors.BAD_REQUEST, 'The body is not gzip', { cause: error });
  }
}

export interface ContentType {
  readonly mime: string;
  readonly charset: string | undefined;
}

const json: ContentType = { mime: 'application/json', charset: undefined };

/** The media type and the charset of a content-type header, in lower case. */
export function parseContentType(header: string | undefined): ContentType {
  if (header === json.mime) return json;
  const [mime = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const charset = parameters
    .map(part => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/.exec(part)?.[1])
    .find(value => value !== undefined);
  return { mime: mime.trim(), charset };
}

/** @throws AppError 415 for JSON in another charset than UTF-8 */
export function assertUtf8(charset: string | undefined): void {
  if (charset !== undefined && !/^utf-?8$/.test(charset)) {
    throw new AppError(platformErrors.UNSUPPORTED_MEDIA_TYPE, 'JSON is sent as UTF-8 (RFC 8259 §8.1)');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
const maxJsonDepth = 100;

/** @throws AppError 400 for bytes that are not JSON in UTF-8, and for JSON that is nested too deeply */
export function parseJson(bytes: Buffer): unknown {
  let value: unknown;
  try {
    value = JSON.parse(isAscii(bytes) ? bytes.toString('latin1') : utf8.decode(bytes));
  } catch (error) {
    throw new AppError(platformErrors.BAD_REQUEST, 'Invalid JSON: the body does not parse', { cause: error });
  }
  if (hasMoreBrackets(bytes, maxJsonDepth)) assertJsonDepth(value);
  return value;
}

/** Few opening brackets cannot be nested deeply: this spares almost every body the walk through its value. */
function hasMoreBrackets(bytes: Buffer, maximum: number): boolean {
  let count = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index];
    if ((byte === 0x5b || byte === 0x7b) && ++count > maximum) return true;
  }
  return false;
}

/**
 * `JSON.parse` has no depth limit, but functions that walk the value, such as `JSON.stringify`, recurse.
 *
 * @throws AppError 400
 */
export function assertJsonDepth(value: unknown): void {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxJsonDepth) {
      throw new AppError(platformErrors.BAD_REQUEST, `The JSON nests deeper than ${maxJsonDepth} levels`);
    }
    level = level.flatMap(each => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
}
