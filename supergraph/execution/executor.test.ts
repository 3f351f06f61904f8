import { federate } from './testing/federation';

const products = {
  typeDefs: `
    type Query { products: [Product!]! product(id: ID!): Product }
    type Product @key(fields: "id") { id: ID! name: String! price: Float }
  `,
  resolvers: {
    Query: {
      products: () => [
        { id: '1', name: 'Chair', price: 10 },
        { id: '2', name: 'Table', price: 20 },
      ],
      product: (_: unknown, { id }: { id: string }) => (id === '1' ? { id, name: 'Chair', price: 10 } : null),
    },
    Product: {
      __resolveReference: ({ id }: { id: string }) => ({
        id,
        name: id === '1' ? 'Chair' : 'Table',
        price: Number(id) * 10,
      }),
    },
  },
};
const reviews = {
  typeDefs: `
    type Query { lastReview: Review }
    type Product @key(fields: "id") { id: ID! price: Float @external tax: Float @requires(fields: "price") reviews(first: Int = 5): [Review!]! }
    type Review { body: String product: Product! }
  `,
  resolvers: {
    Query: { lastReview: () => ({ body: 'ok', product: { id: '2' } }) },
    Product: {
      tax: ({ price }: { price: number }) => price / 10,
      reviews: ({ id }: { id: string }, { first }: { first: number }) =>
        [
          { body: `good ${id}`, product: { id } },
          { body: null, product: { id } },
        ].slice(0, first),
    },
  },
};

describe.each(['hive', 'apollo'] as const)('with the %s planner', planner => {
  const { ask, transport, executor } = federate({ products, reviews }, { planner });
  beforeEach(() => {
    transport.calls.length = 0;
  });

  it('joins entities of two subgraphs', async () => {
    expect(executor.planner).toBe(planner);
    expect(await ask('{ products { n: name tax reviews(first: 1) { body product { name } } } }')).toEqual({
      data: {
        products: [
          { n: 'Chair', tax: 1, reviews: [{ body: 'good 1', product: { name: 'Chair' } }] },
          { n: 'Table', tax: 2, reviews: [{ body: 'good 2', product: { name: 'Table' } }] },
        ],
      },
    });
  });

  it('takes variables and conditions', async () => {
    const query =
      'query($id: ID!, $r: Boolean!, $n: Int) { product(id: $id) { ...P reviews(first: $n) @include(if: $r) { body } } } fragment P on Product { __typename id name @skip(if: $r) }';
    expect(await ask(query, { id: '1', r: true, n: 1 })).toEqual({
      data: { product: { __typename: 'Product', id: '1', reviews: [{ body: 'good 1' }] } },
    });
    expect(await ask(query, { id: '1', r: false })).toEqual({
      data: { product: { __typename: 'Product', id: '1', name: 'Chair' } },
    });
  });

  it('answers introspection beside data', async () => {
    expect(
      await ask(
        '{ __schema { queryType { name } } __typename product(id: 2) { id } t: __type(name: "Review") { name } }',
      ),
    ).toEqual({
      data: {
        __schema: { queryType: { name: 'Query' } },
        __typename: 'Query',
        product: null,
        t: { name: 'Review' },
      },
    });
  });
});

it('answers a field whose only fragment never applies', async () => {
  const { ask } = federate({
    pets: {
      typeDefs: `
        type Query { pets: [Pet!]! }
        union Pet = Cat | Dog
        interface Named { id: ID! }
        type Cat implements Named @key(fields: "id") { id: ID! }
        type Dog implements Named @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { pets: () => [{ __typename: 'Cat', id: '1' }] } },
    },
    owners: {
      typeDefs: `
        type Query { people: [Person!]! }
        type Person { home: Int }
        interface Owned { owner: String }
        type Dog implements Owned @key(fields: "id") { id: ID! owner: String }`,
      resolvers: { Query: { people: () => [{ home: 1 }] } },
    },
  });
  const query =
    '{ people { home } pets { ... on Cat { ...N } } } fragment N on Named { ... on Owned { __typename } }';
  expect(await ask(query)).toEqual({ data: { people: [{ home: 1 }], pets: [{}] } });
});
