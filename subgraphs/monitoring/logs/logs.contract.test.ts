import { gzipSync } from 'node:zlib';
import { uuidv7 } from '../../../platform/ids';
import { eventually } from '../../../platform/testing/eventually';
import { TestMonitoring } from '../testing/test-monitoring';

interface LogsPage {
  logs: { nodes: { message: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
}

const monitoring = new TestMonitoring();

beforeAll(() => monitoring.start(), 60_000);
afterAll(() => monitoring.close());

let number = 0;
/** A service of its own for each test, so that tests do not see each other's lines. */
const newService = () => `test-${++number}`;
const hour = 60 * 60_000;

const entry = (service: string, message: string, more: object = {}) => ({
  service,
  level: 'info',
  message,
  ...more,
});

describe('POST /logs', () => {
  it('stores one entry, with a timestamp where it has none', async () => {
    const service = newService();
    const now = new Date(monitoring.clock.now()).toISOString();
    const { status, body } = await monitoring.ingest(
      JSON.stringify(
        entry(service, 'Started', {
          metadata: { port: 8001, nested: { list: [true] } },
          trace_id: 'ABCDEF0123456789abcdef0123456789',
        }),
      ),
    );
    expect([status, body]).toEqual([202, { accepted: 1, rejected: [] }]);
    expect(await monitoring.search({ service })).toEqual([
      {
        id: expect.any(String),
        service,
        level: 'info',
        message: 'Started',
        timestamp: now,
        metadata: { port: 8001, nested: { list: [true] } },
        trace_id: 'abcdef0123456789abcdef0123456789',
      },
    ]);
  });

  it('stores the valid entries of a list and says which others it refused, and why', async () => {
    const service = newService();
    const { status, body } = await monitoring.ingest(
      JSON.stringify([
        entry(service, 'first'),
        entry(service, 'second', { level: 'loud' }),
        'text',
        entry('', 'no service'),
        entry(service, 'wrong time', { timestamp: 'yesterday' }),
        entry(service, 'old', { timestamp: monitoring.clock.now() - 9 * 24 * hour }),
        entry(service, 'ahead', { timestamp: new Date(monitoring.clock.now() + 2 * hour).toISOString() }),
        entry(service, 'trace', { trace_id: 'xyz' }),
        entry(service, 'metadata', { metadata: [] }),
        entry(service, 'last'),
      ]),
    );
    expect(status).toBe(202);
    expect(body.accepted).toBe(2);
    expect(body.rejected.map(({ line, reason }) => [line, reason.split(':')[0]])).toEqual([
      [2, 'level'],
      [3, 'must be a JSON object'],
      [4, 'service'],
      [5, 'timestamp'],
      [6, 'timestamp'],
      [7, 'timestamp'],
      [8, 'trace_id'],
      [9, 'metadata'],
    ]);
    expect((await monitoring.search({ service })).map(({ message }) => message)).toEqual(['last', 'first']);
  });

  it('reads NDJSON line by line, in gzip too, and keeps unknown fields as metadata', async () => {
    const service = newService();
    const lines = [
      JSON.stringify({ ...entry(service, 'a pino line'), span_id: '1', duration_ms: 2.5, __proto__: null }),
      '',
      '{"service": broken',
      `{"service":"${service}","level":"WARN","message":"proto","__proto__":{"x":1}}`,
    ];
    const type = { 'content-type': 'application/x-ndjson' };
    const { body } = await monitoring.ingest(gzipSync(lines.join('\r\n')), {
      ...type,
      'content-encoding': 'gzip',
    });
    expect(body).toEqual({ accepted: 2, rejected: [{ line: 3, reason: 'is not JSON' }] });
    const found = await monitoring.search({ service });
    expect(found.map(({ level, metadata }) => [level, JSON.stringify(metadata)])).toEqual([
      ['warn', '{"__proto__":{"x":1}}'],
      ['info', '{"span_id":"1","duration_ms":2.5}'],
    ]);
  });

  it('answers 422 with the field for a single entry that is not valid', async () => {
    const { status, body } = await monitoring.ingest(JSON.stringify({ ...entry('a', 'b'), level: 5 }));
    expect([status, body.error]).toEqual([422, 'VALIDATION_FAILED']);
    expect(body.details).toEqual([{ field: 'level', message: expect.any(String) }]);
  });

  it('refuses what it cannot read with a status of its own, and stores nothing of it', async () => {
    const codeOf = async (content: string | Buffer, headers: Record<string, string> = {}, token?: string) => {
      const { status, body } = await monitoring.ingest(
        content,
        headers,
        token ?? monitoring.may('logs:write'),
      );
      return [status, body.error];
    };
    expect(await codeOf('{"a"')).toEqual([400, 'BAD_REQUEST']);
    expect(await codeOf(Buffer.from([0x22, 0xff, 0x22]))).toEqual([400, 'BAD_REQUEST']);
    expect(await codeOf('a', { 'content-type': 'text/plain' })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await codeOf('a', { 'content-encoding': 'br' })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await codeOf('not gzip', { 'content-encoding': 'gzip' })).toEqual([400, 'BAD_REQUEST']);
    const bomb = gzipSync(Buffer.alloc(40 * 1024 * 1024, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    expect(await codeOf(bomb, { 'content-encoding': 'gzip' })).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    const many = `[${Array.from({ length: 10_001 }, () => '1').join()}]`;
    expect(await codeOf(many)).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(await codeOf(`{"metadata":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)).toEqual([
      422,
      'VALIDATION_FAILED',
    ]);
    expect(await codeOf('[]', {}, monitoring.may('logs:read'))).toEqual([403, 'FORBIDDEN']);
    const { status } = await monitoring.ingest('[]', { authorization: '' });
    expect(status).toBe(401);
  });

  it('keeps NUL and lone surrogates from the database, and accepts any place in metadata for them', async () => {
    const service = newService();
    await monitoring.store(entry(service, 'a\0b\ud800c', { metadata: { 'k\0': '\ud800' } }));
    const [found] = await monitoring.search({ service });
    expect(found?.message).toBe('a\ufffdb\ufffdc');
    expect(Object.keys(found?.metadata ?? {})).toEqual(['k\0']);
  });

  it('counts the stored entries by service and level', async () => {
    const service = newService();
    await monitoring.store(entry(service, 'one'), entry(service, 'two', { level: 'error' }));
    const page = await (await fetch(`${monitoring.url}/metrics`)).text();
    expect(page.split('\n').filter(line => line.includes(`source="${service}"`))).toEqual([
      `plinth_log_entries_total{source="${service}",level="info",service="monitoring"} 1`,
      `plinth_log_entries_total{source="${service}",level="error",service="monitoring"} 1`,
    ]);
  });
});

describe('ingestLogs', () => {
  it('stores entries like POST /logs', async () => {
    const service = newService();
    const entries = [
      { service, level: 'ERROR', message: 'over GraphQL', traceId: 'f'.repeat(32), metadata: { a: 1 } },
      { service, level: 'INFO', message: 'x'.repeat(70_000) },
    ];
    const { data } = await monitoring.graphql(
      monitoring.may('logs:write'),
      'mutation ($entries: [LogEntryInput!]!) { ingestLogs(entries: $entries) { accepted rejected { line reason } } }',
      { entries },
    );
    expect(data).toEqual({
      ingestLogs: { accepted: 1, rejected: [{ line: 2, reason: expect.stringMatching(/^message: /) }] },
    });
    expect(await monitoring.search({ service })).toEqual([
      expect.objectContaining({ level: 'error', trace_id: 'f'.repeat(32) }),
    ]);
  });
});

describe('GET /logs', () => {
  const service = newService();
  const other = newService();
  const trace = '0123456789abcdef0123456789abcdef';

  beforeAll(async () => {
    const now = monitoring.clock.now();
    await monitoring.store(
      entry(service, 'Connection to 10.0.0.7 timed out: retry=3', {
        level: 'error',
        timestamp: now - 3 * hour,
        metadata: { user: { id: 'ada', tags: ['a', 'b'] }, attempt: 3, ok: false, ms: 1.5 },
      }),
      entry(service, 'Überraschung im Café', { timestamp: now - 2 * hour, trace_id: trace }),
      entry(service, '100% of the files: a_b', { level: 'warn', timestamp: now - hour }),
      entry(other, 'connections are fine', { timestamp: now }),
    );
  });

  const messages = async (query: Record<string, string>) =>
    (await monitoring.search(query)).map(({ message }) => message.slice(0, 10));

  it('finds entries by service, level and time, the newest first', async () => {
    expect(await messages({ service })).toEqual(['100% of th', 'Überraschu', 'Connection']);
    expect(await messages({ service, level: 'error,warn' })).toEqual(['100% of th', 'Connection']);
    expect(await messages({ service, level: 'info' })).toEqual(['Überraschu']);
    const at = (hours: number) => new Date(monitoring.clock.now() - hours * hour).toISOString();
    expect(await messages({ service, from: at(2), to: at(1) })).toEqual(['Überraschu']);
    expect(await messages({ service, from: at(5), to: at(4) })).toEqual([]);
  });

  it('finds words in any order and case, without accents, from their start; other characters are only breaks', async () => {
    expect(await messages({ text: 'TIMED connection', service })).toEqual(['Connection']);
    expect(await messages({ text: 'connec' })).toEqual(['connection', 'Connection']);
    expect(await messages({ text: 'uberraschung café', service })).toEqual(['Überraschu']);
    expect(await messages({ text: 'onnection', service })).toEqual([]);
    expect(await messages({ text: 'ti', service })).toEqual([]);
    expect(await messages({ text: 'a_b 100%', service })).toEqual(['100% of th']);
    expect(await messages({ text: `"retry" OR ' NOT`, service })).toEqual([]);
    const { status, body } = await monitoring.rest('GET', '/logs?text=%25', {
      token: monitoring.may('logs:read'),
    });
    expect([status, body['details']]).toEqual([422, [{ field: 'text', message: expect.any(String) }]]);
  });

  it('finds several words, however many words begin with one of them and however often each occurs', async () => {
    const many = newService();
    await monitoring.store(
      ...Array.from({ length: 60 }, (_, index) =>
        entry(many, `order ${index} ${index % 2 === 0 ? `paidwith${index}` : 'waits'}`, {
          metadata: { part: index % 3 },
        }),
      ),
    );
    const found = async (text: string, more: Record<string, string> = {}) =>
      (await monitoring.search({ service: many, text, first: '100', ...more })).map(
        ({ message }) => message.split(' ')[1],
      );
    const even = Array.from({ length: 30 }, (_, index) => String(58 - 2 * index));
    expect(await found('ord')).toHaveLength(60);
    expect(await found('paidwith order')).toEqual(even);
    expect(await found('order paidwith5')).toEqual(['58', '56', '54', '52', '50']);
    expect(await found('paidwith waits order')).toEqual([]);
    expect(await found('wai 7 order')).toEqual(['7']);
    expect(await found('order absent')).toEqual([]);
    expect(await found('order wai', { first: '2' })).toEqual(['59', '57']);
    expect(await found('ord pai', { metadata_path: 'part', metadata_value: '1' })).toEqual(
      even.filter(number => Number(number) % 3 === 1),
    );
  });

  it('finds words that are frequent by themselves and rare together, in entries of several hours', async () => {
    const many = newService();
    const now = monitoring.clock.now();
    const lines = (count: number, text: (index: number) => string, timestamp: number) =>
      Array.from({ length: count }, (_, index) => entry(many, text(index), { timestamp }));
    await monitoring.store(
      ...lines(2, index => `alpha beta ${index}`, now - 3 * hour),
      ...lines(2, index => `alpha beta 1${index}`, now - 2 * hour),
      // The newest lines of all.
      ...lines(300, index => `alpha ${index}`, now + 60_000),
      ...lines(300, index => `beta ${index}`, now + 60_000),
    );
    const found = async (text: string, more: Record<string, string> = {}) =>
      (await monitoring.search({ text, ...more })).map(({ message }) => message);
    const newest = ['alpha beta 11', 'alpha beta 10'];
    const all = [...newest, 'alpha beta 1', 'alpha beta 0'];
    expect(await found('alpha beta')).toEqual(all);
    expect(await found('bet alp', { service: many, level: 'info' })).toEqual(all);
    expect(await found('alpha beta', { first: '3' })).toEqual(all.slice(0, 3));
    const between = (from: number, to: number) => ({
      from: new Date(now - from * hour).toISOString(),
      to: new Date(now - to * hour).toISOString(),
    });
    expect(await found('alpha beta', between(2.5, 1))).toEqual(newest);
    expect(await found('alpha beta', between(2, -1))).toEqual(newest);
    expect(await found('alpha beta', between(1, -1))).toEqual([]);
    expect(await found('alpha 299')).toEqual(['alpha 299']);
    expect(await found('alpha 11')).toEqual(['alpha 11', 'alpha beta 11']);
    expect(await found('alpha beta 1')).toEqual(['alpha beta 1']);
    expect(await found('alph', { service: many, first: '100' })).toHaveLength(100);
  });

  it('finds the entries of a trace, and values by their path in the metadata', async () => {
    expect(await messages({ trace_id: trace.toUpperCase() })).toEqual(['Überraschu']);
    const by = (path: string, value: string) =>
      messages({ metadata_path: path, metadata_value: value, service });
    expect(await by('user.id', 'ada')).toEqual(['Connection']);
    expect(await by('user.tags', 'b')).toEqual(['Connection']);
    expect(await by('attempt', '3')).toEqual(['Connection']);
    expect(await by('ok', 'false')).toEqual(['Connection']);
    expect(await by('user', 'ada')).toEqual([]);
    expect(await by('user.id', 'ad')).toEqual([]);
  });

  it('pages through everything once, also entries of one millisecond and of several hours', async () => {
    const many = newService();
    const now = monitoring.clock.now();
    await monitoring.store(
      ...Array.from({ length: 25 }, (_, index) =>
        entry(many, `n${index}`, { timestamp: now - (index % 3) * hour }),
      ),
    );
    const seen: string[] = [];
    const query = `query ($after: String) { logs(first: 4, after: $after, filter: { service: "${many}" }) {
      nodes { message } pageInfo { hasNextPage endCursor } } }`;
    const page = (after: string | null): Promise<{ data: LogsPage }> =>
      monitoring.graphql<LogsPage>(monitoring.may('logs:read'), query, { after });
    for (let cursor: string | null = null, more = true; more; ) {
      const { data } = await page(cursor);
      seen.push(...data.logs.nodes.map(({ message }) => message));
      cursor = data.logs.pageInfo.endCursor;
      more = data.logs.pageInfo.hasNextPage;
    }
    expect(seen.length).toBe(25);
    expect(new Set(seen).size).toBe(25);
    expect(seen.slice(0, 3)).toEqual(['n24', 'n21', 'n18']);
  });

  it('needs logs:read, and refuses filters and pages that are not valid', async () => {
    const codeOf = async (path: string, token?: string) =>
      (await monitoring.rest('GET', path, { token })).status;
    const reader = monitoring.may('logs:read');
    expect(await codeOf('/logs')).toBe(401);
    expect(await codeOf('/logs', monitoring.may('logs:write'))).toBe(403);
    for (const query of [
      'first=101',
      'first=0',
      'after=x',
      'level=loud',
      'trace_id=1',
      'metadata_path=a',
      'x=1',
    ]) {
      expect([query, await codeOf(`/logs?${query}`, reader)]).toEqual([query, 422]);
    }
  });
});

describe('the log', () => {
  it('survives a restart, and forgets whole hours after the days that it keeps', async () => {
    const service = newService();
    await monitoring.store(entry(service, 'kept'));
    await monitoring.restart();
    expect((await monitoring.search({ service })).length).toBe(1);
    await monitoring.restartAfter(8 * 24 * hour);
    await eventually(async () => expect(await monitoring.search({ service })).toEqual([]));
    await monitoring.store(entry(service, 'new'));
    expect((await monitoring.search({ service })).length).toBe(1);
  });

  it('erases the entries about a user who is deleted, and only those', async () => {
    const service = newService();
    const userId = uuidv7(Date.now());
    const other = uuidv7(Date.now());
    await monitoring.store(
      entry(service, 'request', { metadata: { client: `user:${userId}` } }),
      entry(service, 'seen', { metadata: { user: { id: userId } } }),
      entry(service, 'request of another', { metadata: { client: `user:${other}` } }),
    );
    await monitoring.publish('user.deletionRequested', { deletionId: uuidv7(Date.now()), userId });
    await eventually(async () => {
      expect(monitoring.eventsAbout(userId, 'user.dataErased')[0]?.data).toMatchObject({
        erased: { log_entries: 2 },
      });
    });
    expect((await monitoring.search({ service })).map(({ message }) => message)).toEqual([
      'request of another',
    ]);
  });

  it('refuses with 429 and Retry-After what it has no room to hold, and takes it later', async () => {
    const another = await monitoring.startAnother({ LOG_PENDING_BYTES: '1024' });
    try {
      const service = newService();
      const body = JSON.stringify([entry(service, 'x'.repeat(900))]);
      const send = () =>
        fetch(`${another.url}/logs`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${monitoring.may('logs:write')}`,
          },
          body,
        });
      const answers = await Promise.all(Array.from({ length: 20 }, send));
      const refused = answers.filter(({ status }) => status === 429);
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202, 429]));
      expect(refused[0]?.headers.get('retry-after')).toBe('1');
      const stored = await monitoring.search({ service, first: '100' });
      expect(stored.length).toBe(20 - refused.length);
      expect((await send()).status).toBe(202);
    } finally {
      await another.stop();
    }
  });
});
