import 'reflect-metadata';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { type GraphQLSchema, isUnionType, parse } from 'graphql';
import { buildSchema, createResolversMap, getMetadataStorage, type NonEmptyArray } from 'type-graphql';
import { invalid } from '../errors';
import { createInProcessPubSub, type LivePubSub } from '../events/live-updates';
import { isObject } from '../json';

const federation = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@shareable", "@external", "@requires", "@provides", "@inaccessible", "@tag", "@cost", "@listSize", "@authenticated", "@requiresScopes", "@policy"]
)`;

/** By entity type: makes the object of a representation, which holds the keys of the entity. */
export type References<Context> = Record<
  string,
  (representation: { id: string }, context: Context) => object | null | Promise<object | null>
>;

/** A service's part of the graph: resolver instances with their dependencies, and the resolvers of its entities. */
export interface Subgraph<Context> {
  resolvers: readonly object[];
  references: References<Context>;
  /** Types that no field returns, such as an entity of which this service knows only the key. */
  orphanedTypes?: readonly (new () => object)[];
  /** For a service with subscriptions. */
  pubSub?: LivePubSub;
}

/**
 * One service's subgraph: the schema that its resolver instances declare, with `_service` and `_entities`
 * (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec).
 *
 * Object types are declared with `simpleResolvers: true`: a field without a method of its own is then a plain property
 * read for graphql-js instead of an async call.
 */
export async function subgraphSchema<Context>(subgraph: Subgraph<Context>): Promise<GraphQLSchema> {
  const schema = await declaredSchema(subgraph);
  const resolvers = createResolversMap(schema) as Record<string, Record<string, unknown>>;
  for (const [type, reference] of Object.entries(subgraph.references)) {
    resolvers[type] = {
      ...resolvers[type],
      __resolveReference: (representation: { id?: unknown }, context: Context) => {
        // A representation is free JSON: no entity has an id that is not text.
        if (typeof representation.id !== 'string') return null;
        try {
          return reference(representation as { id: string }, context);
        } catch (error) {
          // One null, which leaves the other entities alone.
          return Promise.reject(error);
        }
      },
    };
  }
  return withCheckedEntities(
    buildSubgraphSchema({ typeDefs: parse(sdlOf(schema)), resolvers: resolvers as never }),
  );
}

/** Makes a representation that names no entity a mistake of the client: @apollo/subgraph throws an Error for it. */
function withCheckedEntities(schema: GraphQLSchema): GraphQLSchema {
  const entity = schema.getType('_Entity');
  const field = schema.getQueryType()?.getFields()['_entities'];
  if (field?.resolve === undefined || !isUnionType(entity)) return schema;
  const names = new Set<unknown>(entity.getTypes().map(({ name }) => name));
  const resolve = field.resolve;
  field.resolve = (source, args, context, info) => {
    const { representations } = args as { representations: readonly unknown[] };
    const wrong = representations.flatMap((each, index) =>
      isObject(each) && names.has(each['__typename']) ? [] : [index],
    );
    if (wrong.length > 0) {
      throw invalid(
        wrong.slice(0, 50).map(index => ({
          field: `representations.${index}.__typename`,
          message: `must be one of ${[...names].join(', ')}`,
        })),
      );
    }
    return resolve(source, args, context, info);
  };
  return schema;
}

/** The subgraph's SDL as it is committed under `schema/` and composed. */
export async function subgraphSdl<Context>(subgraph: Subgraph<Context>): Promise<string> {
  // type-graphql does not declare subscriptions without a PubSub.
  return sdlOf(await declaredSchema({ ...subgraph, pubSub: subgraph.pubSub ?? createInProcessPubSub() }));
}

function sdlOf(schema: GraphQLSchema): string {
  return `${federation}\n\n${printSchemaWithDirectives(schema)}\n`;
}

function declaredSchema<Context>({
  resolvers,
  orphanedTypes,
  pubSub,
}: Subgraph<Context>): Promise<GraphQLSchema> {
  // Decorators run from the last parameter to the first; the schema lists arguments as they are written.
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
