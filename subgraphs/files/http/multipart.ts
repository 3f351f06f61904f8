import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import { AppError } from '../../../platform/errors';
import type { HttpRequest } from '../../../platform/http/request';
import { filesErrors } from '../errors';

export interface FilePart {
  readonly filename: string;
  readonly contentType: string;
  readonly content: Readable;
}

const maxFieldBytes = 16 * 1024;
const maxFields = 64;

/**
 * Reads a multipart body (RFC 7578) as it arrives. The files are handled one after another; the parser waits for each.
 *
 * @returns the values of each field
 * @throws AppError 400 UPLOAD_INCOMPLETE for a broken body; whatever `onFile` throws
 */
export async function readMultipart(
  request: HttpRequest,
  onFile: (part: FilePart) => Promise<unknown>,
): Promise<Map<string, string[]>> {
  const parser = parserOf(request);
  const fields = new Map<string, string[]>();
  let failure: { error: unknown } | undefined;
  let handled = Promise.resolve();
  const parts: Readable[] = [];
  parser.on('field', (name, value) => void fields.set(name, [...(fields.get(name) ?? []), value]));
  parser.on('file', (_name, content, filename, _encoding, contentType) => {
    parts.push(content);
    // A part that breaks off may have no reader yet.
    content.on('error', () => undefined);
    handled = handled.then(async () => {
      if (failure !== undefined) return;
      try {
        await onFile({ filename: filename ?? '', contentType, content });
      } catch (error) {
        failure ??= { error };
        parser.destroy();
      }
    });
  });
  try {
    await pipeline(request.stream(), parser);
    await handled;
  } catch (error) {
    // The parser does not end the parts of a body that broke off.
    for (const part of parts) part.destroy(incomplete(error));
    await handled;
    throw failure?.error instanceof AppError ? failure.error : incomplete(error);
  }
  if (failure !== undefined) throw failure.error;
  return fields;
}

function parserOf(request: HttpRequest): Busboy {
  const contentType = request.header('content-type');
  if (!/^multipart\/form-data\s*;/i.test(contentType ?? '')) {
    throw new AppError(filesErrors.UPLOAD_INCOMPLETE, 'Send the files as multipart/form-data');
  }
  try {
    return new Busboy({
      headers: { ...request.headers, 'content-type': contentType! },
      limits: { fieldSize: maxFieldBytes, fields: maxFields, headerPairs: 32 },
      isPartAFile: (_name, _type, filename) => filename !== undefined,
    });
  } catch (error) {
    throw incomplete(error);
  }
}

function incomplete(cause: unknown): AppError {
  return new AppError(filesErrors.UPLOAD_INCOMPLETE, 'The body of the upload is broken or broke off', {
    cause,
  });
}
