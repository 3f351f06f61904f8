import { federate } from '../execution/testing/federation';
import { noRights, type Rights } from '../supergraph-executor';

const someone = (scopes: string[] = [], policies: string[] = []): Rights => ({
  isAuthenticated: true,
  scopes: new Set(scopes),
  policies: new Set(policies),
});

const people = {
  typeDefs: `
    type Query { me: User @authenticated everyone: [User!]! things: [Thing!]! pick: Any secret: Secret }
    type Mutation { wipe: Boolean @requiresScopes(scopes: [["admin"]]) }
    interface Thing { id: ID! }
    union Any = User | Secret
    type User implements Thing @key(fields: "id") { id: ID! name: String email: String @requiresScopes(scopes: [["read:email"], ["admin", "staff"]]) pin: Int! @policy(policies: [["owner"]]) salary: Int @authenticated }
    type Secret implements Thing @key(fields: "id") @authenticated { id: ID! code: String }`,
  resolvers: {
    Query: {
      me: () => ({ id: '1', name: 'Ann', email: 'a@x', pin: 1, salary: 10 }),
      everyone: () => [{ id: '1', name: 'Ann', email: 'a@x', pin: 1, salary: 10 }],
      things: () => [
        { __typename: 'User', id: '1', name: 'Ann' },
        { __typename: 'Secret', id: '2', code: 'x' },
      ],
      pick: () => ({ __typename: 'Secret', id: '2', code: 'x' }),
      secret: () => ({ id: '2', code: 'x' }),
    },
    User: { __resolveReference: ({ id }: { id: string }) => ({ id, salary: 10 }) },
    Mutation: { wipe: () => true },
  },
};
const tax = {
  typeDefs: `type User @key(fields: "id") { id: ID! salary: Int @external tax: Int @requires(fields: "salary") @authenticated }`,
  resolvers: { User: { tax: ({ salary }: { salary: number }) => salary / 10 } },
};
const subgraphs = { people, tax };

describe.each(['hive', 'apollo'] as const)('access directives with the %s planner', planner => {
  const { ask, transport } = federate(subgraphs, { planner });
  beforeEach(() => {
    transport.calls.length = 0;
  });

  it('answer with null and an error each, and do not ask the subgraph', async () => {
    const query = '{ me { name } everyone { name email salary } }';
    const { data, errors } = await ask(query);
    expect(data).toEqual({ me: null, everyone: [{ name: 'Ann', email: null, salary: null }] });
    expect(errors?.map(e => [e.path, e.extensions['code']])).toEqual([
      [['me'], 'UNAUTHENTICATED'],
      [['everyone', '@', 'email'], 'UNAUTHENTICATED'],
      [['everyone', '@', 'salary'], 'UNAUTHENTICATED'],
    ]);
    expect(transport.calls.map(c => c.query).join()).not.toMatch(/email|salary|\bme\b/);
    // The next caller has other rights and the same operation.
    expect((await ask(query, {}, { rights: someone(['read:email']) })).errors).toBeUndefined();
  });

  it('say what is missing as a service would: 401 for nobody, 403 with the permission for somebody', async () => {
    const first = async (rights?: Rights): Promise<unknown> =>
      (await ask('mutation { wipe }', {}, { rights })).errors?.[0];
    expect(await first()).toMatchObject({
      path: ['wipe'],
      extensions: { code: 'UNAUTHENTICATED', details: null, http: { status: 401 } },
    });
    expect(await first(someone(['read:email']))).toMatchObject({
      message: 'This needs the permission admin',
      extensions: { code: 'FORBIDDEN', details: { permission: 'admin' }, http: { status: 403 } },
    });
  });

  it('hold where a wildcard covers the scope', async () => {
    const email = async (scope: string): Promise<unknown> =>
      (await ask('{ everyone { email } }', {}, { rights: someone([scope]) })).data;
    for (const scope of ['*', 'read:*']) {
      expect(await email(scope)).toEqual({ everyone: [{ email: 'a@x' }] });
    }
    expect(await email('write:*')).toEqual({ everyone: [{ email: null }] });
  });

  it('take any of the lists, each with all of its scopes', async () => {
    const email = async (scopes: string[]): Promise<unknown> =>
      ((await ask('{ me { email } }', {}, { rights: someone(scopes) })).data as { me: { email: unknown } }).me
        .email;
    expect(await email(['admin'])).toBeNull();
    expect(await email(['admin', 'staff'])).toBe('a@x');
    expect(await email(['read:email'])).toBe('a@x');
  });

  it('propagate the null of a field that cannot be null', async () => {
    const { data } = await ask('{ me { name pin } }', {}, { rights: someone() });
    expect(data).toEqual({ me: null });
    const owner = await ask('{ me { pin } }', {}, { rights: someone([], ['owner']) });
    expect(owner).toEqual({ data: { me: { pin: 1 } } });
  });

  it('protect a type wherever it is reached', async () => {
    expect((await ask('{ secret { code } pick { ... on Secret { code } } }')).data).toEqual({
      secret: null,
      pick: { code: null },
    });
    // Composition says of the interface what it says of its most protected implementation.
    expect((await ask('{ things { ... on User { name } } }')).data).toBeNull();
    expect((await ask('{ things { id } }')).data).toBeNull();
    expect((await ask('{ things { id } }', {}, { rights: someone() })).data).toEqual({
      things: [{ id: '1' }, { id: '2' }],
    });
  });

  it('see through fragments and aliases', async () => {
    const { data, errors } = await ask(
      'query($yes: Boolean!) { x: everyone { ...A ... on User @include(if: $yes) { s: salary } ... on Thing { ... on User { t: salary } } } } fragment A on User { e: email }',
      { yes: true },
    );
    expect(data).toEqual({ x: [{ e: null, s: null, t: null }] });
    expect(errors?.map(e => e.path)).toEqual([
      ['x', '@', 'e'],
      ['x', '@', 's'],
      ['x', '@', 't'],
    ]);
  });

  it('ask for what a field requires', async () => {
    expect((await ask('{ everyone { tax } }')).data).toEqual({ everyone: [{ tax: null }] });
    expect((await ask('{ everyone { tax } }', {}, { rights: someone() })).data).toEqual({
      everyone: [{ tax: 1 }],
    });
    expect((await ask('mutation { wipe }', {}, { rights: someone() })).data).toEqual({ wipe: null });
  });

  it('refuse the whole request when the setting says so', async () => {
    const strict = federate(subgraphs, { planner, unauthorized: 'reject' });
    const result = await strict.executor.execute(
      { query: '{ everyone { name email } }' },
      { identity: '', headers: {}, rights: noRights },
    );
    expect(result).toMatchObject({ failure: 'denied', status: 401 });
    expect(strict.transport.calls).toHaveLength(0);
  });
});
