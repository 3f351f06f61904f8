import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { eventually } from '../../platform/testing/eventually';
import { ServiceTransport } from '../transport/service-transport';
import { readAnswer } from '../transport/subgraph-answer';
import { ForwardedHeaders } from '../transport/transport';
import { ServiceCalls } from './service-calls';
import { defaultPolicy, type ServicePolicy } from './service-policy';

type Fault =
  | 'none'
  | 'black-hole'
  | 'stall'
  | 'reset'
  | 'reset mid-answer'
  | 'garbage'
  | 'html'
  | 'slow drip'
  | 'stopping';

const answer = '{"data":{"name":"Ada"}}';
const http = (body: string, status = '200 OK', length = body.length) =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;

/** A service behind a proxy that fails in the ways that networks do. */
class FaultProxy {
  fault: Fault = 'none';
  /** The `x-request-timeout-ms` of each request. */
  readonly timeouts: number[] = [];
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  get requests(): number {
    return this.timeouts.length;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  async listen(): Promise<void> {
    this.server = createServer(socket => this.accept(socket));
    await new Promise<void>(resolve => this.server!.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** From then on connections are refused. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>(resolve => this.server?.close(() => resolve()));
  }

  private accept(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    let received = '';
    socket.on('data', chunk => {
      received += chunk.toString();
      if (this.fault === 'black-hole') return;
      for (let end = endOf(received); end > 0; end = endOf(received)) {
        this.timeouts.push(Number(/x-request-timeout-ms: (\d+)/i.exec(received)?.[1]));
        received = received.slice(end);
        this.answer(socket);
      }
    });
  }

  private answer(socket: Socket): void {
    switch (this.fault) {
      case 'none':
        return void socket.write(http(answer));
      case 'reset':
        return void socket.resetAndDestroy();
      case 'reset mid-answer':
        socket.write(http(answer.slice(0, 9), '200 OK', answer.length));
        return void setTimeout(() => socket.resetAndDestroy(), 5);
      case 'garbage':
        return void socket.write('SSH-2.0-OpenSSH_9.2\r\n\r\n');
      case 'html':
        return void socket.write(http('<h1>Bad gateway at 10.0.0.7</h1>', '502 Bad Gateway'));
      case 'stopping':
        return void socket.write(http('{"error":"SHUTTING_DOWN"}', '503 Service Unavailable'));
      case 'slow drip': {
        const text = http(answer);
        let at = 0;
        const timer = setInterval(() => {
          if (socket.destroyed || at >= text.length) return clearInterval(timer);
          socket.write(text[at++]!);
        }, 20);
        return;
      }
      default:
        // It has read the request and says nothing.
        return;
    }
  }
}

/** Where the first request ends; 0 while it is not whole. */
function endOf(text: string): number {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const end = head + 4 + Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return text.length >= end ? end : 0;
}

const quick: ServicePolicy = {
  ...defaultPolicy,
  timeoutMs: 150,
  retry: { ...defaultPolicy.retry, pauseMs: 1 },
  breaker: { ...defaultPolicy.breaker, openMs: 50, maxOpenMs: 200 },
};

const proxies: FaultProxy[] = [];
const opened: ServiceCalls[] = [];

async function proxyOf(): Promise<FaultProxy> {
  const proxy = new FaultProxy();
  await proxy.listen();
  proxies.push(proxy);
  return proxy;
}

/** @param zones of the instances; the gateway is in zone `a` */
function callsTo(
  urls: readonly string[],
  policy: Partial<ServicePolicy> = {},
  zones: readonly string[] = [],
) {
  const events: string[] = [];
  const calls = new ServiceCalls({
    transport: new ServiceTransport(),
    urls: new Map(),
    policyOf: () => ({ ...quick, ...policy }),
    zone: 'a',
    onEvent: (_, event) => events.push(event),
    onBreaker: (_, { id }, state) => events.push(`${state} ${id}`),
  });
  opened.push(calls);
  const service = calls.service('users');
  service.use(urls.map((url, at) => ({ id: `i${at}`, url, zone: zones[at] ?? '' })));
  const site = {};
  const call = (options: { isRead?: boolean; deadlineMs?: number } = {}) =>
    calls.call(
      {
        subgraph: 'users',
        body: '{"query":"{ name }"}',
        headers: new ForwardedHeaders({}),
        isRead: options.isRead ?? true,
        fetch: site,
        deadline: performance.now() + (options.deadlineMs ?? 10_000),
      },
      response => readAnswer(response).data,
    );
  const reasonOf = (options?: Parameters<typeof call>[0]): Promise<string> =>
    call(options).then(
      () => 'answered',
      (error: { reason?: string; name: string }) => error.reason ?? error.name,
    );
  return { service, call, reasonOf, events };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map(calls => calls.close()));
  await Promise.all(proxies.splice(0).map(proxy => proxy.close()));
});

describe('a service that fails', () => {
  it.each<Fault>([
    'black-hole',
    'stall',
    'reset',
    'reset mid-answer',
    'garbage',
    'html',
    'slow drip',
    'stopping',
  ])(
    'by %s: calls end in time, the breaker opens, and closes when the service answers again',
    async fault => {
      const proxy = await proxyOf();
      const { call, reasonOf, events, service } = callsTo([proxy.url]);
      proxy.fault = fault;
      await eventually(async () => {
        expect(await reasonOf()).not.toBe('answered');
        expect(events).toContain('open i0');
      });
      const { requests } = proxy;
      // No more than the attempts of one probe.
      await Promise.all(Array.from({ length: 20 }, () => reasonOf()));
      expect(proxy.requests - requests).toBeLessThanOrEqual(3);
      proxy.fault = 'none';
      await eventually(async () => expect(await call()).toEqual({ name: 'Ada' }));
      expect(events.at(-1)).toBe('closed i0');
      expect([service.inFlight, service.instances[0]!.outstanding]).toEqual([0, 0]);
    },
  );

  it('by refusing connections, and by flapping', async () => {
    const proxy = await proxyOf();
    const { call, reasonOf, events } = callsTo([proxy.url]);
    for (let time = 0; time < 3; time++) {
      await proxy.close();
      await eventually(async () => expect(await reasonOf()).toBe('open'));
      await proxy.listen();
      await eventually(async () => expect(await call()).toEqual({ name: 'Ada' }));
    }
    expect(events.filter(event => event.startsWith('closed'))).toHaveLength(3);
  });

  it('by answering too late is not called again for the same operation', async () => {
    const proxy = await proxyOf();
    const { reasonOf } = callsTo([proxy.url]);
    proxy.fault = 'stall';
    expect(await reasonOf()).toBe('timeout');
    expect(proxy.requests).toBe(1);
  });

  it('does not have its breaker opened by operations that had little time left, or by clients that went away', async () => {
    const proxy = await proxyOf();
    const { reasonOf, events, call } = callsTo([proxy.url]);
    proxy.fault = 'stall';
    const reasons = await Promise.all(Array.from({ length: 15 }, () => reasonOf({ deadlineMs: 30 })));
    expect(new Set(reasons)).toEqual(new Set(['timeout']));
    proxy.fault = 'none';
    expect(events).toEqual([]);
    await eventually(async () => expect(await call()).toEqual({ name: 'Ada' }));
  });
});

describe('retries', () => {
  it('try a read again on another instance', async () => {
    const [bad, good] = [await proxyOf(), await proxyOf()];
    bad.fault = 'reset';
    const { reasonOf } = callsTo([bad.url, good.url]);
    const reasons: string[] = [];
    for (let at = 0; at < 10; at++) reasons.push(await reasonOf());
    expect(new Set(reasons)).toEqual(new Set(['answered']));
  });

  it('never send a mutation twice that may have begun', async () => {
    const proxy = await proxyOf();
    const { reasonOf } = callsTo([proxy.url]);
    proxy.fault = 'reset';
    expect(await reasonOf({ isRead: false })).toBe('reset');
    expect(proxy.requests).toBe(1);
  });

  it('send a mutation to another instance when one stops or refuses connections', async () => {
    const [stops, gone, good] = [await proxyOf(), await proxyOf(), await proxyOf()];
    stops.fault = 'stopping';
    await gone.close();
    const { reasonOf } = callsTo([stops.url, gone.url, good.url]);
    const reasons: string[] = [];
    for (let at = 0; at < 5; at++) reasons.push(await reasonOf({ isRead: false }));
    expect(new Set(reasons)).toEqual(new Set(['answered']));
    expect(good.requests).toBe(5);
  });

  it('end with their budget, so that they do not multiply an overload', async () => {
    const proxy = await proxyOf();
    proxy.fault = 'html';
    const { reasonOf, events } = callsTo([proxy.url], {
      retry: { ...quick.retry, burst: 10 },
      breaker: { ...quick.breaker, failuresInRow: 1e6, minimumCalls: 1e6 },
    });
    for (let at = 0; at < 100; at++) await reasonOf();
    // The burst of 10, and a tenth of 100 calls.
    expect(events.filter(event => event === 'retry').length).toBeLessThanOrEqual(20);
  });
});

describe('a bulkhead', () => {
  it('refuses more calls at once than it holds, at once, and takes others when those have ended', async () => {
    const proxy = await proxyOf();
    proxy.fault = 'stall';
    const { reasonOf, call, service, events } = callsTo([proxy.url], { maxConcurrent: 3 });
    const waiting = Array.from({ length: 3 }, () => reasonOf());
    expect(service.inFlight).toBe(3);
    expect(await reasonOf()).toBe('overloaded');
    expect(events).toEqual(['shed']);
    await Promise.all(waiting);
    proxy.fault = 'none';
    await eventually(async () => expect(await call()).toEqual({ name: 'Ada' }));
  });
});

describe('the deadline of an operation', () => {
  it('is passed to the service as the milliseconds that remain, at most the timeout of a call', async () => {
    const proxy = await proxyOf();
    const { call } = callsTo([proxy.url]);
    await call();
    await call({ deadlineMs: 100 });
    await call({ deadlineMs: 100, isRead: false });
    expect(proxy.timeouts[0]).toBe(150);
    for (const ms of proxy.timeouts.slice(1)) expect(ms > 0 && ms <= 100).toBe(true);
  });
});

describe('several instances', () => {
  it('get no calls while they are not ready, unless no other can answer', async () => {
    const [ready, other] = [await proxyOf(), await proxyOf()];
    const { call, reasonOf, service } = callsTo([ready.url, other.url]);
    service.instances[1]!.isReady = false;
    for (let at = 0; at < 10; at++) await call();
    expect([ready.requests, other.requests]).toEqual([10, 0]);
    ready.fault = 'reset';
    await eventually(async () => {
      await reasonOf();
      expect(service.instances[0]!.breaker.state(performance.now())).not.toBe('closed');
    });
    expect(other.requests).toBeGreaterThan(0);
    expect(await call()).toEqual({ name: 'Ada' });
  });

  it('share the calls, and one with slow answers gets fewer', async () => {
    const [one, other, slow] = [await proxyOf(), await proxyOf(), await proxyOf()];
    slow.fault = 'slow drip';
    const { reasonOf } = callsTo([one.url, other.url, slow.url], { timeoutMs: 60_000 });
    const first = reasonOf();
    const second = reasonOf();
    const third = reasonOf();
    for (let at = 0; at < 20; at++) await reasonOf();
    expect(slow.requests).toBe(1);
    expect(one.requests).toBeGreaterThan(5);
    expect(other.requests).toBeGreaterThan(5);
    await Promise.all([first, second, third]);
  });
});

describe('instances of several zones', () => {
  it('get calls only in the zone of the gateway, while one of it is healthy', async () => {
    const [near, far, alsoNear] = [await proxyOf(), await proxyOf(), await proxyOf()];
    const { call, reasonOf, service } = callsTo([near.url, far.url, alsoNear.url], {}, ['a', 'b', 'a']);
    for (let at = 0; at < 20; at++) await call();
    expect([near.requests, far.requests, alsoNear.requests]).toEqual([10, 0, 10]);
    service.instances[0]!.isReady = false;
    for (let at = 0; at < 10; at++) await call();
    expect([near.requests, far.requests, alsoNear.requests]).toEqual([10, 0, 20]);
    alsoNear.fault = 'reset';
    await eventually(async () => {
      await reasonOf();
      expect(service.instances[2]!.breaker.state(performance.now())).not.toBe('closed');
    });
    expect(far.requests).toBeGreaterThan(0);
    // They come back when their zone has recovered.
    alsoNear.fault = 'none';
    const before = near.requests;
    await eventually(async () => {
      const [there, here] = [far.requests, alsoNear.requests];
      await call();
      expect([far.requests - there, alsoNear.requests - here]).toEqual([0, 1]);
    });
    expect(near.requests).toBe(before);
  });

  it('get calls in other zones when those of the gateway’s have their share of all calls', async () => {
    const [near, far] = [await proxyOf(), await proxyOf()];
    const { call, service } = callsTo([near.url, far.url], { maxConcurrent: 6 }, ['a', 'b']);
    const [first] = service.instances;
    first!.outstanding = 2;
    await call();
    expect([near.requests, far.requests]).toEqual([1, 0]);
    first!.outstanding = 3;
    await call();
    expect([near.requests, far.requests]).toEqual([1, 1]);
    first!.outstanding = 0;
    await call();
    expect([near.requests, far.requests]).toEqual([2, 1]);
  });

  it('are all alike where the gateway’s zone has no instance', async () => {
    const [one, other] = [await proxyOf(), await proxyOf()];
    const { call } = callsTo([one.url, other.url], {}, ['b', '']);
    for (let at = 0; at < 10; at++) await call();
    expect([one.requests, other.requests]).toEqual([5, 5]);
  });
});
