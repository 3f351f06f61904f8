import type { GraphQLFieldResolver } from 'graphql';
import { getMetadataStorage } from 'type-graphql';

type Storage = ReturnType<typeof getMetadataStorage>;
type Handler = Storage['queries'][number] | Storage['fieldResolvers'][number];
type Parameter = NonNullable<Handler['params']>[number];
type Read = (source: unknown, args: Record<string, unknown>, context: unknown, info: unknown) => unknown;

/**
 * The methods of these resolver instances as plain resolvers: type → field → resolver. type-graphql's own look for the instance,
 * copy its arguments into new objects and make a promise of each, for every object in a list; here the domain validates
 * (federated-schema.ts), and objects and inputs are what graphql-js made of them.
 *
 * What has more to it than that, such as middlewares or subscriptions, is left out.
 */
export function directResolvers(
  instances: readonly object[],
): Record<string, Record<string, GraphQLFieldResolver<unknown, unknown>>> {
  const storage = getMetadataStorage();
  const resolvers: Record<string, Record<string, GraphQLFieldResolver<unknown, unknown>>> = {};
  const add = (type: string | undefined, handler: Handler): void => {
    const instance = instances.find(each => each.constructor === handler.target);
    const resolver = instance === undefined ? undefined : direct(instance, handler);
    if (type === undefined || resolver === undefined) return;
    resolvers[type] ??= {};
    resolvers[type][handler.schemaName] = resolver;
  };
  for (const handler of storage.queries) add('Query', handler);
  for (const handler of storage.mutations) add('Mutation', handler);
  for (const handler of storage.fieldResolvers) {
    const type = handler.getObjectType?.();
    add(storage.objectTypes.find(each => each.target === type)?.name, handler);
  }
  return resolvers;
}

function direct(instance: object, handler: Handler): GraphQLFieldResolver<unknown, unknown> | undefined {
  const { methodName, params = [], roles, middlewares = [] } = handler;
  const isPlain = roles === undefined && middlewares.length === 0;
  const reads = [...params].sort((one, other) => one.index - other.index).map(readOf);
  if (!isPlain || reads.includes(undefined)) return undefined;
  const method = (instance as Record<string, (...values: unknown[]) => unknown>)[methodName]!;
  const all = reads as Read[];
  const [first, second] = all;
  // Most fields of objects in lists take these two, the object and the context: no list of them is made for each.
  if (all.length === 2) {
    return (source, args, context, info) =>
      method.call(instance, first!(source, args, context, info), second!(source, args, context, info));
  }
  return (source, args, context, info) =>
    method.apply(
      instance,
      all.map(read => read(source, args, context, info)),
    );
}

function readOf(parameter: Parameter): Read | undefined {
  switch (parameter.kind) {
    case 'root': {
      const { propertyName } = parameter;
      return propertyName === undefined ? source => source : source => (source as never)[propertyName];
    }
    case 'context': {
      const { propertyName } = parameter;
      return propertyName === undefined
        ? (_, __, context) => context
        : (_, __, context) => (context as never)[propertyName];
    }
    case 'arg': {
      const { name, validateFn, validateSettings } = parameter;
      const isPlain = validateFn === undefined && validateSettings === undefined;
      return isPlain ? (_, args) => args[name] : undefined;
    }
    case 'info':
      return (_, __, ___, info) => info;
    default:
      return undefined;
  }
}
