import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InProcessSpans } from './in-process-spans';
import { silentLogger } from './logger';
import { openSpans } from './open-spans';
import { type FinishedSpan, Spans } from './spans';
import { continueTrace, type TraceContext } from './tracing';

const request = (trace: TraceContext) => ({
  trace,
  method: 'POST',
  path: '/users/1',
  route: '/users/:id',
  remoteAddress: '127.0.0.1',
  facts: { client: 'user:1', graphql_operation_name: 'Me', graphql_operation_type: 'query' },
});

function recorded(ratio: number, record: (spans: Spans) => void): FinishedSpan[] {
  const finished: FinishedSpan[] = [];
  record(new Spans('users', { add: span => finished.push(span), close: async () => {} }, ratio));
  return finished;
}

describe('spans', () => {
  const trace = continueTrace(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);

  it('describe a request by the semantic conventions, as a child of the caller’s span', () => {
    const [span] = recorded(1, spans => spans.server(request(trace), 200, 12.5));
    expect(span).toMatchObject({
      service: 'users',
      name: 'POST /users/:id',
      kind: 'server',
      traceId: 'a'.repeat(32),
      spanId: trace.spanId,
      parentSpanId: 'b'.repeat(16),
      isError: false,
      durationMs: 12.5,
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/users/:id',
        'http.response.status_code': 200,
        'enduser.id': 'user:1',
        'graphql.operation.name': 'Me',
      },
    });
  });

  it('make calls to other servers and handlers of events children of the work that caused them', () => {
    const [call, handler] = recorded(1, spans => {
      spans.client('auth', trace, 3, 'timeout');
      spans.consumer('user.registered', trace, 3, undefined);
    });
    expect(call).toMatchObject({
      kind: 'client',
      parentSpanId: trace.spanId,
      isError: true,
      attributes: { 'error.type': 'timeout' },
    });
    expect(handler).toMatchObject({
      name: 'process user.registered',
      kind: 'consumer',
      spanId: trace.spanId,
    });
  });

  it('of a call have the id that the call passed on, as a child of the request', () => {
    let passed: TraceContext | undefined;
    const [call] = recorded(1, spans => {
      passed = spans.clientSpan(trace);
      spans.client('auth', trace, 3, undefined, passed);
    });
    expect(call).toMatchObject({
      spanId: passed!.spanId,
      parentSpanId: trace.spanId,
      traceId: trace.traceId,
    });
    recorded(0, spans => expect(spans.clientSpan(trace)).toBeUndefined());
  });

  it('are recorded for the same part of the traces by every server, and always for errors and slow work', () => {
    const traces = Array.from({ length: 2_000 }, () => continueTrace(undefined));
    const idsOf = (ratio: number) =>
      recorded(ratio, spans => {
        for (const each of traces) spans.server(request(each), 200, 1);
      }).map(({ traceId }) => traceId);
    const [first, second, none] = [idsOf(0.25), idsOf(0.25), idsOf(0)];
    expect(first).toEqual(second);
    expect(first.length).toBeGreaterThan(350);
    expect(first.length).toBeLessThan(650);
    expect(none).toEqual([]);
    const always = recorded(0, spans => {
      spans.server(request(trace), 503, 1);
      spans.server(request(trace), 200, 1_500);
    });
    expect(always.map(({ isError }) => isError)).toEqual([true, false]);
  });

  it('are not recorded for a caller whose traceparent says that its trace is not sampled', () => {
    const unsampled = continueTrace(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`);
    expect(recorded(1, spans => spans.server(request(unsampled), 200, 1))).toEqual([]);
  });

  it('are sent to the collector of OTEL_EXPORTER_OTLP_ENDPOINT with its headers, and not recorded without one', async () => {
    const received: { request: IncomingMessage; body: Buffer }[] = [];
    const collector = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        received.push({ request: incoming, body: Buffer.concat(chunks) });
        response.end();
      });
    });
    await new Promise<void>(resolve => collector.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = collector.address() as AddressInfo;
      const config = { otlpEndpoint: `http://127.0.0.1:${port}/`, otlpHeaders: { 'x-api-key': 'secret' } };
      const spans = openSpans('users', config, silentLogger)!;
      spans.server(request(trace), 200, 1);
      await spans.close();
      expect(received.map(each => [each.request.url, each.request.headers['x-api-key']])).toEqual([
        ['/v1/traces', 'secret'],
      ]);
      expect(received[0]!.body.includes('POST /users/:id')).toBe(true);
      expect(received[0]!.body.includes(Buffer.from('a'.repeat(32), 'hex'))).toBe(true);
    } finally {
      await new Promise(resolve => collector.close(resolve));
    }
    expect(openSpans('users', {}, silentLogger)).toBeUndefined();
  });

  it('of one process go to its monitoring service, with those that wait when it stops', async () => {
    const inProcess = new InProcessSpans();
    const spans = openSpans('users', {}, silentLogger, inProcess)!;
    const stored: string[] = [];
    spans.client('auth', trace, 3, undefined);
    const detach = inProcess.attach(async batch => {
      stored.push(...batch.map(({ service, name }) => `${service}: ${name}`));
    });
    spans.client('files', trace, 3, undefined);
    await detach();
    expect(stored).toEqual(['users: POST auth', 'users: POST files']);
  });
});
