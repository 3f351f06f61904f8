import * as fc from 'fast-check';
import {
  buildSchema,
  defaultFieldResolver,
  type ExecutionResult,
  execute,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getVariableValues,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { randomOperation } from '../testing/random-operation';
import { CompiledOperation } from './compiled-operation';
import { loaderById } from './loader';

const schema = buildSchema(`
  type Query { me: Person people(first: Int = 2, name: String): [Person!]! node(id: ID!): Node things: [Thing] grid: [[Int!]]! }
  type Mutation { rename(id: ID!, name: String): Person! remove(id: ID!): Boolean }
  interface Node { id: ID! }
  union Thing = Person | Place
  enum Mood { GOOD BAD }
  type Person implements Node { id: ID! name: String age: Int mood: Mood! friends(first: Int): [Person] best: Person! home: Place tags: [String!] }
  type Place implements Node { id: ID! name: String! score: Float people: [Person!] }
`);

/** The world an operation is answered from: everything follows from the place in the answer and a number. */
interface World {
  readonly seed: number;
  readonly calls: string[];
}

function chance(world: World, place: string, kinds: number): number {
  let hash = world.seed * 2_654_435_761;
  for (const character of place) hash = (Math.imul(hash ^ character.charCodeAt(0), 16_777_619) >>> 0) + 1;
  return (hash >>> 3) % kinds;
}

function madeUp(type: GraphQLOutputType, world: World, place: string): unknown {
  if (isNonNullType(type)) return madeUp(type.ofType, world, place);
  const kind = chance(world, place, 24);
  if (kind === 0) return null;
  if (kind === 1) return new Error(`no ${place}`);
  if (world.seed % 2 === 0 && kind === 2) return Promise.reject(new Error(`no ${place} later`));
  if (world.seed % 2 === 0 && kind < 8) return Promise.resolve().then(() => plainValue(type, world, place));
  return plainValue(type, world, place);
}

function plainValue(type: GraphQLOutputType, world: World, place: string): unknown {
  if (isListType(type)) {
    if (chance(world, `${place}#`, 20) === 0) return 'no list';
    const items = [0, 1].map(index => () => madeUp(type.ofType, world, `${place}.${index}`));
    // Of items that fail at once beside others that fail later, graphql-js forgets the latter: an unhandled rejection.
    return items.map(item => (world.seed % 2 === 0 ? Promise.resolve().then(item) : item()));
  }
  const named = getNamedType(type);
  if (isObjectType(named)) return { __typename: named.name };
  if (isAbstractType(named)) {
    const possible = schema.getPossibleTypes(named);
    const name = possible[chance(world, `${place}?`, possible.length)]!.name;
    return { __typename: chance(world, `${place}!`, 12) === 0 ? 'Mood' : name };
  }
  if (isEnumType(named)) return ['GOOD', 'BAD', 'UGLY'][chance(world, `${place}=`, 3)];
  return named.name === 'Int' || named.name === 'Float' ? [1, 2.5, 'text'][chance(world, place, 3)] : place;
}

for (const type of Object.values(schema.getTypeMap())) {
  if (!isObjectType(type) || type.name.startsWith('__')) continue;
  for (const field of Object.values(type.getFields())) {
    field.resolve = (source, args, world: World, info) => {
      const keys: unknown[] = [];
      for (let at: typeof info.path | undefined = info.path; at !== undefined; at = at.prev)
        keys.push(at.key);
      const place = `${keys.reverse().join('.')}${JSON.stringify(args)}`;
      world.calls.push(`${info.parentType.name}.${info.fieldName} ${place} ${info.fieldNodes.length}`);
      const given = defaultFieldResolver(source, args, world, info);
      return given ?? madeUp(field.type, world, place);
    };
  }
}

function compiled(over: GraphQLSchema, query: string): CompiledOperation | undefined {
  const { definitions } = parse(query);
  const fragments = Object.fromEntries(
    definitions
      .filter((each): each is FragmentDefinitionNode => each.kind === Kind.FRAGMENT_DEFINITION)
      .map(each => [each.name.value, each]),
  );
  const operation = definitions.find(
    each => each.kind === Kind.OPERATION_DEFINITION,
  ) as OperationDefinitionNode;
  return CompiledOperation.of(over, operation, fragments);
}

async function byCompiled(over: GraphQLSchema, query: string, variables: object, context: unknown) {
  const operation = compiled(over, query);
  const { coerced } = getVariableValues(
    over,
    operation?.operation.variableDefinitions ?? [],
    variables as Record<string, unknown>,
  );
  // Variables that are wrong never come here: @apollo/server says so (operations.ts).
  return coerced && operation?.execute(context, coerced);
}

/** The positions that became null. Of several errors that cause the same null, each executor may report a different one. */
function nulls({ data, errors = [] }: ExecutionResult): string[] {
  const places = errors.map(({ path = [] }) => {
    let value: unknown = data;
    let depth = 0;
    for (; depth < path.length && value != null; depth++)
      value = (value as Record<string, unknown>)[path[depth]!];
    return path.slice(0, depth).join('.');
  });
  return [...new Set(places)].sort();
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));

describe('a compiled operation', () => {
  it('answers what graphql-js answers, whatever is asked and whatever fails', async () => {
    let compared = 0;
    let failures = 0;
    await fc.assert(
      fc.asyncProperty(fc.gen(), fc.nat({ max: 10_000 }), fc.boolean(), async (g, seed, isMutation) => {
        const root = (isMutation ? schema.getMutationType() : schema.getQueryType()) as GraphQLCompositeType;
        const { query, variables } = randomOperation(g, schema, root);
        const document = parse(query);
        if (validate(schema, document).length > 0) return;
        const theirs: World = { seed, calls: [] };
        const ours: World = { seed, calls: [] };
        const expected = await execute({ schema, document, variableValues: variables, contextValue: theirs });
        const actual = await byCompiled(schema, query, variables, ours);
        if (actual === undefined) return;
        compared++;
        if (expected.errors !== undefined) failures++;
        expect(JSON.stringify(actual.data)).toBe(JSON.stringify(expected.data));
        expect(nulls(actual)).toEqual(nulls(expected));
        if (expected.errors?.length === 1 && actual.errors?.length === 1 && expected.data !== null) {
          const [mine] = plain(actual.errors) as { message: string; path: unknown }[];
          const [wanted] = plain(expected.errors) as { message: string; path: unknown }[];
          // Of several errors that make the same null only one is reported, and the executors may report different ones.
          const isSame = JSON.stringify(mine!.path) === JSON.stringify(wanted!.path);
          if (isSame && !wanted!.message.startsWith('Abstract type')) expect(mine).toEqual(wanted);
        }
        if (expected.errors === undefined) expect([...ours.calls].sort()).toEqual([...theirs.calls].sort());
      }),
      { numRuns: 400, endOnFailure: true },
    );
    expect(compared).toBeGreaterThan(100);
    expect(failures).toBeGreaterThan(30);
    expect(compared - failures).toBeGreaterThan(20);
  }, 60_000);

  it('lets no rejection of an item escape when another item fails at once', async () => {
    const list = buildSchema('type Query { items: [Int!] }');
    list.getQueryType()!.getFields()['items']!.resolve = () => [Promise.reject(new Error('later')), null];
    const { data, errors } = (await byCompiled(list, '{ items }', {}, {}))!;
    expect(data).toEqual({ items: null });
    expect(errors!.map(({ message }) => message)).toEqual([
      'Cannot return null for non-nullable field Query.items.',
    ]);
  });

  const family = `
    type Query { people: [Person]! }
    type Person { id: ID! name: String boss: Person! tags: [String!]! }
  `;

  function loadedFamily(
    rows: (ids: readonly string[]) => Promise<{ id: string; name: string }[]>,
  ): GraphQLSchema {
    const loaded = buildSchema(family);
    const loader = loaderById(rows);
    const person = (loaded.getType('Person') as GraphQLObjectType).getFields();
    loaded.getQueryType()!.getFields()['people']!.resolve = () => [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
    person['name']!.resolve = ({ id }) => loader.load(id).then(row => row?.name ?? null);
    person['boss']!.resolve = ({ id }) =>
      loader.load(`${id}'s boss`).then(row => {
        if (row?.name === 'secret') throw new Error('that is a secret');
        return row;
      });
    person['tags']!.resolve = ({ id }) =>
      loader.load(id).then(row => (row === null ? null : [row.name, null]));
    return loaded;
  }

  it('reads what all objects of a list wait for together, and makes nulls only where one failed', async () => {
    const asked: (readonly string[])[] = [];
    const loaded = loadedFamily(async ids => {
      asked.push(ids);
      return ids
        .filter(id => id !== 'c' && id !== "c's boss")
        .map(id => ({ id, name: id === "b's boss" ? 'secret' : id.toUpperCase() }));
    });
    const { data, errors } = (await byCompiled(loaded, '{ people { name boss { id } } }', {}, {}))!;
    expect(asked).toEqual([['a', "a's boss", 'b', "b's boss", 'c', "c's boss"]]);
    expect(data).toEqual({ people: [{ name: 'A', boss: { id: "a's boss" } }, null, null] });
    expect(errors!.map(({ message, path }) => [message, path])).toEqual([
      ['that is a secret', ['people', 1, 'boss']],
      ['Cannot return null for non-nullable field Person.boss.', ['people', 2, 'boss']],
    ]);
  });

  it('reports one error of an object that several fields make null, and no error from below a null', async () => {
    const loaded = loadedFamily(async ids => ids.map(id => ({ id, name: 'secret' })));
    const { data, errors } = (await byCompiled(loaded, '{ people { tags boss { boss { id } } } }', {}, {}))!;
    expect(data).toEqual({ people: [null, null, null] });
    expect(errors!.map(({ path }) => path)).toEqual([
      ['people', 0, 'tags', 1],
      ['people', 1, 'tags', 1],
      ['people', 2, 'tags', 1],
    ]);
  });

  it('fails each field that waited when the batch fails', async () => {
    const loaded = loadedFamily(() => Promise.reject(new Error('the database is gone')));
    const { data, errors } = (await byCompiled(loaded, '{ people { name } }', {}, {}))!;
    expect(data).toEqual({ people: [{ name: null }, { name: null }, { name: null }] });
    expect(errors!.map(({ message, path }) => [message, path])).toEqual(
      [0, 1, 2].map(index => ['the database is gone', ['people', index, 'name']]),
    );
  });

  it('does not begin the next field of a mutation when one has failed that must not be null', async () => {
    const begun: string[] = [];
    const strict = buildSchema('type Query { a: Int } type Mutation { first: Int! second: Int }');
    const fields = strict.getMutationType()!.getFields();
    fields['first']!.resolve = () => Promise.reject(new Error('no'));
    fields['second']!.resolve = () => begun.push('second');
    const { data, errors } = (await byCompiled(strict, 'mutation { first second }', {}, {}))!;
    expect([data, errors!.length, begun]).toEqual([null, 1, []]);
  });

  it('runs the fields of a mutation one after the other', async () => {
    const order: string[] = [];
    const slow = buildSchema('type Query { a: Int } type Mutation { first: Int second: Int }');
    const fields = slow.getMutationType()!.getFields();
    fields['first']!.resolve = async () => {
      await new Promise(resolve => setTimeout(resolve, 5));
      order.push('first');
      return 1;
    };
    fields['second']!.resolve = () => order.push('second');
    expect(plain(await byCompiled(slow, 'mutation { first second }', {}, {}))).toEqual({
      data: { first: 1, second: 2 },
    });
    expect(order).toEqual(['first', 'second']);
  });

  it('makes a null where an argument that a variable left out is needed', async () => {
    const query = 'query ($id: ID = "1") { node(id: $id) { id } }';
    const variables = { id: null };
    const { coerced } = getVariableValues(
      schema,
      compiled(schema, query)!.operation.variableDefinitions!,
      variables,
    );
    const world: World = { seed: 1, calls: [] };
    const expected = await execute({
      schema,
      document: parse(query),
      variableValues: variables,
      contextValue: world,
    });
    expect(expected.errors).toHaveLength(1);
    expect(plain(await compiled(schema, query)!.execute(world, coerced!))).toEqual(plain(expected));
  });

  it.each([
    ['introspection', '{ __schema { queryType { name } } }'],
    ['a key that would change the object it is written into', '{ __proto__: me { id } }'],
    ['a subscription', 'subscription { ticks }'],
    [
      'fragments that repeat without end',
      `{ me { ...F0 } } ${Array.from({ length: 25 }, (_, index) => `fragment F${index} on Person { a: best { ...F${index + 1} } b: best { ...F${index + 1} } }`).join(' ')} fragment F25 on Person { id }`,
    ],
  ])('leaves %s to graphql-js', (_, query) => {
    const ticking = buildSchema('type Query { a: Int } type Subscription { ticks: Int }');
    expect(compiled(query.startsWith('subscription') ? ticking : schema, query)).toBeUndefined();
  });

  it('leaves a condition that is null to graphql-js, which refuses it', async () => {
    const query = 'query ($yes: Boolean = true) { me @include(if: $yes) { id } }';
    expect(compiled(schema, query)!.execute({ seed: 1, calls: [] }, { yes: null })).toBeUndefined();
  });
});
