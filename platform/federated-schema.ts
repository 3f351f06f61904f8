import 'reflect-metadata';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { type GraphQLSchema, parse } from 'graphql';
import {
  type BuildSchemaOptions,
  buildSchema,
  createResolversMap,
  getMetadataStorage,
  type NonEmptyArray,
} from 'type-graphql';

const federation = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@shareable", "@external", "@requires", "@provides", "@inaccessible", "@tag", "@cost", "@listSize", "@authenticated", "@requiresScopes", "@policy"]
)`;

/** Entity type → how a representation that the gateway sends (its keys) becomes the object. */
export type References<Context> = Record<
  string,
  (representation: { id: string }, context: Context) => unknown
>;

/** What a service adds to the graph: resolver instances, each with its dependencies, and how its entities are found. */
export interface Subgraph<Context> {
  resolvers: readonly object[];
  references: References<Context>;
  /** Types that no field leads to, such as an entity of which only the key is known here. */
  orphanedTypes?: readonly (new () => object)[];
  pubSub?: BuildSchemaOptions['pubSub'];
}

/**
 * One service's subgraph: the schema that its resolver instances declare, with `_service` and `_entities`
 * (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec).
 *
 * Object types are declared with `simpleResolvers: true`: a field without a method of its own is then a plain property
 * read for graphql-js instead of an async call.
 */
export async function federatedSchema<Context>(subgraph: Subgraph<Context>): Promise<GraphQLSchema> {
  const schema = await declaredSchema(subgraph);
  const map = createResolversMap(schema) as Record<string, Record<string, unknown>>;
  for (const [type, resolve] of Object.entries(subgraph.references)) {
    map[type] = { ...map[type], __resolveReference: referenceBy(resolve) };
  }
  return buildSubgraphSchema({ typeDefs: parse(sdlOf(schema)), resolvers: map as never });
}

/** A representation is free JSON: one whose id is no text stands for nothing, as one whose id is nobody's. */
function referenceBy<Context>(resolve: References<Context>[string]): References<Context>[string] {
  return (representation, context) =>
    typeof representation.id === 'string' ? resolve(representation, context) : null;
}

/** The subgraph's SDL as it is committed under `schema/` and composed. */
export async function subgraphSdl<Context>(subgraph: Subgraph<Context>): Promise<string> {
  return sdlOf(await declaredSchema(subgraph));
}

function sdlOf(schema: GraphQLSchema): string {
  return `${federation}\n\n${printSchemaWithDirectives(schema)}\n`;
}

function declaredSchema<Context>({
  resolvers,
  orphanedTypes,
  pubSub,
}: Subgraph<Context>): Promise<GraphQLSchema> {
  // Parameters are decorated from the last to the first; the schema shows arguments as they are written.
  getMetadataStorage().params.sort((one, other) => one.index - other.index);
  return buildSchema({
    resolvers: resolvers.map(resolver => resolver.constructor) as unknown as NonEmptyArray<new () => object>,
    container: { get: wanted => resolvers.find(resolver => resolver.constructor === wanted) as never },
    ...(orphanedTypes === undefined ? {} : { orphanedTypes: [...orphanedTypes] }),
    ...(pubSub === undefined ? {} : { pubSub }),
    // The domain validates, with every wrong field named at once.
    validate: false,
  });
}
