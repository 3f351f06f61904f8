import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Cancellation } from '../../platform/http/cancellation';
import { eventually } from '../../platform/testing/eventually';
import { PipelinedTransport } from './pipelined-transport';
import { ServiceTransport } from './service-transport';
import { ForwardedHeaders, type SubgraphRequest, type Transport, TransportError } from './transport';
import { UndiciTransport } from './undici-transport';

const maxResponseBytes = 64 * 1024;
const kinds: [string, () => Transport][] = [
  ['undici', () => new UndiciTransport({ maxResponseBytes })],
  ['pipelined', () => new PipelinedTransport({ maxResponseBytes, socketsPerOrigin: 2 })],
];

function request(url: string, more: Partial<SubgraphRequest> = {}): SubgraphRequest {
  return {
    subgraph: 's',
    url,
    body: '{"query":"{a}"}',
    headers: new ForwardedHeaders({ authorization: 'Bearer x' }),
    isRead: true,
    fetch: {},
    timeoutMs: 1_000,
    ...more,
  };
}

const urlOf = (server: Server | HttpServer): string =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;

async function reasonFor(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return 'answered';
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    return error.reason;
  }
}

describe.each(kinds)('the %s transport', (_name, make) => {
  let transport: Transport;
  let sockets: Set<Socket>;
  let servers: Server[];

  beforeEach(() => {
    transport = make();
    sockets = new Set();
    servers = [];
  });
  afterEach(async () => {
    await transport.close();
    for (const socket of sockets) socket.destroy();
    await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))));
  });

  /** A peer that speaks bytes; `respond` gets each request's number on its connection. */
  async function peer(
    respond: (socket: Socket, connection: number, request: number) => void,
  ): Promise<string> {
    let connections = 0;
    const server = createServer(socket => {
      const connection = ++connections;
      let seen = 0;
      let text = '';
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('data', chunk => {
        text += chunk.toString('latin1');
        for (;;) {
          const match = /content-length: (\d+)\r\n(?:[^\r\n]+\r\n)*\r\n/i.exec(text);
          if (!match) return;
          const end = match.index + match[0].length + Number(match[1]);
          if (text.length < end) return;
          text = text.slice(end);
          respond(socket, connection, ++seen);
        }
      });
    });
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    return urlOf(server);
  }
  const ok = (body: string): string => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

  it('carries headers and body both ways', async () => {
    const server = createHttpServer((req, res) => {
      let body = '';
      req.on('data', chunk => (body += chunk));
      req.on('end', () => res.end(JSON.stringify([req.method, req.url, req.headers['authorization'], body])));
    });
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const body = '{"query":"{é\u{1F600}}"}';
    const response = await transport.send(request(urlOf(server), { body }));
    expect(response.status).toBe(200);
    expect(JSON.parse(response.body.toString())).toEqual(['POST', '/graphql', 'Bearer x', body]);
    server.closeAllConnections();
  });

  it('says when a service refuses', async () => {
    const url = await peer(() => {});
    await new Promise(resolve => (servers.pop() as Server).close(resolve));
    expect(await reasonFor(transport.send(request(url)))).toBe('refused');
  });

  it.each([
    'connection: x\r\ncontent-length: 100\r\n\r\n{"da',
    'transfer-encoding: chunked\r\n\r\n10\r\n{"da',
  ])('says when a service resets in the middle of a body', async rest => {
    const url = await peer(socket => {
      socket.write(`HTTP/1.1 200 OK\r\n${rest}`);
      setTimeout(() => socket.resetAndDestroy(), 20);
    });
    expect(await reasonFor(transport.send(request(url)))).toBe('reset');
  });

  it('gives up on a stalled service at the deadline, and on a cancelled request at once', async () => {
    const url = await peer(() => {});
    const started = performance.now();
    expect(await reasonFor(transport.send(request(url, { timeoutMs: 100 })))).toBe('timeout');
    expect(performance.now() - started).toBeLessThan(400);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    expect(await reasonFor(transport.send(request(url, { signal: controller.signal })))).toBe('aborted');
    expect(await reasonFor(transport.send(request(url, { signal: controller.signal })))).toBe('aborted');
  });

  it('gives up when the body stalls', async () => {
    const url = await peer(socket => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"data":'));
    expect(await reasonFor(transport.send(request(url, { timeoutMs: 100 })))).toBe('timeout');
  });

  it.each([
    'SSH-2.0-OpenSSH_9.6\r\n\r\n',
    'HTTP/2 200\r\n\r\n',
    'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello',
    'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nhello',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n',
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n',
  ])('does not take garbage for an answer: %j', async text => {
    const url = await peer(socket => socket.write(text));
    expect(['malformed', 'reset']).toContain(
      await reasonFor(transport.send(request(url, { timeoutMs: 500 }))),
    );
  });

  it('stops reading a body that is too large, announced or not', async () => {
    const url = await peer(socket =>
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n${'x'.repeat(100_000)}`),
    );
    expect(await reasonFor(transport.send(request(url)))).toBe('too-large');
    const chunked = await peer(socket =>
      socket.write(
        `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n20000\r\n${'x'.repeat(0x20000)}\r\n0\r\n\r\n`,
      ),
    );
    expect(await reasonFor(transport.send(request(chunked)))).toBe('too-large');
  });

  it('sends a read again when a kept connection turns out to be dead, and anything else never', async () => {
    let seen = 0;
    const url = await peer((socket, _connection, number) => {
      seen++;
      // Every connection answers once, and dies of the second request without a byte.
      if (number === 1) socket.write(ok('{"n":1}'));
      else socket.resetAndDestroy();
    });
    for (let i = 0; i < 4; i++) {
      expect((await transport.send(request(url))).body.toString()).toBe('{"n":1}');
    }
    expect(seen).toBeGreaterThan(4);
    const before = seen;
    const outcome = await reasonFor(transport.send(request(url, { isRead: false })));
    expect(['reset', 'refused', 'answered']).toContain(outcome);
    expect(seen - before).toBeLessThanOrEqual(1);
  });

  it('gives up only the connections that became silent, all at once', async () => {
    let isDark = false;
    const bright = new Set<number>();
    const url = await peer((socket, connection) => {
      if (!isDark) bright.add(connection);
      if (!isDark || !bright.has(connection)) setTimeout(() => socket.write(ok('{"n":1}')), 20);
    });
    // Together, so that there are two connections.
    await Promise.all([1, 2].map(() => transport.send(request(url))));
    // undici puts a connection back a moment after its answer.
    await new Promise(resolve => setTimeout(resolve, 50));
    isDark = true;
    expect(await reasonFor(transport.send(request(url, { timeoutMs: 200 })))).toBe('timeout');
    // The connections of before answer nothing any more; none of these may wait for one.
    await eventually(async () => {
      const answers = [1, 2].map(() => reasonFor(transport.send(request(url, { timeoutMs: 30_000 }))));
      expect(await Promise.all(answers)).toEqual(['answered', 'answered']);
    });
  });

  it('lets the service know when its client goes away', async () => {
    let seen = 0;
    let gone = 0;
    const server = createHttpServer((_, response) => {
      seen++;
      response.once('close', () => gone++);
    });
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const client = new Cancellation();
    const sent = reasonFor(
      transport.send(request(urlOf(server), { signal: client, timeoutMs: 60_000, isRead: true })),
    );
    await eventually(() => expect(seen).toBe(1));
    client.cancel();
    expect(await sent).toBe('aborted');
    await eventually(() => expect(gone).toBe(1));
  });

  it('does not retry forever', async () => {
    let seen = 0;
    const url = await peer(socket => {
      seen++;
      socket.destroy();
    });
    expect(await reasonFor(transport.send(request(url)))).toBe('reset');
    expect(seen).toBe(2);
  });

  it('reads an answer however it is cut', async () => {
    const body = '{"data":{"a":"\\u00e9"}}';
    const half = body.length >> 1;
    const texts = [
      `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${half.toString(16)};x=y\r\n${body.slice(0, half)}\r\n${(body.length - half).toString(16)}\r\n${body.slice(half)}\r\n0\r\nx-trailer: 1\r\n\r\n`,
    ];
    for (const text of texts) {
      let cut = 1;
      const url = await peer(socket => {
        socket.setNoDelay(true);
        socket.write(text.slice(0, cut));
        setImmediate(() => setImmediate(() => socket.write(text.slice(cut))));
      });
      for (cut = 1; cut < text.length; cut++) {
        expect((await transport.send(request(url))).body.toString()).toBe(body);
      }
    }
  });

  it('reads an answer that ends with the connection', async () => {
    const url = await peer(socket => socket.end('HTTP/1.0 200 OK\r\n\r\n{"data":null}'));
    expect((await transport.send(request(url))).body.toString()).toBe('{"data":null}');
    expect((await transport.send(request(url))).body.toString()).toBe('{"data":null}');
  });

  it('leaves nothing behind when closed', async () => {
    const url = await peer(() => {});
    const pending = reasonFor(transport.send(request(url)));
    await new Promise(resolve => setTimeout(resolve, 30));
    await transport.close();
    expect(await pending).not.toBe('answered');
  });

  it('keeps many requests in flight apart', async () => {
    const server = createHttpServer((req, res) => {
      let body = '';
      req.on('data', chunk => (body += chunk));
      req.on('end', () => setTimeout(() => res.end(body), Math.random() * 5));
    });
    servers.push(server);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const bodies = Array.from({ length: 300 }, (_, i) => `{"n":${i},"x":"${'y'.repeat(i * 7)}"}`);
    const answers = await Promise.all(
      bodies.map(body => transport.send(request(urlOf(server), { body, timeoutMs: 5_000 }))),
    );
    expect(answers.map(a => a.body.toString())).toEqual(bodies);
    server.closeAllConnections();
  });
});

describe('the pipelined transport', () => {
  it('blames for slowness who keeps others waiting, not who waits', async () => {
    // Answers everything at once, and no sooner than the slow one is done.
    const server = createHttpServer((req, res) => {
      let body = '';
      req.on('data', chunk => (body += chunk));
      req.on('end', () => setTimeout(() => res.end(body), body.includes('slow') ? 100 : 0));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const turns: [string, boolean][] = [];
    const transport = new PipelinedTransport({
      socketsPerOrigin: 1,
      onTurn: ({ body }, milliseconds) => turns.push([body, milliseconds > 50]),
    });
    const bodies = ['quick 1', 'slow', 'quick 2', 'quick 3'];
    await Promise.all(bodies.map(body => transport.send(request(urlOf(server), { body }))));
    expect(turns).toEqual([
      ['quick 1', false],
      ['slow', true],
      ['quick 2', false],
      ['quick 3', false],
    ]);
    await transport.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  it('does not count the time before a request is sent', async () => {
    const server = createHttpServer((req, res) => req.resume().on('end', () => res.end('{}')));
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const turns: number[] = [];
    const transport = new PipelinedTransport({ onTurn: (_, milliseconds) => turns.push(milliseconds) });
    await transport.send(request(urlOf(server)));
    const busyMs = 500;
    const answer = transport.send(request(urlOf(server)));
    // As when a burst of events becomes a burst of requests.
    for (const end = performance.now() + busyMs; performance.now() < end; );
    await answer;
    expect(turns[1]).toBeLessThan(busyMs);
    await transport.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  it('moves those behind a stalled request to another connection', async () => {
    const server = createHttpServer((req, res) => {
      let body = '';
      req.on('data', chunk => (body += chunk));
      req.on('end', () => {
        if (!body.includes('stall')) res.end(body);
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const transport = new PipelinedTransport({ socketsPerOrigin: 1 });
    const stalled = reasonFor(transport.send(request(urlOf(server), { body: 'stall', timeoutMs: 150 })));
    const others = [1, 2, 3].map(n =>
      transport.send(request(urlOf(server), { body: `${n}`, timeoutMs: 2_000 })),
    );
    expect(await stalled).toBe('timeout');
    expect((await Promise.all(others)).map(r => r.body.toString())).toEqual(['1', '2', '3']);
    await transport.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  it('does not count it against a request that the service closes the connection before it', async () => {
    let connections = 0;
    // As node:http does after a 413: it answers one, and closes.
    const server = createHttpServer((_, response) => {
      response.writeHead(413, { connection: 'close' }).end('{}');
    });
    server.on('connection', () => connections++);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const transport = new PipelinedTransport({ socketsPerOrigin: 1 });
    const sent = Array.from({ length: 8 }, () => transport.send(request(urlOf(server))));
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array(8).fill(413));
    expect(connections).toBe(8);
    await transport.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  it('does not let a request whose client is gone block others', async () => {
    const server = createHttpServer((req, res) => {
      let body = '';
      req.on('data', chunk => (body += chunk));
      req.on('end', () => {
        if (!body.includes('stall')) res.end(body);
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const transport = new PipelinedTransport({ socketsPerOrigin: 1 });
    const client = new Cancellation();
    const stalled = reasonFor(
      transport.send(request(urlOf(server), { body: 'stall', signal: client, timeoutMs: 60_000 })),
    );
    const other = transport.send(request(urlOf(server), { body: 'other', timeoutMs: 60_000 }));
    setImmediate(() => client.cancel());
    expect(await stalled).toBe('aborted');
    expect((await other).body.toString()).toBe('other');
    await transport.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  it('refuses to pipeline a mutation', async () => {
    const transport = new PipelinedTransport();
    expect(await reasonFor(transport.send(request('http://127.0.0.1:9/', { isRead: false })))).toBe(
      'refused',
    );
    await transport.close();
  });
});

describe('the service transport', () => {
  it('gives mutations and slow operations a connection of their own', async () => {
    let open = 0;
    const server = createHttpServer((req, res) => {
      let body = '';
      req.on('data', chunk => (body += chunk));
      req.on('end', () => setTimeout(() => res.end(body), body.includes('slow') ? 80 : 0));
    });
    server.on('connection', () => open++);
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const transport = new ServiceTransport({ pipelined: { socketsPerOrigin: 1 } });
    const url = urlOf(server);
    const slow = { body: '{"query":"slow"}', fetch: {} };
    await transport.send(request(url, slow));
    expect(open).toBe(1);
    await transport.send(request(url, slow));
    expect(open).toBe(2);
    expect((await transport.send(request(url, { body: 'm', isRead: false }))).body.toString()).toBe('m');
    await transport.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });

  it('lets an operation share connections again that is quick again, however many wait for their own', async () => {
    let milliseconds = 80;
    const sockets: unknown[] = [];
    const server = createHttpServer((req, res) => {
      sockets.push(req.socket);
      req.resume().on('end', () => setTimeout(() => res.end('{}'), milliseconds));
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const transport = new ServiceTransport({ undici: { connectionsPerOrigin: 1 } });
    const one = { ...request(urlOf(server), { fetch: {}, timeoutMs: 30_000 }) };
    await transport.send(one);
    milliseconds = 5;
    // Most of them wait longer for the connection than a quick one may take.
    await Promise.all(Array.from({ length: 60 }, () => transport.send(one)));
    await transport.send(one);
    expect(sockets[1]).not.toBe(sockets[0]);
    expect(sockets.at(-1)).toBe(sockets[0]);
    await transport.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
});

describe('a large request', () => {
  it.each([
    ['body', { body: 'x'.repeat(100_000) }],
    ['head', { headers: new ForwardedHeaders({ authorization: 'x'.repeat(10_000) }) }],
  ])('goes alone: one with a large %s waits for no other', async (_, large) => {
    let release = (): void => {};
    const server = createHttpServer((req, res) => {
      let body = '';
      req.on('data', chunk => (body += chunk));
      req.on('end', () => {
        if (body === 'hold') release = () => res.end(body);
        else res.end(body);
      });
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const transport = new ServiceTransport({ pipelined: { socketsPerOrigin: 1 } });
    const held = transport.send(request(urlOf(server), { body: 'hold', timeoutMs: 30_000 }));
    expect((await transport.send(request(urlOf(server), { ...large, timeoutMs: 30_000 }))).status).toBe(200);
    const letGo = setInterval(() => release(), 5);
    expect((await held).body.toString()).toBe('hold');
    clearInterval(letGo);
    await transport.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  });
});

describe('forwarded headers', () => {
  it('cannot carry a second header, a second request or the framing', () => {
    const headers = new ForwardedHeaders({
      'X-Ok': 'fine',
      evil: 'a\r\nx: y',
      'bad name': 'x',
      host: 'other',
      'content-length': '3',
      'transfer-encoding': 'chunked',
      wide: '\u{1F600}',
    });
    expect(headers.lines).toBe('x-ok: fine\r\n');
  });
});
