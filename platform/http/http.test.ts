import { connect } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../observability/logger';
import { Metrics } from '../observability/metrics';
import { currentTrace, runInContext } from '../observability/tracing';
import { eventually } from '../testing/eventually';
import type { Route } from './router';
import { HttpServer } from './server';

let lines: Record<string, unknown>[] = [];
const metrics = new Metrics('http');

function serve(routes: Route[]): HttpServer {
  lines = [];
  return new HttpServer({
    routes,
    metrics,
    bodyPauseMs: 300,
    runIn: runInContext,
    logger: createLogger({
      service: 'http',
      level: 'info',
      destination: { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    }),
  });
}

const echo: Route = {
  method: 'POST',
  path: '/echo',
  handle: async request => ({ status: 200, body: JSON.stringify(await request.json(100)) }),
};

describe('HttpServer', () => {
  let server: HttpServer;
  let url: string;
  let release: () => void = () => {};

  beforeEach(async () => {
    server = serve([
      echo,
      {
        method: 'GET',
        path: '/fault',
        handle: () => {
          throw new Error('the cause');
        },
      },
      {
        method: 'GET',
        path: '/slow',
        handle: async () => {
          await new Promise<void>(resolve => {
            release = resolve;
          });
          return { status: 200, body: 'done' };
        },
      },
      {
        method: 'POST',
        path: '/count',
        handle: async request => {
          let size = 0;
          for await (const chunk of request.stream()) size += (chunk as Buffer).length;
          if (request.search === '?slowly') await sleep(1_000);
          return { status: 200, body: `${size} bytes` };
        },
      },
      { method: 'GET', path: '/trace', handle: () => ({ status: 200, body: currentTrace()?.traceId ?? '' }) },
      {
        method: 'GET',
        path: '/stream',
        handle: () => ({
          status: 200,
          body: (async function* () {
            yield 'a';
            yield 'b';
          })(),
        }),
      },
      {
        method: 'GET',
        path: '/breaks',
        handle: () => ({
          status: 200,
          body: (async function* () {
            yield 'a';
            throw new Error('broke');
          })(),
        }),
      },
      {
        method: 'GET',
        path: '/half',
        handle: () => ({
          status: 200,
          body: (async function* () {
            yield 'half';
            await new Promise(() => undefined);
          })(),
        }),
      },
      {
        method: 'GET',
        path: '/host',
        handle: request => ({ status: 200, body: `${request.header('host')} ${request.search}` }),
      },
      { method: 'GET', path: '/under/*', handle: request => ({ status: 200, body: request.path }) },
    ]);
    url = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
  });

  afterEach(() => server.stop(100));

  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(`${url}/echo`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });

  it('masks a fault of ours and logs its cause under the trace id of the answer', async () => {
    const response = await fetch(`${url}/fault`);
    const body = (await response.json()) as { error: string; message: string; trace_id: string };
    expect([response.status, body.error]).toEqual([500, 'INTERNAL_ERROR']);
    expect(JSON.stringify(body)).not.toContain('the cause');
    const logged = lines.find(
      line => (line['error'] as { message?: string } | undefined)?.message === 'the cause',
    );
    expect(logged?.['trace_id']).toBe(body.trace_id);
  });

  it('continues the trace it is called in, and starts one where there is none or a broken one', async () => {
    const trace = 'a'.repeat(32);
    const asked = async (traceparent: string) =>
      (await fetch(`${url}/trace`, { headers: { traceparent } })).text();
    expect(await asked(`00-${trace}-${'b'.repeat(16)}-01`)).toBe(trace);
    for (const broken of [
      `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
      `ff-${trace}-${'b'.repeat(16)}-01`,
      'x',
      `00-${trace}-${'b'.repeat(16)}-01-more`,
    ]) {
      expect(await asked(broken)).toMatch(/^(?!a{32})[0-9a-f]{32}$/);
    }
  });

  it('reads JSON, and says what is wrong with what is not', async () => {
    expect(await (await post('{"a":1}')).json()).toEqual({ a: 1 });
    expect((await post('{')).status).toBe(400);
    expect((await post(Buffer.from([0x22, 0xff, 0x22]))).status).toBe(400);
    expect((await post('{}', { 'content-type': 'application/json; charset=utf-16' })).status).toBe(415);
    expect((await post('{}', { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post(JSON.stringify('x'.repeat(200)))).status).toBe(413);
  });

  it('stops reading a body without a length when it passes the limit', async () => {
    const body = new ReadableStream({
      async pull(controller) {
        // An endless body must leave time for the server, which is in this process.
        await setImmediate();
        controller.enqueue(new TextEncoder().encode('x'.repeat(64)));
      },
    });
    const response = await fetch(`${url}/echo`, {
      method: 'POST',
      body,
      duplex: 'half',
      headers: { 'content-type': 'application/json' },
    } as RequestInit);
    expect(response.status).toBe(413);
  });

  it('streams an answer, and cuts one that breaks off so that the client sees it', async () => {
    expect(await (await fetch(`${url}/stream`)).text()).toBe('ab');
    await expect((async () => (await fetch(`${url}/breaks`)).text())()).rejects.toThrow();
    expect(await (await fetch(`${url}/under/a/b%20c`)).text()).toBe('/under/a/b%20c');
    expect((await fetch(`${url}/stream`, { method: 'HEAD' })).status).toBe(200);
  });

  it('writes one line and one sample a request, by route and not by path', async () => {
    await fetch(`${url}/under/1`);
    await fetch(`${url}/under/2`);
    await fetch(`${url}/nowhere`);
    await sleep(20);
    expect(
      lines
        .filter(line => line['message'] === 'request')
        .map(line => [line['http_route'], line['http_response_status_code']]),
    ).toEqual([
      ['/under/*', 200],
      ['/under/*', 200],
      ['unmatched', 404],
    ]);
    expect((await metrics.page()).body).toContain('http_route="/under/*"');
  });

  it('stops work whose caller waits no longer, by x-request-timeout-ms', async () => {
    const response = await fetch(`${url}/slow`, { headers: { 'x-request-timeout-ms': '20' } });
    expect([response.status, await response.json()]).toMatchObject([503, { error: 'SERVICE_UNAVAILABLE' }]);
    release();
  });

  it('finishes what is in flight when it stops, and takes nothing new', async () => {
    const slow = fetch(`${url}/slow`);
    await sleep(50);
    const stopped = server.stop(5_000);
    await expect(fetch(`${url}/trace`)).rejects.toThrow();
    release();
    expect(await (await slow).text()).toBe('done');
    await stopped;
  });

  it('cuts what does not finish in the grace', async () => {
    const slow = fetch(`${url}/slow`).then(
      () => 'answered',
      () => 'cut',
    );
    await sleep(50);
    await server.stop(10);
    expect(await slow).toBe('cut');
  });

  it('retires: answers what comes on a connection that is there, as its last, and takes no new one', async () => {
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
    });
    const closed = new Promise(resolve => socket.once('close', resolve));
    const ask = () => socket.write('GET /trace HTTP/1.1\r\nhost: x\r\n\r\n');
    ask();
    await eventually(() => expect(heard).toMatch(/connection: keep-alive/i));
    heard = '';
    const retired = server.retire(60_000);
    await expect(fetch(`${url}/trace`)).rejects.toThrow();
    ask();
    await Promise.all([closed, retired]);
    expect(heard).toMatch(/^HTTP\/1\.1 200 .*\r\nconnection: close\r\n/s);
    await server.stop(100);
  });

  it('retires without waiting for ever for a silent client', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const closed = new Promise(resolve => socket.once('close', resolve));
    await new Promise(resolve => socket.once('connect', resolve));
    await server.retire(50);
    await server.stop(50);
    await closed;
  });

  it('takes its time for the answer to a streamed body', async () => {
    const response = await fetch(`${url}/count?slowly`, { method: 'POST', body: 'whole' });
    expect(await response.text()).toBe('5 bytes');
  });

  it('ends a streamed body whose client pauses too long, and takes one that is only slow', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const closed = new Promise<number>(resolve => socket.once('close', () => resolve(performance.now())));
    socket.on('error', () => undefined);
    let heard = '';
    socket.on('data', chunk => {
      heard += chunk.toString();
    });
    socket.write('POST /count HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n');
    for (let count = 0; count < 5; count++) {
      await sleep(100);
      socket.write('x');
    }
    await eventually(async () => expect(heard).toContain('5 bytes'));
    socket.write('POST /count HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nx');
    const started = performance.now();
    expect((await closed) - started).toBeLessThan(5_000);
  });

  /** Everything that is answered to these bytes until the connection is closed. */
  const say = (text: string) =>
    new Promise<string>(resolve => {
      let heard = '';
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
      socket.on('data', chunk => {
        heard += chunk.toString();
      });
      socket.on('close', () => resolve(heard));
      socket.on('error', () => resolve(heard));
    });

  it('answers 400 and 431 to what is not HTTP, and lives', async () => {
    expect(await say('nonsense\r\n\r\n')).toContain('400 Bad Request');
    expect(await say(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`)).toContain('431');
    expect(
      await say(
        'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      ),
    ).toContain('400');
    for (const path of ['/echo', '/count']) {
      const chunks = `POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n`;
      expect(await say(chunks)).toMatch(/^HTTP\/1\.1 400 /);
    }
    expect((await fetch(`${url}/trace`)).status).toBe(200);
  });

  it('answers 408 to a head that does not end, soon after its time is over', async () => {
    server.server.headersTimeout = 300;
    const started = performance.now();
    expect(await say('GET /trace HTTP/1.1\r\nhost: a\r\n')).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    // Node checks every 30 seconds unless told otherwise.
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it('never writes an error into a response that is due or half sent', async () => {
    expect(await say('GET /slow HTTP/1.1\r\nhost: a\r\n\r\nnonsense\r\n\r\n')).toBe('');
    const heard = await say('GET /half HTTP/1.1\r\nhost: a\r\n\r\nnonsense\r\n\r\n');
    expect(heard).not.toContain('400');
  });

  it('takes a target in absolute form, whose host replaces that of the header', async () => {
    const ask = (target: string) => say(`GET ${target} HTTP/1.1\r\nhost: wrong\r\nconnection: close\r\n\r\n`);
    expect(await ask('http://right:80/host?x=1')).toMatch(/\r\n\r\nright:80 \?x=1$/);
    expect(await ask('HTTPS://right/host')).toMatch(/\r\n\r\nright $/);
    expect(await ask('http://right?x=1')).toMatch(/^HTTP\/1\.1 404 /);
    expect(await ask('ftp://right/host')).toMatch(/^HTTP\/1\.1 404 /);
  });
});
