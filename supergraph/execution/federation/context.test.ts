import { answers } from '../testing/cases';

const carts = [
  { id: 'c1', currency: 'EUR', items: [{ id: 'i1' }, { id: 'i2' }] },
  { id: 'c2', currency: 'USD', items: [{ id: 'i1' }] },
];

// The native planner knows no contexts, so that the other one plans whichever is wanted.
describe('an argument that comes from further up', () => {
  answers(
    {
      carts: {
        typeDefs: `
          type Query { carts: [Cart!]! }
          type Cart @key(fields: "id") { id: ID! currency: String! items: [Item!]! }
          type Item @key(fields: "id") { id: ID! }`,
        rows: { Cart: carts },
        resolvers: { Query: { carts: () => carts } },
      },
      prices: {
        typeDefs: `
          type Cart @key(fields: "id") @context(name: "cart") { id: ID! currency: String! @external main: Item }
          type Item @key(fields: "id") { id: ID! price(currency: String @fromContext(field: "$cart { currency }")): String related: Item }`,
        rows: {
          Cart: carts.map(({ id }) => ({ id, main: { id: `main-${id}` } })),
        },
        resolvers: {
          Item: {
            __resolveReference: (item: object) => item,
            price: ({ id }: { id: string }, { currency }: { currency: string }) => `${id} in ${currency}`,
            related: ({ id }: { id: string }) => ({ id: `${id}+` }),
          },
        },
      },
    },
    [
      {
        it: 'is the one of its own parent',
        query: '{ carts { main { price } } }',
        data: { carts: [{ main: { price: 'main-c1 in EUR' } }, { main: { price: 'main-c2 in USD' } }] },
      },
      {
        it: 'is the one of its own parent when the same thing is below two',
        query: '{ carts { items { id price } } }',
        data: {
          carts: [
            {
              items: [
                { id: 'i1', price: 'i1 in EUR' },
                { id: 'i2', price: 'i2 in EUR' },
              ],
            },
            { items: [{ id: 'i1', price: 'i1 in USD' }] },
          ],
        },
      },
      {
        it: 'is nothing to those who do not ask for it',
        query: '{ carts { currency items { id related { id } } } }',
        data: {
          carts: [
            {
              currency: 'EUR',
              items: [
                { id: 'i1', related: { id: 'i1+' } },
                { id: 'i2', related: { id: 'i2+' } },
              ],
            },
            { currency: 'USD', items: [{ id: 'i1', related: { id: 'i1+' } }] },
          ],
        },
      },
    ],
  );
});
