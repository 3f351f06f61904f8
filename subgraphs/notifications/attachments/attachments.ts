import type { Readable } from 'node:stream';
import { request } from 'undici';
import { invalid, unavailable } from '../../../platform/errors';
import { isUuid } from '../../../platform/ids';

/** A file that goes with an email. */
export interface Attachment {
  fileId: string;
  filename: string;
  contentType: string;
  /** Bytes. */
  size: number;
  /** Path and query of a signed link at the files service. */
  path: string;
}

/** What the caller proved its identity with: `authorization` or `x-api-key`. */
export type Credentials = Readonly<Record<string, string>>;

export const mostAttachments = 10;
const mostBytes = 20 * 1024 * 1024;
/** How long a signed link is valid: the longest that the files service signs. */
export const linkSeconds = 7 * 24 * 60 * 60;
const timeoutMs = 10_000;

const fieldsOf = (id: string, at: number) =>
  `f${at}: file(id: "${id}") { id filename contentType size downloadUrl(expiresIn: ${linkSeconds}) }`;

/** The files service says in the name of the sender which files they may read, and signs the links that the worker reads them with. */
export class Attachments {
  /** @param filesUrl of the files service */
  constructor(private readonly filesUrl: string) {}

  /** @throws AppError 422 for files that the caller cannot read, or that are too large; 503 */
  async find(credentials: Credentials, fileIds: readonly string[]): Promise<Attachment[]> {
    if (fileIds.length === 0) return [];
    const files = fileIds.every(isUuid) ? await this.read(credentials, fileIds) : [];
    if (files.length < fileIds.length || files.includes(null))
      throw invalid([{ field: 'attachments', message: 'must be ids of files that you can read' }]);
    const found = files.map(file => file!);
    if (found.reduce((sum, { size }) => sum + size, 0) > mostBytes)
      throw invalid([{ field: 'attachments', message: `must have at most ${mostBytes} bytes together` }]);
    return found.map(({ id, filename, contentType, size, downloadUrl }) => ({
      fileId: id,
      filename,
      contentType,
      size,
      path: downloadUrl.slice('/files'.length),
    }));
  }

  /** The bytes; undefined when the file was deleted. @throws Error when the files service does not answer */
  async download({ path }: Attachment): Promise<Readable | undefined> {
    const { statusCode, body } = await request(new URL(path, this.filesUrl), {
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    if (statusCode === 200) return body;
    await body.dump();
    if (statusCode >= 500) throw new Error('An attachment cannot be read now');
    return undefined;
  }

  private async read(credentials: Credentials, fileIds: readonly string[]): Promise<(FileFacts | null)[]> {
    const query = `{ ${fileIds.map(fieldsOf).join(' ')} }`;
    try {
      const { body } = await request(new URL('/graphql', this.filesUrl), {
        method: 'POST',
        headers: { ...credentials, 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      });
      const { data } = (await body.json()) as { data?: Record<string, FileFacts | null> | null };
      return fileIds.map((_, at) => data?.[`f${at}`] ?? null);
    } catch (error) {
      throw unavailable('The files service does not answer now', error);
    }
  }
}

interface FileFacts {
  id: string;
  filename: string;
  contentType: string;
  size: number;
  downloadUrl: string;
}
