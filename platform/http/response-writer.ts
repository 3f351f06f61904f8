import type { ServerResponse } from 'node:http';
import { closeBody, type HttpResponse } from './response';

export type HeaderFields = Record<string, string | number | readonly string[]>;

interface WriteOptions {
  /** A response to HEAD has the headers only (RFC 9110 §9.3.2). */
  isHead: boolean;
  /** How long a client may take no byte of the response, in ms, before its connection is closed. */
  unreadMs: number;
}

/** Writes a response to node:http with these headers, and its length. It rejects when a streamed body fails; the response is then not complete. */
export async function writeResponse(
  raw: ServerResponse,
  { status, body }: HttpResponse,
  headers: HeaderFields,
  { isHead, unreadMs }: WriteOptions,
): Promise<void> {
  if (raw.destroyed) return closeBody(body);
  const hasNoBody = isHead || status === 204 || status === 304;
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) {
    // RFC 9110 §8.6: a 204 has no content-length.
    if (status !== 204) headers['content-length'] = body === undefined ? 0 : Buffer.byteLength(body);
    raw.writeHead(status, headers as Record<string, string | number>);
    raw.end(hasNoBody ? undefined : body);
    // Nearly every response is in the socket's buffer by now.
    if (raw.writableLength > 0) raw.setTimeout(unreadMs, () => raw.destroy());
    return;
  }
  raw.writeHead(status, headers as Record<string, string | number>);
  if (!hasNoBody) await writeStream(raw, body, unreadMs);
  raw.end();
}

async function writeStream(
  raw: ServerResponse,
  body: AsyncIterable<string | Uint8Array>,
  unreadMs: number,
): Promise<void> {
  for await (const chunk of body) {
    if (raw.destroyed) return;
    if (!raw.write(chunk)) await drained(raw, unreadMs);
  }
}

/** Resolves when the client has taken what was written, or is gone. It is cut off when it takes nothing for `unreadMs`. */
function drained(raw: ServerResponse, unreadMs: number): Promise<void> {
  return new Promise(resolve => {
    const cutOff = () => raw.destroy();
    const done = () => {
      raw.off('drain', done);
      raw.off('close', done);
      raw.off('timeout', cutOff);
      raw.setTimeout(0);
      resolve();
    };
    raw.on('drain', done);
    raw.on('close', done);
    raw.on('timeout', cutOff);
    raw.setTimeout(unreadMs);
  });
}
