import { GraphQLError } from 'graphql';
import { compose, federate, type Resolvers, type SubgraphSource } from './federation';

type Row = Readonly<Record<string, unknown>>;

/** A subgraph over a few rows: an entity is the first row of its type that agrees with all the representation says. */
export interface TableSource {
  readonly typeDefs: string;
  readonly rows?: Readonly<Record<string, readonly Row[]>>;
  readonly resolvers?: Resolvers;
  /** No `@link`: a Federation 1 schema. */
  readonly isFederation1?: boolean;
}

/** What one operation has to answer, whichever planner plans it. */
export interface Case {
  readonly it: string;
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  /** Undefined when nothing may be executed at all. */
  readonly data?: unknown;
  /** Codes of the errors, in any order; none when undefined. */
  readonly errors?: readonly string[];
  /** Subgraphs that may be called, as often as they are named; any when undefined. */
  readonly calls?: readonly string[];
  /** How many mutations may reach subgraphs; any number when undefined. */
  readonly changes?: number;
}

/** Composes the subgraphs once, and asks each case of our executor with both planners. */
export function answers(sources: Readonly<Record<string, TableSource>>, cases: readonly Case[]): void {
  const subgraphs = Object.fromEntries(
    Object.entries(sources).map(([name, source]): [string, SubgraphSource] => [
      name,
      {
        typeDefs: source.typeDefs,
        resolvers: withReferences(source),
        ...(source.isFederation1 ? { isFederation1: true } : {}),
      },
    ]),
  );
  const supergraphSdl = compose(subgraphs);
  describe.each(['hive', 'apollo'] as const)('by the %s planner', planner => {
    const { ask, transport } = federate(subgraphs, { supergraphSdl, planner });
    it.each(cases.map(one => [one.it, one] as const))('%s', async (_, one) => {
      transport.calls.length = 0;
      const answer = await ask(one.query, one.variables);
      expect({ data: answer.data, errors: answer.errors?.map(e => e.extensions['code']).sort() }).toEqual({
        data: one.data,
        errors: one.errors === undefined ? undefined : [...one.errors].sort(),
      });
      if (one.changes !== undefined) {
        expect(transport.calls.filter(call => call.query.startsWith('mutation'))).toHaveLength(one.changes);
      }
      if (one.calls) {
        expect(transport.calls.map(call => call.subgraph).sort()).toEqual([...one.calls].sort());
      }
    });
  });
}

function withReferences({ rows = {}, resolvers = {} }: TableSource): Resolvers {
  const all: Record<string, Record<string, unknown>> = {};
  for (const [type, own] of Object.entries(resolvers)) all[type] = { ...own };
  for (const [type, entities] of Object.entries(rows)) {
    all[type] = {
      __resolveReference: (representation: Row) => {
        const row = entities.find(one => agrees(representation, one));
        if (!row) return null;
        // What the row does not have is what `@requires` sends along.
        return { ...representation, ...row };
      },
      ...all[type],
    };
  }
  return all as Resolvers;
}

function agrees(representation: Row, row: Row): boolean {
  const shared = Object.keys(representation).filter(key => key !== '__typename' && Object.hasOwn(row, key));
  return shared.length > 0 && shared.every(key => includes(row[key], representation[key]));
}

function includes(whole: unknown, part: unknown): boolean {
  if (Array.isArray(part)) {
    return (
      Array.isArray(whole) && whole.length === part.length && part.every((one, i) => includes(whole[i], one))
    );
  }
  if (typeof part === 'object' && part !== null) {
    return Object.entries(part).every(
      ([key, value]) =>
        key === '__typename' || includes((whole as Row | null | undefined)?.[key] ?? null, value),
    );
  }
  return whole === part;
}

/** For a resolver that a right plan never calls. */
export function never(why: string): () => never {
  return () => {
    throw new GraphQLError(why, { extensions: { code: 'WRONG_PLAN' } });
  };
}
