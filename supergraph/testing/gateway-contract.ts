import { accessChanged, sessionsRevoked } from '../../platform/security/access-events';
import { eventually } from '../../platform/testing/eventually';
import { readGatewayConfig } from '../config';
import { Graph, type Misdeed } from './graph';

/** What holds of the gateway, whatever runs its operations. */
export function gatewayContract(executor: 'plinth' | 'apollo'): void {
  let graph: Graph;

  beforeAll(async () => {
    graph = await Graph.start({ EXECUTOR: executor, CORS_ORIGINS: 'https://app.example.com' });
  });

  afterAll(() => graph.stop());

  afterEach(async () => {
    const hadMisdeed = graph.people.misdeed !== 'none' || graph.books.misdeed !== 'none';
    graph.people.misdeed = 'none';
    graph.books.misdeed = 'none';
    graph.people.delayMs = 0;
    graph.books.delayMs = 0;
    if (hadMisdeed) await graph.recovered();
    graph.people.heard.length = 0;
  });

  interface Answer {
    status: number;
    text: string;
    headers: Headers;
    body: {
      data?: unknown;
      errors?: {
        message: string;
        path?: unknown[];
        extensions: { code: string; http: { status: number }; traceId: string };
      }[];
      error?: string;
    };
  }

  async function call(path: string, init: RequestInit = {}, at = graph): Promise<Answer> {
    const response = await fetch(`${at.gateway.url}${path}`, init);
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, text, headers: response.headers, body: isJson ? JSON.parse(text) : {} };
  }

  function send(
    query: string,
    options: { variables?: object; headers?: Record<string, string>; extra?: object } = {},
  ): Promise<Answer> {
    return call('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...options.headers },
      body: JSON.stringify({ query, variables: options.variables, ...options.extra }),
    });
  }

  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  describe('one graph of several services (G1)', () => {
    it('answers across subgraphs, and mutations', async () => {
      expect(
        (await send('{ me { name books { title author { name } } } users { books { id } } }')).body,
      ).toEqual({
        data: {
          me: { name: 'Ada', books: [{ title: 'Of 1', author: null }] },
          users: [{ books: [{ id: '11' }] }, { books: [{ id: '21' }] }],
        },
      });
      const renamed = await send(
        'mutation ($n: String!) { rename(id: "2", name: $n) { name books { title } } }',
        { variables: { n: 'Eve' } },
      );
      expect(renamed.body).toEqual({ data: { rename: { name: 'Eve', books: [{ title: 'Of 2' }] } } });
    });

    it('runs one mutation with the tag `credentials` an operation, and refuses several under any alias', async () => {
      expect((await send('mutation { signIn(password: "a") }')).body).toEqual({ data: { signIn: true } });
      const several = await send(
        'mutation { a: signIn(password: "a") ...B } fragment B on Mutation { b: signIn(password: "b") }',
      );
      expect(several).toMatchObject({
        status: 400,
        body: {
          errors: [
            {
              extensions: {
                code: 'OPERATION_LIMIT_EXCEEDED',
                details: { limit: 'sign-in attempts', maximum: 1, actual: 2 },
              },
            },
          ],
        },
      });
    });

    it('answers queries by GET with a header no foreign page sends, and no mutation', async () => {
      const get = (query: string, headers: Record<string, string> = { 'apollo-require-preflight': '1' }) =>
        call(`/graphql?query=${encodeURIComponent(query)}`, { headers });
      expect((await get('{ me { name } }')).body).toEqual({ data: { me: { name: 'Ada' } } });
      expect((await get('mutation { rename(id: "1", name: "x") { id } }')).status).toBe(405);
      const refused = await get('{ me { name } }', {});
      expect(refused.status).toBe(400);
      const [error] = refused.body.errors!;
      expect(error?.message).toContain("fetchOptions: { headers: { 'apollo-require-preflight': 'true' } }");
      expect(error?.message).toContain("new HttpLink({ headers: { 'apollo-require-preflight': 'true' } })");
      expect(
        (await call('/graphql?query={me{id}}&variables=[', { headers: { 'apollo-require-preflight': '1' } }))
          .status,
      ).toBe(400);
    });

    it('answers in the content type that was asked for, errors before execution with 4xx', async () => {
      const accept = { accept: 'application/graphql-response+json' };
      expect((await send('{ me { id } }', { headers: accept })).headers.get('content-type')).toContain(
        'application/graphql-response+json',
      );
      for (const [query, code] of [
        ['{', 'GRAPHQL_PARSE_FAILED'],
        ['{ nope }', 'GRAPHQL_VALIDATION_FAILED'],
        ['{ __type(name: ["hunter2"]) { name } }', 'GRAPHQL_VALIDATION_FAILED'],
        ['{ __type(name "hunter2") { name } }', 'GRAPHQL_PARSE_FAILED'],
      ] as const) {
        const answer = await send(query, { headers: accept });
        expect([answer.status, answer.body.errors?.[0]?.extensions.code]).toEqual([400, code]);
        // The literal may be somebody's password, written where it does not belong.
        expect(JSON.stringify(answer.body)).not.toContain('hunter2');
      }
      expect((await send('{ me { id } }', { headers: { accept: 'text/csv' } })).status).toBe(406);
    });

    it('hands on who asks, in which trace and from where, and nothing that only claims to', async () => {
      const trace = 'a'.repeat(32);
      const token = graph.issuer.token({ userId: 'ada' });
      await send('{ me { name } }', {
        headers: {
          ...bearer(token),
          traceparent: `00-${trace}-${'b'.repeat(16)}-01`,
          'x-user-id': 'root',
          cookie: 'a=b',
          // The client sent the first, the trusted proxy at 127.0.0.1 the second.
          'x-forwarded-for': '198.51.100.1, 203.0.113.7',
        },
      });
      const { headers } = graph.people.heard.at(-1)!;
      expect(headers.authorization).toBe(`Bearer ${token}`);
      expect(headers['traceparent']).toMatch(new RegExp(`^00-${trace}-(?!b{16})[0-9a-f]{16}-01$`));
      expect(headers['x-forwarded-for']).toBe('203.0.113.7');
      expect(headers['x-user-id']).toBeUndefined();
      expect(headers.cookie).toBeUndefined();
    });
  });

  describe('who asks (G2)', () => {
    it('is refused with a wrong credential, in GraphQL and in REST, never anonymous', async () => {
      const tokens = {
        TOKEN_INVALID: [
          graph.issuer.token({ claims: { aud: 'other' } }),
          graph.issuer.token({ header: { kid: 'x' } }),
          'abc',
        ],
        TOKEN_EXPIRED: [graph.issuer.token({ expiresIn: -1 })],
      };
      for (const [code, list] of Object.entries(tokens)) {
        for (const token of list) {
          const answer = await send('{ __typename }', { headers: bearer(token) });
          expect([answer.status, answer.body.errors?.[0]?.extensions.code]).toEqual([401, code]);
          const rest = await call('/me', { headers: bearer(token) });
          expect([rest.status, rest.body.error]).toEqual([401, code]);
        }
      }
      expect((await call('/me', { headers: { 'x-api-key': 'nonsense' } })).body.error).toBe(
        'API_KEY_INVALID',
      );
      expect(graph.people.heard).toEqual([]);
    });

    it('is nobody with an expired token where the operation takes no caller', async () => {
      const headers = bearer(graph.issuer.token({ expiresIn: -1 }));
      const answer = await send('mutation { signIn(password: "x") }', { headers });
      expect([answer.status, answer.body]).toEqual([200, { data: { signIn: true } }]);
      expect(graph.people.heard.map(request => request.headers.authorization)).toEqual([undefined]);
      graph.people.heard.length = 0;

      const forged = bearer(graph.issuer.token({ expiresIn: -1, claims: { aud: 'other' } }));
      expect((await send('mutation { signIn(password: "x") }', { headers: forged })).status).toBe(401);
      for (const query of [
        '{ me { id } }',
        'mutation { signIn(password: "x") rename(id: "1", name: "x") { id } }',
        'mutation { ...F } fragment F on Mutation { rename(id: "1", name: "x") { id } }',
      ]) {
        expect([query, (await send(query, { headers })).status]).toEqual([query, 401]);
      }
      expect(graph.people.heard).toEqual([]);
    });

    it('is refused from the moment the session is revoked', async () => {
      const token = graph.issuer.token({ userId: 'ada', sessionId: 's9' });
      expect((await send('{ me { id } }', { headers: bearer(token) })).status).toBe(200);
      const event = (type: string, data: unknown) => ({
        id: type,
        type,
        version: 1,
        source: 'auth',
        occurredAt: Date.now(),
        data,
      });
      await graph.shared.bus.publish([
        event(accessChanged, { userId: 'ada', roles: [], permissions: [] }),
        event(sessionsRevoked, { userId: 'ada', sessionIds: ['s9'] }),
      ]);
      const answer = await send('{ me { id } }', { headers: bearer(token) });
      expect([answer.status, answer.body.errors?.[0]?.extensions.code]).toEqual([401, 'TOKEN_REVOKED']);
    });

    it('cannot be known while the issuer is away: 503, and who sends no token is served', async () => {
      const own = await Graph.start({ EXECUTOR: executor, AUTH_URL: 'http://127.0.0.1:9' });
      try {
        const headers = { 'content-type': 'application/json', ...bearer(graph.issuer.token()) };
        const body = '{"query":"{ me { id } }"}';
        expect((await call('/graphql', { method: 'POST', headers, body }, own)).status).toBe(503);
        const without = { 'content-type': 'application/json' };
        expect((await call('/graphql', { method: 'POST', headers: without, body }, own)).status).toBe(200);
      } finally {
        await own.stop();
      }
    });
  });

  describe('a subgraph that fails', () => {
    it.each<Misdeed>(['reset', 'stall', 'garbage', 'status', 'flood', 'html', 'empty', 'miscount'])(
      'by %s leaves the rest standing, with one error that shows nothing of it',
      async misdeed => {
        graph.books.misdeed = misdeed;
        const answer = await send('{ me { name books { title } } }');
        expect(answer.status).toBe(200);
        expect(answer.body.data).toEqual({ me: { name: 'Ada', books: null } });
        expect(answer.body.errors).toHaveLength(1);
        expect(answer.body.errors?.[0]?.extensions).toMatchObject({
          code: 'SERVICE_UNAVAILABLE',
          http: { status: 503 },
        });
        for (const secret of ['127.0.0.1', String(graph.books.port), 'nginx', '_entities']) {
          expect(answer.text).not.toContain(secret);
        }
        // It asks for no entities.
        if (misdeed === 'miscount') return;
        const rest = await call('/books/1');
        expect([rest.status, rest.body.error]).toEqual([503, 'SERVICE_UNAVAILABLE']);
        expect(Number(rest.headers.get('retry-after'))).toBeGreaterThan(0);
      },
    );

    it('lets its refusals through as they are, and masks its faults', async () => {
      const answer = await send('{ refused fails me { name } }');
      expect(answer.body.data).toEqual({ refused: null, fails: null, me: { name: 'Ada' } });
      const codes = Object.fromEntries(
        answer.body.errors?.map(error => [error.path?.[0], error.extensions]) ?? [],
      );
      expect(codes['refused']).toMatchObject({
        code: 'FORBIDDEN',
        details: { permission: 'x:y' },
        http: { status: 403 },
      });
      expect(codes['fails']).toMatchObject({ code: 'INTERNAL_ERROR', http: { status: 500 } });
      expect(answer.text).not.toContain('secret of the subgraph');
    });

    it('that says less in its errors than the contract does has the rest filled in', async () => {
      graph.people.misdeed = 'bare';
      const trace = 'e'.repeat(32);
      const { body } = await send('{ me { name } }', {
        headers: { traceparent: `00-${trace}-${'b'.repeat(16)}-01` },
      });
      expect(body.errors).toEqual([
        {
          message: 'No',
          extensions: {
            code: 'DOWNSTREAM_SERVICE_ERROR',
            details: null,
            timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
            traceId: trace,
            http: { status: 500 },
          },
        },
      ]);
    });

    it('by being slow costs its own time only: each call has the whole of SUBGRAPH_TIMEOUT', async () => {
      graph.people.delayMs = 600;
      graph.books.delayMs = 600;
      const { body } = await send('{ book(id: 1) { author { name } } }');
      expect(body).toEqual({ data: { book: { author: { name: 'Ada' } } } });
    });

    it('does not keep the gateway from starting, and is served when it is back', async () => {
      const own = await Graph.start({ EXECUTOR: executor });
      try {
        const { port } = own.books;
        await own.books.close();
        const ask = () =>
          call(
            '/graphql',
            {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: '{"query":"{ book(id: 1) { title } }"}',
            },
            own,
          );
        expect((await ask()).body.errors?.[0]?.extensions.code).toBe('SERVICE_UNAVAILABLE');
        await own.books.listen(port);
        await eventually(async () =>
          expect((await ask()).body).toEqual({ data: { book: { title: 'Book 1' } } }),
        );
      } finally {
        await own.stop();
      }
    });
  });

  describe('what is not as it should be', () => {
    const post = (body: string, headers: Record<string, string> = {}) =>
      call('/graphql', { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

    it.each<[string, () => Promise<Answer>, number]>([
      ['20,000 levels', () => send(`{ ${'a { '.repeat(20_000)}`), 400],
      [
        'a cycle of fragments',
        () => send('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'),
        400,
      ],
      ['no JSON', () => post('{'), 400],
      ['a batch', () => post('[{"query":"{ me { id } }"}]'), 400],
      ['no query', () => post('{"variables":{}}'), 400],
      ['null', () => post('null'), 400],
      ['variables that are a list', () => post('{"query":"{ me { id } }","variables":[]}'), 400],
      ['another charset', () => post('{}', { 'content-type': 'application/json; charset=latin1' }), 415],
      ['a form', () => post('query={me{id}}', { 'content-type': 'application/x-www-form-urlencoded' }), 415],
      ['3 MB', () => post(JSON.stringify({ query: `# ${'x'.repeat(3_000_000)}` })), 413],
      ['an unknown operation', () => send('query A { me { id } }', { extra: { operationName: 'B' } }), 400],
      [
        'a hash instead of a query',
        () => post('{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}'),
        400,
      ],
      ['DELETE', () => call('/graphql', { method: 'DELETE' }), 405],
    ])('%s is a 4xx in the shape of the contract, and the gateway lives', async (_, ask, status) => {
      const answer = await ask();
      expect(answer.status).toBe(status);
      expect(answer.body.errors?.[0]?.extensions).toMatchObject({
        code: expect.any(String),
        traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      });
      expect((await call('/health')).status).toBe(200);
    });

    it('names a wrong variable and never shows its value', async () => {
      const answer = await send('query ($id: ID!) { book(id: $id) { id } }', {
        variables: { id: { password: 'hunter2' } },
      });
      expect(answer.body.errors?.[0]?.extensions).toMatchObject({
        code: 'VALIDATION_FAILED',
        details: [{ field: 'id' }],
        http: { status: 422 },
      });
      expect(answer.text).not.toContain('hunter2');
    });
  });

  describe('requests other than POST /graphql', () => {
    it('REST: from the table, with its failures (G8)', async () => {
      expect((await call('/me')).body).toEqual({ id: '1', name: 'Ada', books: [{ title: 'Of 1' }] });
      expect((await call('/books/9')).body.error).toBe('NOT_FOUND');
      const put = (body: string, type = 'application/json') =>
        call('/people/7', { method: 'PUT', headers: { 'content-type': type }, body });
      expect((await put('{"name":"Eve"}')).body).toEqual({ id: '7', name: 'Eve' });
      expect([
        (await put('{"name":5}')).status,
        (await put('{"nam":"x"}')).status,
        (await put('x', 'text/plain')).status,
      ]).toEqual([422, 422, 415]);
      expect([
        (await call('/me', { method: 'POST' })).status,
        (await call('/nowhere')).status,
        (await call('/me?x=1')).status,
      ]).toEqual([405, 404, 422]);
    });

    it('OpenAPI describes every route, and every reference in it leads somewhere (G8)', async () => {
      const document = (await call('/openapi.json')).body as unknown as {
        openapi: string;
        paths: Record<string, object>;
      };
      expect(document.openapi).toMatch(/^3\.1/);
      expect(Object.keys(document.paths)).toEqual(
        expect.arrayContaining(['/me', '/books/{id}', '/people/{id}']),
      );
      const text = JSON.stringify(document);
      for (const [, reference] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
        const target = reference!
          .split('/')
          .reduce<unknown>((at, step) => (at as Record<string, unknown> | undefined)?.[step], document);
        expect([reference, target]).toEqual([reference, expect.anything()]);
      }
    });

    it('the pages: Sandbox for a browser (G13), the routes without the internet', async () => {
      for (const path of ['/', '/graphql']) {
        const page = await call(path, { headers: { accept: 'text/html' } });
        expect([page.status, page.headers.get('content-type')]).toEqual([
          200,
          expect.stringContaining('text/html'),
        ]);
        expect(page.text.toLowerCase()).toContain('sandbox');
        expect(page.headers.get('content-security-policy')).toContain('frame-ancestors');
      }
      const docs = await call('/docs');
      expect(docs.status).toBe(200);
      expect(docs.text).not.toMatch(/(src|href)="https?:/);
      for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
        expect(docs.text).toContain(`"/docs/${file}"`);
        expect((await call(`/docs/${file}`)).status).toBe(200);
      }
    });

    it('health, readiness with each subgraph, and metrics (G7, G9)', async () => {
      expect((await call('/health')).body).toEqual({ status: 'healthy', service: 'gateway' });
      expect((await call('/health/ready')).body).toMatchObject({
        status: 'ready',
        subgraphs: { people: expect.any(String), books: expect.any(String) },
      });
      const metrics = await call('/metrics');
      expect(metrics.text).toContain('http_server_request_duration_seconds_bucket');
      expect(metrics.text).toMatch(/graphql_operations_total\{[^}]*outcome="success"/);
    });

    it('lets the pages of the origins that are named call, and no other', async () => {
      const preflight = (origin: string) =>
        call('/graphql', {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
          },
        });
      expect((await preflight('https://app.example.com')).headers.get('access-control-allow-origin')).toBe(
        'https://app.example.com',
      );
      expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
      const answer = await call('/health', { headers: { origin: 'https://app.example.com' } });
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    });
  });

  describe('the schema, where it is for those who are signed in (G12)', () => {
    let own: Graph;
    beforeAll(async () => {
      own = await Graph.start({ EXECUTOR: executor, INTROSPECTION: 'authenticated' });
    });
    afterAll(() => own.stop());

    const ask = (query: string, headers: Record<string, string> = {}) =>
      call(
        '/graphql',
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify({ query }),
        },
        own,
      );

    it.each([
      '{ __schema { queryType { name } } }',
      '{ me { id } ...A } fragment A on Query { x: __type(name: "User") { name } }',
    ])('is not shown to others: %s', async query => {
      const refused = await ask(query);
      expect([refused.status, refused.body.errors?.[0]?.extensions.code]).toEqual([
        400,
        'INTROSPECTION_DISABLED',
      ]);
      const answer = await ask(query, bearer(own.issuer.token({ userId: 'ada' })));
      expect([answer.status, answer.body.errors]).toEqual([200, undefined]);
    });

    it('is not shown name by name either', async () => {
      for (const query of ['{ mee { id } }', '{ me { nam } }', '{ users(frist: 1) { id } }']) {
        const { status, text } = await ask(query);
        expect([status, text]).toEqual([400, expect.not.stringMatching(/Did you mean|"name"|first/)]);
      }
      expect((await send('{ mee { id } }')).text).toContain('Did you mean');
    });

    it('is the default with Redis, where Plinth runs for real', () => {
      const redis = { REDIS_URL: 'redis://localhost:6379' };
      expect(readGatewayConfig('alone', redis).introspection).toBe('authenticated');
      expect(readGatewayConfig('alone', { ...redis, INTROSPECTION: 'on' }).introspection).toBe('on');
      expect(readGatewayConfig('embedded', {}).introspection).toBe('on');
      expect(readGatewayConfig('alone', { SUPERGRAPH_SDL: 'x.graphql' }).introspection).toBe('on');
    });
  });

  describe('configuration', () => {
    it('names every mistake at once', () => {
      const read = () =>
        readGatewayConfig('alone', {
          GATEWAY_PORT: 'x',
          CORS_ORIGINS: 'app',
          EXECUTOR: 'magic',
          SUBGRAPH_TIMEOUT: '0',
        });
      for (const name of ['GATEWAY_PORT', 'CORS_ORIGINS', 'EXECUTOR', 'SUBGRAPH_TIMEOUT'])
        expect(read).toThrow(name);
      expect(() => readGatewayConfig('alone', {})).toThrow('REDIS_URL is not set');
      expect(readGatewayConfig('alone', { SUPERGRAPH_SDL: 'x.graphql' }).isAuthenticating).toBe(false);
    });
  });
}
