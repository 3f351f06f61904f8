import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan } from '@opentelemetry/sdk-trace-node';
import { silentLogger } from './logger';
import { openSpans } from './open-spans';
import { Spans } from './spans';
import { continueTrace, type TraceContext } from './tracing';

const request = (trace: TraceContext) => ({
  trace,
  method: 'POST',
  path: '/users/1',
  route: '/users/:id',
  remoteAddress: '127.0.0.1',
  facts: { client: 'user:1', graphql_operation_name: 'Me', graphql_operation_type: 'query' },
});

async function recorded(ratio: number, record: (spans: Spans) => void): Promise<ReadableSpan[]> {
  const finished: ReadableSpan[] = [];
  const exporter = new InMemorySpanExporter();
  const kept = {
    export: (batch: ReadableSpan[], done: Parameters<typeof exporter.export>[1]) => {
      finished.push(...batch);
      exporter.export(batch, done);
    },
    shutdown: () => exporter.shutdown(),
  };
  const spans = new Spans('users', kept, ratio);
  record(spans);
  await spans.close();
  return finished;
}

describe('spans', () => {
  const trace = continueTrace(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`);

  it('describe a request by the semantic conventions, as a child of the caller’s span', async () => {
    const [span] = await recorded(1, spans => spans.server(request(trace), 200, 12.5));
    expect(span).toMatchObject({
      name: 'POST /users/:id',
      kind: SpanKind.SERVER,
      parentSpanContext: { spanId: 'b'.repeat(16) },
      status: { code: SpanStatusCode.UNSET },
      duration: [0, 12_500_000],
      attributes: {
        'http.request.method': 'POST',
        'http.route': '/users/:id',
        'http.response.status_code': 200,
        'enduser.id': 'user:1',
        'graphql.operation.name': 'Me',
      },
    });
    expect(span!.spanContext()).toMatchObject({ traceId: 'a'.repeat(32), spanId: trace.spanId });
    expect(span!.resource.attributes).toMatchObject({ 'service.name': 'users' });
  });

  it('make calls to other servers and handlers of events children of the work that caused them', async () => {
    const [call, handler] = await recorded(1, spans => {
      spans.client('auth', trace, 3, 'timeout');
      spans.consumer('user.registered', trace, 3, undefined);
    });
    expect(call).toMatchObject({
      kind: SpanKind.CLIENT,
      parentSpanContext: { spanId: trace.spanId },
      status: { code: SpanStatusCode.ERROR },
      attributes: { 'error.type': 'timeout' },
    });
    expect(handler).toMatchObject({ name: 'process user.registered', kind: SpanKind.CONSUMER });
  });

  it('are recorded for the same part of the traces by every server, and always for errors and slow work', async () => {
    const traces = Array.from({ length: 2_000 }, () => continueTrace(undefined));
    const idsOf = async (ratio: number) =>
      (
        await recorded(ratio, spans => {
          for (const each of traces) spans.server(request(each), 200, 1);
        })
      ).map(span => span.spanContext().traceId);
    const [first, second, none] = [await idsOf(0.25), await idsOf(0.25), await idsOf(0)];
    expect(first).toEqual(second);
    expect(first.length).toBeGreaterThan(350);
    expect(first.length).toBeLessThan(650);
    expect(none).toEqual([]);
    const always = await recorded(0, spans => {
      spans.server(request(trace), 503, 1);
      spans.server(request(trace), 200, 1_500);
    });
    expect(always.map(({ status }) => status.code)).toEqual([SpanStatusCode.ERROR, SpanStatusCode.UNSET]);
  });

  it('are not recorded for a caller whose traceparent says that its trace is not sampled', async () => {
    const unsampled = continueTrace(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`);
    expect(await recorded(1, spans => spans.server(request(unsampled), 200, 1))).toEqual([]);
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
});
