import { administratorToken, data, eventually, makeKey, rest, somebody, urls } from './client';

let root: string;

beforeAll(async () => {
  root = await administratorToken();
});

describe('the log (M1, M2)', () => {
  it('takes entries of a product over REST with an API key, and shows them to people who may read it', async () => {
    const { key } = await makeKey(root, ['logs:write']);
    const service = `shop-${Date.now().toString(36)}`;
    const trace = `${Date.now().toString(16)}${'a'.repeat(32)}`.slice(0, 32);
    const lines = [
      { service, level: 'info', message: 'Order 17 was paid', trace_id: trace, metadata: { order: 17 } },
      { service, level: 'error', message: 'The payment provider timed out', metadata: { order: 18 } },
      { service, level: 'nonsense', message: 'not stored' },
    ];
    const answer = await fetch(`${urls.gateway}/metrics/logs`, {
      method: 'POST',
      headers: { 'x-api-key': key, 'content-type': 'application/x-ndjson' },
      body: lines.map(line => JSON.stringify(line)).join('\n'),
    });
    expect([answer.status, await answer.json()]).toEqual([
      202,
      { accepted: 2, rejected: [{ line: 3, reason: expect.stringMatching(/^level: /) }] },
    ]);

    const found = await rest('GET', `/metrics/logs?service=${service}&level=error`, { token: root });
    expect(found.body).toMatchObject({
      items: [{ service, level: 'error', message: 'The payment provider timed out', trace_id: null }],
      page_info: { has_next_page: false },
    });
    const messagesOf = async (filter: object) => {
      const { logs } = await data<{ logs: { nodes: { message: string }[] } }, object>(
        'query ($filter: LogFilter) { logs(filter: $filter) { nodes { message } } }',
        { filter },
        root,
      );
      return logs.nodes.map(({ message }) => message);
    };
    expect(await messagesOf({ service })).toEqual([lines[1]!.message, lines[0]!.message]);
    expect(await messagesOf({ traceId: trace })).toEqual([lines[0]!.message]);
    expect(await messagesOf({ service, text: 'TIMED payment' })).toEqual([lines[1]!.message]);
    expect(await messagesOf({ service, metadataPath: 'order', metadataValue: '17' })).toEqual([
      lines[0]!.message,
    ]);
    const { accessToken } = await somebody();
    expect((await rest('GET', '/metrics/logs', { token: accessToken })).status).toBe(403);
  });

  it('has the lines of every service, found by the trace id of a request through the gateway', async () => {
    const trace = `${Date.now().toString(16)}${'b'.repeat(32)}`.slice(0, 32);
    const answer = await rest('GET', '/users', {
      token: root,
      headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    expect(answer.status).toBe(200);
    await eventually(async () => {
      const { body } = await rest('GET', `/metrics/logs?trace_id=${trace}`, { token: root });
      const items = body['items'] as unknown as { service: string; metadata: { url_path: string } }[];
      expect(items.map(({ service }) => service)).toEqual(expect.arrayContaining(['gateway', 'users']));
      expect(items.find(({ service }) => service === 'gateway')?.metadata.url_path).toBe('/users');
    });
    await eventually(async () => {
      const { body } = await rest('GET', '/metrics/logs?text=request&service=auth', { token: root });
      expect((body['items'] as unknown as object[]).length).toBeGreaterThan(0);
    });
  });
});
