import type { SubgraphSource } from './federation';

export interface HardSupergraph {
  readonly subgraphs: Readonly<Record<string, SubgraphSource>>;
  readonly queries: readonly string[];
}

type Row = Record<string, unknown>;
const products: Row[] = [
  { id: '1', name: 'Chair', weight: 2, category: { id: 'c1' } },
  { id: '2', name: 'Table', weight: 7, category: { id: 'c2' } },
  { id: '3', name: 'Lamp', weight: 3, category: null },
];
const rate = (unit: unknown): number => (unit === 'EUR' ? 2 : 1);
const find = (rows: readonly Row[]) => (r: Row) => {
  const row = rows.find(one => one['id'] === r['id']);
  return row ? { ...r, ...row } : null;
};

export const hardSupergraphs: Readonly<Record<string, HardSupergraph>> = {
  'requirements with different arguments': {
    subgraphs: {
      catalogue: {
        typeDefs: `
          type Query { products: [Product] product: Product }
          type Product @key(fields: "id") { id: ID! name: String weight: Int price(currency: String!): Int category: Category }
          type Category @key(fields: "id") { id: ID! mean(currency: String!): Int }`,
        resolvers: {
          Query: { products: () => products, product: () => products[0] },
          Product: {
            __resolveReference: find(products),
            price: (p: Row, { currency }: Row) => Number(p['id']) * 100 * rate(currency),
          },
          Category: { mean: (c: Row, { currency }: Row) => String(c['id']).length * 75 * rate(currency) },
        } as never,
      },
      shipping: {
        typeDefs: `
          type Product @key(fields: "id") {
            id: ID!
            weight: Int @external
            price(currency: String!): Int @external
            category: Category @external
            estimate: Int @requires(fields: "price(currency: \\"USD\\") weight")
            estimateEur: Int @requires(fields: "price(currency: \\"EUR\\") weight")
            isDear: Boolean @requires(fields: "category { mean(currency: \\"USD\\") }")
            isDearEur: Boolean @requires(fields: "category { mean(currency: \\"EUR\\") }")
            dock: String
          }
          type Category @key(fields: "id") { id: ID! @external mean(currency: String!): Int @external }`,
        resolvers: {
          Product: {
            estimate: (p: Row) =>
              p['price'] === undefined ? null : Number(p['price']) + Number(p['weight']),
            estimateEur: (p: Row) =>
              p['price'] === undefined ? null : Number(p['price']) + Number(p['weight']),
            isDear: (p: Row) => Number((p['category'] as Row | null)?.['mean'] ?? 0) > 200,
            isDearEur: (p: Row) => Number((p['category'] as Row | null)?.['mean'] ?? 0) > 200,
            dock: (p: Row) => `dock ${p['id']}`,
          },
        } as never,
      },
    },
    queries: [
      '{ products { isDear estimate estimateEur } }',
      '{ products { estimate isDear estimateEur } }',
      '{ products { estimate estimateEur isDear } }',
      '{ products { estimateEur estimate isDear } }',
      '{ products { isDear estimateEur estimate } }',
      '{ products { estimate estimateEur } }',
      '{ products { estimate a: estimateEur b: estimateEur } }',
      '{ products { isDear a: estimateEur b: estimateEur estimate } }',
      '{ products { isDear isDearEur } }',
      '{ products { estimate isDearEur isDear dock estimateEur } }',
      '{ products { price(currency: "GBP") estimate } }',
      '{ products { price(currency: "USD") p: price(currency: "EUR") estimate estimateEur } }',
      '{ product { name: isDearEur isDear } products { id } }',
      '{ product { isDear estimateEur isDearEur dock weight } }',
      '{ product { category { mean(currency: "USD") } isDearEur } b: product { isDear name: isDearEur } }',
      '{ product { _required1_price: name estimate estimateEur } }',
    ],
  },
  'requirements with arguments at several levels': {
    subgraphs: {
      catalogue: {
        typeDefs: `
          type Query { items: [Item] item: Item }
          interface Sold { offer(kind: String!): Offer }
          type Item implements Sold @key(fields: "id") { id: ID! offer(kind: String!): Offer parts: [Sold] }
          type Bundle implements Sold @key(fields: "id") { id: ID! offer(kind: String!): Offer }
          type Offer @key(fields: "id") { id: ID! amount(currency: String!): Int }`,
        resolvers: {
          Query: { items: () => [{ id: '1' }, { id: '2' }], item: () => ({ id: '2' }) },
          Sold: { __resolveType: () => 'Bundle' },
          Item: {
            __resolveReference: (r: Row) => r,
            offer: (i: Row, { kind }: Row) => ({ id: `${i['id']}${kind}` }),
            parts: (i: Row) => [{ id: `${i['id']}1` }, { id: `${i['id']}2` }],
          },
          Bundle: { offer: (i: Row, { kind }: Row) => ({ id: `${i['id']}${kind}` }) },
          Offer: {
            amount: (o: Row, { currency }: Row) =>
              (String(o['id']).length + Number.parseInt(String(o['id']), 10)) * rate(currency),
          },
        } as never,
      },
      shipping: {
        typeDefs: `
          type Item @key(fields: "id") {
            id: ID!
            offer(kind: String!): Offer @external
            parts: [Sold] @external
            retail: Int @requires(fields: "offer(kind: \\"RETAIL\\") { amount(currency: \\"USD\\") }")
            retailEur: Int @requires(fields: "offer(kind: \\"RETAIL\\") { amount(currency: \\"EUR\\") }")
            trade: Int @requires(fields: "offer(kind: \\"TRADE\\") { amount(currency: \\"USD\\") }")
            inParts: Int @requires(fields: "parts { offer(kind: \\"TRADE\\") { amount(currency: \\"USD\\") } }")
            inPartsEur: Int @requires(fields: "parts { offer(kind: \\"TRADE\\") { amount(currency: \\"EUR\\") } }")
          }
          interface Sold { offer(kind: String!): Offer }
          type Bundle implements Sold @key(fields: "id") { id: ID! @external offer(kind: String!): Offer @external }
          type Offer @key(fields: "id") { id: ID! @external amount(currency: String!): Int @external }`,
        resolvers: {
          Sold: { __resolveType: () => 'Bundle' },
          Item: Object.fromEntries([
            ...['retail', 'retailEur', 'trade'].map(name => [
              name,
              ({ offer }: Row) => (offer as Row)['amount'],
            ]),
            ...['inParts', 'inPartsEur'].map(name => [
              name,
              ({ parts }: Row) =>
                (parts as Row[]).reduce((sum, { offer }) => sum + Number((offer as Row)['amount']), 0),
            ]),
          ]),
        } as never,
      },
      billing: {
        typeDefs: `
          type Item @key(fields: "id") {
            id: ID!
            offer(kind: String!): Offer @external
            retail: Int @external
            tax(unit: String!): Int @requires(fields: "offer(kind: \\"TRADE\\") { amount(currency: \\"EUR\\") }")
            total: Int @requires(fields: "retail")
          }
          type Offer @key(fields: "id") { id: ID! @external amount(currency: String!): Int @external }`,
        resolvers: {
          Item: {
            tax: ({ offer }: Row, { unit }: Row) =>
              Number((offer as Row)['amount']) * (unit === 'lb' ? 10 : 1),
            total: ({ retail }: Row) => Number(retail) + 1,
          },
        } as never,
      },
      customs: {
        typeDefs: `
          type Item @key(fields: "id") {
            id: ID!
            tax(unit: String!): Int @external
            duty: Int @requires(fields: "tax(unit: \\"kg\\")")
            dutyLb: Int @requires(fields: "tax(unit: \\"lb\\")")
          }`,
        resolvers: {
          Item: {
            duty: ({ tax }: Row) => Number(tax) + 1000,
            dutyLb: ({ tax }: Row) => Number(tax) + 1000,
          },
        } as never,
      },
    },
    queries: [
      '{ items { retail retailEur trade } }',
      '{ items { trade retailEur retail total duty dutyLb } }',
      '{ item { inParts inPartsEur retail } items { inPartsEur inParts duty } }',
      '{ items { dutyLb duty tax(unit: "t") offer(kind: "RETAIL") { amount(currency: "EUR") } retail } }',
      '{ items { parts { offer(kind: "RETAIL") { id } } inParts inPartsEur } }',
    ],
  },
  'provided fields below provided fields': {
    subgraphs: {
      shop: {
        typeDefs: `
          type Query { products: [Product] @provides(fields: "categories { subCategories { id name } }") plain: [Product] }
          type Product @key(fields: "id") { id: ID! categories: [Category] @external }
          type Category @key(fields: "id") { id: ID! name: String @external subCategories: [Category] @external }`,
        resolvers: {
          Query: {
            products: () => [
              { id: '1', categories: [{ id: 'a', subCategories: [{ id: 'aa', name: 'AA' }] }] },
            ],
            plain: () => [{ id: '1' }],
          },
        } as never,
      },
      tree: {
        typeDefs: `
          type Product @key(fields: "id") { id: ID! categories: [Category] @shareable }
          type Category @key(fields: "id") { id: ID! name: String @shareable subCategories: [Category] @shareable }`,
        resolvers: {
          Product: { categories: () => [{ id: 'a' }] },
          Category: {
            name: ({ id }: { id: string }) => id.toUpperCase(),
            subCategories: ({ id }: { id: string }) => (id.length > 3 ? [] : [{ id: `${id}a` }]),
          },
        } as never,
      },
    },
    queries: [
      '{ products { categories { subCategories { subCategories { id } } } } }',
      '{ products { categories { subCategories { subCategories { name } } } } }',
      '{ products { categories { subCategories { name } } } }',
      '{ products { categories { name } } }',
      '{ plain { categories { subCategories { name } } } }',
    ],
  },
  'an inaccessible type behind an interface': {
    subgraphs: {
      a: {
        typeDefs: `
          type Query { nodes: [Node] node: Node hidden: Node }
          interface Node { id: ID! label: String }
          type Open implements Node @key(fields: "id") { id: ID! label: String }
          type Secret implements Node @key(fields: "id") @inaccessible { id: ID! label: String }`,
        resolvers: {
          Query: {
            nodes: () => [
              { __typename: 'Open', id: 'o1', label: 'seen' },
              { __typename: 'Secret', id: 's1', label: 'unseen' },
            ],
            node: () => ({ __typename: 'Open', id: 'o2', label: 'seen' }),
            hidden: () => ({ __typename: 'Secret', id: 's2', label: 'unseen' }),
          },
          Node: { __resolveType: (v: Row) => v['__typename'] },
        } as never,
      },
      b: {
        typeDefs: `type Open @key(fields: "id") { id: ID! extra: Int }`,
        resolvers: { Open: { extra: () => 3 } } as never,
      },
    },
    queries: [
      '{ nodes { id } }',
      '{ hidden { id label } }',
      '{ nodes { label ... on Open { extra } } }',
      '{ hidden { __typename id } }',
      '{ nodes { ... on Node { label } } }',
    ],
  },
  'a union that no service knows whole': {
    subgraphs: {
      a: {
        typeDefs: `
          type Query { book: Book @shareable }
          union Media = Book
          type Book @key(fields: "id") { id: ID! aTitle: String }
          `,
        resolvers: {
          Query: { book: () => ({ __typename: 'Book', id: 'b1', aTitle: 'A' }) },
        } as never,
      },
      b: {
        typeDefs: `
          type Query { book: Media @shareable song: Media }
          union Media = Book | Song
          type Book @key(fields: "id") { id: ID! bTitle: String }
          type Song @key(fields: "id") { id: ID! bTitle: String }`,
        resolvers: {
          Query: {
            book: () => ({ __typename: 'Book', id: 'b1', bTitle: 'B' }),
            song: () => ({ __typename: 'Song', id: 's1', bTitle: 'S' }),
          },
          Media: { __resolveType: (v: Row) => v['__typename'] },
          Book: { bTitle: () => 'B' },
        } as never,
      },
    },
    queries: [
      '{ book { ... on Book { aTitle } } }',
      '{ book { ... on Book { bTitle } } }',
      '{ book { ... on Book { aTitle bTitle } ... on Song { bTitle } } }',
      '{ book { __typename } }',
      '{ song { ... on Song { bTitle } } }',
    ],
  },
};
