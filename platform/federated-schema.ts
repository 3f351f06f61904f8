import 'reflect-metadata';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { type GraphQLSchema, parse } from 'graphql';
import { type BuildSchemaOptions, buildSchema, createResolversMap, type NonEmptyArray } from 'type-graphql';

const federation = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@shareable", "@external", "@requires", "@provides", "@inaccessible", "@tag", "@cost", "@listSize"]
)`;

/** Entity type → how a representation that the gateway sends (its keys) becomes the object. */
export type References<Context> = Record<
  string,
  (representation: { id: string }, context: Context) => unknown
>;

/**
 * One service's subgraph: the schema that its resolver instances declare, with `_service` and `_entities`
 * (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec).
 *
 * Object types are declared with `simpleResolvers: true`: a field without a method of its own is then a plain property
 * read for graphql-js instead of an async call.
 */
export async function federatedSchema<Context>(options: {
  resolvers: readonly object[];
  references: References<Context>;
  pubSub?: BuildSchemaOptions['pubSub'];
}): Promise<GraphQLSchema> {
  const { resolvers, references } = options;
  const schema = await buildSchema({
    resolvers: resolvers.map(resolver => resolver.constructor) as unknown as NonEmptyArray<new () => object>,
    container: { get: wanted => resolvers.find(resolver => resolver.constructor === wanted) as never },
    ...(options.pubSub === undefined ? {} : { pubSub: options.pubSub }),
    // The domain validates, with every wrong field named at once.
    validate: false,
  });
  const map = createResolversMap(schema) as Record<string, Record<string, unknown>>;
  for (const [type, resolve] of Object.entries(references)) {
    map[type] = { ...map[type], __resolveReference: resolve };
  }
  return buildSubgraphSchema({
    typeDefs: parse(`${federation}\n${printSchemaWithDirectives(schema)}`),
    resolvers: map as never,
  });
}
