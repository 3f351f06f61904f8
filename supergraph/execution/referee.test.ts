import { isDeepStrictEqual } from 'node:util';
import { buildSubgraphSchema } from '@apollo/subgraph';
import * as fc from 'fast-check';
import { buildASTSchema, parse, validate } from 'graphql';
import { randomOperation } from '../../platform/testing/random-operation';
import { compose, federate, LocalTransport, type Resolvers, type SubgraphSource } from './testing/federation';
import { hardSupergraphs } from './testing/hard-supergraphs';
import { Referee } from './testing/referee';
import { examples } from './testing/supergraphs';
import { World } from './testing/world';

/** How many operations each supergraph is asked by each planner. */
const cases = Number(process.env['REFEREE_CASES'] ?? 40);
/** Printed with every difference, to ask the same operations again. */
const seed = Number(process.env['REFEREE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

interface Outcome {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions?: Readonly<Record<string, unknown>> | undefined }[];
}
type Ask = (query: string, variables: Record<string, unknown>) => Outcome | Promise<Outcome>;

/** Asks both for the same random queries. @throws an Error with everything that is needed to ask again */
async function compare(referee: Referee, expected: Ask, actual: Ask, numRuns: number): Promise<number> {
  const { apiSchema } = referee.schema;
  let compared = 0;
  const refused: string[] = [];
  await fc.assert(
    fc.asyncProperty(fc.gen(), async g => {
      const root = apiSchema.getQueryType()!;
      const { query, variables } = randomOperation(g, apiSchema, root, { aliases: 'colliding', maxDepth: 4 });
      if (validate(apiSchema, parse(query)).length > 0) return;
      compared++;
      const [wanted, given] = [await expected(query, variables), await actual(query, variables)];
      if (given.errors?.[0]?.extensions?.['code'] === 'OPERATION_NOT_SUPPORTED') refused.push(query);
      else assertAlike(`${query}\n${JSON.stringify(variables)}`, wanted, given);
    }),
    { numRuns, seed, endOnFailure: true },
  );
  if (refused.length > 0) throw new Error(`REFEREE_SEED=${seed}: refused\n${refused.join('\n')}`);
  return compared;
}

function assertAlike(question: string, wanted: Outcome, given: Outcome): void {
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
  const isEqual =
    isDeepStrictEqual(plain(given.data), plain(wanted.data)) &&
    (given.errors === undefined) === (wanted.errors === undefined);
  if (isEqual) return;
  throw new Error(
    `REFEREE_SEED=${seed}\n${question}\nexpected ${JSON.stringify(wanted)}\nactual   ${JSON.stringify(given)}`,
  );
}

function refereeOver(subgraphs: Readonly<Record<string, SubgraphSource>>): Referee {
  return new Referee(compose(subgraphs), new LocalTransport(subgraphs).schemas);
}

describe.each(Object.entries(hardSupergraphs))('a supergraph with %s', (_name, { subgraphs, queries }) => {
  const referee = refereeOver(subgraphs);
  const limits = { maxAliases: 1000, maxDepth: 100, maxRootFields: 100, maxCost: 1e12 };

  describe.each(['hive', 'apollo'] as const)('by the %s planner', planner => {
    // The native planner in a process of its own: some operations end it.
    const { ask, executor } = federate(subgraphs, { planner, limits, plansInProcess: false });
    afterAll(() => executor.close());

    it.each(queries)('answers as the referee does: %s', async query => {
      assertAlike(query, await referee.ask(query, {}), await ask(query));
    });

    it('answers random operations as the referee does', async () => {
      const compared = await compare(referee, (q, v) => referee.ask(q, v), ask, cases);
      expect(compared).toBeGreaterThan(cases / 10);
    }, 120_000);
  });
});

describe('the referee', () => {
  const queryable = Object.entries(examples).filter(([, { subgraphs }]) =>
    Object.values(subgraphs).every(typeDefs => !typeDefs.includes('type Mutation')),
  );

  it.each(queryable)('answers as one merged schema does: %s', async (_name, example) => {
    const sources = Object.fromEntries(
      Object.entries(example.subgraphs).map(([name, typeDefs]) => [name, { typeDefs }]),
    );
    const sdl = compose(sources);
    const world = new World(
      { ...example.rules, nulls: 8 },
      buildASTSchema(parse(sdl), { assumeValidSDL: true }),
    );
    const { schemas } = new LocalTransport(sources);
    const subgraphs: Record<string, { typeDefs: string; resolvers: Resolvers }> = {};
    for (const [name, source] of Object.entries(sources)) {
      const bare = schemas.get(name) ?? buildSubgraphSchema(parse(source.typeDefs));
      subgraphs[name] = { ...source, resolvers: world.subgraphResolvers(bare) };
    }
    const referee = refereeOver(subgraphs);
    const merged = world.merged(referee.schema.apiSchema);
    expect(await compare(referee, merged, (q, v) => referee.ask(q, v), 30)).toBeGreaterThan(3);
  });
});
