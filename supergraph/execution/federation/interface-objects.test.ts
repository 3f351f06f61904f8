import { answers } from '../testing/cases';

const users = [
  { __typename: 'Admin', id: 'u1', name: 'Ann', isMain: false },
  { __typename: 'Guest', id: 'u2', name: 'Bob', until: 'May' },
];
const bob = { id: 'u2', visits: 20, friends: [] };
const counted = [{ id: 'u1', visits: 10, friends: [bob] }, bob];
const ids = users.map(({ id }) => ({ id }));

describe('an interface object', () => {
  answers(
    {
      accounts: {
        typeDefs: `
          type Query { accounts: [Account!]! admin: Admin }
          interface Account @key(fields: "id") { id: ID! name: String }
          type Admin implements Account @key(fields: "id") { id: ID! name: String isMain: Boolean! isActive: Boolean! @shareable }
          type Guest implements Account @key(fields: "id") { id: ID! name: String until: String }`,
        rows: {
          Admin: users.slice(0, 1).map(u => ({ ...u, isActive: true })),
          Guest: users.slice(1),
          Account: users.map(u => ({ ...u, isActive: true })),
        },
        resolvers: {
          Query: { accounts: () => users.map(u => ({ ...u, isActive: true })), admin: () => users[0] },
        },
      },
      stats: {
        typeDefs: `
          type Query { busy: [Account!]! busiest: Account }
          type Account @key(fields: "id") @interfaceObject { id: ID! visits: Int! friends: [Account!] }`,
        rows: {
          Account: counted,
        },
        resolvers: {
          Query: {
            busy: () => counted,
            busiest: () => bob,
          },
        },
      },
    },
    [
      {
        it: 'adds its fields to every type of the interface',
        query: '{ accounts { id name visits } admin { isMain visits } }',
        data: {
          accounts: [
            { id: 'u1', name: 'Ann', visits: 10 },
            { id: 'u2', name: 'Bob', visits: 20 },
          ],
          admin: { isMain: false, visits: 10 },
        },
      },
      {
        it: 'is asked nothing else where it can answer by itself',
        query: '{ busy { id visits } }',
        data: {
          busy: [
            { id: 'u1', visits: 10 },
            { id: 'u2', visits: 20 },
          ],
        },
        calls: ['stats'],
      },
      {
        it: 'learns the type from who knows it',
        query: '{ busy { __typename visits } busiest { __typename } }',
        data: {
          busy: [
            { __typename: 'Admin', visits: 10 },
            { __typename: 'Guest', visits: 20 },
          ],
          busiest: { __typename: 'Guest' },
        },
      },
      {
        it: 'learns what types have of their own',
        query: '{ busy { ... on Admin { isMain isActive } ... on Guest { until visits } } }',
        data: {
          busy: [
            { isMain: false, isActive: true },
            { until: 'May', visits: 20 },
          ],
        },
      },
      {
        it: 'learns fields of the interface, before and behind other interface objects',
        query:
          '{ busy { name friends { name t: __typename friends { id } } } accounts { friends { visits name } } }',
        data: {
          busy: [
            { name: 'Ann', friends: [{ name: 'Bob', t: 'Guest', friends: [] }] },
            { name: 'Bob', friends: [] },
          ],
          accounts: [{ friends: [{ visits: 20, name: 'Bob' }] }, { friends: [] }],
        },
      },
      {
        it: 'adds a field to one type only, when one is asked',
        query: '{ accounts { ... on Admin { visits } id } busy { ... on Guest { visits } } }',
        data: { accounts: [{ visits: 10, id: 'u1' }, { id: 'u2' }], busy: [{}, { visits: 20 }] },
      },
      {
        it: 'is read in fragments on the interface, in fragments on types',
        query:
          '{ busy { ...A ... on Account { ... on Admin { ...A } } } } fragment A on Account { id visits }',
        data: {
          busy: [
            { id: 'u1', visits: 10 },
            { id: 'u2', visits: 20 },
          ],
        },
      },
    ],
  );
});

const named = [
  { __typename: 'User', id: 'u1', name: 'Ann', age: 11 },
  { __typename: 'User', id: 'u2', name: 'Bob', age: 22 },
];

describe('an interface object whose fields require others', () => {
  answers(
    {
      a: {
        typeDefs: `
          type Query { users: [NodeWithName!]! }
          interface NodeWithName @key(fields: "id") { id: ID! name: String }
          type User implements NodeWithName @key(fields: "id") { id: ID! name: String age: Int }`,
        rows: { User: named, NodeWithName: named },
        resolvers: { Query: { users: () => named } },
      },
      b: {
        typeDefs: `
          type Query { others: [NodeWithName!]! }
          type NodeWithName @key(fields: "id") @interfaceObject { id: ID! name: String @external username: String @requires(fields: "name") }`,
        rows: { NodeWithName: ids },
        resolvers: {
          Query: { others: () => ids },
          NodeWithName: { username: ({ name }: { name: string }) => `@${name}` },
        },
      },
    },
    ['users', 'others'].flatMap(root => [
      {
        it: `sends them from the first service: ${root}`,
        query: `{ ${root} { id name username } }`,
        data: {
          [root]: [
            { id: 'u1', name: 'Ann', username: '@Ann' },
            { id: 'u2', name: 'Bob', username: '@Bob' },
          ],
        },
      },
      {
        it: `answers a type's own fields beside them: ${root}`,
        query: `{ ${root} { ... on User { age id username } name } }`,
        data: {
          [root]: [
            { age: 11, id: 'u1', username: '@Ann', name: 'Ann' },
            { age: 22, id: 'u2', username: '@Bob', name: 'Bob' },
          ],
        },
      },
    ]),
  );
});

describe('an interface object that extends what a third service extends', () => {
  answers(
    {
      media: {
        typeDefs: `
          type Query { media: Media }
          interface Media @key(fields: "id") { id: ID! title: String }
          type Video implements Media @key(fields: "id") { id: ID! title: String length: Int }
          type Article implements Media @key(fields: "id") { id: ID! title: String words: Int }`,
        rows: {
          Video: [{ id: '1', title: 'V', length: 100 }],
          Media: [{ __typename: 'Video', id: '1', title: 'V', length: 100 }],
        },
        resolvers: { Query: { media: () => ({ __typename: 'Video', id: '1', title: 'V', length: 100 }) } },
      },
      authors: {
        typeDefs: `
          type Query { author: String }
          extend type Video @key(fields: "id") { id: ID! author: String }`,
        rows: { Video: [{ id: '1', author: 'John' }] },
        resolvers: { Query: { author: () => 'John' } },
      },
      lists: {
        typeDefs: `
          type Query { list: List }
          type List @key(fields: "id") { id: ID! media: Media }
          type Media @key(fields: "id") @interfaceObject { id: ID! }`,
        rows: { Media: [{ id: '1' }] },
        resolvers: { Query: { list: () => ({ id: 'l', media: { id: '1' } }) } },
      },
    },
    [
      {
        it: 'reaches both',
        query:
          '{ media { id title ... on Video { length author } ... on Article { words } } author list { id media { id ... on Video { length author } } } }',
        data: {
          media: { id: '1', title: 'V', length: 100, author: 'John' },
          author: 'John',
          list: { id: 'l', media: { id: '1', length: 100, author: 'John' } },
        },
      },
    ],
  );
});

describe('an interface object nobody can resolve', () => {
  answers(
    {
      a: {
        typeDefs: `
          type Query { a: Node product: Product }
          interface Node { id: ID! }
          type Other { id: ID! }
          interface Product @key(fields: "id") { id: ID! }
          type Bread implements Product @key(fields: "id") { id: ID! }`,
        rows: { Bread: [{ id: 'p1' }], Product: [{ __typename: 'Bread', id: 'p1' }] },
        resolvers: {
          Query: {
            a: () => ({ __typename: 'Other', id: 'n1' }),
            product: () => ({ __typename: 'Bread', id: 'p1' }),
          },
        },
      },
      b: {
        typeDefs: `
          type Query { b: Node }
          type Node @key(fields: "id", resolvable: false) @interfaceObject { id: ID! field: String }`,
        resolvers: { Query: { b: () => ({ id: 'n1', field: 'foo' }) } },
      },
    },
    [
      {
        it: 'answers what it has itself',
        query: '{ b { id field } }',
        data: { b: { id: 'n1', field: 'foo' } },
        calls: ['b'],
      },
      {
        it: 'is no answer to a type that nobody knows',
        query: '{ a { id } }',
        data: { a: null },
        errors: ['DOWNSTREAM_SERVICE_ERROR'],
      },
      { it: 'leaves the others alone', query: '{ product { id } }', data: { product: { id: 'p1' } } },
      {
        it: 'leaves their types alone',
        query: '{ product { ... on Bread { id } __typename } }',
        data: { product: { id: 'p1', __typename: 'Bread' } },
      },
      {
        it: 'is an error where it is the only way',
        query: '{ a { field } }',
        errors: ['OPERATION_NOT_SUPPORTED'],
      },
    ],
  );
});

describe('type names', () => {
  const admin = { __typename: 'Admin', id: 'u1', password: 'p' };
  answers(
    {
      a: {
        typeDefs: `
          type Query { union: Product interface: Node users: [User!]! }
          union Product = Oven | Toaster
          interface Node { id: ID! }
          type Oven implements Node { id: ID! }
          type Toaster implements Node { warranty: Int id: ID! }
          interface User @key(fields: "id") { id: ID! }
          type Admin implements User @key(fields: "id") { id: ID! password: String }`,
        rows: { Admin: [admin], User: [admin] },
        resolvers: {
          Query: {
            union: () => ({ __typename: 'Oven', id: '1' }),
            interface: () => ({ __typename: 'Toaster', id: '2' }),
            users: () => [admin],
          },
        },
      },
      b: {
        typeDefs: `type User @key(fields: "id") @interfaceObject { id: ID! name: String }`,
        rows: { User: [{ id: 'u1', name: 'Ann' }] },
      },
    },
    [
      { it: 'of a union', query: '{ union { __typename } }', data: { union: { __typename: 'Oven' } } },
      {
        it: 'of a union, several times under aliases',
        query: '{ union { __typename typename: __typename t: __typename } }',
        data: { union: { __typename: 'Oven', typename: 'Oven', t: 'Oven' } },
      },
      {
        it: 'in fragments that apply and fragments that do not',
        query:
          '{ union { typename: __typename ... on Oven { t: __typename } ... on Toaster { x: __typename } ... on Node { n: __typename } } }',
        data: { union: { typename: 'Oven', t: 'Oven', n: 'Oven' } },
      },
      {
        it: 'of an interface, only under an alias',
        query: '{ interface { t: __typename } }',
        data: { interface: { t: 'Toaster' } },
      },
      {
        it: 'of entities joined to an interface object',
        query: '{ users { id name __typename a: __typename } }',
        data: { users: [{ id: 'u1', name: 'Ann', __typename: 'Admin', a: 'Admin' }] },
      },
      {
        it: 'of the root, alone',
        query: '{ __typename a: __typename }',
        data: { __typename: 'Query', a: 'Query' },
        calls: [],
      },
    ],
  );
});
