import { STATUS_CODES } from 'node:http';
import { type Headers, isHeaderValue, mergeHeaders } from '../../platform/http/headers';
import { rateLimitLines } from '../../platform/http/rate-limit';
import type { HttpRequest } from '../../platform/http/request';
import type { HttpResponse } from '../../platform/http/response';
import { traceparentOf } from '../../platform/observability/tracing';

/**
 * The head of a response as text, without the headers of the connection.
 *
 * @throws Error for a header value that is not one line
 */
export function responseHead(
  request: HttpRequest,
  { status, headers }: HttpResponse,
  defaults: Headers,
  body: string | Buffer,
): string {
  return (
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${headerLines(defaults, headers)}` +
    (request.rateLimit === undefined ? '' : rateLimitLines(request.rateLimit, status)) +
    `traceresponse: ${traceparentOf(request.trace)}\r\ndate: ${httpDate()}\r\n` +
    // RFC 9110 §8.6: a 204 has no content-length.
    (status === 204 ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`)
  );
}

/** The whole body: the responses of the fast path are short, and written in one piece. */
export function bytesOf(body: HttpResponse['body']): string | Buffer | Promise<Buffer> {
  if (body === undefined) return '';
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : collect(body);
}

async function collect(body: AsyncIterable<string | Uint8Array>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks);
}

const noHeaders: Headers = Object.freeze({});
const linesOfFrozen = new WeakMap<Headers, WeakMap<Headers, string>>();

/** The merged headers as lines. Frozen objects are shared by many responses, so their lines are kept. */
function headerLines(defaults: Headers, headers: Headers = noHeaders): string {
  if (!Object.isFrozen(defaults) || !Object.isFrozen(headers)) {
    return formatHeaders(mergeHeaders(defaults, headers));
  }
  let ofDefaults = linesOfFrozen.get(defaults);
  if (ofDefaults === undefined) {
    ofDefaults = new WeakMap();
    linesOfFrozen.set(defaults, ofDefaults);
  }
  let lines = ofDefaults.get(headers);
  if (lines === undefined) {
    lines = formatHeaders(mergeHeaders(defaults, headers));
    ofDefaults.set(headers, lines);
  }
  return lines;
}

function formatHeaders(headers: Headers): string {
  let lines = '';
  for (const [name, value] of Object.entries(headers)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      const text = String(each);
      if (!isHeaderValue(text)) throw new Error(`The header ${name} cannot have this value`);
      lines += `${name}: ${text}\r\n`;
    }
  }
  return lines;
}

let currentDate = { second: 0, text: '' };

/** RFC 9110 §5.6.7; the same text for a whole second. */
function httpDate(): string {
  const now = Date.now();
  const second = Math.floor(now / 1000);
  if (currentDate.second !== second) currentDate = { second, text: new Date(now).toUTCString() };
  return currentDate.text;
}
