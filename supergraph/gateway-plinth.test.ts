import { gatewayContract } from './testing/gateway-contract';
import { Graph } from './testing/graph';

gatewayContract('plinth');

describe('what our own executor does besides', () => {
  let graph: Graph;

  beforeAll(async () => {
    graph = await Graph.start({ EXECUTOR: 'plinth', OPERATION_MAX_DEPTH: '3', OPERATION_MAX_COST: '30' });
  });
  beforeEach(() => {
    graph.people.heard.length = 0;
  });
  afterEach(() => {
    graph.people.delayMs = 0;
  });
  afterAll(() => graph.stop());

  async function ask(query: string, headers: Record<string, string> = {}) {
    const response = await fetch(`${graph.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    const body = await response.json();
    return { status: response.status, body: body as Record<string, unknown> };
  }

  const signedIn = (userId: string) => ({ authorization: `Bearer ${graph.issuer.token({ userId })}` });

  it.each([
    ['depth', '{ me { books { author { name } } } }', 3],
    ['cost', '{ users(first: 20) { books { id } } }', 30],
  ])('has limits on %s that are settings (G12)', async (limit, query, maximum) => {
    const { status, body } = await ask(query);
    expect([status, body['errors']]).toEqual([
      400,
      [
        expect.objectContaining({
          extensions: expect.objectContaining({
            code: 'OPERATION_LIMIT_EXCEEDED',
            details: expect.objectContaining({ limit, maximum }),
          }),
        }),
      ],
    ]);
    expect(graph.people.heard).toEqual([]);
  });

  it('reports the cost of an operation to clients that ask by the header, and to no others', async () => {
    const query = '{ users(first: 5) { name } }';
    expect((await ask(query, { 'x-operation-cost': 'true' })).body['extensions']).toEqual({
      cost: { estimated: 5, maximum: 30 },
    });
    expect(Object.keys((await ask(query)).body)).toEqual(['data']);
  });

  it('asks a service once for identical reads of one caller at a time, and never once for two callers', async () => {
    graph.people.delayMs = 200;
    const query = '{ me { name } }';
    const ada = signedIn('ada');
    await Promise.all([ask(query, ada), ask(query, ada), ask(query, ada)]);
    expect(graph.people.heard).toHaveLength(1);

    graph.people.heard.length = 0;
    const others = [
      ada,
      signedIn('bob'),
      // The same user in another session, from elsewhere, and nobody: each has rights of its own.
      { authorization: `Bearer ${graph.issuer.token({ userId: 'ada', sessionId: 'other' })}` },
      { ...ada, 'x-forwarded-for': '203.0.113.9' },
      { ...ada, 'user-agent': 'another' },
      {},
    ];
    await Promise.all(others.map(headers => ask(query, headers)));
    const heard = graph.people.heard.map(({ headers }) => [
      headers.authorization,
      headers['x-forwarded-for'],
      headers['user-agent'],
    ]);
    expect(new Set(heard.map(each => JSON.stringify(each))).size).toBe(others.length);
  });

  it('counts the calls to each service by outcome', async () => {
    await ask('{ me { name } }', signedIn('ada'));
    const page = await (await fetch(`${graph.gateway.url}/metrics`)).text();
    const counted = page
      .split('\n')
      .find(line => /^plinth_subgraph_request_duration_seconds_count\{.*outcome="ok"/.test(line));
    expect(counted).toContain('subgraph="people"');
    expect(Number(counted?.split(' ')[1])).toBeGreaterThan(0);
  });

  it('does not make one of two mutations', async () => {
    graph.people.delayMs = 50;
    const mutation = 'mutation { rename(id: "1", name: "x") { name } }';
    await Promise.all([ask(mutation, signedIn('ada')), ask(mutation, signedIn('ada'))]);
    expect(graph.people.heard).toHaveLength(2);
  });

  describe('what takes rights', () => {
    const errorsOf = (body: Record<string, unknown>) =>
      (body['errors'] as { path: unknown; extensions: { code: string; http: { status: number } } }[]).map(
        ({ path, extensions: { code, http } }) => [path, code, http.status],
      );
    const clerk = () => ({
      authorization: `Bearer ${graph.issuer.token({ userId: 'clerk', permissions: ['ledger:*'] })}`,
    });

    it('is null with an error that says what is missing, and no service is asked for it (G11)', async () => {
      const nobody = await ask('{ vault ledger seal }');
      expect(nobody.body['data']).toEqual({ vault: null, ledger: null, seal: null });
      expect(errorsOf(nobody.body)).toEqual([
        [['vault'], 'UNAUTHENTICATED', 401],
        [['ledger'], 'UNAUTHENTICATED', 401],
        [['seal'], 'UNAUTHENTICATED', 401],
      ]);
      expect(graph.people.heard).toEqual([]);

      const somebody = await ask('{ me { name } vault ledger }', signedIn('ada'));
      expect(somebody.body['data']).toEqual({ me: { name: 'Ada' }, vault: 'gold', ledger: null });
      expect(errorsOf(somebody.body)).toEqual([[['ledger'], 'FORBIDDEN', 403]]);
      expect(graph.people.heard.map(({ body }) => body).join()).not.toContain('ledger');

      // Nobody decides policies yet, so that none holds.
      const { body } = await ask('{ vault ledger seal }', clerk());
      expect([body['data'], errorsOf(body)]).toEqual([
        { vault: 'gold', ledger: 'red', seal: null },
        [[['seal'], 'FORBIDDEN', 403]],
      ]);
    });

    it('refuses the whole operation with UNAUTHORIZED_FIELDS=reject', async () => {
      const strict = await Graph.start({ EXECUTOR: 'plinth', UNAUTHORIZED_FIELDS: 'reject' });
      try {
        const send = async (headers: Record<string, string>) => {
          const response = await fetch(`${strict.gateway.url}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...headers },
            body: '{"query":"{ me { name } vault ledger }"}',
          });
          const body = (await response.json()) as Record<string, unknown>;
          return [response.status, 'data' in body, errorsOf(body)];
        };
        expect(await send({})).toEqual([401, false, [[undefined, 'UNAUTHENTICATED', 401]]]);
        expect(await send({ authorization: `Bearer ${strict.issuer.token({ userId: 'ada' })}` })).toEqual([
          403,
          false,
          [[undefined, 'FORBIDDEN', 403]],
        ]);
        expect(strict.people.heard).toEqual([]);
      } finally {
        await strict.stop();
      }
    });
  });
});
