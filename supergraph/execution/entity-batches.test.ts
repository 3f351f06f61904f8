import { TransportError } from '../transport/transport';
import { federate } from './testing/federation';

const subgraphs = {
  users: {
    typeDefs: `type Query { users(ids: [ID!]!): [User] } type User @key(fields: "id") { id: ID! }`,
    resolvers: { Query: { users: (_: unknown, { ids }: { ids: string[] }) => ids.map(id => ({ id })) } },
  },
  profiles: {
    typeDefs: `
      type User @key(fields: "id") { id: ID! name: String! profile: Profile sized(size: Int): String }
      type Profile { bio: String friend: User }`,
    resolvers: {
      User: {
        __resolveReference: ({ id }: { id: string }) => (id === 'gone' ? null : { id }),
        name: ({ id }: { id: string }) => {
          if (id === 'bad') throw new Error(`No name for ${id}`);
          return `name of ${id}`;
        },
        profile: ({ id }: { id: string }) => ({ bio: `bio of ${id}`, friend: { id: `${id}+` } }),
        sized: ({ id }: { id: string }, { size }: { size: number }) => `${id} ${size}`,
      },
    },
  },
  marks: {
    typeDefs: `type User @key(fields: "id") { id: ID! mark: String }`,
    resolvers: { User: { mark: ({ id }: { id: string }) => `mark of ${id}` } },
  },
};

describe('entities that several requests want at once', () => {
  const { ask, transport } = federate(subgraphs, { batchesEntities: true, deduplicates: false });
  const query = 'query($ids: [ID!]!) { users(ids: $ids) { id name } }';
  const calls = (subgraph: string) => transport.calls.filter(c => c.subgraph === subgraph);
  const ann = { identity: 'ann', headers: { authorization: 'A' } };
  beforeEach(() => {
    transport.calls.length = 0;
    transport.intercept = undefined;
  });

  it('are asked for in one call, each once, and each request gets its own', async () => {
    const answers = await Promise.all([
      ask(query, { ids: ['1', '2'] }, ann),
      ask(query, { ids: ['2', '3'] }, ann),
      ask(query, { ids: ['3'] }, ann),
    ]);
    expect(answers.map(a => a.data)).toEqual(
      [['1', '2'], ['2', '3'], ['3']].map(ids => ({ users: ids.map(id => ({ id, name: `name of ${id}` })) })),
    );
    expect(calls('profiles').map(c => c.variables['representations'])).toEqual([
      ['1', '2', '3'].map(id => ({ __typename: 'User', id })),
    ]);
  });

  it.each([
    ['another identity', { ...ann, identity: 'bob' }],
    ['other headers', { ...ann, headers: { authorization: 'B' } }],
  ])('are never asked for together with those of %s', async (_, other) => {
    await Promise.all([ask(query, { ids: ['1'] }, ann), ask(query, { ids: ['1'] }, other)]);
    expect(calls('profiles').map(c => c.headers['authorization'])).toEqual([
      ann.headers.authorization,
      other.headers.authorization,
    ]);
  });

  it('are asked for apart where an argument differs', async () => {
    const sized = 'query($ids: [ID!]!, $s: Int) { users(ids: $ids) { sized(size: $s) } }';
    const answers = await Promise.all([
      ask(sized, { ids: ['1'], s: 1 }, ann),
      ask(sized, { ids: ['1'], s: 2 }, ann),
    ]);
    expect(answers.map(a => a.data)).toEqual([{ users: [{ sized: '1 1' }] }, { users: [{ sized: '1 2' }] }]);
  });

  it('keep errors and absence to the request they belong to', async () => {
    const [good, bad, gone] = await Promise.all([
      ask(query, { ids: ['1'] }, ann),
      ask(query, { ids: ['1', 'bad'] }, ann),
      ask(query, { ids: ['gone', '1'] }, ann),
    ]);
    expect(good).toEqual({ data: { users: [{ id: '1', name: 'name of 1' }] } });
    expect(bad?.errors?.map(e => [e.message, e.path])).toEqual([['No name for bad', ['users', 1, 'name']]]);
    expect(gone?.data).toEqual({ users: [null, { id: '1', name: 'name of 1' }] });
    expect(calls('profiles')).toHaveLength(1);
  });

  it('are found under whatever name the plan gives them', async () => {
    const twice =
      'query($ids: [ID!]!, $more: [ID!]!) { a: users(ids: $ids) { name } b: users(ids: $more) { id name } }';
    const [one, two] = await Promise.all([
      ask(twice, { ids: ['1'], more: ['2'] }, ann),
      ask(twice, { ids: ['2'], more: ['bad'] }, ann),
    ]);
    expect(calls('profiles').map(c => c.query)).toEqual([expect.stringMatching(/: ?_entities/)]);
    expect(one).toEqual({ data: { a: [{ name: 'name of 1' }], b: [{ id: '2', name: 'name of 2' }] } });
    expect(two?.data).toEqual({ a: [{ name: 'name of 2' }], b: [null] });
    expect(two?.errors?.map(e => [e.message, e.path])).toEqual([['No name for bad', ['b', 0, 'name']]]);
  });

  it('are not one object in two answers, whatever is joined to them', async () => {
    const first = 'query($ids: [ID!]!) { users(ids: $ids) { profile { bio friend { mark } } } }';
    const second =
      'query($ids: [ID!]!) { users(ids: $ids) { profile { bio friend { mark } } a: profile { bio } } }';
    const [a, b, c] = await Promise.all([
      ask(first, { ids: ['1'] }, ann),
      ask(first, { ids: ['1'] }, ann),
      ask(second, { ids: ['1'] }, ann),
    ]);
    const one = { bio: 'bio of 1', friend: { mark: 'mark of 1+' } };
    expect([a?.data, b?.data]).toEqual([{ users: [{ profile: one }] }, { users: [{ profile: one }] }]);
    expect(c?.data).toEqual({ users: [{ profile: one, a: { bio: 'bio of 1' } }] });
  });

  it('are not lost to one who hangs up or is out of time, nor the others to them', async () => {
    let isAborted = false;
    transport.intercept = request =>
      request.subgraph === 'profiles'
        ? new Promise((resolve, reject) => {
            request.signal?.addEventListener('abort', () => {
              isAborted = true;
              reject(new TransportError('aborted'));
            });
            setTimeout(
              () => resolve({ status: 200, body: Buffer.from('{"data":{"_entities":[{"name":"slow"}]}}') }),
              60,
            );
          })
        : undefined;
    const leaving = new AbortController();
    const asked = [
      ask(query, { ids: ['1'] }, { ...ann, signal: leaving.signal }),
      ask(query, { ids: ['1'] }, { ...ann, timeoutMs: 30 }),
      ask(query, { ids: ['1'] }, ann),
    ];
    setTimeout(() => leaving.abort(), 10);
    const [left, late, patient] = await Promise.all(asked);
    expect([left, late].map(a => a?.errors?.[0]?.extensions['code'])).toEqual([
      'SERVICE_UNAVAILABLE',
      'SERVICE_UNAVAILABLE',
    ]);
    expect(patient?.data).toEqual({ users: [{ id: '1', name: 'slow' }] });
    expect(isAborted).toBe(false);
    expect(calls('profiles')).toHaveLength(1);
  });

  it('are given up when everybody has left', async () => {
    let isAborted = false;
    transport.intercept = request =>
      request.subgraph === 'profiles'
        ? new Promise((_, reject) => {
            request.signal?.addEventListener('abort', () => {
              isAborted = true;
              reject(new TransportError('aborted'));
            });
          })
        : undefined;
    const leaving = new AbortController();
    const asked = [1, 2].map(() => ask(query, { ids: ['1'] }, { ...ann, signal: leaving.signal }));
    setTimeout(() => leaving.abort(), 20);
    await Promise.all(asked);
    expect(isAborted).toBe(true);
  });

  it('are asked for one by one where nobody has said that identities are rights', async () => {
    const plain = federate(subgraphs, { deduplicates: false });
    await Promise.all([plain.ask(query, { ids: ['1'] }, ann), plain.ask(query, { ids: ['1'] }, ann)]);
    expect(plain.transport.calls.filter(c => c.subgraph === 'profiles')).toHaveLength(2);
  });
});
