import type { IncomingHttpHeaders } from 'node:http';
import { fieldValue } from '../../platform/http/headers';
import { streamType } from './graphql-handler';

/** A whole request inside of the received bytes. */
export interface FastPathRequest {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Where the next request begins. */
  readonly end: number;
}

type Head = Pick<FastPathRequest, 'url' | 'headers'> & {
  /** Bytes from the start of the request to its body. */
  readonly headLength: number;
  readonly bodyLength: number;
};

const maxHeadLength = 16_384;
/** node:http drops the fields beyond some thousand without an error. */
const maxFields = 200;
/** Larger bodies are read piece by piece, by node:http. */
const maxBodyLength = 256 * 1024;

const headEnd = Buffer.from('\r\n\r\n');
const start = 'POST ';
const version = ' HTTP/1.1';
/** Field lines of RFC 9112 §5 without the forms that readers disagree on: a space before the colon, tabs, folded lines, bare line ends. */
const fieldLines = /(?:[!#$%&'*+\-.^_`|~\w]+:[\x20-\x7e\x80-\xff]*\r\n)+/y;
const digits = /^\d{1,6}$/;

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
 * Reads the requests of one connection that are POSTs with a short body of known length to one of the paths. Any other
 * request is `unusual`, and so is one that two readers of HTTP might understand differently (RFC 9112 §11.2).
 *
 * It keeps what it has read of a request between two calls, so that a request that arrives in many pieces is read once.
 */
export class FastPathReader {
  private head: Head | undefined;
  /** Bytes of the request in which the end of the head was looked for. */
  private searched = 0;

  constructor(private readonly paths: ReadonlySet<string>) {}

  /**
   * @param from where the request begins: after `incomplete` the same bytes come again, with more behind them
   * @returns `incomplete` while more bytes are needed to decide
   */
  read(data: Buffer, from: number): FastPathRequest | 'incomplete' | 'unusual' {
    if (this.head === undefined) {
      const head = this.readHead(data, from);
      if (typeof head === 'string') return head;
      this.head = head;
    }
    const { url, headers, headLength, bodyLength } = this.head;
    const bodyAt = from + headLength;
    const end = bodyAt + bodyLength;
    if (data.length < end) return 'incomplete';
    this.head = undefined;
    this.searched = 0;
    return { url, headers, body: data.subarray(bodyAt, end), end };
  }

  private readHead(data: Buffer, from: number): Head | 'incomplete' | 'unusual' {
    const stop = data.indexOf(headEnd, from + Math.max(0, this.searched - headEnd.length + 1));
    if ((stop < 0 ? data.length : stop) - from > maxHeadLength) return 'unusual';
    if (stop < 0) {
      this.searched = data.length - from;
      return 'incomplete';
    }
    return parseHead(data.toString('latin1', from, stop + 2), this.paths) ?? 'unusual';
  }
}

/** @returns undefined for the head of an unusual request */
function parseHead(text: string, paths: ReadonlySet<string>): Head | undefined {
  const lineEnd = text.indexOf('\r\n');
  const versionAt = lineEnd - version.length;
  if (!text.startsWith(start) || !text.startsWith(version, versionAt)) return undefined;
  const url = text.slice(start.length, versionAt);
  if (!paths.has(url)) return undefined;
  fieldLines.lastIndex = lineEnd + 2;
  if (!fieldLines.test(text) || fieldLines.lastIndex !== text.length) return undefined;
  const headers = parseFields(text, lineEnd + 2);
  if (headers === undefined) return undefined;
  const { host, connection, 'content-length': declared } = headers;
  if (host === undefined || host === '') return undefined;
  if (connection !== undefined && connection.toLowerCase() !== 'keep-alive') return undefined;
  if (declared === undefined || !digits.test(declared)) return undefined;
  // Its answer is a stream, which is written piece by piece.
  if (streamType(headers['accept']) !== undefined) return undefined;
  const bodyLength = Number(declared);
  // The text ends before the empty line.
  const headLength = text.length + 2;
  return bodyLength > maxBodyLength ? undefined : { url, headers, headLength, bodyLength };
}

function parseFields(text: string, start: number): Record<string, string | undefined> | undefined {
  const headers: Record<string, string | undefined> = {};
  let count = 0;
  for (let at = start; at < text.length; ) {
    const colon = text.indexOf(':', at);
    const end = text.indexOf('\r\n', colon);
    const name = text.slice(at, colon).toLowerCase();
    if (headers[name] !== undefined || unusual.has(name) || ++count > maxFields) return undefined;
    headers[name] = fieldValue(text, colon + 1, end);
    at = end + 2;
  }
  return headers;
}
