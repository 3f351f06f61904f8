import { randomBytes } from 'node:crypto';
import { silentLogger } from '../../../platform/observability/logger';
import { OtlpSink } from '../../../platform/observability/otlp-sink';
import { eventually } from '../../../platform/testing/eventually';
import { TestMonitoring } from '../testing/test-monitoring';
import { encode } from './otlp-protobuf';

const monitoring = new TestMonitoring();
beforeAll(() => monitoring.start(), 60_000);
afterAll(() => monitoring.close());

const hex = (bytes: number) => randomBytes(bytes).toString('hex');
const writer = () => ({ authorization: `Bearer ${monitoring.may('traces:write', 'logs:write')}` });

async function post(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const response = await fetch(`${monitoring.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...writer(), ...headers },
    body: body as string,
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

function spanOf(traceId: string, facts: object = {}) {
  const start = BigInt(monitoring.clock.now()) * 1_000_000n;
  return {
    traceId,
    spanId: hex(8),
    name: 'GET /things',
    kind: 2,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 1_500_000n),
    attributes: [{ key: 'http.request.method', value: { stringValue: 'GET' } }],
    ...facts,
  };
}

const traces = (spans: object[], service = 'shop') =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeSpans: [{ spans }],
      },
    ],
  });

interface ShownTrace {
  id: string;
  isTruncated: boolean;
  spans: {
    id: string;
    parentId: string | null;
    service: string;
    name: string;
    kind: string;
    offsetMs: number;
    durationMs: number;
    isError: boolean;
    attributes: object;
  }[];
  logs: { nodes: { message: string; service: string }[] } | null;
}

async function traceOf(id: string, token = monitoring.may('traces:read', 'logs:read')) {
  const { data, errors } = await monitoring.graphql<{ trace: ShownTrace | null }>(
    token,
    `query ($id: ID!) { trace(id: $id) { id isTruncated logs { nodes { message service } }
      spans { id parentId service name kind offsetMs durationMs isError attributes } } }`,
    { id },
  );
  return { trace: data?.trace ?? null, code: errors?.[0]?.extensions.code };
}

describe('traces (M8)', () => {
  it('are stored from OTLP as JSON and shown with their log entries, in the order of time', async () => {
    const traceId = hex(16);
    const first = spanOf(traceId);
    const later = spanOf(traceId, {
      parentSpanId: first.spanId,
      kind: 3,
      name: 'POST /pay',
      startTimeUnixNano: String(BigInt(first.startTimeUnixNano) + 250_000n),
      endTimeUnixNano: String(BigInt(first.startTimeUnixNano) + 500_000n),
      status: { code: 2 },
      attributes: [
        { key: 'retries', value: { intValue: '2' } },
        { key: 'tags', value: { arrayValue: { values: [{ stringValue: 'a' }, { boolValue: true }] } } },
      ],
    });
    expect((await post('/v1/traces', traces([later, first]))).status).toBe(200);
    await monitoring.store({ service: 'shop', level: 'info', message: 'paid', trace_id: traceId });
    const { trace } = await traceOf(traceId.toUpperCase());
    expect(trace).toMatchObject({
      id: traceId,
      isTruncated: false,
      logs: { nodes: [{ message: 'paid', service: 'shop' }] },
      spans: [
        { id: first.spanId, parentId: null, service: 'shop', kind: 'SERVER', offsetMs: 0, durationMs: 1.5 },
        {
          id: later.spanId,
          parentId: first.spanId,
          kind: 'CLIENT',
          offsetMs: 0.25,
          durationMs: 0.25,
          isError: true,
          attributes: { retries: 2, tags: ['a', true] },
        },
      ],
    });
  });

  it('are stored from the protobuf that OpenTelemetry’s exporter sends, gzip or not', async () => {
    const [traceId, spanId] = [hex(16), hex(8)];
    const sink = new OtlpSink('shop', monitoring.url, writer(), silentLogger);
    sink.add({
      traceId,
      spanId,
      parentSpanId: undefined,
      service: 'shop',
      name: 'GET /protobuf',
      kind: 'server',
      startedAt: monitoring.clock.now(),
      durationMs: 2.5,
      isError: true,
      attributes: { 'http.response.status_code': 500 },
    });
    await sink.close();
    await eventually(async () =>
      expect((await traceOf(traceId)).trace?.spans).toMatchObject([
        {
          id: spanId,
          service: 'shop',
          name: 'GET /protobuf',
          isError: true,
          attributes: { 'http.response.status_code': 500 },
        },
      ]),
    );
  });

  it('keep a span once, however often it is sent', async () => {
    const traceId = hex(16);
    const body = traces([spanOf(traceId)]);
    await Promise.all([post('/v1/traces', body), post('/v1/traces', body)]);
    await post('/v1/traces', body);
    expect((await traceOf(traceId)).trace?.spans).toHaveLength(1);
  });

  it('store the valid spans of a request, and count the others as OTLP’s partial success', async () => {
    const traceId = hex(16);
    const wrong = [
      spanOf('0'.repeat(32)),
      spanOf(traceId, { spanId: 'xyz' }),
      spanOf(traceId, { endTimeUnixNano: '1' }),
      spanOf(traceId, { startTimeUnixNano: 'soon' }),
      null,
    ];
    const { status, text } = await post('/v1/traces', traces([...wrong, spanOf(traceId)] as object[]));
    expect([status, JSON.parse(text)]).toMatchObject([200, { partialSuccess: { rejectedSpans: '5' } }]);
    expect((await traceOf(traceId)).trace?.spans).toHaveLength(1);
    const protobuf = encode('ExportTraceServiceRequest', {
      resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'without ids' }] }] }],
    });
    const answer = await post('/v1/traces', protobuf, { 'content-type': 'application/x-protobuf' });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/x-protobuf']);
  });

  it('store a span whose caller has a NUL, or an id too long for an index', async () => {
    for (const caller of ['user:\0', Array.from({ length: 4_000 }, () => hex(1)).join('')]) {
      const traceId = hex(16);
      const attributes = [{ key: 'enduser.id', value: { stringValue: caller } }];
      expect((await post('/v1/traces', traces([spanOf(traceId, { attributes })]))).status).toBe(200);
      expect((await traceOf(traceId)).trace?.spans).toHaveLength(1);
    }
  });

  it.each([
    ['text that is not JSON', '{', {}, 400],
    ['a list', '[]', {}, 400],
    [
      'bytes that are not protobuf',
      Buffer.from([0x0a, 0xff, 0xff]),
      { 'content-type': 'application/x-protobuf' },
      400,
    ],
    [
      'deep nesting in protobuf',
      Buffer.alloc(200_000, 0x0a),
      { 'content-type': 'application/x-protobuf' },
      400,
    ],
    ['another content type', 'x', { 'content-type': 'text/plain' }, 415],
    ['no credential', traces([]), { authorization: '' }, 401],
  ])('answer a client’s mistake with a 4xx: %s', async (_, body, headers, status) => {
    expect((await post('/v1/traces', body, headers as Record<string, string>)).status).toBe(status);
  });

  it('need traces:read, and look missing when nothing is stored', async () => {
    const traceId = hex(16);
    await post('/v1/traces', traces([spanOf(traceId)]));
    expect(await traceOf(traceId, monitoring.may('logs:read'))).toEqual({ trace: null, code: 'FORBIDDEN' });
    expect(await traceOf(hex(16))).toEqual({ trace: null, code: undefined });
    expect((await traceOf('1')).code).toBe('VALIDATION_FAILED');
  });

  it('show the log entries of a trace of which no span is stored', async () => {
    const traceId = hex(16);
    const entry = { service: 'shop', level: 'info', message: 'paid', trace_id: traceId };
    const { status } = await monitoring.rest('POST', '/logs', {
      token: monitoring.may('logs:write'),
      body: entry,
    });
    expect(status).toBe(202);
    expect((await traceOf(traceId)).trace).toMatchObject({
      id: traceId,
      spans: [],
      logs: { nodes: [{ message: 'paid' }] },
    });
  });

  it('are deleted after TRACE_RETENTION_DAYS, and the oldest when there are more than TRACE_MAX_SPANS', async () => {
    const [old, fresh] = [hex(16), hex(16)];
    await post('/v1/traces', traces([spanOf(old)]));
    await monitoring.restartAfter(3 * 24 * 60 * 60_000 + 60_000);
    await eventually(async () => expect((await traceOf(old)).trace).toBeNull());
    const many = Array.from({ length: 1_100 }, () => spanOf(hex(16)));
    await post('/v1/traces', traces(many));
    monitoring.clock.advance(1_000);
    await post('/v1/traces', traces([spanOf(fresh)]));
    await monitoring.restart({ TRACE_MAX_SPANS: '1000' });
    const count = async () =>
      Number(
        /^plinth_spans_stored\{?.*?\}? (\d+)$/m.exec(
          await (await fetch(`${monitoring.url}/metrics`)).text(),
        )?.[1],
      );
    await eventually(async () => expect(await count()).toBe(1_000));
    expect((await traceOf(fresh)).trace?.spans).toHaveLength(1);
  });

  it('store log records of OTLP with their level, trace and attributes', async () => {
    const traceId = hex(16);
    const record = {
      timeUnixNano: String(BigInt(monitoring.clock.now()) * 1_000_000n),
      severityNumber: 17,
      body: { stringValue: 'card refused' },
      traceId,
      spanId: hex(8),
      attributes: [{ key: 'order', value: { stringValue: 'o-1' } }],
    };
    const { status } = await post(
      '/v1/logs',
      JSON.stringify({
        resourceLogs: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
            scopeLogs: [{ logRecords: [record] }],
          },
        ],
      }),
    );
    expect(status).toBe(200);
    expect(await monitoring.search({ trace_id: traceId })).toMatchObject([
      {
        service: 'shop',
        level: 'error',
        message: 'card refused',
        metadata: { order: 'o-1', span_id: record.spanId },
      },
    ]);
  });
});
