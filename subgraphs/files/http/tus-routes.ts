import { AppError, type FieldError, invalid, platformErrors } from '../../../platform/errors';
import { parseContentType } from '../../../platform/http/body';
import { discard } from '../../../platform/http/discard';
import type { Headers } from '../../../platform/http/headers';
import type { HttpRequest } from '../../../platform/http/request';
import { errorResponse, type HttpResponse } from '../../../platform/http/response';
import type { Route } from '../../../platform/http/router';
import type { Authenticator } from '../../../platform/security/authenticator';
import type { Caller } from '../../../platform/security/caller';
import { type Checksum, checksumAlgorithms, type ResumableUploads } from '../resumable/resumable-uploads';
import type { UploadSessionRow } from '../tables';

const version: Headers = { 'tus-resumable': '1.0.0', 'cache-control': 'no-store' };
const longestMetadata = 8 * 1024;

type Handle = (request: HttpRequest, caller: Caller) => Promise<HttpResponse>;

/** `/tus`: resumable uploads (https://tus.io/protocols/resumable-upload, version 1.0.0) with creation, expiration, checksum and termination. */
export function tusRoutes(
  uploads: ResumableUploads,
  authenticator: Pick<Authenticator, 'authenticate'>,
  maxSize: number,
): Route[] {
  const route = (method: string, path: string, handle: Handle): Route => ({
    method,
    path,
    handle: request => answered(request, authenticator, handle),
  });
  return [
    { method: 'OPTIONS', path: '/tus', handle: () => options(maxSize) },
    { method: 'OPTIONS', path: '/tus/:id', handle: () => options(maxSize) },
    route('POST', '/tus', async (request, caller) => {
      const session = await uploads.create(caller, sessionInput(request));
      return {
        status: 201,
        headers: { ...version, ...expiryOf(session), location: `/files/tus/${session.id}` },
      };
    }),
    route('HEAD', '/tus/:id', async (request, caller) => {
      const { session, offset } = await uploads.status(caller, idOf(request));
      const headers = {
        ...version,
        ...expiryOf(session),
        'upload-offset': String(offset),
        'upload-length': String(session.size),
        'upload-metadata': metadataOf(session),
      };
      return { status: 200, headers };
    }),
    route('PATCH', '/tus/:id', async (request, caller) => {
      if (parseContentType(request.header('content-type')).mime !== 'application/offset+octet-stream') {
        throw new AppError(
          platformErrors.UNSUPPORTED_MEDIA_TYPE,
          'Send the bytes as application/offset+octet-stream',
        );
      }
      const { session, offset } = await uploads.append(caller, idOf(request), {
        offset: wholeNumber(request, 'upload-offset'),
        content: request.stream(),
        checksum: checksumOf(request),
      });
      return { status: 204, headers: { ...version, ...expiryOf(session), 'upload-offset': String(offset) } };
    }),
    route('DELETE', '/tus/:id', async (request, caller) => {
      await uploads.remove(caller, idOf(request));
      return { status: 204, headers: version };
    }),
  ];
}

function options(maxSize: number): HttpResponse {
  const headers = {
    ...version,
    'tus-version': '1.0.0',
    'tus-extension': 'creation,expiration,checksum,termination',
    'tus-max-size': String(maxSize),
    'tus-checksum-algorithm': checksumAlgorithms.join(','),
  };
  return { status: 204, headers };
}

/** Every response has the version of the protocol, those with an error too. */
async function answered(
  request: HttpRequest,
  authenticator: Pick<Authenticator, 'authenticate'>,
  handle: Handle,
): Promise<HttpResponse> {
  try {
    if (request.header('tus-resumable') !== '1.0.0') {
      throw new AppError(platformErrors.PRECONDITION_FAILED, 'Send Tus-Resumable: 1.0.0', {
        headers: { 'tus-version': '1.0.0' },
      });
    }
    const caller = await authenticator.authenticate(request.headers);
    if (request.method !== 'HEAD') caller.requireCurrent();
    return await handle(request, caller);
  } catch (error) {
    await discard(request);
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    const response = errorResponse(error, request.trace);
    return { ...response, headers: { ...response.headers, ...version } };
  }
}

function idOf(request: HttpRequest): string {
  return request.params['id'] ?? '';
}

function expiryOf({ expiresAt }: UploadSessionRow): Headers {
  return { 'upload-expires': new Date(expiresAt).toUTCString() };
}

function wholeNumber(request: HttpRequest, field: string): number {
  const text = request.header(field) ?? '';
  if (!/^\d{1,15}$/.test(text)) throw invalid([{ field, message: 'must be a whole number' }]);
  return Number(text);
}

function sessionInput(request: HttpRequest): Parameters<ResumableUploads['create']>[1] {
  if (request.header('upload-defer-length') !== undefined) {
    throw invalid([{ field: 'upload-length', message: 'must be known at the start' }]);
  }
  const metadata = metadataIn(request);
  const isPublic = metadata.get('is_public');
  const tags = metadata
    .get('tags')
    ?.split(',')
    .filter(tag => tag.trim() !== '');
  const mistakes: FieldError[] = [];
  if (isPublic !== undefined && isPublic !== 'true' && isPublic !== 'false') {
    mistakes.push({ field: 'is_public', message: 'must be true or false' });
  }
  if (mistakes.length > 0) throw invalid(mistakes);
  return {
    filename: metadata.get('filename') ?? metadata.get('name') ?? '',
    declaredType: metadata.get('filetype') ?? metadata.get('type'),
    size: wholeNumber(request, 'upload-length'),
    tags,
    isPublic: isPublic === undefined ? undefined : isPublic === 'true',
  };
}

/** `Upload-Metadata`: names and values in base64, separated by commas. */
function metadataIn(request: HttpRequest): Map<string, string> {
  const text = request.header('upload-metadata') ?? '';
  if (text.length > longestMetadata) throw invalid([{ field: 'upload-metadata', message: 'is too long' }]);
  const metadata = new Map<string, string>();
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.trim().split(' ');
    if (name !== '') metadata.set(name.toLowerCase(), Buffer.from(value, 'base64').toString());
  }
  return metadata;
}

function metadataOf({ filename, declaredType }: UploadSessionRow): string {
  const encoded = (text: string) => Buffer.from(text).toString('base64');
  const type = declaredType === null ? '' : `,filetype ${encoded(declaredType)}`;
  return `filename ${encoded(filename)}${type}`;
}

/** `Upload-Checksum`: the algorithm and the digest in base64. */
function checksumOf(request: HttpRequest): Checksum | undefined {
  const header = request.header('upload-checksum');
  if (header === undefined) return undefined;
  const [name = '', digest = ''] = header.split(' ');
  const algorithm = checksumAlgorithms.find(each => each === name);
  if (algorithm === undefined) {
    throw invalid([{ field: 'upload-checksum', message: `must be of ${checksumAlgorithms.join(', ')}` }]);
  }
  return { algorithm, digest: Buffer.from(digest, 'base64') };
}
