import { eventually } from '../../platform/testing/eventually';
import { TransportError, type TransportFailure } from '../transport/transport';
import { type Answer, compose, federate, type SubgraphSource } from './testing/federation';

const users = {
  typeDefs: `
    type Query { me: User users: [User!]! people: [User] broken: String }
    type Mutation { rename(id: ID!, name: String!): User fail: User }
    type User @key(fields: "id") { id: ID! name: String! boss: User }`,
  resolvers: {
    Query: {
      me: () => ({ id: '1', name: 'Ann' }),
      users: () => [
        { id: '1', name: 'Ann' },
        { id: '2', name: 'Bob' },
        { id: '1', name: 'Ann' },
      ],
      people: () => [
        { id: '1', name: 'Ann' },
        { id: '2', name: 'Bob' },
        { id: '1', name: 'Ann' },
      ],
      broken: () => {
        throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), {
          extensions: { code: 'BROKEN', hint: 1, stacktrace: ['x'] },
        });
      },
    },
    Mutation: {
      rename: (_: unknown, { id, name }: { id: string; name: string }) => ({ id, name }),
      fail: () => {
        throw new Error('No');
      },
    },
  },
};
const orders = {
  typeDefs: `
    type Query { order: Order }
    type Mutation { buy: Order }
    type Order { total: Int! by: User }
    type User @key(fields: "id") { id: ID! orders: [Order!] spent: Int! status: String }`,
  resolvers: {
    Query: { order: () => ({ total: 3, by: { id: '1' } }) },
    Mutation: { buy: () => ({ total: 1, by: { id: '2' } }) },
    User: {
      spent: ({ id }: { id: string }) => {
        if (id === '2') throw new Error('Not for Bob');
        return 7;
      },
      status: () => 'gold',
      orders: () => [{ total: 1 }],
    },
  },
};
const subgraphs = { users, orders };
const supergraphSdl = compose(subgraphs);

describe('when a subgraph fails', () => {
  it.each(['refused', 'reset', 'timeout', 'too-large', 'malformed'] as TransportFailure[])(
    'answers with what there is: %s',
    async reason => {
      const { ask, transport } = federate(subgraphs, { supergraphSdl });
      transport.intercept = r =>
        r.subgraph === 'orders'
          ? Promise.reject(new TransportError(reason, { cause: new Error('http://orders.internal:4000') }))
          : undefined;
      const { data, errors } = await ask('{ me { name status } order { total } }');
      expect(data).toEqual({ me: { name: 'Ann', status: null }, order: null });
      expect(errors?.map(e => e.path)).toEqual([['order'], ['me', 'status']]);
      for (const error of errors ?? []) {
        expect(error.extensions).toMatchObject({ code: 'SERVICE_UNAVAILABLE', http: { status: 503 } });
        expect(error.extensions['timestamp']).toEqual(expect.any(String));
        expect(error.message).toBe('The orders service is not available right now');
      }
      expect(errors?.map(({ message, extensions: { details } }) => [message, details])).toEqual(
        Array(2).fill([
          'The orders service is not available right now',
          { service: 'orders', retryAfterSeconds: 1 },
        ]),
      );
      expect(JSON.stringify(errors)).not.toMatch(/internal|4000/);
    },
  );

  describe('reports each failed field of the client at its own path', () => {
    const refusing = (names: string[], sources: Record<string, SubgraphSource> = subgraphs) => {
      const federation = federate(sources);
      federation.transport.intercept = r =>
        names.includes(r.subgraph) ? Promise.reject(new TransportError('refused')) : undefined;
      return federation;
    };
    const pathsOf = (answer: Answer) => answer.errors?.map(e => e.path?.join('.'));

    it('of several root fields', async () => {
      const answer = await refusing(['users']).ask('{ me { name } m: me { id } broken order { total } }');
      expect(answer.data).toEqual({ me: null, m: null, broken: null, order: { total: 3 } });
      expect(pathsOf(answer)).toEqual(['me', 'm', 'broken']);
    });

    it('of each entity of a list, under the names of the client', async () => {
      const answer = await refusing(['orders']).ask('{ people { name s: status } me { t: status status } }');
      expect(answer.data).toMatchObject({ people: [{ s: null }, { s: null }, { s: null }], me: { t: null } });
      expect(pathsOf(answer)?.sort()).toEqual([
        'me.status',
        'me.t',
        'people.0.s',
        'people.1.s',
        'people.2.s',
      ]);
    });

    it('and no more than a hundred for one fetch', async () => {
      const many = {
        ...users.resolvers.Query,
        people: () => Array.from({ length: 999 }, () => ({ id: '1' })),
      };
      const { ask } = refusing(['orders'], {
        ...subgraphs,
        users: { ...users, resolvers: { ...users.resolvers, Query: many } },
      });
      expect((await ask('{ people { status } }')).errors).toHaveLength(100);
    });

    it.each(['hive', 'apollo'] as const)(
      'of a service that is not asked, because another one has its keys: %s',
      async planner => {
        const chain = {
          a: {
            typeDefs: 'type Query { item: Item } type Item @key(fields: "id") { id: ID! name: String }',
            resolvers: { Query: { item: () => ({ id: '1', name: 'x' }) } },
          },
          b: { typeDefs: 'type Item @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! }' },
          c: { typeDefs: 'type Item @key(fields: "sku") { sku: ID! stock: Int price: Int }' },
        };
        const { ask, transport } = federate(chain, { planner });
        transport.intercept = r =>
          r.subgraph === 'b' ? Promise.reject(new TransportError('refused')) : undefined;
        const { data, errors } = await ask('{ item { name stock p: price } }');
        expect(data).toEqual({ item: { name: 'x', stock: null, p: null } });
        expect(errors?.map(e => [e.message, e.path])).toEqual([
          ['The b service is not available right now', ['item', 'stock']],
          ['The b service is not available right now', ['item', 'p']],
        ]);
      },
    );

    it('where a service refuses a whole request, with its own message', async () => {
      const { ask, transport } = federate(subgraphs);
      transport.intercept = r =>
        r.subgraph === 'orders'
          ? Promise.resolve({ status: 401, body: Buffer.from('{"errors":[{"message":"Who are you?"}]}') })
          : undefined;
      const answer = await ask('{ me { name status } order { total } }');
      expect(answer.data).toEqual({ me: { name: 'Ann', status: null }, order: null });
      expect(answer.errors?.map(e => [e.message, e.path?.join('.')])).toEqual([
        ['Who are you?', 'order'],
        ['Who are you?', 'me.status'],
      ]);
    });

    it('where a service does not find an entity', async () => {
      const { ask, transport } = federate(subgraphs);
      const entities = { data: { _entities: [null] }, errors: [{ message: 'Gone', path: ['_entities', 0] }] };
      transport.intercept = r =>
        r.body.includes('_entities')
          ? Promise.resolve({ status: 200, body: Buffer.from(JSON.stringify(entities)) })
          : undefined;
      const answer = await ask('{ me { name status } }');
      expect(answer.data).toEqual({ me: { name: 'Ann', status: null } });
      expect(pathsOf(answer)).toEqual(['me.status']);
    });
  });

  it.each([
    '',
    'null',
    '[]',
    '"x"',
    '<html>',
    '{"data":',
    '{}',
    '{"data":7}',
    '{"data":{"me":"x","users":7}}',
    '{"data":{"me":{"name":{}}}}',
    '{"data":{"__proto__":{"a":1}}}',
  ])('takes garbage for nothing: %s', async body => {
    const { ask, transport } = federate(subgraphs, { supergraphSdl });
    transport.intercept = () => Promise.resolve({ status: 200, body: Buffer.from(body) });
    const { data, errors } = await ask('{ me { name } }');
    expect(data?.['me'] ?? null).toBeNull();
    if (!body.includes('__proto__')) expect(errors?.length).toBeGreaterThan(0);
  });

  it('stops at the deadline without asking the next', async () => {
    const { ask, transport } = federate(subgraphs, { supergraphSdl });
    transport.intercept = r =>
      r.subgraph === 'users'
        ? new Promise(resolve =>
            setTimeout(
              () =>
                resolve({ status: 200, body: Buffer.from('{"data":{"me":{"__typename":"User","id":"1"}}}') }),
              30,
            ),
          )
        : undefined;
    const { data, errors } = await ask('{ me { status } }', {}, { timeoutMs: 20 });
    expect(data).toEqual({ me: { status: null } });
    expect(errors?.[0]?.extensions['code']).toBe('SERVICE_UNAVAILABLE');
    expect(transport.calls).toHaveLength(1);
  });
});

describe('errors of subgraphs', () => {
  /** What the contract promises of every error, where the subgraph did not say it. */
  const filledIn = {
    code: 'DOWNSTREAM_SERVICE_ERROR',
    details: null,
    timestamp: expect.any(String),
    traceId: null,
    http: { status: 500 },
  };

  it('keep message and extensions, say no addresses, and name every place the client asked about', async () => {
    const { ask } = federate(subgraphs, { supergraphSdl });
    const { data, errors } = await ask('{ broken list: users { n: name s: status } }');
    expect(data).toMatchObject({
      broken: null,
      list: [
        { n: 'Ann', s: 'gold' },
        { n: 'Bob', s: 'gold' },
        { n: 'Ann', s: 'gold' },
      ],
    });
    expect(errors).toEqual([
      {
        message: 'The users service failed',
        path: ['broken'],
        extensions: { ...filledIn, code: 'BROKEN', hint: 1 },
      },
    ]);

    const nulled = await ask('{ list: users { spent } me { s: spent } }');
    expect(nulled.data).toBeNull();
    expect(nulled.errors).toEqual([
      {
        message: 'Not for Bob',
        path: ['list', 1, 'spent'],
        extensions: filledIn,
      },
    ]);
  });

  it('asks for an entity once however often it appears', async () => {
    const { ask, transport } = federate(subgraphs, { supergraphSdl });
    await ask('{ users { status } }');
    expect(transport.calls[1]?.variables['representations']).toEqual([
      { __typename: 'User', id: '1' },
      { __typename: 'User', id: '2' },
    ]);
  });
});

describe('errors of fields only the plan asks for', () => {
  const broken = (): never => {
    throw new Error('Broken');
  };
  /** A person is no `Named`, so a fragment on it never applies to people. */
  const people = (name: string) => ({
    names: {
      typeDefs: `
        type Query { named: Named }
        interface Node { id: ID! }
        interface Named implements Node { id: ID! name: String }
        type Dog implements Named & Node @key(fields: "id") { id: ID! name: String }`,
    },
    persons: {
      typeDefs: `
        interface Node { id: ID! }
        type Person implements Node @key(fields: "id") { id: ID! name: ${name} age: Int }`,
      resolvers: { Person: { name: broken, age: () => 7 } },
    },
    list: {
      typeDefs: `
        type Query { people: [Person] }
        interface Node { id: ID! }
        type Person implements Node @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { people: () => [{ id: '1' }] } },
    },
  });
  const query = '{ people { ... on Node { id ... on Named { name } } age } }';

  it.each(['hive', 'apollo'] as const)(
    'do not exist for a fragment that never applies: %s',
    async planner => {
      const { ask, transport } = federate(people('String!'), { planner });
      expect(await ask(query)).toEqual({ data: { people: [{ id: '1', age: 7 }] } });
      expect(transport.calls.some(call => /\bname\b/.test(call.query))).toBe(false);
    },
  );

  it.each(['hive', 'apollo'] as const)(
    'are reported where their null removes a requested field: %s',
    async planner => {
      const source = people('String');
      const { ask, transport } = federate(
        {
          ...source,
          list: { ...source.list, resolvers: { ...source.list.resolvers, Person: { id: broken } } },
        },
        { planner },
      );
      const { data, errors } = await ask('{ people { age } }');
      expect(transport.calls[0]?.query).toContain('id');
      expect(data).toEqual({ people: [null] });
      expect(errors).toMatchObject([{ message: 'Broken', path: ['people', 0] }]);
    },
  );

  it.each(['hive', 'apollo'] as const)(
    'are reported where another field depends on them: %s',
    async planner => {
      const { ask } = federate(
        {
          goods: {
            typeDefs: `
            type Query { item: Item }
            type Item @key(fields: "id") { id: ID! weight: Int }`,
            resolvers: { Query: { item: () => ({ id: '1' }) }, Item: { weight: broken } },
          },
          shipping: {
            typeDefs: `
            type Item @key(fields: "id") { id: ID! weight: Int @external price: Int @requires(fields: "weight") }`,
            resolvers: { Item: { price: ({ weight }: { weight: number | null }) => weight } },
          },
        },
        { planner },
      );
      const { data, errors } = await ask('{ item { price } }');
      expect(data).toEqual({ item: { price: null } });
      expect(errors).toMatchObject([{ message: 'Broken', path: ['item'] }]);
    },
  );
});

describe('mutations', () => {
  it('run one after the other, each with everything below it', async () => {
    const { ask, transport } = federate(subgraphs, { supergraphSdl });
    const { data, errors } = await ask(
      'mutation { a: rename(id: 1, name: "x") { name status } fail { name } buy { total by { name: id } } b: rename(id: 2, name: "y") { name } }',
    );
    expect(data).toEqual({
      a: { name: 'x', status: 'gold' },
      fail: null,
      buy: { total: 1, by: { name: '2' } },
      b: { name: 'y' },
    });
    expect(Object.keys(data ?? {})).toEqual(['a', 'fail', 'buy', 'b']);
    expect(errors?.map(e => e.path)).toEqual([['fail']]);
    expect(transport.calls.map(c => c.subgraph)).toEqual(['users', 'orders', 'users', 'orders', 'users']);
  });

  it('stop at the field whose answer is lost, so that no later mutation runs unreported', async () => {
    const { ask, transport } = federate({
      a: {
        typeDefs: `type Query { a: Int } type Mutation { must: Int! may: Int secret: Int! @authenticated other: Int }`,
        resolvers: {
          Mutation: {
            must: () => {
              throw new Error('No');
            },
            may: () => null,
            other: () => 1,
          },
        },
      },
    });
    const calls = () => transport.calls.splice(0).map(c => c.query.match(/\w+(?= *})/)?.[0]);
    expect((await ask('mutation { may must other }')).data).toBeNull();
    expect(calls()).toEqual(['may', 'must']);
    const { data, errors } = await ask('mutation { other secret }');
    expect([data, errors?.map(e => e.path)]).toEqual([null, [['secret']]]);
    expect(calls()).toEqual([]);
  });

  it('are refused where only reads are allowed', async () => {
    const { executor } = federate(subgraphs, { supergraphSdl });
    const result = await executor.execute(
      { query: 'mutation { fail { id } }' },
      { identity: 'a', headers: {}, isMutationAllowed: false },
    );
    expect(result).toMatchObject({ failure: 'method', status: 405 });
  });
});

describe('identical reads in flight', () => {
  it('are one for one caller, and never for two', async () => {
    const { ask, transport } = federate(subgraphs, { supergraphSdl });
    const same = { identity: 'a', headers: { authorization: 'A', traceparent: '1' } };
    await Promise.all([
      ask('{ me { name } }', {}, same),
      ask('{ me { name } }', {}, { ...same, headers: { authorization: 'A', traceparent: '2' } }),
    ]);
    expect(transport.calls).toHaveLength(1);
    await Promise.all([
      ask('{ me { name } }', {}, same),
      ask('{ me { name } }', {}, { ...same, identity: 'b' }),
      ask('{ me { name } }', {}, { ...same, headers: { authorization: 'B' } }),
    ]);
    expect(transport.calls).toHaveLength(4);
    await ask('{ me { name } }', {}, same);
    expect(transport.calls).toHaveLength(5);
  });

  it('survive the caller who came first hanging up', async () => {
    const { ask, transport } = federate(subgraphs, { supergraphSdl });
    transport.intercept = r =>
      new Promise((resolve, reject) => {
        r.signal?.addEventListener('abort', () => reject(new TransportError('aborted')));
        setTimeout(() => resolve({ status: 200, body: Buffer.from('{"data":{"me":{"name":"Ann"}}}') }), 30);
      });
    const first = new AbortController();
    const second = new AbortController();
    const answers = [
      ask('{ me { name } }', {}, { signal: first.signal }),
      ask('{ me { name } }', {}, { signal: second.signal }),
    ];
    await eventually(() => expect(transport.calls).toHaveLength(1));
    first.abort();
    expect((await answers[1])?.data).toEqual({ me: { name: 'Ann' } });
    expect(transport.calls).toHaveLength(1);
  });
});

describe('requests that cannot be executed', () => {
  const { executor } = federate(subgraphs, { supergraphSdl, hidesSuggestions: true });
  it.each([
    [{ query: '' }, 'parse', 'BAD_REQUEST'],
    [{ query: '{ me {' }, 'parse', 'GRAPHQL_PARSE_FAILED'],
    [{ query: '\u0000{me{id}}' }, 'parse', 'GRAPHQL_PARSE_FAILED'],
    [{ query: '{ mee { id } }' }, 'validation', 'GRAPHQL_VALIDATION_FAILED'],
    [{ query: '{ me { __typename: id } }' }, 'validation', 'GRAPHQL_VALIDATION_FAILED'],
    [{ query: '{ a: me { id } a: users { id } }' }, 'validation', 'GRAPHQL_VALIDATION_FAILED'],
    [{ query: 'query A { me { id } } query B { me { id } }' }, 'operation', 'OPERATION_RESOLUTION_FAILURE'],
    [{ query: '{ me { id } }', operationName: 'A' }, 'operation', 'OPERATION_RESOLUTION_FAILURE'],
    [{ query: 'mutation($id: ID!) { rename(id: $id, name: "x") { id } }' }, 'variables', 'VALIDATION_FAILED'],
    [
      {
        query: 'mutation($n: String!) { rename(id: 1, name: $n) { id } }',
        variables: { n: { secret: 'hunter2' } },
      },
      'variables',
      'VALIDATION_FAILED',
    ],
    [
      { query: '{ _entities(representations: []) { __typename } }' },
      'validation',
      'GRAPHQL_VALIDATION_FAILED',
    ],
  ])('%j is a %s error', async (request, failure, code) => {
    const result = await executor.execute(request, { identity: 'a', headers: {} });
    expect(result).toMatchObject({ failure, errorCodes: [code] });
    expect(result.body.toString()).not.toMatch(/Did you mean|hunter2|"data"/);
    expect(result.status).toBe(failure === 'variables' ? 422 : 400);
  });

  it('takes an empty operation name for none, also for the next request', async () => {
    const ask = (operationName?: string) =>
      executor.execute({ query: 'query A { me { id } }', operationName }, { identity: 'a', headers: {} });
    expect((await ask('')).failure).toBeUndefined();
    expect((await ask()).failure).toBeUndefined();
  });

  it('says where in the text a document is wrong', async () => {
    const text = async (query: string) => {
      const { body } = await executor.execute({ query }, { identity: 'a', headers: {} });
      return JSON.parse(body.toString()).errors.map((e: { locations: unknown }) => e.locations);
    };
    expect(await text('{\n  mee { id }\n}')).toEqual([[{ line: 2, column: 3 }]]);
    expect(await text('{ a: me { id } a: users { id } }')).toEqual([
      [
        { line: 1, column: 3 },
        { line: 1, column: 16 },
      ],
    ]);
  });
});
