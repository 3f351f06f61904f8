import { connect } from 'node:net';
import { Graph } from '../testing/graph';

describe.each(['plinth', 'apollo'])('with EXECUTOR=%s', executor => {
  let graph: Graph;

  beforeAll(async () => {
    graph = await Graph.start({ EXECUTOR: executor });
  });

  afterAll(() => graph.stop());

  async function post(body: string, headers: Record<string, string> = {}) {
    const response = await fetch(`${graph.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return { status: response.status, text: await response.text() };
  }

  const ask = (query: string, variables?: object) => post(JSON.stringify({ query, variables }));
  const times = (count: number, make: (index: number) => string) =>
    Array.from({ length: count }, (_, i) => make(i)).join(' ');

  /** Bytes on the wire as no HTTP client would write them. */
  function raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(graph.gateway.port, '127.0.0.1', () => socket.write(text));
      let answer = '';
      socket.on('data', chunk => {
        answer += chunk.toString();
      });
      socket.on('end', () => resolve(answer));
      socket.on('close', () => resolve(answer));
      socket.on('error', reject);
    });
  }

  describe('an operation made to hurt is a 4xx, at once, and the gateway lives', () => {
    const bomb = `{ ...F0 } ${times(25, i => `fragment F${i} on Query { a: __typename ...F${i + 1} ...F${i + 1} }`)} fragment F25 on Query { me { id } }`;

    it.each([
      ['10,000 aliases', `{ ${times(10_000, i => `a${i}: me { id }`)} }`],
      ['10,000 times one field', `{ ${times(10_000, () => 'me { id }')} }`],
      ['10,000 directives', `{ me ${times(10_000, () => '@include(if: true)')} { id } }`],
      ['10,000 variables', `query (${times(10_000, i => `$v${i}: Int`)}) { me { id } }`],
      ['10,000 operations', times(10_000, i => `query Q${i} { me { id } }`)],
      ['10,000 fragments', `{ ...F0 } ${times(10_000, i => `fragment F${i} on Query { me { id } }`)}`],
      ['fragments that double 25 times', bomb],
      ['a list 20,000 deep', `{ book(id: ${'['.repeat(20_000)}${']'.repeat(20_000)}) { id } }`],
      ['a type 20,000 deep', `query ($v: ${'['.repeat(20_000)}Int${']'.repeat(20_000)}) { me { id } }`],
      ['NUL in the text', '{ me { id\u0000 } }'],
      ['a lone surrogate in the text', '{ me { \ud800 } }'],
      ['__proto__ as a field', '{ __proto__ { id } }'],
      ['a subscription', 'subscription { x }'],
      ['a million spaces and nothing', ' '.repeat(1_000_000)],
    ])('%s', async (_, query) => {
      const started = performance.now();
      const answer = await ask(query);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      expect(JSON.parse(answer.text).errors[0].extensions.code).toEqual(expect.any(String));
      // Generous: what these are made for takes minutes.
      expect(performance.now() - started).toBeLessThan(5_000);
    });

    it.each([
      ['__proto__ in the variables', '{"query":"{ me { id } }","variables":{"__proto__":{"id":1}}}'],
      [
        'a long operation name',
        JSON.stringify({ query: '{ me { id } }', operationName: 'x'.repeat(100_000) }),
      ],
      ['variables nobody declared', '{"query":"{ me { id } }","variables":{"representations":[]}}'],
      ['UTF-16', Buffer.from('{"query":"{ me { id } }"}', 'utf16le').toString('latin1')],
    ])('%s is answered, whatever with, but never a 5xx', async (_, body) => {
      expect((await post(body)).status).toBeLessThan(500);
      expect((await ask('{ me { id } }')).text).toBe('{"data":{"me":{"id":"1"}}}');
    });

    it.each(['/graphql', '/people/1'])('JSON 100,000 deep is a 400 at %s', async path => {
      const response = await fetch(`${graph.gateway.url}${path}`, {
        method: path === '/graphql' ? 'POST' : 'PUT',
        headers: { 'content-type': 'application/json' },
        body: `{"query":"{ me { id } }","variables":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
      });
      expect(response.status).toBe(400);
    });

    it('what fits the limit of tokens and is compared pairwise is answered in time', async () => {
      const started = performance.now();
      const inner = `{ ${times(20, () => 'id name')} }`;
      await ask(`{ ${times(100, () => `me ${inner}`)} }`);
      await ask(`{ ${times(1_200, () => 'me { id }')} }`);
      await ask(`{ ${times(1_600, i => `a${i}: __typename`)} }`);
      expect(performance.now() - started).toBeLessThan(5_000);
    });

    it('a compressed body is a 415 and is not unpacked', async () => {
      expect((await post('x', { 'content-encoding': 'gzip' })).status).toBe(415);
    });

    it.each([
      ['two lengths', 'content-length: 5\r\ncontent-length: 6\r\n\r\nhello'],
      ['a length and chunks', 'content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
      ['a chunk size that is none', 'transfer-encoding: chunked\r\n\r\nzz\r\n'],
      ['a header of 20 kB', `x: ${'y'.repeat(20_000)}\r\n\r\n`],
    ])('%s ends the connection with a 4xx', async (_, rest) => {
      const answer = await raw(
        `POST /graphql HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n${rest}`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
      expect(answer).not.toContain('"data"');
    });
  });

  describe('what a value may hold goes through as it is', () => {
    it.each(["'; DROP TABLE users; --", '{ me { id } }', '\\u0000', '$(x)', '"}}', '\u2028', '💥'])(
      '%j',
      async id => {
        const answer = await ask('query ($id: ID!) { book(id: $id) { title } }', { id });
        expect(JSON.parse(answer.text)).toEqual({ data: { book: { title: `Book ${id}` } } });
      },
    );
  });
});
