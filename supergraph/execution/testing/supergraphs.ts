import type { WorldRules } from './world';

export interface Example {
  readonly subgraphs: Readonly<Record<string, string>>;
  readonly rules?: Omit<WorldRules, 'nulls' | 'errors'>;
  /** Apollo's planner fails here: over interface objects its options explode until the heap is full. */
  readonly onlyHive?: boolean;
  /** Stock @apollo/gateway takes a required field for the same whatever its arguments, so the merged schema decides alone. */
  readonly isWrongInStock?: boolean;
}

/** Supergraphs written to be hard, each about one corner of federation. */
export const examples: Readonly<Record<string, Example>> = {
  'joins, provides, requires, hidden enum values': {
    subgraphs: {
      accounts: `
        type Query { me: User users(first: Int = 3): [User!]! role(of: Role): Role roles: [Role] }
        enum Role { ADMIN MEMBER ROOT @inaccessible }
        type User @key(fields: "id") { id: ID! name: String! @shareable role: Role age: Int @tag(name: "x") best: Product secret: String @inaccessible }
        type Product @key(fields: "id") { id: ID! }`,
      products: `
        type Query { products: [Product!] product(id: ID): Product top: [[Product!]] }
        type Product @key(fields: "id") { id: ID! name: String price(currency: String): Float! weight: Int size: Size makers: [User] }
        type Size @shareable { w: Int! h: Int }
        type User @key(fields: "id") { id: ID! made(first: Int): [Product] }`,
      reviews: `
        type Query { reviews: [Review] }
        type Review { body: String! stars: Int author: User @provides(fields: "name") product: Product! }
        type User @key(fields: "id") { id: ID! name: String! @external reviews: [Review!] }
        type Product @key(fields: "id") { id: ID! weight: Int @external size: Size @external reviews: [Review!]! shipping: Int @requires(fields: "weight") box: String @requires(fields: "weight size { w h }") }
        type Size @shareable { w: Int! h: Int }`,
    },
    rules: {
      requires: {
        'Product.shipping': [{ name: 'weight' }],
        'Product.box': [{ name: 'weight' }, { name: 'size', of: ['w', 'h'] }],
      },
    },
  },
  'interfaces and unions with members only some know': {
    subgraphs: {
      a: `
        type Query { media: [Media] featured: Item items: [Item!]! book: Book }
        union Media = Book | Movie
        interface Item { id: ID! title: String }
        type Book implements Item @key(fields: "id") { id: ID! title: String @shareable pages: Int sequel: Book }
        type Movie implements Item @key(fields: "id") { id: ID! title: String @shareable length: Int! cast: [Person!] }
        type Person @key(fields: "id") { id: ID! name: String }`,
      b: `
        type Query { shelf: [Media!] song: Song }
        union Media = Book | Song
        interface Item { id: ID! }
        type Book implements Item @key(fields: "id") { id: ID! title: String @shareable price: Int author: Person related: [Media] }
        type Song implements Item @key(fields: "id") { id: ID! title: String @shareable singer: Person }
        type Person @key(fields: "id") { id: ID! age: Int works: [Media!]! }`,
      c: `
        type Movie @key(fields: "id") { id: ID! rating(scale: Int): Float }
        type Song @key(fields: "id") { id: ID! rating(scale: Int): Float }
        type Book @key(fields: "id") { id: ID! rating(scale: Int): Float }`,
    },
    rules: {
      picks: {
        'Query.media': ['Book', 'Movie'],
        'Query.featured': ['Book', 'Movie'],
        'Query.items': ['Book', 'Movie'],
        'Query.shelf': ['Book', 'Song'],
        'Book.related': ['Book', 'Song'],
        'Person.works': ['Book', 'Song'],
      },
    },
  },
  'interface objects': {
    onlyHive: true,
    subgraphs: {
      nodes: `
        type Query { nodes: [Node!]! node(id: ID!): Node account: Account }
        interface Node @key(fields: "id") { id: ID! label: String }
        type Account implements Node @key(fields: "id") { id: ID! label: String email: String! parent: Node }
        type Group implements Node @key(fields: "id") { id: ID! label: String members: [Account!] }`,
      stats: `
        type Query { popular: [Node] }
        type Node @key(fields: "id") @interfaceObject { id: ID! views: Int! likes(since: Int): Int }`,
      tags: `
        type Node @key(fields: "id") @interfaceObject { id: ID! label: String @external tags: [String!] slug: String @requires(fields: "label") }`,
    },
    rules: {
      requires: { 'Account.slug': [{ name: 'label' }], 'Group.slug': [{ name: 'label' }] },
    },
  },
  'keys of every kind': {
    subgraphs: {
      a: `
        type Query { docs: [Doc!] doc: Doc }
        type Doc @key(fields: "id") { id: ID! title: String }`,
      b: `
        type Query { bdocs: [Doc] }
        type Doc @key(fields: "id") @key(fields: "sku") { id: ID! sku: String! pages: Int }`,
      c: `
        type Query { cdocs: [Doc] }
        type Doc @key(fields: "sku") @key(fields: "owner { id } rev") { sku: String! owner: User! rev: Int! lang: String }
        type User @key(fields: "id") { id: ID! }`,
      d: `
        type Doc @key(fields: "owner { id } rev") { owner: User! @shareable rev: Int! @shareable state: State next: Doc }
        type User @key(fields: "id", resolvable: false) { id: ID! }
        enum State { DRAFT DONE }`,
      users: `
        type Query { user: User }
        type User @key(fields: "id") { id: ID! name: String docs: [Doc!] }
        type Doc @key(fields: "id", resolvable: false) { id: ID! }`,
    },
    rules: {
      fixed: {
        'Doc.sku': n => `sku-${n}`,
        'Doc.owner': n => ({ __typename: 'User', id: `User:${n}` }),
        'Doc.rev': n => n + 10,
      },
      references: {
        Doc: r => {
          const { sku, owner } = r as { sku?: string; owner?: { id: string } };
          return Number(sku ? sku.slice(4) : owner?.id.split(':')[1]);
        },
      },
    },
  },
  'overrides, shared roots and shared values': {
    subgraphs: {
      old: `
        type Query { shared: Box @shareable bills: [Bill!] }
        type Bill @key(fields: "id") { id: ID! amount: Int paid: Boolean customer: Customer }
        type Customer @key(fields: "id") { id: ID! name: String email: String }
        type Box @shareable { a: Int b: String }`,
      new: `
        type Query { shared: Box @shareable customers: [Customer] }
        type Bill @key(fields: "id") { id: ID! amount: Int @override(from: "old") due: Int }
        type Customer @key(fields: "id") { id: ID! email: String @override(from: "old") bills: [Bill!]! }
        type Box @shareable { a: Int c: Float! }`,
    },
  },
  'requires that needs requires, and arguments': {
    isWrongInStock: true,
    subgraphs: {
      a: `
        type Query { posts: [Post] post: Post }
        type Post @key(fields: "id") { id: ID! comments(limit: Int): [Comment!] words: Int }
        type Comment @key(fields: "id") { id: ID! spam: Int by: String }`,
      b: `
        type Post @key(fields: "id") { id: ID! words: Int @external minutes: Int @requires(fields: "words") }`,
      c: `
        type Post @key(fields: "id") { id: ID! minutes: Int @external score: Int @requires(fields: "minutes") comments(limit: Int): [Comment!] @external noise: String @requires(fields: "comments(limit: 2) { spam }") }
        type Comment @key(fields: "id") { id: ID! spam: Int @external }`,
    },
    rules: {
      requires: {
        'Post.minutes': [{ name: 'words' }],
        'Post.score': [{ name: 'minutes' }],
        'Post.noise': [{ name: 'comments', args: { limit: 2 }, of: ['spam'] }],
      },
    },
  },
  'mutations, with input objects and lists': {
    subgraphs: {
      counters: `
        type Query { counter(id: ID): Counter counters(where: Where): [Counter!] }
        type Mutation { add(by: Int = 1): Counter rename(input: Rename!): Counter drop(ids: [ID!]!): Boolean shared(n: Int): Int @shareable both(where: Where): Holder @shareable }
        input Rename { id: ID! name: String = "x" tags: [String!] inner: Inner more: [Inner!] }
        input Inner { on: Boolean! kind: Kind = A table: [[Int]] back: Rename }
        input Where { kind: Kind kinds: [Kind!] = [B] not: Where limit: Int! = 3 ratio: Float }
        enum Kind { A B }
        type Holder @shareable { counter: Counter kind: Kind }
        type Counter @key(fields: "id") { id: ID! value: Int entries(where: Where): [Entry!] }
        type Entry { text(input: Rename): String! at: Float kind: Kind! }`,
      factors: `
        type Mutation { multiply(by: Float!): Counter shared(n: Int): Int @shareable both(where: Where): Holder @shareable clear: [Counter] }
        input Where { kind: Kind kinds: [Kind!] = [B] not: Where limit: Int! = 3 ratio: Float }
        enum Kind { A B }
        type Holder @shareable { counter: Counter kind: Kind }
        type Counter @key(fields: "id") { id: ID! half: Float! owner(where: Where): Owner twin: Counter! }
        type Owner @key(fields: "id") { id: ID! }`,
      owners: `
        type Query { owner: Owner }
        type Mutation { hire(names: [String]): [Owner!]! }
        type Owner @key(fields: "id") { id: ID! name: String counters: [Counter] }
        type Counter @key(fields: "id", resolvable: false) { id: ID! }`,
    },
  },
  'lists in lists, scalars of their own, nulls that rise': {
    subgraphs: {
      a: `
        scalar JSON scalar Date
        type Query { grid: [[Cell!]!] strict: [[Cell!]!]! any(json: JSON, at: Date): JSON must: Cell! maybe: Cell }
        type Cell @key(fields: "id") { id: ID! at: Date! any: JSON rows: [[Cell]!] next: Cell! }`,
      b: `
        scalar JSON scalar Date
        type Query { cells: [Cell] }
        type Cell @key(fields: "id") { id: ID! must: String! mays: [String] musts: [Int!]! all: [[Float!]!]! other: Cell also: [Cell!]! day: Date }`,
      c: `
        type Cell @key(fields: "id") { id: ID! weight: Float! deep: Deep! }
        type Deep { value: Int! cell: Cell! deeper: Deep cells: [Cell!]! }`,
    },
  },
  'interfaces that implement interfaces': {
    subgraphs: {
      a: `
        type Query { pets: [Pet] named: Named nodes: [Node!] any: Any }
        interface Node { id: ID! }
        interface Named implements Node { id: ID! name: String }
        union Pet = Dog | Cat
        union Any = Dog | Cat | House
        type Dog implements Named & Node @key(fields: "id") { id: ID! name: String @shareable barks: Int }
        type Cat implements Named & Node @key(fields: "id") { id: ID! name: String @shareable lives(left: Boolean): Int! }
        type House implements Node @key(fields: "id") { id: ID! pets: [Pet!] street: String }`,
      b: `
        type Query { owned: [Owned] }
        interface Owned { owner: Person }
        interface Node { id: ID! }
        type Dog implements Owned & Node @key(fields: "id") { id: ID! owner: Person! friends: [Owned!] name: String @shareable }
        type House implements Owned & Node @key(fields: "id") { id: ID! owner: Person built: Int }
        type Person implements Node @key(fields: "id") { id: ID! name: String home: House }`,
      c: `
        type Query { people: [Person!] }
        interface Node { id: ID! }
        type Person implements Node @key(fields: "id") { id: ID! age: Int has: [Node] }
        type Cat implements Node @key(fields: "id") { id: ID! owner: Person }
        type House implements Node @key(fields: "id") { id: ID! guests: [Person] }`,
    },
    rules: {
      picks: {
        'Query.any': ['Dog', 'Cat', 'House'],
        'Query.nodes': ['Dog', 'Cat', 'House'],
        'Query.owned': ['Dog', 'House'],
        'Dog.friends': ['Dog', 'House'],
        'Person.has': ['Person', 'Cat', 'House'],
      },
    },
  },
  'provided under interfaces and unions, values spread over services': {
    subgraphs: {
      a: `
        type Query { media: [Media] @provides(fields: "... on Book { title }") shelf: Shelf stock: Stock @shareable }
        union Media = Book | Film
        type Book @key(fields: "id") { id: ID! title: String @external }
        type Film @key(fields: "id") { id: ID! }
        type Shelf @key(fields: "id") { id: ID! best: Media @provides(fields: "... on Book { title }") label: Label @shareable }
        type Label { text: String @shareable color: Color @shareable a: Int }
        type Color { name: String! @shareable a: Int }
        type Stock { level: Int @shareable color: Color @shareable a: String }`,
      b: `
        type Query { book: Book stock: Stock @shareable }
        type Book @key(fields: "id") { id: ID! title: String @shareable pages: Int }
        type Film @key(fields: "id") { id: ID! title: String @shareable minutes: Int! }
        type Shelf @key(fields: "id") { id: ID! label: Label @shareable width: Int }
        type Label { text: String @shareable color: Color @shareable b: Int }
        type Color { name: String! @shareable b: Int! }
        type Stock { level: Int @shareable color: Color @shareable b: [String!] }`,
      c: `
        type Query { film: Film }
        type Film @key(fields: "id") { id: ID! cast(first: Int): [Actor!] }
        type Actor @key(fields: "id") { id: ID! name: String films: [Film!] favourite: Book @provides(fields: "title") }
        type Book @key(fields: "id") { id: ID! title: String @external }`,
    },
  },
};
