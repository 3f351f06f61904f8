import type { IncomingHttpHeaders } from 'node:http';

/** A whole request inside of the received bytes. */
export interface FastPathRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Where the next request begins. */
  readonly end: number;
}

const maxHeadLength = 16_384;
/** Larger bodies are read piece by piece, by node:http. */
const maxBodyLength = 256 * 1024;

const space = 0x20;
const headEnd = Buffer.from('\r\n\r\n');
const start = 'POST ';
const version = ' HTTP/1.1';
/** Field lines of RFC 9112 §5 without the forms that readers disagree on: a space before the colon, tabs, folded lines, bare line ends. */
const fieldLines = /(?:[!#$%&'*+\-.^_`|~\w]+:[\x20-\x7e\x80-\xff]*\r\n)+/y;
const length = /^\d{1,6}$/;

/** Fields that change the framing of the message or the state of the connection. */
const unusual = new Set([
  'transfer-encoding',
  'trailer',
  'te',
  'upgrade',
  'expect',
  'set-cookie',
  // Properties of every object: read from `headers` they would look like headers.
  '__proto__',
  'constructor',
]);

/**
 * Reads a POST with a short body of known length to one of the paths. Any other request is `unusual`, and so is one that
 * two readers of HTTP might understand differently (RFC 9112 §11.2).
 *
 * @returns `incomplete` while more bytes are needed to decide
 */
export function readFastPathRequest(
  data: Buffer,
  from: number,
  paths: ReadonlySet<string>,
): FastPathRequest | 'incomplete' | 'unusual' {
  const stop = data.indexOf(headEnd, from);
  if (stop < 0) return data.length - from > maxHeadLength ? 'unusual' : 'incomplete';
  if (stop - from > maxHeadLength) return 'unusual';
  const head = data.toString('latin1', from, stop + 2);
  const lineEnd = head.indexOf('\r\n');
  const versionAt = lineEnd - version.length;
  if (!head.startsWith(start) || !head.startsWith(version, versionAt)) return 'unusual';
  const url = head.slice(start.length, versionAt);
  if (!paths.has(url)) return 'unusual';
  fieldLines.lastIndex = lineEnd + 2;
  if (!fieldLines.test(head) || fieldLines.lastIndex !== head.length) return 'unusual';

  const headers: Record<string, string | undefined> = {};
  for (let at = lineEnd + 2; at < head.length; ) {
    const colon = head.indexOf(':', at);
    const end = head.indexOf('\r\n', colon);
    const name = head.slice(at, colon).toLowerCase();
    if (headers[name] !== undefined || unusual.has(name)) return 'unusual';
    // Spares nearly every header a second slice by `trim`.
    const from = head.charCodeAt(colon + 1) === space ? colon + 2 : colon + 1;
    headers[name] = head.slice(from, end).trim();
    at = end + 2;
  }
  const { host, connection } = headers;
  if (host === undefined || host === '') return 'unusual';
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return 'unusual';
  const declared = headers['content-length'];
  if (declared === undefined || !length.test(declared)) return 'unusual';
  const size = Number(declared);
  if (size > maxBodyLength) return 'unusual';
  const bodyAt = stop + headEnd.length;
  if (data.length - bodyAt < size) return 'incomplete';
  return { url, headers, body: data.subarray(bodyAt, bodyAt + size), end: bodyAt + size };
}
