import { answers, never, type TableSource } from '../testing/cases';

const users = [
  { id: 'u1', name: 'Ann', nick: 'annie' },
  { id: 'u2', name: 'Bob', nick: 'bobby' },
];
const [, bob] = users;

/** `name` belongs to one service, `rid` and `nick` to the other, which marks what it takes from the first external. */
const extended = (first: string, second: string, isFederation1: boolean): Record<string, TableSource> => ({
  a: {
    typeDefs: first,
    isFederation1,
    rows: { User: users.map(({ id }) => ({ id, rid: `rid-${id}` })) },
    resolvers: {
      Query: {
        randomUser: () => ({ id: 'u1', rid: 'rid-u1' }),
        providedRandomUser: () => ({ id: 'u1', rid: 'rid-u1', name: 'provided' }),
      },
    },
  },
  b: {
    typeDefs: second,
    isFederation1,
    rows: { User: users },
    resolvers: {
      Query: {
        userById: (_: unknown, { id }: { id: string }) => users.find(user => user.id === id),
      },
    },
  },
});
const extendedCases = [
  {
    it: 'is started by one service',
    query: '{ randomUser { id } }',
    data: { randomUser: { id: 'u1' } },
    calls: ['a'],
  },
  {
    it: 'is joined with the other',
    query: '{ randomUser { id rid name nick } }',
    data: { randomUser: { id: 'u1', rid: 'rid-u1', name: 'Ann', nick: 'annie' } },
  },
  {
    it: 'is started by the other',
    query: '{ userById(id: "u2") { id name nick } }',
    data: { userById: bob },
    calls: ['b'],
  },
  {
    it: 'is joined back',
    query: '{ userById(id: "u2") { id name rid nick } }',
    data: { userById: { ...bob, rid: 'rid-u2' } },
  },
  {
    it: 'has what is provided from who provides it',
    query: '{ providedRandomUser { id rid name } }',
    data: { providedRandomUser: { id: 'u1', rid: 'rid-u1', name: 'provided' } },
    calls: ['a'],
  },
];

describe('a type that two services describe', () => {
  describe('in Federation 1, with @extends', () => {
    answers(
      extended(
        `type Query { randomUser: User providedRandomUser: User @provides(fields: "name") } type User @extends @key(fields: "id") { id: ID! @external name: String! @external rid: ID }`,
        `type Query { userById(id: ID): User } type User @key(fields: "id") { id: ID! name: String! nick: String! }`,
        true,
      ),
      extendedCases,
    );
  });
  describe('in Federation 1, as an extension', () => {
    answers(
      extended(
        `type Query { randomUser: User providedRandomUser: User @provides(fields: "name") } extend type User @key(fields: "id") { id: ID! @external name: String! @external rid: ID }`,
        `type Query { userById(id: ID): User } type User @key(fields: "id") { id: ID! name: String! nick: String! }`,
        true,
      ),
      extendedCases,
    );
  });
  describe('in Federation 2, with @extends', () => {
    answers(
      extended(
        `type Query { randomUser: User providedRandomUser: User @provides(fields: "name") } type User @extends @key(fields: "id") { id: ID! @external name: String! @external rid: ID }`,
        `type Query { userById(id: ID): User } type User @key(fields: "id") { id: ID! name: String! @shareable nick: String! }`,
        false,
      ),
      extendedCases,
    );
  });
  describe('in Federation 2, as an extension', () => {
    answers(
      extended(
        `type Query { randomUser: User providedRandomUser: User @provides(fields: "name") } extend type User @key(fields: "id") { id: ID! @external name: String! @external rid: ID }`,
        `type Query { userById(id: ID): User } type User @key(fields: "id") { id: ID! name: String! @shareable nick: String! }`,
        false,
      ),
      extendedCases,
    );
  });
});

describe('an external key of Federation 1', () => {
  const product = { id: 'p1', upc: 'x1', name: 'saw' };
  answers(
    {
      a: {
        typeDefs: `type Query { product: Product } type Product @key(fields: "id") @key(fields: "upc") { id: ID! upc: ID! name: String }`,
        rows: { Product: [product] },
        resolvers: { Query: { product: () => product } },
      },
      b: {
        isFederation1: true,
        typeDefs: `extend type Product @key(fields: "id") @key(fields: "upc") { id: ID! @external upc: ID! @external name: String @external price: Float @requires(fields: "name") }`,
        rows: { Product: [{ id: 'p1', upc: 'x1' }] },
        resolvers: { Product: { price: ({ name }: { name?: string }) => (name === 'saw' ? 12.3 : null) } },
      },
    },
    [
      {
        it: 'is resolved by the extension',
        query: '{ product { id name upc price } }',
        data: { product: { ...product, price: 12.3 } },
      },
    ],
  );
});

describe('an external field that is no more than a key', () => {
  answers(
    {
      prices: {
        isFederation1: true,
        typeDefs: `extend type Product @key(fields: "id") { id: ID! @external price: Float }`,
        rows: { Product: [{ id: 'p1', price: 1.5 }] },
      },
      products: {
        isFederation1: true,
        typeDefs: `type Query { product: Product } type Product @key(fields: "id") { id: ID! name: String! }`,
        resolvers: { Query: { product: () => ({ id: 'p1', name: 'saw' }) } },
      },
    },
    [
      {
        it: 'is answered by its owner',
        query: '{ product { id } }',
        data: { product: { id: 'p1' } },
        calls: ['products'],
      },
      {
        it: 'is sent to the other',
        query: '{ product { price } }',
        data: { product: { price: 1.5 } },
        calls: ['products', 'prices'],
      },
    ],
  );
});

describe('a field that moved to another service', () => {
  answers(
    {
      a: {
        typeDefs: `type Query { feed: [Post] @shareable aFeed: [Post] } type Post @key(fields: "id") { id: ID! createdAt: String }`,
        rows: { Post: [{ id: 'p1' }, { id: 'p2' }] },
        resolvers: {
          Query: { feed: () => [{ id: 'p1' }, { id: 'p2' }], aFeed: () => [{ id: 'p2' }] },
          Post: { createdAt: never('the service that gave the field away was asked for it') },
        },
      },
      b: {
        typeDefs: `type Query { feed: [Post] @shareable bFeed: [Post] } type Post @key(fields: "id") { id: ID! createdAt: String! @override(from: "a") }`,
        rows: { Post: ['p1', 'p2'].map(id => ({ id, createdAt: `${id} b` })) },
        resolvers: {
          Query: {
            feed: () => ['p1', 'p2'].map(id => ({ id, createdAt: `${id} b` })),
            bFeed: () => [{ id: 'p1', createdAt: 'p1 b' }],
          },
        },
      },
    },
    [
      {
        it: 'is answered by that one',
        query: '{ feed { id createdAt } }',
        data: {
          feed: [
            { id: 'p1', createdAt: 'p1 b' },
            { id: 'p2', createdAt: 'p2 b' },
          ],
        },
      },
      {
        it: 'is answered by that one from whichever root',
        query: '{ aFeed { id createdAt } bFeed { id createdAt } }',
        data: { aFeed: [{ id: 'p2', createdAt: 'p2 b' }], bFeed: [{ id: 'p1', createdAt: 'p1 b' }] },
      },
    ],
  );
});

describe('a field that moved away from a service there is not', () => {
  answers(
    {
      a: {
        typeDefs: `type Query { feed: [Post] @shareable aFeed: [Post] } type Post @key(fields: "id") { id: ID! createdAt: String @shareable }`,
        rows: { Post: [{ id: 'p1', createdAt: '1' }] },
        resolvers: {
          Query: { feed: () => [{ id: 'p1', createdAt: '1' }], aFeed: () => [{ id: 'p1', createdAt: '1' }] },
        },
      },
      b: {
        typeDefs: `type Query { feed: [Post] @shareable bFeed: [Post] } type Post @key(fields: "id") { id: ID! createdAt: String @override(from: "nobody") @shareable }`,
        rows: { Post: [{ id: 'p1', createdAt: '1' }] },
        resolvers: {
          Query: { feed: () => [{ id: 'p1', createdAt: '1' }], bFeed: () => [{ id: 'p1', createdAt: '1' }] },
        },
      },
    },
    [
      {
        it: 'is answered like any other',
        query: '{ feed { createdAt } aFeed { createdAt } bFeed { createdAt } }',
        data: {
          feed: [{ createdAt: '1' }],
          aFeed: [{ createdAt: '1' }],
          bFeed: [{ createdAt: '1' }],
        },
      },
    ],
  );
});

describe('a field that moved and is required', () => {
  answers(
    {
      a: {
        typeDefs: `type Query { userInA: User } type User @key(fields: "id") { id: ID name: String! @external aName: String! @requires(fields: "name") cName: String! @override(from: "c") }`,
        rows: { User: [{ id: 'u1' }] },
        resolvers: {
          Query: { userInA: () => ({ id: 'u1' }) },
          User: { aName: ({ name }: { name: string }) => `a ${name}`, cName: () => 'c in a' },
        },
      },
      b: {
        typeDefs: `type Query { userInB: User } type User @key(fields: "id") { id: ID name: String! @override(from: "c") }`,
        rows: { User: [{ id: 'u1', name: 'Ann' }] },
        resolvers: { Query: { userInB: () => ({ id: 'u1', name: 'Ann' }) } },
      },
      c: {
        typeDefs: `type Query { userInC: User } type User @key(fields: "id") { id: ID name: String! cName: String! }`,
        rows: { User: [{ id: 'u1' }] },
        resolvers: {
          Query: { userInC: () => ({ id: 'u1' }) },
          User: {
            name: never('the service that gave the name away was asked for it'),
            cName: never('moved'),
          },
        },
      },
    },
    ['userInA', 'userInB', 'userInC'].map(root => ({
      it: `comes from its new owner into every requirement: ${root}`,
      query: `{ ${root} { id name aName cName } }`,
      data: { [root]: { id: 'u1', name: 'Ann', aName: 'a Ann', cName: 'c in a' } },
    })),
  );
});

describe('a field of a type that moved, behind an interface', () => {
  const posts = [
    { __typename: 'ImagePost', id: 'i1' },
    { __typename: 'TextPost', id: 't1', body: 'text' },
  ];
  answers(
    {
      a: {
        typeDefs: `
          type Query { feed: [Post] }
          interface Post { id: ID! createdAt: String! }
          type ImagePost implements Post @key(fields: "id") { id: ID! createdAt: String! }`,
        rows: { ImagePost: [{ id: 'i1' }] },
        resolvers: {
          Query: { feed: () => posts.slice(0, 1) },
          ImagePost: { createdAt: never('the service that gave the field away was asked for it') },
        },
      },
      b: {
        typeDefs: `
          type Query { anotherFeed: [AnotherPost] }
          interface AnotherPost { id: ID! createdAt: String! }
          type TextPost implements AnotherPost @key(fields: "id") { id: ID! createdAt: String! body: String! }
          type ImagePost implements AnotherPost @key(fields: "id") { id: ID! createdAt: String! @override(from: "a") }`,
        rows: { ImagePost: [{ id: 'i1', createdAt: 'i1 b' }] },
        resolvers: {
          Query: { anotherFeed: () => posts.map(p => ({ ...p, createdAt: `${p.id} b` })) },
        },
      },
    },
    [
      {
        it: 'is asked of its new owner through the interface of the old',
        query: '{ feed { id createdAt } }',
        data: { feed: [{ id: 'i1', createdAt: 'i1 b' }] },
      },
      {
        it: 'is asked of its new owner in a fragment',
        query: '{ feed { ... on ImagePost { id createdAt } } }',
        data: { feed: [{ id: 'i1', createdAt: 'i1 b' }] },
      },
      {
        it: 'is answered by its owner',
        query: '{ anotherFeed { createdAt id ... on TextPost { body } } }',
        data: {
          anotherFeed: [
            { createdAt: 'i1 b', id: 'i1' },
            { createdAt: 't1 b', id: 't1', body: 'text' },
          ],
        },
        calls: ['b'],
      },
    ],
  );
});
