import { answers, never } from '../testing/cases';

describe('requirements and provisions side by side', () => {
  const products = [
    { id: 'p1', name: 'saw', price: 11, weight: 1 },
    { id: 'p2', name: 'axe', price: 22, weight: 2 },
  ];
  const stocked = [
    { id: 'p1', inStock: true },
    { id: 'p2', inStock: false },
  ];
  const me = { id: 'u1', name: 'Ann' };
  const reviews = [
    { id: 'r1', body: 'good', product: { id: 'p1' }, author: { id: 'u1', nick: 'provided' } },
    { id: 'r2', body: 'bad', product: { id: 'p2' }, author: { id: 'u1', nick: 'provided' } },
  ];
  answers(
    {
      accounts: {
        typeDefs: `
          type Query { me: User }
          type User @key(fields: "id") { id: ID! name: String nick: String @shareable }`,
        rows: { User: [{ ...me, nick: 'joined' }] },
        resolvers: { Query: { me: () => ({ ...me, nick: 'own' }) } },
      },
      stock: {
        typeDefs: `
          type Product @key(fields: "id") { id: ID! weight: Int @external price: Int @external inStock: Boolean shipping: Int @requires(fields: "price weight") label: String @requires(fields: "weight") }`,
        rows: { Product: stocked },
        resolvers: {
          Product: {
            shipping: ({ price, weight }: { price: number; weight: number }) => price * weight * 10,
            label: ({ weight }: { weight: number }) => `#${weight}`,
          },
        },
      },
      products: {
        typeDefs: `
          type Query { products: [Product] }
          type Product @key(fields: "id") { id: ID! name: String price: Int weight: Int }`,
        rows: { Product: products },
        resolvers: { Query: { products: () => products } },
      },
      reviews: {
        typeDefs: `
          type Review @key(fields: "id") { id: ID! body: String author: User @provides(fields: "nick") product: Product }
          type User @key(fields: "id") { id: ID! nick: String @external reviews: [Review] }
          type Product @key(fields: "id") { id: ID! reviews: [Review] }`,
        rows: {
          User: [{ id: 'u1', reviews }],
          Product: products.map(({ id }) => ({ id, reviews: reviews.filter(r => r.product.id === id) })),
        },
      },
    },
    [
      {
        it: 'sends along what a field requires, and answers it not where nobody asks',
        query: '{ products { id shipping } }',
        data: {
          products: [
            { id: 'p1', shipping: 110 },
            { id: 'p2', shipping: 440 },
          ],
        },
        calls: ['products', 'stock'],
      },
      {
        it: 'fetches the union of what several fields require once',
        query: '{ products { label name shipping inStock price } }',
        data: {
          products: [
            { label: '#1', name: 'saw', shipping: 110, inStock: true, price: 11 },
            { label: '#2', name: 'axe', shipping: 440, inStock: false, price: 22 },
          ],
        },
        calls: ['products', 'stock'],
      },
      {
        it: 'goes on from one list of entities to the next',
        query: '{ me { name reviews { body product { name shipping } } } }',
        data: {
          me: {
            name: 'Ann',
            reviews: [
              { body: 'good', product: { name: 'saw', shipping: 110 } },
              { body: 'bad', product: { name: 'axe', shipping: 440 } },
            ],
          },
        },
      },
      {
        it: 'takes what is provided where it is provided, and what is not from its owner',
        query: '{ products { reviews { author { nick } } } me { nick reviews { author { name } } } }',
        data: {
          products: [
            { reviews: [{ author: { nick: 'provided' } }] },
            { reviews: [{ author: { nick: 'provided' } }] },
          ],
          me: { nick: 'own', reviews: [{ author: { name: 'Ann' } }, { author: { name: 'Ann' } }] },
        },
      },
      {
        it: 'requires under the aliases of the client',
        query: '{ products { price: weight weight: price ship: shipping a: label b: label } }',
        data: {
          products: [
            { price: 1, weight: 11, ship: 110, a: '#1', b: '#1' },
            { price: 2, weight: 22, ship: 440, a: '#2', b: '#2' },
          ],
        },
      },
    ],
  );
});

describe('what a field provides', () => {
  answers(
    {
      owner: {
        typeDefs: `type Entity @key(fields: "id") { id: ID! name: String! @shareable text: String! @shareable extra: String }`,
        rows: { Entity: [{ id: '1', extra: 'x', text: 't' }] },
        resolvers: { Entity: { name: never('a provided field was asked for again') } },
      },
      other: {
        typeDefs: `
          type Query { entity: Entity @provides(fields: "name text") entities: [Entity!]! @provides(fields: "name text") }
          type Entity @key(fields: "id") { id: ID! name: String! @external text: String! @external }`,
        resolvers: {
          Query: {
            entity: () => ({ id: '1', name: 'n' }),
            entities: () => [{ id: '1', name: 'n' }],
          },
          Entity: { text: never('a field nobody asked for was asked for') },
        },
      },
    },
    [
      {
        it: 'is not asked for by itself',
        query: '{ entity { id } }',
        data: { entity: { id: '1' } },
        calls: ['other'],
      },
      {
        it: 'is asked for under an alias, in fragments of every kind, in lists',
        query:
          '{ entity { n: name ... { id } ... on Entity { m: name } ...F } entities { id name } } fragment F on Entity { name }',
        data: { entity: { n: 'n', id: '1', m: 'n', name: 'n' }, entities: [{ id: '1', name: 'n' }] },
        calls: ['other'],
      },
      {
        it: 'is combined with what is not provided',
        query: '{ entity { name extra } entities { extra } }',
        data: { entity: { name: 'n', extra: 'x' }, entities: [{ extra: 'x' }] },
      },
      {
        it: 'is left alone when skipped',
        query:
          'query($yes: Boolean = true) { entity { id ... on Entity @skip(if: true) { text } text @include(if: false) ... @skip(if: $yes) { text } } }',
        data: { entity: { id: '1' } },
        calls: ['other'],
      },
    ],
  );
});

describe('provisions several levels down', () => {
  const kinds = [{ id: 'k1', name: 'tool', sub: [{ id: 'k2', name: 'saw' }] }];
  answers(
    {
      all: {
        typeDefs: `
          type Query { products: [Product] @provides(fields: "kinds { id name }") }
          type Product @key(fields: "id") { id: ID! kinds: [Kind] @external }
          type Kind @key(fields: "id") { id: ID! name: String @external }`,
        resolvers: { Query: { products: () => [{ id: 'p1', kinds: [{ id: 'k1', name: 'provided' }] }] } },
      },
      kinds: {
        typeDefs: `
          type Product @key(fields: "id") { id: ID! kinds: [Kind] @shareable }
          type Kind @key(fields: "id") { id: ID! name: String @shareable }`,
        rows: {
          Product: [{ id: 'p1', kinds: [{ id: 'k1', name: 'tool' }] }],
          Kind: [{ id: 'k1', name: 'tool' }],
        },
      },
      subkinds: {
        typeDefs: `
          type Query { product(id: ID!): Product @provides(fields: "kinds { id sub { id } }") }
          type Product @key(fields: "id") { id: ID! kinds: [Kind] @external }
          type Kind @key(fields: "id") { id: ID! sub: [Kind] }`,
        rows: { Kind: kinds },
        resolvers: { Query: { product: () => ({ id: 'p1', kinds }) } },
      },
    },
    [
      {
        it: 'are taken from there',
        query: '{ products { id kinds { id name } } }',
        data: { products: [{ id: 'p1', kinds: [{ id: 'k1', name: 'provided' }] }] },
        calls: ['all'],
      },
      {
        it: 'are joined with the rest',
        query: '{ products { kinds { name sub { id } } } product(id: 1) { kinds { id name sub { id } } } }',
        data: {
          products: [{ kinds: [{ name: 'provided', sub: [{ id: 'k2' }] }] }],
          product: { kinds: [{ id: 'k1', name: 'tool', sub: [{ id: 'k2' }] }] },
        },
      },
    ],
  );
});

describe('requirements of requirements', () => {
  answers(
    {
      a: {
        typeDefs: `
          type Query { product: Product! }
          type Product @key(fields: "id") { id: ID! price: Float! @inaccessible hasDiscount: Boolean! @override(from: "b") }`,
        rows: { Product: [{ id: 'p1', price: 20, hasDiscount: true }] },
        resolvers: { Query: { product: () => ({ id: 'p1', price: 20, hasDiscount: true }) } },
      },
      b: {
        typeDefs: `type Product @key(fields: "id") { id: ID! hasDiscount: Boolean! @external isExpensive: Boolean! @requires(fields: "hasDiscount") }`,
        rows: { Product: [{ id: 'p1' }] },
        resolvers: { Product: { isExpensive: (p: { hasDiscount: boolean }) => p.hasDiscount } },
      },
      c: {
        typeDefs: `type Product @key(fields: "id") { id: ID! isExpensive: Boolean! @external price: Float! @external canAfford: Boolean! @requires(fields: "isExpensive") withDiscount: Boolean! @requires(fields: "isExpensive price") }`,
        rows: { Product: [{ id: 'p1' }] },
        resolvers: {
          Product: {
            canAfford: (p: { isExpensive: boolean }) => !p.isExpensive,
            withDiscount: (p: { isExpensive: boolean; price: number }) => p.isExpensive && p.price === 20,
          },
        },
      },
      d: {
        typeDefs: `type Product @key(fields: "id") { id: ID! canAfford: Boolean! @external again: String! @requires(fields: "canAfford") }`,
        rows: { Product: [{ id: 'p1' }] },
        resolvers: { Product: { again: (p: { canAfford: boolean }) => `afford ${p.canAfford}` } },
      },
    },
    [
      {
        it: 'follow one step',
        query: '{ product { isExpensive } }',
        data: { product: { isExpensive: true } },
      },
      { it: 'follow two steps', query: '{ product { canAfford } }', data: { product: { canAfford: false } } },
      {
        it: 'follow three, with what is hidden in between',
        query: '{ product { again withDiscount canAfford hasDiscount isExpensive } }',
        data: {
          product: {
            again: 'afford false',
            withDiscount: true,
            canAfford: false,
            hasDiscount: true,
            isExpensive: true,
          },
        },
      },
    ],
  );
});

describe('requirements that go to and fro between two services', () => {
  answers(
    {
      a: {
        typeDefs: `
          type Query { posts: [Post] }
          type Post @key(fields: "id") { id: ID! byNovice: Boolean! @external byExpert: Boolean! @requires(fields: "byNovice") }
          type Author @key(fields: "id") { id: ID! years: Int! }`,
        rows: {
          Post: [{ id: '1' }, { id: '2' }],
          Author: [
            { id: 'a1', years: 1 },
            { id: 'a2', years: 9 },
          ],
        },
        resolvers: {
          Query: { posts: () => [{ id: '1' }, { id: '2' }] },
          Post: { byExpert: ({ byNovice }: { byNovice: boolean }) => !byNovice },
        },
      },
      b: {
        typeDefs: `
          type Post @key(fields: "id") { id: ID! author: Author! byNovice: Boolean! @requires(fields: "author { years }") }
          type Author @key(fields: "id") { id: ID! years: Int! @external }`,
        resolvers: {
          Post: {
            __resolveReference: (post: { id: string; author?: object }) => ({
              author: { id: post.id === '1' ? 'a1' : 'a2' },
              ...post,
            }),
            byNovice: ({ author }: { author: { years: number } }) => author.years < 2,
          },
        },
      },
    },
    [
      {
        it: 'come to an end',
        query: '{ posts { byNovice } }',
        data: { posts: [{ byNovice: true }, { byNovice: false }] },
      },
      {
        it: 'come to an end one step later',
        query: '{ posts { byExpert } }',
        data: { posts: [{ byExpert: false }, { byExpert: true }] },
      },
    ],
  );
});

describe('requirements with arguments', () => {
  const comments = ['c1', 'c2', 'c3', 'c4'].map((id, i) => ({ id, by: i < 2 ? 'a1' : 'a2' }));
  answers(
    {
      a: {
        typeDefs: `
          type Query { feed: [Post] }
          type Post @key(fields: "id") { id: ID! price(currency: String!): Int shipping: Int authorId: ID @external author: Author @requires(fields: "authorId") }
          type Comment @key(fields: "id") { id: ID! by: ID }
          type Author { id: ID! }`,
        rows: { Post: [{ id: 'p1' }], Comment: comments },
        resolvers: {
          Query: { feed: () => [{ id: 'p1' }] },
          Post: {
            price: (_: unknown, { currency }: { currency: string }) => (currency === 'EUR' ? 15 : 10),
            shipping: () => 1,
            author: ({ authorId }: { authorId: string }) => ({ id: authorId }),
          },
        },
      },
      b: {
        typeDefs: `
          type Post @key(fields: "id") {
            id: ID!
            price(currency: String!): Int @external
            estimate: Int @requires(fields: "price(currency: \\"USD\\")")
            estimateEUR: Int @requires(fields: "price(currency: \\"EUR\\")")
            comments(limit: Int!): [Comment]
            authorId: ID @requires(fields: "comments(limit: 3) { by }")
          }
          type Comment @key(fields: "id") { id: ID! by: ID @external }`,
        rows: { Comment: comments.map(({ id }) => ({ id })) },
        resolvers: {
          Post: {
            __resolveReference: (post: object) => post,
            estimate: ({ price }: { price: number }) => price * 10,
            estimateEUR: ({ price }: { price: number }) => price * 10,
            comments: (_: unknown, { limit }: { limit: number }) =>
              comments.slice(0, limit).map(({ id }) => ({ id })),
            authorId: (post: { comments: { by: string }[] }) =>
              post.comments.length === 3 ? post.comments[2]?.by : 'wrong',
          },
        },
      },
    },
    [
      { it: 'send the argument', query: '{ feed { estimate } }', data: { feed: [{ estimate: 100 }] } },
      {
        it: 'do not mix two arguments of one field',
        query: '{ feed { estimate estimateEUR price(currency: "EUR") } }',
        data: { feed: [{ estimate: 100, estimateEUR: 150, price: 15 }] },
      },
      {
        it: 'do not mix with an argument of the client',
        query: '{ feed { author { id } comments(limit: 1) { id } } }',
        data: { feed: [{ author: { id: 'a2' }, comments: [{ id: 'c1' }] }] },
      },
      {
        it: 'do not mix with a variable of the client',
        query:
          'query($limit: Int! = 2) { feed { author { id } ...A ...B } } fragment A on Post { comments(limit: $limit) { id } } fragment B on Post { comments(limit: $limit) { by } }',
        data: {
          feed: [
            {
              author: { id: 'a2' },
              comments: [
                { id: 'c1', by: 'a1' },
                { id: 'c2', by: 'a1' },
              ],
            },
          ],
        },
      },
    ],
  );
});

describe('requirements on fields of an interface', () => {
  const user = { id: 'u1', home: { __typename: 'Home', id: 'h1' }, work: { __typename: 'Work', id: 'w1' } };
  const cities = { Home: [{ id: 'h1', city: 'Bonn' }], Work: [{ id: 'w1', city: 'Kiel' }] };
  answers(
    {
      a: {
        typeDefs: `
          type Query { user: User }
          interface Address { id: ID! }
          type Home implements Address @key(fields: "id") { id: ID! city: String @shareable }
          type Work implements Address @key(fields: "id") { id: ID! city: String @shareable }
          type User @key(fields: "id") { id: ID! home: Address @external work: Address @external city: String @requires(fields: "home { ... on Home { city } ... on Work { city } }") both: String @requires(fields: "work { id } home { id }") }`,
        rows: cities,
        resolvers: {
          Query: { user: () => ({ id: 'u1' }) },
          User: {
            __resolveReference: (one: object) => one,
            city: ({ home }: { home: { city?: string } }) => home.city ?? 'unknown',
            both: ({ home, work }: Record<string, { id: string }>) => `${home?.id}+${work?.id}`,
          },
        },
      },
      b: {
        typeDefs: `
          interface Address { id: ID! }
          type Home implements Address @key(fields: "id") { id: ID! }
          type Work implements Address @key(fields: "id") { id: ID! }
          type User @key(fields: "id") { id: ID! home: Address work: Address }`,
        rows: { User: [user] },
      },
    },
    [
      {
        it: 'are fetched type by type',
        query: '{ user { city } }',
        data: { user: { city: 'Bonn' } },
      },
      { it: 'are sent as the interface', query: '{ user { both } }', data: { user: { both: 'h1+w1' } } },
      {
        it: 'do not disturb what the client wants of the same field',
        query:
          '{ user { city both home { __typename ... on Work { city } } home2: home { id ... on Home { city } } } }',
        data: {
          user: {
            city: 'Bonn',
            both: 'h1+w1',
            home: { __typename: 'Home' },
            home2: { id: 'h1', city: 'Bonn' },
          },
        },
      },
    ],
  );
});

describe('requirements with fragments in fragments', () => {
  const entity = {
    id: 'e1',
    data: { __typename: 'Qux', foo: 'f', bar: 'b' },
  };
  answers(
    {
      a: {
        typeDefs: `
          type Query { a: Entity }
          type Entity @key(fields: "id") { id: ID! data: Foo }
          interface Foo { foo: String! }
          interface Bar implements Foo { foo: String! bar: String! }
          type Baz implements Foo & Bar @shareable { foo: String! bar: String! baz: String! }
          type Qux implements Foo & Bar @shareable { foo: String! bar: String! qux: String! }`,
        rows: { Entity: [entity] },
        resolvers: { Query: { a: () => entity }, Qux: { qux: () => 'q' } },
      },
      b: {
        typeDefs: `
          type Query { b: Entity bb: Entity }
          type Entity @key(fields: "id") { id: ID! data: Foo @external requirer: String! @requires(fields: "data { foo ... on Bar { bar ... on Baz { baz } ... on Qux { qux } } }") second: String! @requires(fields: "data { ... on Foo { ... on Qux { qux } } }") }
          interface Foo { foo: String! }
          interface Bar implements Foo { foo: String! bar: String! }
          type Baz implements Foo & Bar @shareable { foo: String! bar: String! baz: String! }
          type Qux implements Foo & Bar @shareable { foo: String! bar: String! qux: String! }`,
        resolvers: {
          Query: { b: () => ({ id: 'e1' }), bb: () => null },
          Entity: {
            __resolveReference: (one: object) => one,
            requirer: ({ data }: { data: Record<string, string> }) =>
              `${data['foo']}_${data['bar']}_${data['qux']}_${data['baz']}`,
            second: ({ data }: { data: Record<string, string> }) => `only ${data['qux']}`,
          },
        },
      },
    },
    [
      {
        it: 'are all sent along',
        query: '{ a { requirer } b { id requirer } }',
        data: { a: { requirer: 'f_b_q_undefined' }, b: { id: 'e1', requirer: 'f_b_q_undefined' } },
      },
      {
        it: 'are sent for each field that requires them',
        query: '{ a { second } b { second requirer } bb { second } }',
        data: { a: { second: 'only q' }, b: { second: 'only q', requirer: 'f_b_q_undefined' }, bb: null },
      },
      {
        it: 'leave the answer to the client as it asked',
        query: '{ b { data { foo ... on Baz { baz } } second } }',
        data: { b: { data: { foo: 'f' }, second: 'only q' } },
      },
    ],
  );
});

describe('requirements of a list of entities', () => {
  answers(
    {
      users: {
        typeDefs: `type Query { user: User } type User @key(fields: "id") { id: ID! }`,
        resolvers: { Query: { user: () => ({ id: 'u1' }) } },
      },
      orders: {
        typeDefs: `
          type User @key(fields: "id") { id: ID! orders: [Order!] }
          type Order @key(fields: "id") { id: ID! total: Int }`,
        rows: { User: [{ id: 'u1', orders: [{ id: 'o1' }, { id: 'o2' }] }] },
      },
      sums: {
        typeDefs: `
          type Order @key(fields: "id", resolvable: false) { id: ID! }
          type User @key(fields: "id") { id: ID! orders: [Order!] @external count: Int @requires(fields: "orders { id }") twice: Int @requires(fields: "orders { id }") }`,
        rows: { User: [{ id: 'u1' }] },
        resolvers: {
          User: {
            count: ({ orders }: { orders: unknown[] }) => orders.length,
            twice: ({ orders }: { orders: unknown[] }) => orders.length * 2,
          },
        },
      },
    },
    [
      {
        it: 'are fetched once for several fields',
        query: '{ user { count twice } }',
        data: { user: { count: 2, twice: 4 } },
        calls: ['users', 'orders', 'sums'],
      },
    ],
  );
});
