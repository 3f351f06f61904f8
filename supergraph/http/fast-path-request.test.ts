import { createServer, type IncomingMessage, type Server } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { FastPathReader } from './fast-path-request';

const paths = new Set(['/quick']);
const read = (text: string) => new FastPathReader(paths).read(Buffer.from(text, 'latin1'), 0);
const plain = 'POST /quick HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nab';

interface Read {
  method: string | undefined;
  url: string | undefined;
  headers: object;
  body: string;
}

describe('FastPathReader', () => {
  it('reads a request, and says where the next one begins', () => {
    const found = new FastPathReader(paths).read(Buffer.from(`12345${plain}POST`), 5);
    expect(found).toEqual({
      url: '/quick',
      headers: { host: 'a', 'content-length': '2' },
      body: Buffer.from('ab'),
      end: 5 + plain.length,
    });
  });

  it('waits for the rest of one that has begun', () => {
    for (let length = 0; length < plain.length; length++)
      expect(read(plain.slice(0, length))).toBe('incomplete');
  });

  it.each([
    ['of another method', plain.replace('POST', 'PUT')],
    ['to another path', plain.replace('/quick', '/quick?a')],
    ['of another version', plain.replace('1.1', '1.0')],
    ['without a host', plain.replace('host: a\r\n', '')],
    ['without a length', plain.replace('content-length: 2\r\n', '')],
    ['with a length that is none', plain.replace('2\r\n', '+2\r\n')],
    ['with a long body', plain.replace('2\r\n', '300000\r\n')],
    ['with a field twice', plain.replace('host', 'x: 1\r\nX: 2\r\nhost')],
    ['with a field of several lines', plain.replace('host', 'x: 1\r\n 2\r\nhost')],
    ['with a space before a colon', plain.replace('host:', 'host :')],
    ['with a line that ends in less', plain.replace('a\r\n', 'a\n')],
    ['with a control character', plain.replace('a\r\n', 'a\0\r\n')],
    ['that is framed otherwise', plain.replace('host', 'transfer-encoding: chunked\r\nhost')],
    ['that ends the connection', plain.replace('host', 'connection: close\r\nhost')],
    ['that waits for 100 Continue', plain.replace('host', 'expect: 100-continue\r\nhost')],
    ['with a length and a no-break space', plain.replace('2\r\n', '2\xa0\r\n')],
    ['with more fields than node:http keeps', plain.replace('host', `${'a:\r\n'.repeat(2_200)}host`)],
    ['with a large head', plain.replace('host', `x: ${'y'.repeat(17_000)}\r\nhost`)],
    ['that begins with a large head', `POST /quick HTTP/1.1\r\nx: ${'y'.repeat(17_000)}`],
  ])('leaves a request %s to node:http', (_, text) => {
    expect(read(text)).toBe('unusual');
  });

  it('looks at each byte a constant number of times, however small the pieces are', () => {
    const fields = Array.from({ length: 190 }, (_, index) => `x-${index}: ${'y'.repeat(70)}\r\n`).join('');
    const body = 'z'.repeat(3_000);
    const whole = Buffer.from(
      `POST /quick HTTP/1.1\r\nhost: a\r\n${fields}content-length: ${body.length}\r\n\r\n${body}`,
    );
    let looked = 0;
    const { prototype } = Buffer;
    const original = { indexOf: prototype.indexOf, toString: prototype.toString };
    const replace = (
      name: 'indexOf' | 'toString',
      replacement: (this: Buffer, ...args: never[]) => unknown,
    ) => jest.spyOn(prototype, name).mockImplementation(replacement as never);
    replace('indexOf', function (this: Buffer, value: string, from: number) {
      looked += this.length - from;
      return original.indexOf.call(this, value, from);
    });
    replace('toString', function (this: Buffer, encoding: BufferEncoding, from = 0, to = this.length) {
      looked += to - from;
      return original.toString.call(this, encoding, from, to);
    });
    const reader = new FastPathReader(paths);
    let found: ReturnType<typeof reader.read> = 'incomplete';
    for (let length = 1; found === 'incomplete'; length++) found = reader.read(whole.subarray(0, length), 0);
    jest.restoreAllMocks();
    expect(found).toMatchObject({ url: '/quick', end: whole.length });
    expect(looked).toBeLessThan(6 * whole.length);
  });

  it('takes no longer than the length of what an attacker sends', () => {
    const spaces = `POST /quick HTTP/1.1\r\nhost:${' '.repeat(8_000)}\u0001${' '.repeat(8_000)}\r\n\r\n`;
    const colons = `POST /quick HTTP/1.1\r\n${'a:\r\n'.repeat(4_000)}\u0001\r\n\r\n`;
    const started = performance.now();
    for (const text of [spaces, colons]) expect(read(text)).toBe('unusual');
    // A backtracking expression would take minutes.
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  describe('beside node:http', () => {
    let server: Server;
    let seen: Promise<Read>[] = [];
    beforeAll(() => {
      server = createServer(raw => {
        seen.push(whole(raw));
      });
    });

    const whole = async (raw: IncomingMessage): Promise<Read> => {
      const chunks: Buffer[] = [];
      for await (const chunk of raw) chunks.push(chunk as Buffer);
      const { method, url, headers } = raw;
      return { method, url, headers: { ...headers }, body: Buffer.concat(chunks).toString('latin1') };
    };

    /** The requests that node:http reads out of these bytes. */
    const byNode = async (bytes: Buffer): Promise<Read[]> => {
      seen = [];
      const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
      server.emit('connection', connection);
      connection.push(bytes);
      for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve));
      const found = await Promise.all(seen);
      connection.destroy();
      return found;
    };

    const words = (...each: string[]) => fc.constantFrom(...each);
    const line = fc.oneof(
      { weight: 4, arbitrary: fc.constant('POST /quick HTTP/1.1') },
      fc
        .tuple(
          words('POST', 'GET', 'post', 'POST '),
          words('/quick', '/quick ', 'quick', '*', '/quick#a'),
          words('HTTP/1.1', 'HTTP/1.0', 'http/1.1', 'HTTP/1.1 '),
        )
        .map(parts => parts.join(' ')),
    );
    /** Every character that a byte may be, control characters included. */
    const anyByte = fc.integer({ min: 0, max: 255 }).map(code => String.fromCharCode(code));
    const anyValue = fc.array(fc.oneof({ weight: 3, arbitrary: words('2', 'a') }, anyByte), { maxLength: 3 });
    const anyField = fc
      .tuple(words('x-any', 'content-length', 'connection', 'host', 'x'), words(':', ': '), anyValue)
      .map(([name, colon, value]) => `${name}${colon}${value.join('')}\r\n`);
    const listedField = fc
      .tuple(
        words(
          'host',
          'x-word',
          'X-Other',
          'x word',
          'Content-Length',
          '',
          ' x',
          'te',
          'Connection',
          '__proto__',
        ),
        words(':', ': ', ':\t', ' : ', ''),
        words(
          'a',
          ' a ',
          '',
          '2',
          '0',
          '+2',
          '2, 2',
          '2\n',
          'a\rb',
          'a\0',
          '\xe9',
          'keep-alive',
          '\t2\t',
          '\r\n b',
        ),
        words('\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r'),
      )
      .map(parts => parts.join(''));
    const anyName = anyByte.map(byte => `x${byte}y: a\r\n`);
    const field = fc.oneof(
      { weight: 3, arbitrary: listedField },
      { weight: 3, arbitrary: anyField },
      { weight: 1, arbitrary: anyName },
    );
    const usual = words(
      'host: a\r\ncontent-length: 2\r\n',
      'Host:a\r\nContent-Length:2\r\n',
      'host: a\r\n',
      'content-length: 2\r\n',
      '',
    );
    const request = fc
      .tuple(line, fc.array(field, { maxLength: 2 }), usual, words('ab', 'abc', 'a', 'ab\r\n'))
      .map(([first, fields, others, body]) => `${first}\r\n${fields.join('')}${others}\r\n${body}`);

    it('reads every byte in a value and in a name as node:http does, or leaves it to node:http', async () => {
      const places: ((byte: string) => string)[] = [
        byte => plain.replace('host: a', `host: a${byte}`),
        byte => plain.replace('host: a', `host:${byte}a`),
        byte => plain.replace('host', `x${byte}: 1\r\nhost`),
        byte => plain.replace('2\r\n', `2${byte}\r\n`),
        byte => plain.replace(': 2\r\n', `:${byte}2\r\n`),
      ];
      let found = 0;
      for (const place of places) {
        for (let code = 0; code < 256; code++) {
          const text = place(String.fromCharCode(code));
          const quick = read(text);
          if (typeof quick === 'string') continue;
          found += 1;
          const { url, headers, end } = quick;
          const body = quick.body.toString('latin1');
          const seen = await byNode(Buffer.from(text, 'latin1').subarray(0, end));
          expect([place(''), code, seen]).toEqual([
            place(''),
            code,
            [{ method: 'POST', url, headers: { ...headers }, body }],
          ]);
        }
      }
      expect(found).toBeGreaterThan(400);
    }, 30_000);

    it('reads nothing that node:http would read otherwise', async () => {
      const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000_007);
      let found = 0;
      await fc.assert(
        fc.asyncProperty(request, async text => {
          const quick = read(text);
          if (typeof quick === 'string') return;
          found += 1;
          const bytes = Buffer.from(text, 'latin1').subarray(0, quick.end);
          const body = quick.body.toString('latin1');
          expect(await byNode(bytes)).toEqual([
            { method: 'POST', url: quick.url, headers: { ...quick.headers }, body },
          ]);
        }),
        { seed, numRuns: 4_000 },
      );
      expect(found).toBeGreaterThan(200);
    }, 30_000);
  });
});
