import { answers, never } from '../testing/cases';

describe('an entity that two services know by different keys', () => {
  answers(
    {
      people: {
        typeDefs: `type Query { person: Person } type Person @key(fields: "id") { id: ID! }`,
        resolvers: { Query: { person: () => ({ id: 'p1' }) } },
      },
      mail: {
        typeDefs: `type Person @key(fields: "id") @key(fields: "address") { id: ID! address: String! }`,
        rows: { Person: [{ id: 'p1', address: 'ann@x.org' }] },
      },
      names: {
        typeDefs: `type Person @key(fields: "address") { address: String! nick: String! }`,
        rows: { Person: [{ address: 'ann@x.org', nick: 'Annie' }] },
      },
    },
    [
      {
        it: 'is reached over the service that knows both',
        query: '{ person { id nick } }',
        data: { person: { id: 'p1', nick: 'Annie' } },
        calls: ['people', 'mail', 'names'],
      },
      {
        it: 'is asked for its key only where that is all the client wants',
        query: '{ person { id } }',
        data: { person: { id: 'p1' } },
        calls: ['people'],
      },
    ],
  );
});

const tracks = [
  { id: 't1', label: { code: 'L1', country: 'DE' }, isrc: 'i1' },
  { id: 't2', label: { code: 'L2', country: 'FR' }, isrc: 'i2' },
];

describe('keys made of lists and of objects in objects', () => {
  answers(
    {
      radio: {
        typeDefs: `
          type Query { tonight: Playlist }
          type Playlist @key(fields: "tracks { id }") { tracks: [Track!]! @shareable }
          type Track @key(fields: "id") { id: ID! label: Label @shareable }
          type Label @key(fields: "code") { code: ID! country: String @shareable }`,
        rows: { Track: tracks.map(({ id, label }) => ({ id, label })), Label: tracks.map(t => t.label) },
        resolvers: {
          Query: { tonight: () => ({ tracks: tracks.map(({ id, label }) => ({ id, label })) }) },
        },
      },
      codes: {
        typeDefs: `type Track @key(fields: "id") @key(fields: "id isrc") { id: ID! isrc: String! }`,
        rows: { Track: tracks.map(({ id, isrc }) => ({ id, isrc })) },
      },
      lists: {
        typeDefs: `
          type Playlist @key(fields: "tracks { id isrc }") { tracks: [Track!]! @shareable opener: Track @shareable closer: Track @shareable }
          type Track @key(fields: "id isrc") { id: ID! isrc: String! }`,
        resolvers: {
          Playlist: {
            __resolveReference: (list: { tracks: { id: string; isrc: string }[] }) =>
              list.tracks.every(t => t.isrc) ? list : null,
            opener: (list: { tracks: unknown[] }) => list.tracks[0],
            closer: (list: { tracks: unknown[] }) => list.tracks.at(-1),
          },
        },
      },
      fees: {
        typeDefs: `
          type Playlist @key(fields: "tracks { id isrc label { code country } } closer { id }") { tracks: [Track!]! @shareable opener: Track @shareable closer: Track @shareable length: Int }
          type Track @key(fields: "id isrc label { code country }") { id: ID! isrc: String! label: Label @shareable fee: Fee }
          type Label { code: ID! @shareable country: String @shareable }
          type Fee { cents: Float }`,
        resolvers: {
          Playlist: {
            __resolveReference: (list: { tracks: unknown[]; closer: { id: string } }) =>
              list.closer.id === 't2' ? list : null,
            length: (list: { tracks: unknown[] }) => list.tracks.length,
            opener: () => tracks[0],
            closer: () => tracks[1],
          },
          Track: {
            __resolveReference: (track: { label: { country: string } }) => track,
            fee: ({ id, label }: { id: string; label: { country: string } }) => ({
              cents: (id === 't1' ? 1 : 2) + (label.country === 'DE' ? 0.5 : 0),
            }),
          },
        },
      },
    },
    [
      {
        it: 'lead from one service to the next',
        query:
          '{ tonight { length tracks { id isrc fee { cents } } opener { id } closer { fee { cents } label { code } } } }',
        data: {
          tonight: {
            length: 2,
            tracks: [
              { id: 't1', isrc: 'i1', fee: { cents: 1.5 } },
              { id: 't2', isrc: 'i2', fee: { cents: 2 } },
            ],
            opener: { id: 't1' },
            closer: { fee: { cents: 2 }, label: { code: 'L2' } },
          },
        },
      },
    ],
  );
});

describe('several keys, of which each service resolves another', () => {
  const parts = [{ id: '1', pid: 'p1', size: { w: 'a', h: 'b', d: 'c' } }];
  answers(
    {
      stock: {
        typeDefs: `
          type Part @key(fields: "id") @key(fields: "pid", resolvable: false) @key(fields: "size { w h }", resolvable: false) @key(fields: "id size { h d }", resolvable: false) { id: ID! pid: ID! size: Size! name: String! }
          type Size @shareable { w: ID! h: ID! d: ID! }`,
        rows: { Part: parts.map(p => ({ ...p, name: 'bolt' })) },
      },
      boxes: {
        typeDefs: `
          type Query { box: Box }
          type Box @key(fields: "id") { id: ID! parts: [Part!]! }
          type Part @key(fields: "size { w h }", resolvable: false) @key(fields: "id size { h d }") @key(fields: "pid", resolvable: false) @key(fields: "id", resolvable: false) { id: ID! pid: ID! size: Size! name: String! @external label: String! @requires(fields: "name") }
          type Size @shareable { w: ID! h: ID! d: ID! }`,
        resolvers: {
          Query: { box: () => ({ id: 'b', parts }) },
          Part: {
            // Only one of its four keys says which part it is.
            __resolveReference: (part: { id?: string; size?: { d?: string } }) =>
              part.id && part.size?.d ? { ...parts[0], ...part } : null,
            label: ({ name }: { name: string }) => `${name}!`,
          },
        },
      },
    },
    [
      {
        it: 'are used where they can be resolved only',
        query: '{ box { id parts { id name label } } }',
        data: { box: { id: 'b', parts: [{ id: '1', name: 'bolt', label: 'bolt!' }] } },
        calls: ['boxes', 'stock', 'boxes'],
      },
    ],
  );
});

describe('a value that is no entity, below one', () => {
  answers(
    {
      shop: {
        typeDefs: `
          type Query { items: [Item!]! }
          type Item @key(fields: "id sku") { id: ID! sku: ID! }`,
        resolvers: { Query: { items: () => [{ id: '1', sku: 's1' }] } },
      },
      kinds: {
        typeDefs: `
          type Item @key(fields: "id sku") { id: ID! sku: ID! kind: Kind @shareable }
          type Kind @key(fields: "id") { id: ID! name: String @shareable }`,
        rows: { Item: [{ id: '1', sku: 's1', kind: { id: 'k1', name: 'tool' } }] },
      },
      facts: {
        typeDefs: `
          type Item @key(fields: "id sku") { id: ID! sku: ID! kind: Kind @shareable }
          type Kind { facts: Facts }
          type Facts { members: Int }`,
        rows: { Item: [{ id: '1', sku: 's1', kind: { facts: { members: 4 } } }] },
      },
    },
    [
      {
        it: 'is answered through its parent where only that leads to it',
        query: '{ items { kind { id name facts { members } } } }',
        data: { items: [{ kind: { id: 'k1', name: 'tool', facts: { members: 4 } } }] },
        calls: ['shop', 'kinds', 'facts'],
      },
    ],
  );
});

describe('a value of a parent whose whole key a third service knows', () => {
  answers(
    {
      facts: {
        typeDefs: `
          type Item @key(fields: "id sku") { id: ID! sku: ID! kind: Kind @shareable }
          type Kind { facts: String }`,
        rows: { Item: [{ id: '1', sku: 's1', kind: { facts: 'four' } }] },
      },
      codes: {
        typeDefs: `
          type Item @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! kind: Kind @shareable }
          type Kind @key(fields: "id") { id: ID! }`,
        rows: { Item: [{ id: '1', sku: 's1', kind: { id: 'k1' } }] },
      },
      kinds: {
        typeDefs: `type Kind @key(fields: "id") { id: ID! name: String }`,
        rows: { Kind: [{ id: 'k1', name: 'tool' }] },
      },
      names: {
        typeDefs: `
          type Query { item(id: ID!): Item }
          type Item @key(fields: "id") { id: ID! name: String }`,
        resolvers: { Query: { item: (_: unknown, { id }: { id: string }) => ({ id, name: 'saw' }) } },
      },
    },
    [
      {
        it: 'is fetched once that key is complete',
        query: '{ item(id: 1) { id name kind { id name facts } } }',
        data: { item: { id: '1', name: 'saw', kind: { id: 'k1', name: 'tool', facts: 'four' } } },
      },
    ],
  );
});

describe('keys that are null', () => {
  answers(
    {
      shelf: {
        typeDefs: `type Query { holders: [Holder] } type Holder { book: Book } type Book @key(fields: "isbn") { isbn: ID! }`,
        resolvers: {
          Query: {
            holders: () => [{ book: { isbn: 'b1' } }, { book: { isbn: 'b2' } }, { book: null }, null],
          },
        },
      },
      ids: {
        typeDefs: `type Book @key(fields: "isbn") @key(fields: "id") { isbn: ID! id: ID }`,
        rows: {
          Book: [
            { isbn: 'b1', id: '1' },
            { isbn: 'b2', id: null },
          ],
        },
      },
      writers: {
        typeDefs: `type Book @key(fields: "id") { id: ID writer: Writer } type Writer { name: String }`,
        rows: { Book: [{ id: '1', writer: { name: 'Ada' } }] },
      },
    },
    [
      {
        it: 'find nothing, and spoil nothing else',
        query: '{ holders { book { isbn writer { name } } } }',
        data: {
          holders: [
            { book: { isbn: 'b1', writer: { name: 'Ada' } } },
            { book: { isbn: 'b2', writer: null } },
            { book: null },
            null,
          ],
        },
      },
    ],
  );
});

describe('root fields that several services share', () => {
  const value = (part: object) => ({ thing: () => part, things: () => [part] });
  answers(
    {
      a: {
        typeDefs: `type Query { thing: Thing! @shareable things: [Thing!]! @shareable } type Thing { id: ID! @shareable kind: Kind! } type Kind { id: ID! name: String! }`,
        resolvers: { Query: value({ id: '1', kind: { id: 'k', name: 'tool' } }) },
      },
      b: {
        typeDefs: `type Query { thing: Thing! @shareable things: [Thing!]! @shareable } type Thing { id: ID! @shareable name: Name! } type Name { id: ID! brand: String! model: String! }`,
        resolvers: { Query: value({ id: '1', name: { id: 'n', brand: 'B', model: 'M' } }) },
      },
      c: {
        typeDefs: `type Query { thing: Thing! @shareable things: [Thing!]! @shareable } type Thing { id: ID! @shareable price: Price! } type Price { id: ID! amount: Int! }`,
        resolvers: { Query: value({ id: '1', price: { id: 'p', amount: 7 } }) },
      },
    },
    ['thing', 'things'].map(field => {
      const whole = {
        id: '1',
        kind: { id: 'k', name: 'tool' },
        name: { id: 'n', brand: 'B', model: 'M' },
        price: { id: 'p', amount: 7 },
      };
      return {
        it: `are asked of each that has something to add: ${field}`,
        query: `{ ${field} { id kind { id name } name { id brand model } price { id amount } } }`,
        data: { [field]: field === 'thing' ? whole : [whole] },
        calls: ['a', 'b', 'c'],
      };
    }),
  );
});

describe('an interface of things that live in other services', () => {
  const nodes = { Query: { thing: () => ({ __typename: 'Item', id: 'i1' }), node: () => null } };
  answers(
    {
      nodes: {
        typeDefs: `
          type Query { thing: Node }
          interface Node { id: ID! }
          type Item implements Node @key(fields: "id") { id: ID! }
          type Kind implements Node @key(fields: "id") { id: ID! }`,
        resolvers: { Query: { thing: nodes.Query.thing } },
      },
      more: {
        typeDefs: `
          type Query { kind: Node @shareable }
          interface Node { id: ID! }
          type Item implements Node @key(fields: "id") { id: ID! }
          type Kind implements Node @key(fields: "id") { id: ID! }`,
        resolvers: { Query: { kind: () => ({ __typename: 'Kind', id: 'k1' }) } },
      },
      types: {
        typeDefs: `
          interface Node { id: ID! }
          type Item implements Node @key(fields: "id") { id: ID! name: String price: Float }
          type Kind implements Node @key(fields: "id") { id: ID! name: String }`,
        rows: { Item: [{ id: 'i1', name: 'saw', price: 12.5 }], Kind: [{ id: 'k1', name: 'tool' }] },
      },
    },
    [
      {
        it: 'joins each under its own type',
        query:
          '{ thing { ...N } kind { ...N } } fragment N on Node { __typename id ... on Item { name price } ... on Kind { name } }',
        data: {
          thing: { __typename: 'Item', id: 'i1', name: 'saw', price: 12.5 },
          kind: { __typename: 'Kind', id: 'k1', name: 'tool' },
        },
      },
      {
        it: 'answers an empty object where no fragment applies',
        query: '{ thing { ... on Kind { name } } }',
        data: { thing: {} },
      },
    ],
  );
});

describe('a graph in which some paths lead nowhere', () => {
  // Composition lets this pass: each service's `node` marks the id of the other's type external.
  answers(
    {
      a: {
        typeDefs: `
          type Query { node(id: ID!): Node @shareable account(id: ID!): Account }
          interface Node { id: ID! }
          type Account implements Node @key(fields: "id") { id: ID! name: String! }
          type Chat implements Node @key(fields: "id") { id: ID! @external account: Account! }`,
        resolvers: {
          Query: {
            node: (_: unknown, { id }: { id: string }) =>
              id === 'a1'
                ? { __typename: 'Account', id, name: 'Ann' }
                : { __typename: 'Chat', id: 'never asked for' },
            account: () => ({ id: 'a1', name: 'Ann' }),
          },
          Chat: { account: () => ({ id: 'a1', name: 'Ann' }) },
          Account: { __resolveReference: () => ({ id: 'a1', name: 'Ann' }) },
        },
      },
      b: {
        typeDefs: `
          type Query { node(id: ID!): Node @shareable chat(id: ID!): Chat }
          interface Node { id: ID! }
          type Account implements Node @key(fields: "id") { id: ID! @external chats: [Chat!]! }
          type Chat implements Node @key(fields: "id") { id: ID! text: String! }`,
        resolvers: {
          Query: {
            node: (_: unknown, { id }: { id: string }) =>
              id === 'c1'
                ? { __typename: 'Chat', id, text: 'hi' }
                : { __typename: 'Account', id: 'never asked for' },
            chat: () => ({ id: 'c1', text: 'hi' }),
          },
          Account: { chats: () => [{ id: 'c1', text: 'hi' }] },
          Chat: { __resolveReference: () => ({ id: 'c1', text: 'hi' }) },
        },
      },
    },
    [
      {
        it: 'is an error where no plan exists',
        query: '{ node(id: "a1") { id } }',
        errors: ['OPERATION_NOT_SUPPORTED'],
      },
      {
        it: 'is an error even beside what could be answered',
        query:
          '{ account: node(id: "a1") { id ... on Chat { id } } chat: node(id: "c1") { __typename ... on Account { id } } }',
        errors: ['OPERATION_NOT_SUPPORTED'],
      },
      {
        it: 'distinguishes types',
        query: '{ account: node(id: "a1") { __typename } chat: node(id: "c1") { __typename } }',
        data: { account: { __typename: 'Account' }, chat: { __typename: 'Chat' } },
      },
      {
        it: 'asks each service for the type it knows',
        query:
          '{ account: node(id: "a1") { ... on Account { id name } } chat: node(id: "c1") { ... on Chat { id text } } }',
        data: { account: { id: 'a1', name: 'Ann' }, chat: { id: 'c1', text: 'hi' } },
      },
      {
        it: 'finds nothing to say of the other type',
        query:
          '{ account: node(id: "a1") { __typename ... on Chat { id } } chat: node(id: "c1") { ... on Account { id } } }',
        data: { account: { __typename: 'Account' }, chat: {} },
      },
      {
        it: 'joins where keys are known',
        query: '{ chat(id: "c1") { id text account { id } } account(id: "a1") { id name chats { id } } }',
        data: {
          chat: { id: 'c1', text: 'hi', account: { id: 'a1' } },
          account: { id: 'a1', name: 'Ann', chats: [{ id: 'c1' }] },
        },
      },
    ],
  );
});

describe('mutations', () => {
  const amounts = new Map<string, number>();
  const change = (key: string, by: (old: number) => number): number => {
    const now = by(amounts.get(key) ?? 0);
    amounts.set(key, now);
    return now;
  };
  const made = { id: 'p9', name: 'new', price: 600 };
  answers(
    {
      a: {
        typeDefs: `
          type Query { product(id: ID!): Product! }
          type Mutation { addProduct(input: NewProduct!): Product! multiply(by: Int!, run: ID!): Int! }
          input NewProduct { name: String! price: Float! }
          type Product @key(fields: "id") { id: ID! name: String! price: Float! }`,
        rows: { Product: [made] },
        resolvers: {
          Query: { product: () => made },
          Mutation: {
            addProduct: (_: unknown, { input }: { input: object }) => ({ id: 'p9', ...input }),
            multiply: async (_: unknown, { by, run }: { by: number; run: string }) => {
              await new Promise(resolve => setTimeout(resolve, 5));
              return change(run, old => old * by);
            },
          },
        },
      },
      b: {
        typeDefs: `
          type Mutation { add(number: Int!, run: ID!): Int! @shareable forget(run: ID!): Int! }
          type Product @key(fields: "id") { id: ID! price: Float! @external isDear: Boolean! @requires(fields: "price") isThere: Boolean! }`,
        rows: { Product: [{ id: 'p9', isThere: true }] },
        resolvers: {
          Product: { isDear: ({ price }: { price: number }) => price > 100 },
          Mutation: {
            add: async (_: unknown, { number, run }: { number: number; run: string }) => {
              await new Promise(resolve => setTimeout(resolve, 10));
              return change(run, old => old + number);
            },
            forget: (_: unknown, { run }: { run: string }) => {
              const last = change(run, old => old);
              amounts.delete(run);
              return last;
            },
          },
        },
      },
      c: {
        typeDefs: `type Mutation { add(number: Int!, run: ID!): Int! @shareable }`,
        resolvers: {
          Mutation: {
            add: (_: unknown, { number, run }: { number: number; run: string }) =>
              change(run, old => old + number),
          },
        },
      },
    },
    [
      {
        it: 'go on over entities like queries',
        query: 'mutation { addProduct(input: { name: "new", price: 600.5 }) { name price isDear isThere } }',
        data: { addProduct: { name: 'new', price: 600.5, isDear: true, isThere: true } },
      },
      {
        it: 'run one after the other in every executor',
        query:
          'mutation($run: ID!) { five: add(number: 5, run: $run) ten: multiply(by: 2, run: $run) ... { twelve: add(number: 2, run: $run) } last: forget(run: $run) }',
        variables: { run: 'x' },
        data: { five: 5, ten: 10, twelve: 12, last: 12 },
      },
      {
        it: 'ask for a shared field once only',
        query: 'mutation { add(number: 1, run: "y") __typename t: __typename forget(run: "y") }',
        data: { add: 1, __typename: 'Mutation', t: 'Mutation', forget: 1 },
      },
    ],
  );
});

describe('a mutation that two services share', () => {
  answers(
    {
      a: {
        typeDefs: `
          type Query { saved: Saved }
          type Mutation { save: Saved @shareable put: Holder @shareable }
          type Saved @key(fields: "id") { id: ID! inA: Int }
          type Holder @shareable { kind: String saved: Saved }`,
        rows: { Saved: [{ id: 's1', inA: 1 }] },
        resolvers: {
          Query: { saved: () => ({ id: 's1', inA: 1 }) },
          Mutation: {
            save: () => ({ id: 's1', inA: 1 }),
            put: () => ({ kind: 'x', saved: { id: 's1', inA: 1 } }),
          },
        },
      },
      b: {
        typeDefs: `
          type Mutation { save: Saved @shareable put: Holder @shareable }
          type Saved @key(fields: "id") { id: ID! inB: Int }
          type Holder @shareable { kind: String saved: Saved }`,
        rows: { Saved: [{ id: 's1', inB: 2 }] },
        resolvers: {
          Mutation: {
            save: () => ({ id: 's1', inB: 2 }),
            put: () => ({ kind: 'x', saved: { id: 's1', inB: 2 } }),
          },
        },
      },
    },
    [
      {
        it: 'is asked of one of them, and the other for the rest',
        query: 'mutation { save { id inA inB } }',
        data: { save: { id: 's1', inA: 1, inB: 2 } },
        calls: ['a', 'b'],
        changes: 1,
      },
      {
        it: 'is asked of one of them under a value that both have',
        query: 'mutation { put { kind saved { inA inB } } again: put { saved { id inB } } }',
        data: { put: { kind: 'x', saved: { inA: 1, inB: 2 } }, again: { saved: { id: 's1', inB: 2 } } },
        changes: 2,
      },
    ],
  );
});

describe('conditions on what only requirements need', () => {
  const item = { id: '1', price: 5, isDear: false };
  answers(
    {
      a: {
        typeDefs: `type Query { item: Item } type Item @key(fields: "id") { id: ID! price: Int! }`,
        rows: { Item: [item] },
        resolvers: { Query: { item: () => ({ id: '1' }) }, Item: { price: () => 5 } },
      },
      b: {
        typeDefs: `type Item @key(fields: "id") { id: ID! price: Int! @external isDear: Boolean! @requires(fields: "price") forbidden: Int! }`,
        rows: { Item: [{ id: '1' }] },
        resolvers: {
          Item: {
            isDear: ({ price }: { price: number }) => price > 3,
            forbidden: never('a field that is skipped was asked for'),
          },
        },
      },
      c: {
        typeDefs: `type Item @key(fields: "id") { id: ID! isDear: Boolean! @external state: String! @requires(fields: "isDear") forbiddenToo: Int! }`,
        rows: { Item: [{ id: '1' }] },
        resolvers: {
          Item: {
            state: ({ isDear }: { isDear: boolean }) => (isDear ? 'dear' : 'cheap'),
            forbiddenToo: never('a field that is not included was asked for'),
          },
        },
      },
    },
    [
      {
        it: 'leave the requirement out with the field',
        query:
          'query($no: Boolean = false) { item { price state @include(if: $no) forbiddenToo @include(if: $no) } }',
        data: { item: { price: 5 } },
        calls: ['a'],
      },
      {
        it: 'keep it with the field',
        query:
          'query($yes: Boolean = true) { item { price state @include(if: $yes) forbiddenToo @skip(if: $yes) } }',
        data: { item: { price: 5, state: 'dear' } },
      },
      {
        it: 'hold in fragments, both at once',
        query:
          'query($a: Boolean!, $b: Boolean!) { item { ... @include(if: $a) { ...F @skip(if: $b) } id } } fragment F on Item { state forbidden @skip(if: $a) }',
        variables: { a: true, b: false },
        data: { item: { state: 'dear', id: '1' } },
      },
      {
        it: 'take the default of a variable',
        query:
          'query($no: Boolean! = true) { item { id forbidden @skip(if: $no) ...  @skip(if: $no) { state } } }',
        data: { item: { id: '1' } },
        calls: ['a'],
      },
    ],
  );
});
