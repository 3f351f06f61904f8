import fs from 'node:fs';
import { Graph } from '../testing/graph';

describe.each(['plinth', 'apollo'])('the log of the gateway (G5), with EXECUTOR=%s', executor => {
  const lines: Record<string, unknown>[] = [];
  let graph: Graph;
  let written: jest.SpyInstance;

  beforeAll(async () => {
    const writeSync = fs.writeSync.bind(fs) as (...args: unknown[]) => number;
    written = jest.spyOn(fs, 'writeSync').mockImplementation(((
      fd: number,
      text: unknown,
      ...rest: unknown[]
    ) => {
      if (fd !== 1) return writeSync(fd, text, ...rest);
      for (const line of String(text).split('\n')) if (line !== '') lines.push(JSON.parse(line));
      return Buffer.byteLength(String(text));
    }) as never);
    graph = await Graph.start({ LOG_LEVEL: 'info', EXECUTOR: executor });
  });

  beforeEach(() => {
    lines.length = 0;
    graph.people.misdeed = 'none';
    graph.books.misdeed = 'none';
  });

  afterAll(async () => {
    written.mockRestore();
    await graph.stop();
  });

  const post = (body: object, headers: Record<string, string> = {}) =>
    fetch(`${graph.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    }).then(answer => answer.text());

  it('is one JSON line a request: operation, status, duration, client, trace', async () => {
    const token = graph.issuer.token({ userId: 'ada' });
    await post(
      { query: 'query Whoami { me { id } }', operationName: 'Whoami' },
      {
        authorization: `Bearer ${token}`,
        traceparent: `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`,
        'x-forwarded-for': '203.0.113.7',
      },
    );
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'info',
        service: 'gateway',
        message: 'request',
        timestamp: expect.any(String),
        http_request_method: 'POST',
        http_route: '/graphql',
        http_response_status_code: 200,
        duration_ms: expect.any(Number),
        graphql_operation_name: 'Whoami',
        graphql_operation_type: 'query',
        client: 'user:ada',
        client_address: '203.0.113.7',
        trace_id: 'c'.repeat(32),
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain(token);
  });

  it('names the codes of what failed, over GraphQL and REST, and never a secret of the request', async () => {
    await post(
      { query: 'query ($id: ID!) { book(id: $id) { id } }', variables: { id: { password: 'hunter2' } } },
      { 'x-secret': 'hunter2' },
    );
    await fetch(`${graph.gateway.url}/people/7?token=hunter2`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"name":{"password":"hunter2"}}',
    });
    await post({ query: '{ me { id } }' }, { authorization: 'Bearer hunter2' });
    expect(lines.map(line => [line['http_response_status_code'], line['error_codes']])).toEqual([
      [422, ['VALIDATION_FAILED']],
      [422, ['VALIDATION_FAILED']],
      [401, ['TOKEN_INVALID']],
    ]);
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  it('names the subgraph that failed and the reason, under the trace id that the client got', async () => {
    graph.books.misdeed = 'garbage';
    const answer = JSON.parse(await post({ query: '{ book(id: 1) { id } }' }));
    const { traceId } = answer.errors[0].extensions;
    const why = lines.filter(line => line['level'] === 'error');
    expect(why).toHaveLength(1);
    expect(why[0]?.['trace_id']).toBe(traceId);
    expect(JSON.stringify(why[0]?.['error'])).toMatch(/subgraph books.*JSON/);
  });
});
