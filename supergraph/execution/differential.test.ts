import { writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { buildSubgraphSchema } from '@apollo/subgraph';
import * as fc from 'fast-check';
import { buildASTSchema, type GraphQLObjectType, parse, validate } from 'graphql';
import { type RandomOptions, randomOperation } from '../../platform/testing/random-operation';
import { readSupergraph } from '../schema/supergraph-schema';
import { type Answer, compose, federate, LocalTransport, type Resolvers } from './testing/federation';
import { stockGateway } from './testing/stock-gateway';
import { examples } from './testing/supergraphs';
import { World } from './testing/world';

/** How many operations each supergraph is asked by each planner. */
const cases = Number(process.env['DIFFERENTIAL_CASES'] ?? 300);
const seed = process.env['DIFFERENTIAL_SEED'];

const imports =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key","@requires","@external","@shareable","@interfaceObject","@provides","@inaccessible","@tag","@override"])\n';

/** Below a null that came from elsewhere, a merged schema may stop before it finds a second error. */
function isBelowNull(data: unknown, path: string): boolean {
  let value = data;
  for (const segment of (JSON.parse(path ?? '[]') as (string | number)[]).slice(0, -1)) {
    if (value === null || value === undefined) return true;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value === null || value === undefined;
}

describe.each(Object.entries(examples))('%s', (_name, example) => {
  const sources = Object.fromEntries(
    Object.entries(example.subgraphs).map(([name, typeDefs]) => [name, { typeDefs: imports + typeDefs }]),
  );
  const supergraphSdl = compose(sources);
  const schema = readSupergraph(supergraphSdl);
  const everything = buildASTSchema(parse(supergraphSdl), { assumeValidSDL: true, assumeValid: true });
  const world = new World({ ...example.rules, nulls: 8, errors: 4 }, everything);
  const subgraphs: Record<string, { typeDefs: string; resolvers: Resolvers }> = {};
  for (const [name, source] of Object.entries(sources)) {
    const bare = buildSubgraphSchema({ typeDefs: parse(source.typeDefs) });
    subgraphs[name] = { ...source, resolvers: world.subgraphResolvers(bare) };
  }
  const merged = world.merged(schema.apiSchema);
  const roots = [schema.apiSchema.getQueryType(), schema.apiSchema.getMutationType()].filter(
    (root): root is GraphQLObjectType => root != null,
  );

  /**
   * Asks both for the same, many times. A difference is everything that is needed to ask again.
   *
   * @param isOurs whether the order of fields and the errors have to be right as well
   */
  async function compare(
    ask: Ask,
    options: RandomOptions,
    isOurs: boolean,
    numRuns: number,
    differ: (difference: string) => void,
  ): Promise<number> {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(fc.gen(), fc.nat({ max: 1_000 }), async (g, worldSeed) => {
        world.seed = worldSeed;
        const root = roots[g(fc.nat, { max: roots.length - 1 })] as GraphQLObjectType;
        const { query, variables } = randomOperation(g, schema.apiSchema, root, options);
        if (validate(schema.apiSchema, parse(query)).length > 0) return;
        compared++;
        // The native planner can end the process; then this file has what it was asked.
        const trace = process.env['DIFFERENTIAL_TRACE'];
        if (trace) writeFileSync(trace, query);
        const outcome = async (answer: Ask): Promise<Answer & { deeds: string[] }> => {
          world.deeds.length = 0;
          const text = JSON.stringify(await answer(query, variables));
          return { ...(JSON.parse(text) as Answer), deeds: [...world.deeds] };
        };
        const expected = await outcome(merged as Ask);
        const actual = await outcome(ask);
        const isEqual =
          (isOurs
            ? JSON.stringify(actual.data) === JSON.stringify(expected.data)
            : isDeepStrictEqual(actual.data, expected.data)) &&
          actual.deeds.join() === expected.deeds.join() &&
          (!isOurs || explains(actual, expected));
        if (!isEqual) {
          differ(
            `${query}\n${JSON.stringify(variables)} world ${worldSeed}\nexpected ${JSON.stringify(expected)}\nactual   ${JSON.stringify(actual)}`,
          );
        }
      }),
      { numRuns, endOnFailure: true, ...(seed === undefined ? {} : { seed: Number(seed) }) },
    );
    return compared;
  }

  it.each(example.onlyHive ? (['hive'] as const) : (['hive', 'apollo'] as const))(
    'is answered by one merged schema and by us with %s alike',
    async planner => {
      const fallbacks: unknown[] = [];
      const { ask } = federate(subgraphs, {
        supergraphSdl,
        planner,
        limits: { maxAliases: 1000, maxDepth: 100, maxRootFields: 100, maxCost: 1e12 },
        onFault: error => fallbacks.push(error),
      });
      const compared = await compare(ask, { aliases: 'colliding' }, true, cases, difference => {
        throw new Error(difference);
      });
      expect(compared).toBeGreaterThan(cases / 4);
      // Each planner has operations it gives up on, and the other takes over; they have to stay rare.
      if (fallbacks.length > compared / 20) throw new Error(`${fallbacks.length}: ${fallbacks.join('\n')}`);
    },
    120_000,
  );

  if (example.onlyHive || example.isWrongInStock) return;

  it('is answered by stock @apollo/gateway like by one merged schema, but for what stock gets wrong', async () => {
    const stock = await stockGateway(supergraphSdl, new LocalTransport(subgraphs));
    // An object all of whose fields are skipped is null in its answers, and should be empty: it is asked no conditions.
    // It is asked no names that mean two things, where it goes wrong. The order of its fields and its errors are its own.
    // It still asks some mutations out of order, and leaves fields of nested fragments out: the merged schema decides, to
    // which ours is held above without exception. Were the merged schema wrong itself, stock would differ all the time.
    const differences: string[] = [];
    const options = { aliases: 'distinct', hasConditions: false } as const;
    const compared = await compare(stock.ask, options, false, cases / 10, each => differences.push(each));
    expect(compared).toBeGreaterThan(cases / 40);
    if (differences.length > compared / 4) throw new Error(differences.join('\n\n'));
    await stock.stop();
  }, 120_000);
});

type Ask = (query: string, variables: Record<string, unknown>) => Promise<Answer>;

/** Every error is one the merged schema has as well, and where that one has some, there are some. */
function explains(actual: Answer, expected: Answer): boolean {
  const wanted = new Set((expected.errors ?? []).map(error => JSON.stringify(error.path)));
  const given = (actual.errors ?? []).map(error => JSON.stringify(error.path));
  if (given.length === 0) return wanted.size === 0;
  return given.every(path => wanted.has(path) || isBelowNull(expected.data, path));
}
