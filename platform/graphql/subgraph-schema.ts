import 'reflect-metadata';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { printSchemaWithDirectives } from '@graphql-tools/utils';
import { type GraphQLFieldResolver, type GraphQLSchema, isObjectType, parse } from 'graphql';
import {
  type BuildSchemaOptions,
  buildSchema,
  createResolversMap,
  getMetadataStorage,
  type NonEmptyArray,
} from 'type-graphql';
import { createInProcessPubSub } from '../events/live-updates';
import { directResolvers } from './direct-resolvers';
import { Later } from './later';

const federation = `extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key", "@shareable", "@external", "@requires", "@provides", "@inaccessible", "@tag", "@cost", "@listSize", "@authenticated", "@requiresScopes", "@policy"]
)`;

/** Entity type → how a representation that the gateway sends (its keys) becomes the object, which is then the answer's own. */
export type References<Context> = Record<
  string,
  (
    representation: { id: string },
    context: Context,
  ) => object | null | Later<object | null> | Promise<object | null>
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
export async function subgraphSchema<Context>(subgraph: Subgraph<Context>): Promise<GraphQLSchema> {
  const schema = await declaredSchema(subgraph);
  const map = createResolversMap(schema) as Record<string, Record<string, unknown>>;
  for (const [type, resolvers] of Object.entries(directResolvers(subgraph.resolvers))) {
    map[type] = { ...map[type], ...resolvers };
  }
  const federated = buildSubgraphSchema({ typeDefs: parse(sdlOf(schema)), resolvers: map as never });
  const entities = federated.getQueryType()?.getFields()['_entities'];
  if (entities !== undefined) entities.resolve = entitiesBy(subgraph.references);
  return federated;
}

interface Representation {
  readonly __typename: string;
  readonly id?: unknown;
}

/** As @apollo/subgraph answers `_entities`, without a promise for each of them. */
function entitiesBy<Context>(references: References<Context>): GraphQLFieldResolver<unknown, Context> {
  return (_, { representations }: { representations: readonly Representation[] }, context, { schema }) =>
    representations.map(representation => {
      const { __typename, id } = representation;
      if (!isObjectType(schema.getType(__typename))) {
        throw new Error(
          `The _entities resolver tried to load an entity for type "${__typename}", but no object or interface type of that name was found in the schema`,
        );
      }
      const resolve = references[__typename];
      if (resolve === undefined) return representation;
      // A representation is free JSON: one whose id is no text stands for nothing, as one whose id is nobody's.
      if (typeof id !== 'string') return null;
      const named = (entity: object | null) => entity && Object.assign(entity, { __typename });
      try {
        const found = resolve(representation as { id: string }, context);
        if (found instanceof Later) return found.map(named);
        return found instanceof Promise ? found.then(named) : named(found);
      } catch (error) {
        // One that fails is one null, and leaves the others alone.
        return error;
      }
    });
}

/** The subgraph's SDL as it is committed under `schema/` and composed. */
export async function subgraphSdl<Context>(subgraph: Subgraph<Context>): Promise<string> {
  // What is only declared has nobody to ring for, and subscriptions cannot be declared without a doorbell.
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
