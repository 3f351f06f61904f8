import { answers, never } from '../testing/cases';

const books = [
  { __typename: 'Book', id: 'p1', sku: 's1', title: 'Book 1', by: 'u1@x.org', size: { cm: 10, g: 0.5 } },
  { __typename: 'Book', id: 'p3', sku: 's3', title: 'Book 3', by: 'u2@x.org', size: { cm: 30, g: 0.6 } },
];
const magazines = [
  { __typename: 'Magazine', id: 'p2', sku: 's2', title: 'Mag 2', by: 'u1@x.org', size: { cm: 20, g: 0.2 } },
  { __typename: 'Magazine', id: 'p4', sku: 's4', title: 'Mag 4', by: 'u2@x.org', size: { cm: 40, g: 0.3 } },
];
const everything = [books[0], books[1], magazines[0], magazines[1]] as typeof books;
const self = { __typename: 'Self', email: 'self@x.org' };
const agency = { __typename: 'Agency', id: 'a1' };
const product = (one: (typeof books)[number]) => ({
  ...one,
  createdBy: { email: one.by },
  publisher: one.__typename === 'Book' ? self : agency,
});
const keyed = (rows: readonly (typeof books)[number][], more: (id: string) => object = () => ({})) =>
  rows.map(({ id }) => ({ id, ...more(id) }));
const reviews = [
  { id: 1, body: 'good', of: 'p1' },
  { id: 2, body: 'better', of: 'p1' },
  { id: 3, body: 'bad', of: 'p2' },
];
const reviewed = (id: string) => {
  const own = reviews.filter(r => r.of === id);
  return { reviewsCount: own.length, reviewsScore: 4.5, reviews: own };
};

/** Products are an interface whose types each service knows in part, publishers a union whose members are. */
const store = {
  products: {
    typeDefs: `
      type Query { products: [Product] similar(id: ID!): [Product] }
      interface Product { id: ID! sku: String size: Size createdBy: User hidden: Boolean @inaccessible }
      interface Similar { similar: [Product] }
      type Size @shareable { cm: Int g: Float }
      type Book implements Product & Similar @key(fields: "id") { id: ID! sku: String size: Size @shareable createdBy: User similar: [Book] hidden: Boolean publisher: Publisher }
      type Magazine implements Product & Similar @key(fields: "id") { id: ID! sku: String size: Size @shareable createdBy: User similar: [Magazine] hidden: Boolean publisher: Publisher }
      union Publisher = Agency | Self
      type Agency { id: ID! @shareable }
      type Self { email: String }
      type User @key(fields: "email") { email: ID! made: Int @shareable }`,
    rows: { Book: books.map(product), Magazine: magazines.map(product) },
    resolvers: {
      Query: {
        products: () => everything.map(product),
        similar: (_: unknown, { id }: { id: string }) =>
          everything
            .filter(
              one =>
                one.id !== id && one.__typename === everything.find(other => other.id === id)?.__typename,
            )
            .map(product),
      },
      Book: { similar: ({ id }: { id: string }) => books.filter(b => b.id !== id).map(product) },
      Magazine: { similar: ({ id }: { id: string }) => magazines.filter(m => m.id !== id).map(product) },
      User: {
        __resolveReference: (user: { email: string }) => user,
        made: ({ email }: { email: string }) => everything.filter(p => p.by === email).length,
      },
    },
  },
  reviews: {
    typeDefs: `
      interface Product { id: ID! reviewsCount: Int! reviewsScore: Float! reviews: [Review!]! }
      type Book implements Product @key(fields: "id") { id: ID! reviewsCount: Int! reviewsScore: Float! reviews: [Review!]! }
      type Magazine implements Product @key(fields: "id") { id: ID! reviewsCount: Int! reviewsScore: Float! reviews: [Review!]! }
      type Review { id: Int! body: String! product: Product }`,
    rows: { Book: keyed(books, reviewed), Magazine: keyed(magazines, reviewed) },
    resolvers: {
      Review: {
        product: ({ of }: { of: string }) => ({
          __typename: everything.find(p => p.id === of)?.__typename,
          id: of,
          ...reviewed(of),
        }),
      },
    },
  },
  inventory: {
    typeDefs: `
      interface Product { id: ID! size: Size delivery(zip: String): Delivery }
      type Book implements Product @key(fields: "id") { id: ID! size: Size @external delivery(zip: String): Delivery @requires(fields: "size { cm g }") }
      type Magazine implements Product @key(fields: "id") { id: ID! size: Size @external delivery(zip: String): Delivery @requires(fields: "size { cm g }") }
      type Size @shareable { cm: Int g: Float }
      type Delivery { estimate: String fastest: String }`,
    resolvers: Object.fromEntries(
      ['Book', 'Magazine'].map(type => [
        type,
        {
          __resolveReference: (one: object) => one,
          delivery: ({ size }: { size: { cm: number; g: number } }, { zip }: { zip: string }) => ({
            estimate: `${size.cm} days`,
            fastest: `${size.g} days to ${zip}`,
          }),
        },
      ]),
    ),
  },
  books: {
    typeDefs: `type Book @key(fields: "id") { id: ID! title: String @shareable }`,
    rows: { Book: books.map(({ id, title }) => ({ id, title })) },
  },
  magazines: {
    typeDefs: `type Magazine @key(fields: "id") { id: ID! title: String }`,
    rows: { Magazine: magazines.map(({ id, title }) => ({ id, title })) },
  },
  agency: {
    typeDefs: `
      union Publisher = Agency | Group
      type Agency @key(fields: "id") { id: ID! @shareable company: String email: Email }
      type Group @key(fields: "id") { id: ID! name: String email: String }
      type Email { address: String }`,
    rows: {
      Agency: [{ id: 'a1', company: 'Agency 1', email: { address: 'a1@x.org' } }],
      Group: [{ id: 'g1', name: 'Group 1', email: 'g1@x.org' }],
    },
  },
};

const reviewedProducts = (ofBook: object, ofMagazine: object) => ({
  products: [
    { id: 'p1', reviews: [{ product: ofBook }, { product: ofBook }] },
    { id: 'p3', reviews: [] },
    { id: 'p2', reviews: [{ product: ofMagazine }] },
    { id: 'p4', reviews: [] },
  ],
});
const throughReviews = (fragments: string) => `{ products { id reviews { product { id ${fragments} } } } }`;

describe('an interface whose types are spread over services', () => {
  answers(store, [
    {
      it: 'answers values of the interface',
      query: '{ products { id size { cm g } } }',
      data: { products: everything.map(({ id, size }) => ({ id, size })) },
      calls: ['products'],
    },
    {
      it: 'answers requirements below the interface, under aliases',
      query:
        '{ b: similar(id: "p1") { id delivery(zip: "1") { fastest estimate } } m: similar(id: "p2") { id delivery(zip: "1") { fastest } } }',
      data: {
        b: [{ id: 'p3', delivery: { fastest: '0.6 days to 1', estimate: '30 days' } }],
        m: [{ id: 'p4', delivery: { fastest: '0.3 days to 1' } }],
      },
    },
    {
      it: 'merges what the interface, its types and another interface ask for',
      query:
        '{ products { sku ... on Product { sku } ... on Book { sku } ... on Magazine { sku } ... on Similar { __typename type: __typename } } }',
      data: {
        products: everything.map(({ sku, __typename }) => ({ sku, __typename, type: __typename })),
      },
      calls: ['products'],
    },
    {
      it: 'joins one type beside a join of all',
      query: '{ products { author: createdBy { email made } ... on Magazine { title } } }',
      data: {
        products: everything.map(({ by, title, __typename }) => ({
          author: { email: by, made: 2 },
          ...(__typename === 'Magazine' ? { title } : {}),
        })),
      },
    },
    {
      it: 'comes back from another service as the interface',
      query:
        '{ products { id reviews { product { sku ... on Magazine { title } ... on Book { reviewsCount } } } } }',
      data: reviewedProducts({ sku: 's1', reviewsCount: 2 }, { sku: 's2', title: 'Mag 2' }),
    },
    {
      it: 'lists what each type has',
      query: '{ products { id reviews { id } } }',
      data: {
        products: everything.map(({ id }) => ({
          id,
          reviews: reviews.filter(r => r.of === id).map(r => ({ id: r.id })),
        })),
      },
    },
    ...[true, false].flatMap(title =>
      ['include', 'skip'].flatMap(directive => {
        const isThere = title === (directive === 'include');
        return [
          {
            it: `takes @${directive}(if: ${title}) on a fragment`,
            query: `query($title: Boolean = ${title}) ${throughReviews(`... on Book @${directive}(if: $title) { title } ... on Magazine { sku }`)}`,
            data: reviewedProducts(
              { id: 'p1', ...(isThere ? { title: 'Book 1' } : {}) },
              { id: 'p2', sku: 's2' },
            ),
          },
          {
            it: `takes @${directive}(if: ${title}) beside the same fragment without`,
            query: `query($title: Boolean = ${title}) ${throughReviews(`... on Book @${directive}(if: $title) { title } ... on Book { sku } ... on Magazine { sku }`)}`,
            data: reviewedProducts(
              { id: 'p1', ...(isThere ? { title: 'Book 1' } : {}), sku: 's1' },
              { id: 'p2', sku: 's2' },
            ),
          },
        ];
      }),
    ),
    {
      it: 'takes conditions in conditions',
      query: `query($yes: Boolean = true) ${throughReviews('... on Book @include(if: $yes) { title ... on Book @skip(if: $yes) { sku } ... on Book { reviewsScore } } ... on Magazine { sku }')}`,
      data: reviewedProducts({ id: 'p1', title: 'Book 1', reviewsScore: 4.5 }, { id: 'p2', sku: 's2' }),
    },
  ]);
});

describe('a union of which each service knows other members', () => {
  const publishers = (fields: string) =>
    `${throughReviews('... on Magazine { publisher { ...P } } ... on Book { publisher { ...P } }')} fragment P on Publisher { ${fields} }`;
  answers(store, [
    {
      it: 'joins the members that are entities',
      query: publishers('... on Agency { id company } ... on Self { email }'),
      data: reviewedProducts(
        { id: 'p1', publisher: { email: 'self@x.org' } },
        { id: 'p2', publisher: { id: 'a1', company: 'Agency 1' } },
      ),
    },
    {
      it: 'passes over members this service does not know',
      query: publishers('... on Agency { id company } ... on Self { email } ... on Group { name }'),
      data: reviewedProducts(
        { id: 'p1', publisher: { email: 'self@x.org' } },
        { id: 'p2', publisher: { id: 'a1', company: 'Agency 1' } },
      ),
    },
    {
      it: 'keeps fields of one name and two types apart by their aliases',
      query: publishers(
        '... on Agency { emailObject: email { address } } ... on Self { emailText: email } ... on Group { emailText: email }',
      ),
      data: reviewedProducts(
        { id: 'p1', publisher: { emailText: 'self@x.org' } },
        { id: 'p2', publisher: { emailObject: { address: 'a1@x.org' } } },
      ),
    },
  ]);
});

describe('members of a union that only some services have', () => {
  const book = { __typename: 'Book', title: 'A book' };
  const song = { __typename: 'Song', title: 'A song' };
  const movie = { __typename: 'Movie', title: 'A movie' };
  answers(
    {
      a: {
        typeDefs: `
          type Query { media: Media @shareable book: Book @shareable viewer: Viewer @shareable }
          union Media = Book | Song
          union ViewerMedia = Book | Song
          type Viewer @shareable { media: ViewerMedia book: Book song: Media }
          type Book @shareable { title: String! }
          type Song @shareable { title: String! }`,
        resolvers: {
          Query: {
            media: () => book,
            book: () => book,
            viewer: () => ({ media: book, book, song }),
          },
        },
      },
      b: {
        typeDefs: `
          type Query { media: Media @shareable book: Media @shareable viewer: Viewer @shareable }
          union Media = Book | Movie
          union ViewerMedia = Book | Movie
          type Viewer @shareable { media: ViewerMedia book: Media film: Movie @shareable }
          type Book @shareable { title: String! }
          type Movie { title: String! }`,
        resolvers: {
          Query: {
            media: () => book,
            book: () => book,
            viewer: () => ({ media: book, book, film: movie }),
          },
        },
      },
    },
    [
      {
        it: 'are asked for without harm',
        query: '{ media { ... on Movie { title } } }',
        data: { media: {} },
      },
      {
        it: 'leave the members both know',
        query: '{ media { ... on Book { title } ... on Movie { title } ... on Song { title } } }',
        data: { media: { title: 'A book' } },
      },
      {
        it: 'differ by the type of the field as well',
        query: '{ book { __typename ... on Song { title } ... on Movie { title } ... on Book { title } } }',
        data: { book },
      },
      {
        it: 'are the same one level down',
        query:
          '{ viewer { media { __typename ... on Song { title } ... on Movie { title } ... on Book { title } } book { __typename ... on Book { title } } song { __typename ... on Song { title } ... on Movie { title } } film { title } } }',
        data: { viewer: { media: book, book, song, film: { title: 'A movie' } } },
      },
    ],
  );
});

describe('a partial union below shareable fields', () => {
  const common = { __typename: 'Common', label: 'c' };
  const onlyA = { __typename: 'OnlyA', a: 'a' };
  const onlyB = { __typename: 'OnlyB', b: 'b' };
  const box = (actions: readonly object[]) => ({ id: '1', wrapper: { actions } });
  const schema = (letter: 'a' | 'b') => {
    const L = letter.toUpperCase();
    return `
      type Query { root${L}: Box shared: Box @shareable }
      type Box @key(fields: "id") { id: ID! wrapper: Wrapper @shareable ${letter === 'b' ? 'bWrapper: Wrapper' : ''} }
      type Wrapper @shareable { actions: [Action!]! }
      union Action = Common | Only${L}
      type Common @shareable { label: String }
      type Only${L} { ${letter}: String }`;
  };
  answers(
    {
      a: {
        typeDefs: schema('a'),
        rows: { Box: [box([common, onlyA])] },
        resolvers: { Query: { rootA: () => box([common, onlyA]), shared: () => box([common]) } },
      },
      b: {
        typeDefs: schema('b'),
        rows: { Box: [{ ...box([common, onlyB]), bWrapper: { actions: [common, onlyB] } }] },
        resolvers: { Query: { rootB: () => box([common, onlyB]), shared: () => box([common]) } },
      },
    },
    (
      [
        // Both services could go on from the box here, so only what both know is safe to ask for, and both planners leave out the rest:
        // a shareable field promises the same answer wherever it is resolved, and this one breaks that promise.
        ['rootA', 'wrapper', [common, { ...onlyA, a: null }]],
        ['rootB', 'wrapper', [common, { ...onlyB, b: null }]],
        ['shared', 'wrapper', [common]],
        ['rootA', 'bWrapper', [common, onlyB]],
      ] as const
    ).map(([root, field, actions]) => ({
      it: `has the members that the answering service knows: ${root}.${field}`,
      query: `{ ${root} { ${field} { actions { __typename ... on Common { label } ... on OnlyA { a } ... on OnlyB { b } } } } }`,
      data: { [root]: { [field]: { actions } } },
    })),
  );
});

describe('a partial union where one service only can answer', () => {
  const actions = [
    { __typename: 'Alpha', id: '1', value: 'v' },
    { __typename: 'Beta', id: '2', name: 'n' },
  ];
  answers(
    {
      a: {
        typeDefs: `
          type Query { response: Response }
          type Response @shareable { actions: [Action!]! message: String }
          union Action = Alpha | Beta
          type Alpha @shareable { id: ID! value: String }
          type Beta { id: ID! name: String }`,
        resolvers: { Query: { response: () => ({ message: 'm', actions }) } },
      },
      b: {
        typeDefs: `
          type Query { unrelated: Int }
          type Response @shareable { actions: [Action!]! message: String }
          union Action = Alpha | Gamma
          type Alpha @shareable { id: ID! value: String }
          type Gamma { id: ID! label: String }`,
      },
    },
    [
      {
        it: 'keeps every member',
        query:
          '{ response { message actions { __typename ... on Alpha { id value } ... on Beta { id name } ... on Gamma { label } } } }',
        data: { response: { message: 'm', actions } },
      },
    ],
  );
});

describe('an interface and a union over the same types', () => {
  const oven = { __typename: 'Oven', id: 'oven1', warranty: 1 };
  const toaster = { __typename: 'Toaster', id: 'toaster1', warranty: 3 };
  answers(
    {
      a: {
        typeDefs: `
          type Query { products: [Product] node(id: ID!): Node toasters: [Toaster] }
          union Product = Oven | Toaster
          interface Node { id: ID! }
          type Oven @key(fields: "id") { id: ID! }
          type Toaster implements Node @key(fields: "id") { id: ID! warranty: Int @shareable }`,
        rows: { Oven: [{ id: 'oven1' }], Toaster: [toaster] },
        resolvers: {
          Query: {
            products: () => [oven, toaster],
            node: (_: unknown, { id }: { id: string }) => (id === 'oven1' ? oven : toaster),
            toasters: () => [toaster],
          },
        },
      },
      b: {
        typeDefs: `
          type Query { nodes: [Node] }
          interface Node { id: ID! }
          interface WithWarranty { warranty: Int }
          type Oven implements WithWarranty @key(fields: "id") { id: ID! warranty: Int }
          type Toaster implements Node & WithWarranty @key(fields: "id") { id: ID! warranty: Int @shareable }`,
        rows: { Oven: [oven], Toaster: [toaster] },
        resolvers: { Query: { nodes: () => [toaster] } },
      },
    },
    [
      {
        it: 'gives the interface only to those that have it',
        query: '{ products { ... on Node { id } } }',
        data: { products: [{}, { id: 'toaster1' }] },
      },
      {
        it: 'joins a member through an interface of another service',
        query: '{ products { ... on WithWarranty { warranty } __typename } }',
        data: {
          products: [
            { warranty: 1, __typename: 'Oven' },
            { warranty: 3, __typename: 'Toaster' },
          ],
        },
      },
      {
        it: 'nests interfaces in interfaces',
        query: '{ nodes { ... on Node { id ... on Node { ... on WithWarranty { warranty } } } } }',
        data: { nodes: [{ id: 'toaster1', warranty: 3 }] },
      },
      {
        it: 'reads named fragments on type and interface',
        query: '{ toasters { ...T ...N } } fragment T on Toaster { id } fragment N on Node { id __typename }',
        data: { toasters: [{ id: 'toaster1', __typename: 'Toaster' }] },
      },
      {
        it: 'nulls a value its service may not return here',
        query: '{ node(id: "oven1") { ... on Toaster { warranty } } }',
        data: { node: null },
        errors: ['DOWNSTREAM_SERVICE_ERROR'],
      },
      {
        it: 'answers the one it may',
        query: '{ node(id: "toaster1") { ... on Toaster { warranty } } }',
        data: { node: { warranty: 3 } },
      },
    ],
  );
});

describe('fields of one name whose types differ by service', () => {
  const user = { __typename: 'User', id: 'u1', name: 'Ann' };
  const admin = { __typename: 'Admin', id: 'a1', name: 'Root' };
  const rename = 'similar { ... on User { id name } ... on Admin { id name } }';
  const all = { users: [{ id: 'u1', name: 'Ann' }] };
  const both = [
    { id: 'u1', name: 'Ann' },
    { id: 'a1', name: 'Root' },
  ];
  answers(
    {
      a: {
        typeDefs: `
          type Query { users: [User!]! }
          type User @key(fields: "id") { id: ID name: String @shareable }`,
        rows: { User: [user] },
        resolvers: { Query: { users: () => [user] } },
      },
      b: {
        typeDefs: `
          type Query { accounts: [Account!]! }
          union Account = User | Admin
          type User @key(fields: "id") { id: ID! name: String! @shareable similar: [Account!]! }
          type Admin { id: ID name: String similar: [Account!]! }`,
        rows: { User: [user] },
        resolvers: {
          Query: { accounts: () => [user, admin] },
          User: { similar: () => [user, admin] },
          Admin: { similar: () => [user, admin] },
        },
      },
    },
    [
      {
        it: 'do not conflict inside the service that has both',
        query: '{ users { id name } accounts { ... on User { id name } ... on Admin { id name } } }',
        data: { ...all, accounts: both },
      },
      {
        it: 'do not conflict further down',
        query: `{ users { id name } accounts { ... on User { id name ${rename} } ... on Admin { id name ${rename} } } }`,
        data: { ...all, accounts: both.map(one => ({ ...one, similar: both })) },
      },
      {
        it: 'do not conflict under an alias of the client',
        query: '{ accounts { ... on User { n: id id: name } ... on Admin { n: id id: name } } }',
        data: {
          accounts: [
            { n: 'u1', id: 'Ann' },
            { n: 'a1', id: 'Root' },
          ],
        },
      },
    ],
  );
});

describe('an interface that refers to itself over two services', () => {
  answers(
    {
      a: {
        typeDefs: `
          type Query { item: Item }
          interface Item { related: [Item!] }
          type Book implements Item @key(fields: "id") { id: ID! related: [Book!] @shareable }`,
        rows: { Book: [{ id: 'b1' }, { id: 'b2' }] },
        resolvers: {
          Query: { item: () => ({ __typename: 'Book', id: 'b1' }) },
          Book: { related: () => [{ id: 'b2' }] },
        },
      },
      b: {
        typeDefs: `
          interface Item { id: ID! price: Float }
          type Book implements Item @key(fields: "id") { id: ID! price: Float }`,
        rows: {
          Book: [
            { id: 'b1', price: 1 },
            { id: 'b2', price: 2 },
          ],
        },
      },
    },
    [
      {
        it: 'is followed round and round',
        query:
          '{ item { __typename related { id ... on Book { price } related { related { __typename id price } } } } }',
        data: {
          item: {
            __typename: 'Book',
            related: [
              { id: 'b2', price: 2, related: [{ related: [{ __typename: 'Book', id: 'b2', price: 2 }] }] },
            ],
          },
        },
      },
      {
        it: 'is one value when asked of the interface and of its type',
        query: '{ item { related { __typename } ... on Book { related { id price related { id } } } } }',
        data: { item: { related: [{ __typename: 'Book', id: 'b2', price: 2, related: [{ id: 'b2' }] }] } },
      },
    ],
  );
});

describe('an interface that promises less than its only type does in one of its services', () => {
  answers(
    {
      a: {
        typeDefs: `
          type Query { item: Item }
          interface Item { next: Item }
          type Book implements Item @key(fields: "id") { id: ID! next: Book! @shareable }`,
        resolvers: {
          Query: { item: () => ({ __typename: 'Book', id: 'b1' }) },
          Book: { next: () => ({ id: 'b2' }) },
        },
      },
      b: {
        typeDefs: `type Book @key(fields: "id") { id: ID! next: Book @shareable price: Float }`,
        rows: { Book: [{ id: 'b2', price: 2 }] },
      },
    },
    [
      {
        it: 'is asked for both under one name',
        query: '{ item { next { __typename } ... on Book { next { id price } } } }',
        data: { item: { next: { __typename: 'Book', id: 'b2', price: 2 } } },
      },
    ],
  );
});

describe('an interface of many types, each of which refers to itself', () => {
  const types = ['A', 'B', 'C', 'D'];
  const aliases = Array.from({ length: 60 }, (_, i) => `a${i}`);
  const one = { __typename: 'B', name: 'b', size: 1 };
  answers(
    {
      items: {
        typeDefs: `
          type Query { item: Item }
          interface Item { same: Item name: String size: Int }
          ${types.map(type => `type ${type} implements Item { same: ${type} name: String size: Int }`).join('\n')}`,
        resolvers: { Query: { item: () => one }, B: { same: () => one } },
      },
    },
    [
      {
        it: 'is one value also where there is too much to say type by type',
        query: `{ item { ${aliases.map(a => `${a}: same { name }`).join(' ')} same { name } ... on B { same { size } } } }`,
        data: {
          item: {
            ...Object.fromEntries(aliases.map(alias => [alias, { name: 'b' }])),
            same: { name: 'b', size: 1 },
          },
        },
      },
    ],
  );
});

describe('what a service provides below an interface', () => {
  const provided = { id: 'c1', name: 'cat' };
  answers(
    {
      a: {
        typeDefs: `
          type Query { media: Media @shareable book: Book @provides(fields: "animals { ... on Dog { name } }") }
          interface Media { id: ID! }
          interface Animal { id: ID! }
          type Book implements Media @key(fields: "id") { id: ID! animals: [Animal] @shareable }
          type Dog implements Animal @key(fields: "id") { id: ID! name: String @external }
          type Cat implements Animal @key(fields: "id") { id: ID! }`,
        rows: { Book: [{ id: 'm1' }] },
        resolvers: {
          Query: {
            media: () => ({ __typename: 'Book', id: 'm1' }),
            book: () => ({ id: 'm1' }),
          },
          Book: {
            animals: () => [
              { __typename: 'Dog', id: 'd1', name: 'dog' },
              { __typename: 'Cat', id: 'c1', name: 'never' },
            ],
          },
        },
      },
      b: {
        typeDefs: `
          type Query { media: Media @shareable @provides(fields: "animals { id name }") }
          interface Media { id: ID! animals: [Animal] }
          interface Animal { id: ID! name: String }
          type Book implements Media { id: ID! @shareable animals: [Animal] @external }
          type Dog implements Animal { id: ID! @external name: String @external }
          type Cat implements Animal { id: ID! @external name: String @external }`,
        resolvers: {
          Query: {
            media: () => ({
              __typename: 'Book',
              id: 'm1',
              animals: [
                { __typename: 'Dog', id: 'd1', name: 'dog' },
                { __typename: 'Cat', ...provided },
              ],
            }),
          },
        },
      },
      c: {
        typeDefs: `
          interface Animal { id: ID! name: String }
          type Dog implements Animal @key(fields: "id") { id: ID! name: String @shareable age: Int }
          type Cat implements Animal @key(fields: "id") { id: ID! name: String @shareable age: Int }`,
        rows: { Dog: [{ id: 'd1', name: 'dog', age: 1 }], Cat: [{ ...provided, age: 2 }] },
      },
    },
    [
      {
        it: 'is taken from there',
        query: '{ media { id animals { id name } } }',
        data: { media: { id: 'm1', animals: [{ id: 'd1', name: 'dog' }, provided] } },
        calls: ['b'],
      },
      {
        it: 'is joined with what is not provided',
        query: '{ media { id animals { id name ... on Cat { age } } } }',
        data: {
          media: {
            id: 'm1',
            animals: [
              { id: 'd1', name: 'dog' },
              { ...provided, age: 2 },
            ],
          },
        },
      },
    ],
  );
});

describe('what a service provides below a union', () => {
  answers(
    {
      a: {
        typeDefs: `
          type Query { media: [Media] @provides(fields: "... on Book { title }") }
          union Media = Book | Movie
          type Book @key(fields: "id") { id: ID! title: String @external }
          type Movie @key(fields: "id") { id: ID! }`,
        resolvers: {
          Query: {
            media: () => [
              { __typename: 'Book', id: 'm1', title: 'provided' },
              { __typename: 'Movie', id: 'm2' },
            ],
          },
        },
      },
      b: {
        typeDefs: `
          type Book @key(fields: "id") { id: ID! title: String @shareable }
          type Movie @key(fields: "id") { id: ID! title: String @shareable }`,
        rows: { Movie: [{ id: 'm2', title: 'joined' }] },
        resolvers: { Book: { title: never('a field that was provided was asked for again') } },
      },
    },
    [
      {
        it: 'is taken from there, and the rest joined',
        query: '{ media { ... on Book { id title } ... on Movie { title } } }',
        data: { media: [{ id: 'm1', title: 'provided' }, { title: 'joined' }] },
      },
      {
        it: 'is nothing where nobody asks',
        query: '{ media { ... on Book { id } ... on Movie { id } } }',
        data: { media: [{ id: 'm1' }, { id: 'm2' }] },
        calls: ['a'],
      },
    ],
  );
});
