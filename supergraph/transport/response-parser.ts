import { fieldValue } from '../../platform/http/headers';

/**
 * Reads HTTP/1.1 responses off a connection, however they are cut: https://www.rfc-editor.org/rfc/rfc9112. It knows what a service
 * answers to a POST and refuses all else; whatever it cannot be sure about ends the connection, never guesses.
 */
export class ResponseParser {
  private state: 'head' | 'fixed' | 'until-close' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailer' =
    'head';
  private pending: Buffer = empty;
  private status = 0;
  private isLast = false;
  private left = 0;
  private trailerBytes = 0;
  private body: Buffer[] = [];
  private bodySize = 0;

  constructor(
    private readonly limits: { readonly maxHeadBytes: number; readonly maxBodyBytes: number },
    /** A whole response; `isLast` says that the peer closes after it. */
    private readonly onResponse: (status: number, body: Buffer, isLast: boolean) => void,
    /** The head of a response is there: from now on the request counts as seen. */
    private readonly onHead: () => void,
  ) {}

  /** Throws a ParseFailure; after that the parser and its connection are of no more use. */
  push(chunk: Buffer): void {
    let data = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    this.pending = empty;
    for (;;) {
      const used = this.step(data);
      if (used < 0) {
        this.pending = data;
        return;
      }
      data = used === data.length ? empty : data.subarray(used);
      if (data.length === 0 && !this.isReady()) return;
    }
  }

  /** The peer has closed. Returns whether that is how the response was meant to end. */
  end(): boolean {
    if (this.state !== 'until-close') return false;
    this.finish();
    return true;
  }

  /** Some states need no further bytes to move on. */
  private isReady(): boolean {
    return (this.state === 'fixed' || this.state === 'chunk-data') && this.left === 0;
  }

  /** Consumes bytes from the front; -1 when more are needed. */
  private step(data: Buffer): number {
    switch (this.state) {
      case 'head':
        return this.readHead(data);
      case 'fixed': {
        const used = this.take(data, this.left);
        if (this.left === 0) this.finish();
        return used;
      }
      case 'until-close':
        if (data.length === 0) return -1;
        this.keep(data);
        return data.length;
      case 'chunk-size': {
        const end = lineEnd(data, 256);
        if (end < 0) return -1;
        const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(data.toString('latin1', 0, end));
        if (!size) throw new ParseFailure('malformed');
        this.left = Number.parseInt(size[1] as string, 16);
        if (this.left === 0) {
          this.state = 'trailer';
          this.trailerBytes = 0;
        } else {
          this.state = 'chunk-data';
        }
        return end + 2;
      }
      case 'chunk-data': {
        const used = this.take(data, this.left);
        if (this.left === 0) this.state = 'chunk-end';
        return used;
      }
      case 'chunk-end':
        if (data.length < 2) return -1;
        if (data[0] !== 13 || data[1] !== 10) throw new ParseFailure('malformed');
        this.state = 'chunk-size';
        return 2;
      case 'trailer': {
        const end = lineEnd(data, this.limits.maxHeadBytes);
        if (end < 0) return -1;
        this.trailerBytes += end + 2;
        if (this.trailerBytes > this.limits.maxHeadBytes) throw new ParseFailure('too-large');
        if (end === 0) this.finish();
        return end + 2;
      }
    }
  }

  private readHead(data: Buffer): number {
    const end = data.indexOf(headEnd);
    if (end < 0) {
      if (data.length > this.limits.maxHeadBytes) throw new ParseFailure('too-large');
      if (data.length >= 5 && data.toString('latin1', 0, 5) !== 'HTTP/') throw new ParseFailure('malformed');
      return -1;
    }
    if (end > this.limits.maxHeadBytes) throw new ParseFailure('too-large');
    const text = data.toString('latin1', 0, end + 2);
    if (!wholeHead.test(text)) throw new ParseFailure('malformed');
    this.status = Number(text.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
    this.isLast = text.startsWith('HTTP/1.0');
    let length: number | undefined;
    let isChunked = false;
    framing.lastIndex = 0;
    for (let field = framing.exec(text); field; field = framing.exec(text)) {
      const name = (field[1] as string).toLowerCase();
      const value = fieldValue(field[2] as string);
      if (name === 'content-length') {
        if (!/^\d{1,15}$/.test(value)) throw new ParseFailure('malformed');
        const given = Number(value);
        if (length !== undefined && length !== given) throw new ParseFailure('malformed');
        length = given;
      } else if (name === 'transfer-encoding') {
        if (value.toLowerCase() !== 'chunked' || isChunked) throw new ParseFailure('malformed');
        isChunked = true;
      } else {
        const options = value.toLowerCase();
        if (options.includes('close')) this.isLast = true;
        else if (options.includes('keep-alive')) this.isLast = false;
      }
    }
    if (isChunked && length !== undefined) throw new ParseFailure('malformed');
    // Interim responses precede the final one (RFC 9110 §15.2). The client requests no protocol upgrade.
    if (this.status < 200) {
      if (this.status === 101) throw new ParseFailure('malformed');
      return end + 4;
    }
    this.onHead();
    this.body = [];
    this.bodySize = 0;
    if (this.status === 204 || this.status === 304) {
      this.finish();
    } else if (isChunked) {
      this.state = 'chunk-size';
    } else if (length !== undefined) {
      if (length > this.limits.maxBodyBytes) throw new ParseFailure('too-large');
      this.left = length;
      this.state = 'fixed';
    } else {
      this.isLast = true;
      this.state = 'until-close';
    }
    return end + 4;
  }

  private take(data: Buffer, wanted: number): number {
    const used = Math.min(wanted, data.length);
    if (used > 0) this.keep(used === data.length ? data : data.subarray(0, used));
    this.left -= used;
    return used === 0 && wanted > 0 ? -1 : used;
  }

  private keep(data: Buffer): void {
    this.bodySize += data.length;
    if (this.bodySize > this.limits.maxBodyBytes) throw new ParseFailure('too-large');
    this.body.push(data);
  }

  private finish(): void {
    const [only] = this.body;
    const body = this.body.length === 1 && only ? only : Buffer.concat(this.body);
    this.body = [];
    this.state = 'head';
    this.onResponse(this.status, body, this.isLast);
  }
}

export class ParseFailure extends Error {
  constructor(readonly reason: 'malformed' | 'too-large') {
    super(`Not a response: ${reason}`);
  }
}

const empty = Buffer.alloc(0);
const headEnd = Buffer.from('\r\n\r\n');
/** A name with a space, a folded line or a bare line end is how responses are smuggled: RFC 9112 §2.2, §5.1, §5.2. */
const wholeHead = /^HTTP\/1\.[01] \d{3}(?: [^\r\n]*)?\r\n(?:[^\s:]+:[^\r\n]*\r\n)*$/;
/** The fields that say where a response ends, and whether the connection does. */
const framing = /\r\n(content-length|transfer-encoding|connection):([^\r]*)/gi;

function lineEnd(data: Buffer, max: number): number {
  const end = data.indexOf('\r\n');
  if (end > max || (end < 0 && data.length > max)) throw new ParseFailure('malformed');
  return end;
}
