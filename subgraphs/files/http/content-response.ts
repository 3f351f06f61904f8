import { randomBytes } from 'node:crypto';
import { AppError } from '../../../platform/errors';
import type { Headers } from '../../../platform/http/headers';
import type { HttpRequest } from '../../../platform/http/request';
import type { HttpResponse } from '../../../platform/http/response';
import { filesErrors } from '../errors';
import { isSafeInline } from '../files/media-types';
import type { Contents, StoredContent } from '../storage/contents';
import type { FileRow } from '../tables';
import { contentDisposition } from './content-disposition';
import { isNotModified, mayAnswerRange } from './preconditions';
import { type ByteRange, rangesOf } from './ranges';

/** A content, and the facts of its headers. */
type ServedContent = StoredContent & Pick<FileRow, 'contentType' | 'filename' | 'isPublic' | 'createdAt'>;

/**
 * The content of a file as a response: whole, in one range or in several, as the request asks. The caller has checked the access.
 *
 * @throws AppError 412 PRECONDITION_FAILED, 416 RANGE_NOT_SATISFIABLE, 503 when the storage does not answer
 */
export async function contentResponse(
  request: HttpRequest,
  file: ServedContent,
  contents: Pick<Contents, 'read'>,
): Promise<HttpResponse> {
  const validators = { etag: `"${file.sha256}"`, modifiedAt: file.createdAt };
  const headers = headersOf(file, validators.etag);
  if (isNotModified(request, validators)) return { status: 304, headers };
  const ranges =
    request.method === 'GET' && mayAnswerRange(request, validators)
      ? rangesOf(request.header('range'), file.size)
      : undefined;
  const read = ({ start, end }: ByteRange): AsyncGenerator<Buffer> => contents.read(file, start, end);
  const begin = (range: ByteRange) => (request.method === 'HEAD' ? read(range) : begun(read(range)));
  const { contentType, size } = file;
  if (ranges === undefined) {
    return {
      status: 200,
      headers: {
        ...headers,
        'content-type': contentType,
        'content-length': String(size),
        'repr-digest': `sha-256=:${Buffer.from(file.sha256, 'hex').toString('base64')}:`,
      },
      body: await begin({ start: 0, end: size }),
    };
  }
  if (ranges.length === 0) {
    throw new AppError(filesErrors.RANGE_NOT_SATISFIABLE, `The file has ${size} bytes`, {
      headers: { 'content-range': `bytes */${size}` },
    });
  }
  if (ranges.length > 1) return severalRanges(ranges, file, headers, read);
  const [range] = ranges as [ByteRange];
  return {
    status: 206,
    headers: {
      ...headers,
      'content-type': contentType,
      'content-length': String(range.end - range.start),
      'content-range': contentRange(range, size),
    },
    body: await begin(range),
  };
}

/**
 * The content, of which the first bytes are read: a storage that fails before them is an error response, not a response that
 * breaks off.
 */
async function begun(content: AsyncGenerator<Buffer>): Promise<AsyncIterable<Buffer>> {
  const first = [await content.next()];
  const iterator: AsyncIterator<Buffer, void> = {
    next: async () => first.pop() ?? content.next(),
    return: () => content.return(undefined),
  };
  return { [Symbol.asyncIterator]: () => iterator };
}

/** `multipart/byteranges` (RFC 9110 §14.6). */
function severalRanges(
  ranges: readonly ByteRange[],
  { contentType, size }: ServedContent,
  headers: Headers,
  read: (range: ByteRange) => AsyncIterable<Buffer>,
): HttpResponse {
  const boundary = randomBytes(18).toString('hex');
  const headOf = (range: ByteRange): string =>
    `--${boundary}\r\ncontent-type: ${contentType}\r\ncontent-range: ${contentRange(range, size)}\r\n\r\n`;
  const last = `--${boundary}--\r\n`;
  const length = ranges.reduce(
    (sum, each) => sum + headOf(each).length + each.end - each.start + 2,
    last.length,
  );
  return {
    status: 206,
    headers: {
      ...headers,
      'content-type': `multipart/byteranges; boundary=${boundary}`,
      'content-length': String(length),
    },
    body: (async function* () {
      for (const range of ranges) {
        yield headOf(range);
        yield* read(range);
        yield '\r\n';
      }
      yield last;
    })(),
  };
}

function contentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`;
}

function headersOf(file: ServedContent, etag: string): Headers {
  const isInline = isSafeInline(file.contentType);
  return {
    etag,
    'last-modified': new Date(file.createdAt).toUTCString(),
    'accept-ranges': 'bytes',
    // A page that somebody uploaded never runs on our origin.
    'content-disposition': contentDisposition(isInline ? 'inline' : 'attachment', file.filename),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': file.isPublic ? 'public, no-cache' : 'private, no-cache',
  };
}
