import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpRequest } from '../../platform/http/request';
import type { HttpResponse } from '../../platform/http/response';
import type { Route } from '../../platform/http/router';
import { HttpServer } from '../../platform/http/server';
import { silentLogger } from '../../platform/observability/logger';
import { Metrics } from '../../platform/observability/metrics';
import { eventually } from '../../platform/testing/eventually';
import { fastPath } from './fast-path';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** A client that sends exactly the given bytes and reads all answers of the connection. */
class Line {
  readonly socket: Socket;
  private chunks: Buffer[] = [];
  readonly closed: Promise<void>;

  constructor(port: number, allowHalfOpen = false) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
    this.socket.setNoDelay(true);
    this.socket.on('error', () => {});
    this.socket.on('data', chunk => this.chunks.push(chunk));
    this.closed = new Promise(resolve => this.socket.once('close', () => resolve()));
  }

  say(text: string | Buffer): void {
    this.socket.write(text);
  }

  get heard(): Buffer {
    const whole = Buffer.concat(this.chunks);
    this.chunks = [whole];
    return whole;
  }

  get answers(): Answer[] {
    const found: Answer[] = [];
    const { heard } = this;
    for (let at = 0; ; ) {
      const end = heard.indexOf('\r\n\r\n', at);
      if (end < 0) return found;
      const [first = '', ...lines] = heard.toString('latin1', at, end).split('\r\n');
      const headers = Object.fromEntries(
        lines.map(line => {
          const colon = line.indexOf(':');
          return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
        }),
      );
      const length = Number(headers['content-length'] ?? 0);
      const body = heard.toString('utf8', end + 4, end + 4 + length);
      if (heard.length < end + 4 + length) return found;
      found.push({ status: Number(first.split(' ')[1]), headers, body });
      at = end + 4 + length;
    }
  }

  async answered(count: number): Promise<Answer[]> {
    await eventually(() => expect(this.answers.length).toBeGreaterThanOrEqual(count));
    return this.answers;
  }
}

const post = (body: string, lines = '', path = '/quick') =>
  `POST ${path} HTTP/1.1\r\nhost: a\r\n${lines}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe('FastPathConnections', () => {
  let server: HttpServer;
  let port: number;
  let seen: HttpRequest[];
  let waiting: Map<string, () => void>;
  const lines: Line[] = [];

  const say = (): Line => {
    const line = new Line(port);
    lines.push(line);
    return line;
  };

  /** Says back what it was sent; `wait …` when it is let go, and other words for other answers. */
  const echo = async (request: HttpRequest): Promise<HttpResponse> => {
    seen.push(request);
    const text = (await request.body(1024 * 1024)).toString();
    if (text.startsWith('wait')) {
      await new Promise<void>(resolve => {
        waiting.set(text, resolve);
      });
    }
    if (text === 'fail') throw new Error('failed');
    if (text === 'bytes') return { status: 200, body: Buffer.from([0xc3, 0xa9]) };
    if (text === 'huge') return { status: 200, body: 'é'.repeat(10_000_000) };
    if (text === 'large') return { status: 200, body: 'é'.repeat(500_000) };
    if (text === 'nothing') return { status: 204 };
    if (text === 'header') return { status: 200, headers: { 'x-a': 'b\r\nc: d' }, body: '' };
    if (text === 'pieces') {
      return {
        status: 200,
        body: (async function* () {
          yield 'a';
          yield Buffer.from('b');
        })(),
      };
    }
    return {
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: `${text} ${request.header('x-word') ?? ''}`,
    };
  };

  const serve = async (unreadMs?: number) => {
    const routes: Route[] = [
      { method: '*', path: '/quick', handle: echo },
      { method: '*', path: '/other', handle: echo },
    ];
    const made = new HttpServer({
      routes,
      logger: silentLogger,
      metrics: new Metrics('quick'),
      connections: fastPath(new Set(['/quick'])),
      ...(unreadMs === undefined ? {} : { unreadMs }),
    });
    return { made, port: await made.listen(0, '127.0.0.1') };
  };

  beforeEach(async () => {
    seen = [];
    waiting = new Map();
    const { made, port: at } = await serve();
    server = made;
    port = at;
  });

  afterEach(async () => {
    for (const line of lines.splice(0)) line.socket.destroy();
    for (const release of waiting.values()) release();
    await server.stop(100);
  });

  /** Whether node:http has the connection: it says `Connection` where we say `connection`. */
  const isHandedOver = (line: Line) => line.heard.toString('latin1').includes('Keep-Alive: ');

  it('answers request after request on one connection, however they are cut', async () => {
    const line = say();
    line.say(post('one', 'x-word: w\r\n'));
    const [first] = await line.answered(1);
    expect(first).toEqual({
      status: 200,
      headers: {
        'x-content-type-options': 'nosniff',
        'content-type': 'text/plain',
        'content-length': '5',
        connection: 'keep-alive',
        'keep-alive': 'timeout=65',
        date: expect.stringMatching(/^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/),
        traceresponse: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
      },
      body: 'one w',
    });
    for (const byte of post('zwei é')) {
      line.say(byte);
      await new Promise(resolve => setImmediate(resolve));
    }
    expect((await line.answered(2))[1]?.body).toBe('zwei é ');
    expect(isHandedOver(line)).toBe(false);
  });

  it('answers in the order of the requests, whichever is ready first', async () => {
    const line = say();
    line.say(post('wait 1') + post('wait 2') + post('3'));
    await eventually(() => expect(waiting.size).toBe(2));
    waiting.get('wait 2')?.();
    await sleep(20);
    expect(line.answers).toEqual([]);
    waiting.get('wait 1')?.();
    expect((await line.answered(3)).map(answer => answer.body)).toEqual(['wait 1 ', 'wait 2 ', '3 ']);
  });

  it('works on so many requests of one connection at once, and on the others later', async () => {
    const line = say();
    const names = Array.from({ length: 100 }, (_, number) => `wait ${number}`);
    line.say(names.map(name => post(name)).join(''));
    await eventually(() => expect(waiting.size).toBe(64));
    await sleep(20);
    expect(waiting.size).toBe(64);
    for (const release of waiting.values()) release();
    await eventually(() => expect(waiting.size).toBe(100));
    for (const release of waiting.values()) release();
    expect((await line.answered(100)).map(answer => answer.body.trim())).toEqual(names);
  });

  it('writes text, bytes, large bodies, bodies in pieces and none', async () => {
    const line = say();
    for (const word of ['bytes', 'large', 'nothing', 'pieces', 'é']) line.say(post(word));
    const answers = await line.answered(5);
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [200, 'é'],
      [200, 'é'.repeat(500_000)],
      [204, ''],
      [200, 'ab'],
      [200, 'é '],
    ]);
    expect(answers[2]?.headers['content-length']).toBeUndefined();
    expect(isHandedOver(line)).toBe(false);
  });

  it('answers a fault of ours, also one that only shows when the answer is written', async () => {
    const line = say();
    line.say(post('fail') + post('header') + post('after'));
    const answers = await line.answered(3);
    expect(answers.map(answer => answer.status)).toEqual([500, 500, 200]);
    expect(answers[1]?.headers['x-a']).toBeUndefined();
    expect(answers[1]?.body).toContain('INTERNAL_ERROR');
  });

  it('gives the connection to node:http with the first request that is unusual, after what came before', async () => {
    const unusual = [
      'GET /quick HTTP/1.1\r\nhost: a\r\n\r\n',
      post('x', '', 'http://a/quick'),
      post('x', '', '/other'),
      post('x', '', '/quick?a=b'),
      post('x', 'connection: close\r\n'),
      post('x', 'x-word: a\r\nx-word: b\r\n'),
      post('x', 'expect: 100-continue\r\n'),
      'POST /quick HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
      'POST /quick HTTP/1.1\r\nhost: a\r\n\r\n',
      'POST /quick HTTP/1.0\r\nhost: a\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\nx',
      post('y'.repeat(300_000)),
    ];
    for (const text of unusual) {
      const line = say();
      line.say(post('wait') + text);
      await eventually(() => expect(waiting.size).toBe(1));
      waiting.get('wait')?.();
      waiting.clear();
      const answers = (await line.answered(2)).filter(({ status }) => status !== 100);
      await eventually(() => expect(line.answers.filter(({ status }) => status !== 100)).toHaveLength(2));
      expect(answers[0]?.body).toBe('wait ');
      expect(line.answers.at(-1)?.status).toBe(200);
      expect(line.heard.toString('latin1')).toMatch(/\r\nConnection: |\r\nconnection: close/);
    }
  });

  it('hands over a request that comes slowly, to be answered all the same', async () => {
    const line = say();
    const text = post('slow');
    line.say(text.slice(0, 30));
    await eventually(() => expect(server.server.listenerCount('connection')).toBe(1));
    await sleep(2_200);
    line.say(text.slice(30));
    expect((await line.answered(1))[0]?.body).toBe('slow ');
    expect(isHandedOver(line)).toBe(true);
  });

  it('cancels the work when its client disconnects', async () => {
    const line = say();
    line.say(post('wait'));
    await eventually(() => expect(waiting.size).toBe(1));
    expect(seen[0]?.cancellation.aborted).toBe(false);
    line.socket.destroy();
    await eventually(() => expect(seen[0]?.cancellation.aborted).toBe(true));
  });

  it('stops reading from a client that does not read its answers', async () => {
    const line = say();
    line.socket.pause();
    for (let sent = 0; sent < 300; sent++) line.say(post('large'));
    await eventually(() => expect(seen.length).toBeGreaterThan(0));
    await sleep(300);
    const before = seen.length;
    await sleep(100);
    expect([seen.length, before < 300]).toEqual([before, true]);
    line.socket.resume();
    await eventually(() => expect(seen).toHaveLength(300), 20_000);
  }, 30_000);

  it('closes the connection of a client that reads nothing, on both paths, and of no slow reader', async () => {
    const { made, port: other } = await serve(400);
    const stalled = [post('huge'), post('huge', '', '/other')].map(text => {
      const line = new Line(other);
      line.socket.pause();
      line.say(text);
      return line;
    });
    const slow = new Line(other);
    slow.say(post('huge'));
    const reading = setInterval(() => {
      slow.socket.resume();
      setTimeout(() => slow.socket.pause(), 5);
    }, 100);
    lines.push(...stalled, slow);
    const open = () =>
      new Promise<number>(resolve => made.server.getConnections((_, count) => resolve(count)));
    await eventually(async () => expect(await open()).toBe(1), 20_000);
    clearInterval(reading);
    slow.socket.resume();
    expect((await slow.answered(1))[0]?.body.length).toBe(10_000_000);
    await made.stop(0);
  }, 30_000);

  it('finishes what is in flight when it stops, and ends each connection with it', async () => {
    const idle = say();
    idle.say(post('one'));
    const busy = say();
    busy.say(post('wait 1') + post('wait 2'));
    await idle.answered(1);
    await eventually(() => expect(waiting.size).toBe(2));
    const stopped = server.stop(5_000);
    await idle.closed;
    for (const release of waiting.values()) release();
    await Promise.all([stopped, busy.closed]);
    expect(busy.answers.map(({ body, headers }) => [body, headers['connection']])).toEqual([
      ['wait 1 ', 'keep-alive'],
      ['wait 2 ', 'close'],
    ]);
  });

  it('does not wait for ever for the other side of a connection that it has ended', async () => {
    const line = new Line(port, true);
    lines.push(line);
    line.say(post('one'));
    await line.answered(1);
    const retired = server.retire(60_000);
    line.say(post('two'));
    expect((await line.answered(2))[1]?.headers['connection']).toBe('close');
    // The client never ends its side.
    await retired;
    expect(line.socket.writable).toBe(true);
  });

  it('lets a slow client read the whole of its last answer', async () => {
    const { made, port: other } = await serve();
    const slow = new Line(other);
    lines.push(slow);
    slow.say(post('one'));
    await slow.answered(1);
    slow.socket.pause();
    const gone = made.retire(60_000);
    slow.say(post('huge'));
    await sleep(4_500);
    slow.socket.resume();
    await gone;
    expect(slow.answers[1]?.body.length).toBe(10_000_000);
    await made.stop(0);
  }, 30_000);

  it('retires: answers what comes on a connection that is there, as its last', async () => {
    const line = say();
    line.say(post('one'));
    await line.answered(1);
    const retired = server.retire(60_000);
    line.say(post('two') + post('three'));
    await Promise.all([retired, line.closed]);
    expect(line.answers.map(({ body, headers }) => [body, headers['connection']])).toEqual([
      ['one ', 'keep-alive'],
      ['two ', 'close'],
    ]);
  });
});
