import type { IncomingHttpHeaders } from 'node:http';
import { Remembered } from './memoize';

/** A whole request that lies in what was received. */
export interface FastPathRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Where the next request begins. */
  readonly end: number;
}

const longestHead = 16_384;
/** Larger bodies are read piece by piece, by node:http. */
const longestQuickBody = 256 * 1024;

const space = 0x20;
const headEnd = Buffer.from('\r\n\r\n');
const start = 'POST ';
const version = ' HTTP/1.1';
/** Field lines as RFC 9112 §5 has them; one with a space before its colon, a tab, a folded or a bare line end
 * is not among them. */
const fieldLines = /(?:[!#$%&'*+\-.^_`|~\w]+:[\x20-\x7e\x80-\xff]*\r\n)+/y;
const length = /^\d{1,6}$/;

/** There are few, and each comes with every request. */
const names = new Remembered<string, string>();
const lowerCase = (text: string): string => text.toLowerCase();

/** Fields that change how a message is framed, or what becomes of the connection: not for here. */
const unusual = new Set([
  'transfer-encoding',
  'trailer',
  'te',
  'upgrade',
  'expect',
  'set-cookie',
  // What every object has: as names of fields they are nobody's.
  '__proto__',
  'constructor',
]);

/**
 * Reads a POST with a short body of known length to one of the paths: the request of which there are most. Anything else,
 * and anything in it that two readers of HTTP might understand differently (RFC 9112 §11.2), is `unusual`.
 *
 * @returns `incomplete` while more has to be received to know
 */
export function readFastPathRequest(
  data: Buffer,
  from: number,
  paths: ReadonlySet<string>,
): FastPathRequest | 'incomplete' | 'unusual' {
  const stop = data.indexOf(headEnd, from);
  if (stop < 0) return data.length - from > longestHead ? 'unusual' : 'incomplete';
  if (stop - from > longestHead) return 'unusual';
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
    const name = names.get(head.slice(at, colon), lowerCase);
    if (headers[name] !== undefined || unusual.has(name)) return 'unusual';
    // Nearly all have the one space, and would be cut twice.
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
  if (size > longestQuickBody) return 'unusual';
  const bodyAt = stop + headEnd.length;
  if (data.length - bodyAt < size) return 'incomplete';
  return { url, headers, body: data.subarray(bodyAt, bodyAt + size), end: bodyAt + size };
}
