import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { processRequest, Upload } from 'graphql-upload-minimal';
import { request as send } from 'undici';
import { AppError, type FieldError, platformErrors, unavailable } from '../../platform/errors';
import type { HttpRequest } from '../../platform/http/request';
import { isObject } from '../../platform/json';
import { gatewayErrors } from '../errors';

const maxOperationBytes = 1_000_000;
const maxFiles = 20;
const maxDepth = 20;

/**
 * Operations with files: https://github.com/jaydenseric/graphql-multipart-request-spec. Each file is streamed to the one service that
 * stores uploads, and its id takes the place of the file in the variables. Then the operation is as any other.
 */
export class MultipartOperations {
  /**
   * @param urlOf the GraphQL URL of the service, which answers `POST /staged-uploads`; undefined where no service takes uploads
   * @param timeoutMs how long the service may be silent
   */
  constructor(
    private readonly urlOf: () => string | undefined,
    private readonly timeoutMs: number,
  ) {}

  /**
   * @param headers those that are forwarded to every subgraph
   * @returns the operation as in a JSON body
   * @throws AppError 400 for a broken body; that of the service for a file that it refuses; 503 when it does not answer
   */
  async read(request: HttpRequest, headers: Readonly<Record<string, string>>): Promise<unknown> {
    const url = this.urlOf();
    if (url === undefined) {
      throw new AppError(platformErrors.UNSUPPORTED_MEDIA_TYPE, 'No service of this graph takes uploads');
    }
    const operation = await this.parse(request);
    if (!isObject(operation)) {
      throw new AppError(platformErrors.BAD_REQUEST, 'Send one operation a request: batches are off');
    }
    // The parts come one after another, whatever the order of the variables: all are waited for at the same time.
    const staging: Promise<void>[] = [];
    const variables = operation['variables'];
    if (isObject(variables)) {
      const stop = new AbortController();
      replaceUploads(variables, 0, (upload, replace) => {
        const staged = stage(upload, { url, timeoutMs: this.timeoutMs }, headers, stop.signal).then(replace);
        staged.catch(() => stop.abort());
        staging.push(staged);
      });
    }
    try {
      await Promise.all(staging);
    } catch (error) {
      throw asAppError(error);
    }
    return operation;
  }

  private async parse(request: HttpRequest): Promise<unknown> {
    const stream = request.stream() as Readable & { headers?: IncomingHttpHeaders };
    stream.headers ??= request.headers;
    try {
      // The types ask for a request and a response of node:http; a stream with headers is enough.
      return (await processRequest(stream as never, undefined as never, {
        maxFieldSize: maxOperationBytes,
        maxFiles,
        maxFileSize: Number.POSITIVE_INFINITY,
      })) as unknown;
    } catch (error) {
      throw asAppError(error);
    }
  }
}

type Found = (upload: Upload, replace: (id: string) => void) => void;

function replaceUploads(value: object, depth: number, found: Found): void {
  if (depth > maxDepth) return;
  for (const [key, each] of Object.entries(value)) {
    if (each instanceof Upload) {
      found(each, id => {
        (value as Record<string, unknown>)[key] = id;
      });
    } else if (typeof each === 'object' && each !== null) replaceUploads(each as object, depth + 1, found);
  }
}

/** @returns the id of the staged file */
async function stage(
  upload: Upload,
  { url, timeoutMs }: { url: string; timeoutMs: number },
  forwarded: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string> {
  const { filename, mimetype, createReadStream } = await (upload as unknown as { promise: Promise<Part> })
    .promise;
  const target = new URL('/staged-uploads', url);
  target.searchParams.set('filename', filename ?? '');
  const { 'content-length': _, ...headers } = forwarded;
  const answer = await send(target, {
    method: 'POST',
    headers: { ...headers, 'content-type': mimetype },
    body: createReadStream(),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal,
  });
  const body = (await answer.body.json()) as Body;
  if (answer.statusCode === 201 && body.id !== undefined) return body.id;
  const { error: code, message, details } = body;
  if (code === undefined || message === undefined) throw unavailable('The upload was not answered');
  throw new AppError({ code, status: answer.statusCode }, message, { details: camelCased(details) });
}

/** The names of a REST body as GraphQL has them. */
function camelCased(details: Body['details']): Body['details'] {
  if (details == null || Array.isArray(details)) return details;
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [camel(name), value]));
}

interface Body {
  readonly id?: string;
  readonly error?: string;
  readonly message?: string;
  readonly details?: FieldError[] | Record<string, unknown>;
}

interface Part {
  readonly filename: string | undefined;
  readonly mimetype: string;
  createReadStream(): Readable;
}

/** The errors of the parser have a status of 4xx; a service that cannot be reached has none. */
function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const { status, name, message } = error as { status?: number; name?: string; message?: string };
  if (status !== undefined || name === 'Error') {
    return new AppError(gatewayErrors.MULTIPART_INVALID, message ?? 'The multipart body is broken', {
      cause: error,
    });
  }
  return unavailable('A part of the system does not answer right now', error);
}
