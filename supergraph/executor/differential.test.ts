import { buildSubgraphSchema } from '@apollo/subgraph';
import * as fc from 'fast-check';
import { buildASTSchema, type GraphQLCompositeType, parse, validate } from 'graphql';
import { randomOperation } from '../../platform/testing/random-operation';
import { readSupergraph } from './supergraph-schema';
import { compose, federate, type Resolvers } from './testing/federation';
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

  it.each(example.onlyHive ? (['hive'] as const) : (['hive', 'apollo'] as const))(
    'is answered by one merged schema and by us with %s alike',
    async planner => {
      const fallbacks: unknown[] = [];
      const { ask } = federate(subgraphs, {
        supergraphSdl,
        planner,
        limits: { maxAliases: 1000, maxDepth: 100, maxRootFields: 100 },
        onPlannerFallback: error => fallbacks.push(error),
      });
      let compared = 0;
      await fc.assert(
        fc.asyncProperty(fc.gen(), fc.nat({ max: 1_000 }), async (g, worldSeed) => {
          world.seed = worldSeed;
          const root = schema.apiSchema.getQueryType() as GraphQLCompositeType;
          const { query, variables } = randomOperation(g, schema.apiSchema, root);
          if (validate(schema.apiSchema, parse(query)).length > 0) return;
          compared++;
          if (process.env['DIFFERENTIAL_TRACE'])
            require('node:fs').writeFileSync(process.env['DIFFERENTIAL_TRACE'], query);
          const expected = JSON.parse(JSON.stringify(await merged(query, variables)));
          const actual = await ask(query, variables);
          const context = (): string => `${query}\n${JSON.stringify(variables)} world ${worldSeed}\n`;
          if (JSON.stringify(actual.data) !== JSON.stringify(expected.data)) {
            throw new Error(
              `${context()}expected ${JSON.stringify(expected)}\nactual   ${JSON.stringify(actual)}\n${fallbacks.map(String).join()}`,
            );
          }
          const wanted = new Set(
            (expected.errors ?? []).map((e: { path: unknown }) => JSON.stringify(e.path)),
          );
          const given = (actual.errors ?? []).map(e => JSON.stringify(e.path));
          if (
            given.length === 0
              ? wanted.size > 0
              : !given.every(path => wanted.has(path) || isBelowNull(expected.data, path))
          ) {
            throw new Error(
              `${context()}errors expected ${[...wanted].join(' ')}\nactual ${JSON.stringify(actual.errors)}`,
            );
          }
        }),
        { numRuns: cases, endOnFailure: true, ...(seed === undefined ? {} : { seed: Number(seed) }) },
      );
      expect(compared).toBeGreaterThan(cases / 4);
      // Each planner has operations it gives up on, and the other takes over; they have to stay rare.
      expect(fallbacks.length).toBeLessThan(compared / 20 + 1);
    },
    120_000,
  );
});
