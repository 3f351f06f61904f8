import { answers } from '../testing/cases';

const users = [
  { id: 'u1', type: 'REGULAR' },
  { id: 'u2', type: 'ANONYMOUS' },
];

describe('an enum of which a service hides a value', () => {
  answers(
    {
      a: {
        typeDefs: `
          type Query { users: [User!]! byType(type: UserType): [User!]! }
          type User @key(fields: "id") { id: ID! type: UserType }
          enum UserType { REGULAR ANONYMOUS @inaccessible }`,
        resolvers: {
          Query: {
            users: () => users,
            byType: (_: unknown, { type }: { type: string }) => users.filter(u => u.type === type),
          },
        },
      },
      b: {
        typeDefs: `
          type Query { usersB: [User!]! }
          type User @key(fields: "id") { id: ID! typeB: UserType mustType: UserType! }
          enum UserType { REGULAR }`,
        rows: { User: users.map(({ id }) => ({ id, typeB: 'REGULAR', mustType: 'REGULAR' })) },
        resolvers: { Query: { usersB: () => [{ id: 'u1', typeB: 'REGULAR' }] } },
      },
    },
    [
      { it: 'is not in the way', query: '{ users { id } }', data: { users: [{ id: 'u1' }, { id: 'u2' }] } },
      {
        it: 'nulls that value, and says so without saying it',
        query: '{ users { id type } }',
        data: {
          users: [
            { id: 'u1', type: 'REGULAR' },
            { id: 'u2', type: null },
          ],
        },
        errors: ['INVALID_SUBGRAPH_RESPONSE'],
      },
      {
        it: 'takes the others as arguments',
        query: '{ byType(type: REGULAR) { id type } usersB { typeB } }',
        data: { byType: [{ id: 'u1', type: 'REGULAR' }], usersB: [{ typeB: 'REGULAR' }] },
      },
      {
        it: 'does not take that value as an argument',
        query: '{ byType(type: ANONYMOUS) { id } }',
        errors: ['GRAPHQL_VALIDATION_FAILED'],
      },
      {
        it: 'does not take that value as a variable',
        query: 'query($type: UserType) { byType(type: $type) { id } }',
        variables: { type: 'ANONYMOUS' },
        errors: ['VALIDATION_FAILED'],
      },
    ],
  );
});

describe('an input object of which services know other fields', () => {
  answers(
    {
      a: {
        typeDefs: `
          type Query { inA(filter: Filter!): [User!]! }
          input Filter { first: Int! }
          type User @key(fields: "id") { id: ID! }`,
        resolvers: {
          Query: {
            inA: (_: unknown, { filter }: { filter: { first: number } }) => users.slice(0, filter.first),
          },
        },
      },
      b: {
        typeDefs: `
          type Query { inB(filter: Filter!): [User!]! }
          input Filter { first: Int! offset: Int }
          type User @key(fields: "id") { id: ID! }`,
        resolvers: { Query: { inB: () => users } },
      },
    },
    [
      {
        it: 'has what all know',
        query: '{ inA(filter: { first: 1 }) { id } }',
        data: { inA: [{ id: 'u1' }] },
      },
      {
        it: 'has it in variables',
        query:
          'query($filter: Filter! = { first: 2 }) { inA(filter: $filter) { id } inB(filter: $filter) { id } }',
        variables: {},
        data: { inA: [{ id: 'u1' }, { id: 'u2' }], inB: [{ id: 'u1' }, { id: 'u2' }] },
      },
      ...['inA', 'inB'].map(root => ({
        it: `has nothing else: ${root}`,
        query: `{ ${root}(filter: { first: 1, offset: 2 }) { id } }`,
        errors: ['GRAPHQL_VALIDATION_FAILED'],
      })),
    ],
  );
});

describe('what is inaccessible', () => {
  const people = [
    { id: 'u1', friends: ['u2'] },
    { id: 'u2', friends: ['u1'] },
  ];
  const friendsOf = (person: { id: string }) =>
    people.filter(p => people.find(one => one.id === person.id)?.friends.includes(p.id));
  answers(
    {
      age: {
        typeDefs: `type Query { inAge: [User!]! @shareable } type User @key(fields: "id") { id: ID age: Int @inaccessible }`,
        rows: { User: people.map(({ id }) => ({ id, age: 7 })) },
        resolvers: { Query: { inAge: () => people.map(({ id }) => ({ id, age: 7 })) } },
      },
      friends: {
        typeDefs: `
          type Query { inFriends: [User!]! }
          type User @key(fields: "id") { id: ID friends(type: FriendType = FAMILY @inaccessible): [User!]! type: FriendType secret: Secret @inaccessible age: Int @external adult: Boolean @requires(fields: "age") }
          type Secret @inaccessible { word: String }
          enum FriendType { FAMILY @inaccessible FRIEND }`,
        rows: { User: people.map(({ id }) => ({ id })) },
        resolvers: {
          Query: { inFriends: () => people.map(({ id }) => ({ id })) },
          User: {
            friends: (user: { id: string }, { type }: { type?: string }) =>
              type === 'FAMILY' ? friendsOf(user).map(({ id }) => ({ id })) : [],
            type: () => 'FAMILY',
            adult: ({ age }: { age: number }) => age > 17,
          },
        },
      },
    },
    [
      ...['inAge', 'inFriends'].map(root => ({
        it: `works where nobody sees it: ${root}`,
        query: `{ ${root} { id friends { id } } }`,
        data: {
          [root]: [
            { id: 'u1', friends: [{ id: 'u2' }] },
            { id: 'u2', friends: [{ id: 'u1' }] },
          ],
        },
      })),
      {
        it: 'can be required',
        query: '{ inFriends { adult } }',
        data: { inFriends: [{ adult: false }, { adult: false }] },
      },
      {
        it: 'is null as a value',
        query: '{ inFriends { type } }',
        data: { inFriends: [{ type: null }, { type: null }] },
        errors: ['INVALID_SUBGRAPH_RESPONSE', 'INVALID_SUBGRAPH_RESPONSE'],
      },
      ...['friends(type: FRIEND) { id }', 'age', 'secret { word }', '... on Secret { word }'].map(field => ({
        it: `is not there to be asked for: ${field}`,
        query: `{ inFriends { ${field} } }`,
        errors: ['GRAPHQL_VALIDATION_FAILED'],
      })),
      {
        it: 'is not in the schema',
        query:
          '{ secret: __type(name: "Secret") { name } user: __type(name: "User") { fields { name args { name } } } enum: __type(name: "FriendType") { enumValues { name } } }',
        data: {
          secret: null,
          user: {
            fields: [
              { name: 'id', args: [] },
              { name: 'friends', args: [] },
              { name: 'type', args: [] },
              { name: 'adult', args: [] },
            ],
          },
          enum: { enumValues: [{ name: 'FRIEND' }] },
        },
      },
    ],
  );
});

// Neither planner hands it on to the services.
describe('a directive of the services that clients write', () => {
  const link = `extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.1", import: ["@key", "@composeDirective"])
    @link(url: "https://specs.example.org/access/v1.0", import: ["@access"])
    @composeDirective(name: "@access")
    enum Scope { PUBLIC PRIVATE }\n`;
  answers(
    {
      a: {
        typeDefs: `${link} directive @access(scope: Scope!) on FIELD type Query { a: String }`,
        resolvers: { Query: { a: () => 'a' } },
      },
      b: {
        typeDefs: `${link} directive @access(scope: Scope! = PUBLIC) on FIELD type Query { b: String }`,
        resolvers: { Query: { b: () => 'b' } },
      },
    },
    [
      {
        it: 'may leave out what has a default somewhere',
        query: '{ a @access b @access }',
        data: { a: 'a', b: 'b' },
      },
      {
        it: 'may be given its argument',
        query: 'query($scope: Scope!) { a @access(scope: PRIVATE) b @access(scope: $scope) }',
        variables: { scope: 'PUBLIC' },
        data: { a: 'a', b: 'b' },
      },
    ],
  );
});
