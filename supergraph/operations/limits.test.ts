import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import {
  buildSchema,
  getIntrospectionQuery,
  OverlappingFieldsCanBeMergedRule,
  parse,
  print,
  validate,
} from 'graphql';
import { projectRoot } from '../../platform/project-root';
import { randomOperation } from '../../platform/testing/random-operation';
import { federate } from '../execution/testing/federation';
import { checkFieldMerging } from './field-merging';

const one = {
  typeDefs: `
    type Query { a: A list(first: Int = 10): [A!] @listSize(slicingArguments: ["first"], requireOneSlicingArgument: false) page(first: Int): Page big: [A] @listSize(assumedSize: 500) dear: Int @cost(weight: 100) }
    type Mutation { m: Int }
    type Page { nodes: [A] }
    type A { a: A id: ID list(first: Int): [A] n(x: Int): Int }`,
  resolvers: { Query: { a: () => ({ id: '1', n: 1 }), dear: () => 1 } },
};
const { executor, ask } = federate({ one });

async function refusal(query: string, variables?: Record<string, unknown>): Promise<string> {
  const before = process.cpuUsage();
  const result = await executor.execute({ query, variables }, { identity: '', headers: {} });
  const { user, system } = process.cpuUsage(before);
  // Of this process, so that a busy machine does not count.
  expect((user + system) / 1_000).toBeLessThan(250);
  if (!result.failure) return 'answered';
  const [error] = (
    JSON.parse(result.body.toString()) as {
      errors: { extensions: { code: string; details?: { limit: string } } }[];
    }
  ).errors;
  return error?.extensions.details?.limit ?? error?.extensions.code ?? '';
}

const repeat = (n: number, f: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => f(i)).join(' ');
const nest = (n: number): string => `${'a {'.repeat(n)} id ${'}'.repeat(n)}`;

describe('an operation that is too much is refused in milliseconds', () => {
  it.each<[string, string, string | RegExp]>([
    ['depth', `{ ${nest(30)} }`, 'depth'],
    [
      'depth through fragments',
      `{ ...F0 } ${repeat(30, i => `fragment F${i} on ${i === 0 ? 'Query' : 'A'} { a { ...F${i + 1} } }`)} fragment F30 on A { id }`,
      'depth',
    ],
    ['nesting no parser survives', `{ ${nest(20_000)} }`, 'nesting'],
    ['nested lists', `{ a { n(x: ${'['.repeat(5_000)}) } }`, 'nesting'],
    ['aliases', `{ ${repeat(200, i => `a${i}: a { id }`)} }`, 'aliases'],
    ['aliases of __typename', `{ ${repeat(200, i => `a${i}: __typename`)} }`, 'aliases'],
    ['root fields', `{ ${repeat(40, () => 'a { id }')} }`, 'root fields'],
    ['directives', `{ a { id ${repeat(200, () => '@skip(if: false)')} } }`, 'directives'],
    ['tokens', `{ a { ${repeat(10_000, () => 'id')} } }`, 'tokens'],
    ['length', `{ a { id } } #${'x'.repeat(200_000)}`, 'length'],
    ['operations', repeat(100, i => `query Q${i} { a { id } }`), /operations|OPERATION_RESOLUTION_FAILURE/],
    ['variables', `query(${repeat(500, i => `$v${i}: Int`)}) { a { id } }`, 'variables'],
    [
      'a fragment cycle',
      '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['an unused fragment cycle', '{ a { id } } fragment A on A { a { ...A } }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'a fragment bomb',
      `{ a { ...F0 } } ${repeat(50, i => `fragment F${i} on A { ...F${i + 1} ...F${i + 1} }`)} fragment F50 on A { id }`,
      'fields',
    ],
    [
      'a fragment grid',
      `{ a { ${repeat(50, i => `...F${i}`)} } } ${repeat(50, i => `fragment F${i} on A { ${repeat(30, j => `a { n(x: ${i === j ? 1 : 1}) }`)} }`)}`,
      /fields|answered|tokens/,
    ],
    ['too many fragments', `{ a { id } } ${repeat(300, i => `fragment F${i} on A { id }`)}`, 'fragments'],
    ['a page too large', '{ list(first: 1000000000) { id } }', 'page size (first)'],
    ['a negative page', '{ list(first: -1) { id } }', 'VALIDATION_FAILED'],
    ['cost', '{ list(first: 1000) { list(first: 1000) { id } } }', 'cost'],
    ['cost of a connection', '{ page(first: 900) { nodes { list(first: 900) { id } } } }', 'cost'],
  ])('%s', async (_name, query, expected) => {
    expect(await refusal(query)).toMatch(expected);
    // Refusals are remembered as well.
    expect(await refusal(query)).toMatch(expected);
  });

  it('also when a variable makes it too much', async () => {
    const query = 'query($n: Int) { list(first: $n) { list(first: $n) { id } } }';
    expect(await refusal(query, { n: 10 })).toBe('answered');
    expect(await refusal(query, { n: 900 })).toBe('cost');
    expect(await refusal(query, { n: 1e9 })).toBe('page size (first)');
    expect(await refusal(query, { n: -1 })).toBe('VALIDATION_FAILED');
  });
});

it('does not count brackets in strings and comments', async () => {
  const brackets = '('.repeat(1000);
  expect(await refusal(`{ a { id } } # ${brackets}\n`)).toBe('answered');
  expect(await refusal(`{ a { n(x: "${brackets}\\"${brackets}") } }`)).toBe('GRAPHQL_VALIDATION_FAILED');
  expect(await refusal(`{ a { n(x: """${brackets} " \\""" ${brackets}""") } }`)).toBe(
    'GRAPHQL_VALIDATION_FAILED',
  );
});

it('says what an operation costs when asked', async () => {
  const cost = async (query: string): Promise<unknown> =>
    (await ask(query, {}, { wantsCost: true })).extensions?.['cost'];
  expect(await cost('{ a { id } dear }')).toMatchObject({ estimated: 101 });
  expect(await cost('{ list(first: 5) { id } }')).toMatchObject({ estimated: 5 });
  expect(await cost('{ list { id a { id } } }')).toMatchObject({ estimated: 20 });
  expect(await cost('{ big { id } }')).toMatchObject({ estimated: 500 });
  expect(await cost('mutation { m }')).toMatchObject({ estimated: 10 });
});

it('merges fields exactly where graphql-js does', () => {
  const schema = buildSchema(`
    type Query { node: Node any: Any a: A b: B }
    interface Node { id: ID name(x: Int): String }
    union Any = A | B
    type A implements Node { id: ID name(x: Int): String v: Int w: [Int] kid: A other: Node }
    type B implements Node { id: ID name(x: Int): String v: Int! w: [Int!] kid: B other: Node }`);
  const seen = { valid: 0, invalid: 0 };
  fc.assert(
    fc.property(fc.gen(), g => {
      const { query } = randomOperation(g, schema, schema.getQueryType() as never, { maxDepth: 3 });
      const document = parse(query);
      const expected = validate(schema, document, [OverlappingFieldsCanBeMergedRule]).length === 0;
      let actual = true;
      try {
        checkFieldMerging(schema, document);
      } catch {
        actual = false;
      }
      seen[expected ? 'valid' : 'invalid']++;
      return actual === expected;
    }),
    { numRuns: 3_000, endOnFailure: true },
  );
  expect(Math.min(seen.valid, seen.invalid)).toBeGreaterThan(50);
});

it('keeps its compiled operations in bounded memory, and the ones in use in it', async () => {
  const small = federate({ one }, { cacheBytes: 400_000 });
  const hot = '{ a { id n } }';
  await small.ask(hot);
  await small.ask(hot);
  small.transport.calls.length = 0;
  for (let i = 0; i < 500; i++) await small.ask(`{ a { x${i}: id } }`);
  expect(small.executor.cache.bytes).toBeLessThanOrEqual(400_000);
  expect(small.executor.cache.entries).toBeGreaterThan(1);
});

it('by default allows introspection, the REST routes and the operations of our own clients', async () => {
  const schemaFolder = join(projectRoot(), 'schema');
  const { executor: plinth } = federate(
    {},
    { supergraphSdl: readFileSync(join(schemaFolder, 'supergraph.graphql'), 'utf8') },
  );
  const rest = JSON.parse(readFileSync(join(schemaFolder, 'rest.json'), 'utf8')) as { operation: string }[];
  const stories = readFileSync(join(projectRoot(), 'e2e', 'stories.graphql'), 'utf8');
  const requests = [
    { query: getIntrospectionQuery({ inputValueDeprecation: true, schemaDescription: true }) },
    ...rest.map(({ operation }) => ({ query: operation })),
    ...parse(stories).definitions.map(definition => ({ query: print(definition) })),
  ];
  expect(requests.length).toBeGreaterThan(20);
  for (const request of requests) {
    const { body } = await plinth.execute(request, { identity: '', headers: {} });
    // What they need of variables is not given, and the services are not there.
    expect([request.query, body.toString()]).toEqual([
      request.query,
      expect.not.stringMatching(/OPERATION_LIMIT_EXCEEDED|GRAPHQL_VALIDATION_FAILED/),
    ]);
  }
});
