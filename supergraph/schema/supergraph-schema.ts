import {
  type ConstDirectiveNode,
  type EnumTypeDefinitionNode,
  type GraphQLSchema,
  isTypeDefinitionNode,
  Kind,
  parse,
  type TypeDefinitionNode,
} from 'graphql';
import { currentStateTag } from '../../platform/graphql/subgraph-tags';
import { buildApiSchema } from './api-schema';
import { directiveArgument } from './directive-argument';
import { directiveNameIn, readFeatures } from './features';

/** One service behind the gateway, as the supergraph's `join__Graph` names it. */
export interface Subgraph {
  readonly name: string;
  readonly url: string;
}

/**
 * A supergraph SDL file (the join spec, https://specs.apollo.dev/join/v0.5): the API schema, the subgraphs with their addresses, and the
 * types with their implementations, including those that clients cannot see.
 *
 * It is not read by @apollo/federation-internals, which takes some 80 ms and by default refuses a supergraph with access directives.
 */
export interface SupergraphSchema {
  readonly sdl: string;
  readonly apiSchema: GraphQLSchema;
  readonly subgraphs: ReadonlyMap<string, Subgraph>;
  /** Every type definition by name, inaccessible ones too. */
  readonly types: ReadonlyMap<string, TypeDefinitionNode>;
  /** Mutations that check a credential, marked in their subgraph by `@tag(name: "credentials")`. */
  readonly credentialMutations: ReadonlySet<string>;
  /** Subscriptions whose first result is the current state, marked in their subgraph by `@tag(name: "current-state")`. */
  readonly currentStateSubscriptions: ReadonlySet<string>;
  /** The name of a feature's directive in this file, e.g. `('cost', 'listSize')`. */
  directiveName(spec: string, directive: string): string;
  /** Whether a value of this object type satisfies the type condition, in the whole supergraph. */
  satisfies(typename: string, condition: string): boolean;
  /** The object types a type can be at run time; the type itself when it is an object. */
  possibleTypes(typeName: string): readonly string[];
  /** The interface that a subgraph knows instead of this type (`@interfaceObject`); undefined where it knows the type. */
  interfaceObject(subgraph: string, typename: string): string | undefined;
}

export function readSupergraph(sdl: string): SupergraphSchema {
  const document = parse(sdl, { noLocation: true });
  const features = readFeatures(document);
  const directiveName = (spec: string, directive: string): string =>
    directiveNameIn(features, spec, directive);
  const types = new Map<string, TypeDefinitionNode>();
  for (const definition of document.definitions) {
    if (isTypeDefinitionNode(definition)) types.set(definition.name.value, definition);
  }
  const possible = possibleTypesOf(types);
  const possibleLists = new Map([...possible].map(([name, members]) => [name, [...members]]));
  const apiSchema = buildApiSchema(document, features);
  return {
    sdl,
    apiSchema,
    subgraphs: readSubgraphs(types, directiveName('join', 'Graph'), directiveName('join', 'graph')),
    types,
    credentialMutations: taggedFields(
      types.get(apiSchema.getMutationType()?.name ?? ''),
      directiveName('tag', 'tag'),
      'credentials',
    ),
    currentStateSubscriptions: taggedFields(
      types.get(apiSchema.getSubscriptionType()?.name ?? ''),
      directiveName('tag', 'tag'),
      currentStateTag,
    ),
    directiveName,
    satisfies: (typename, condition) =>
      typename === condition || (possible.get(condition)?.has(typename) ?? false),
    possibleTypes: name => possibleLists.get(name) ?? [name],
    interfaceObject: interfaceObjects(types, possibleLists, directiveName),
  };
}

function possibleTypesOf(types: SupergraphSchema['types']): Map<string, Set<string>> {
  const possible = new Map<string, Set<string>>();
  for (const [name, definition] of types) {
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
      for (const implemented of definition.interfaces ?? []) add(possible, implemented.name.value, name);
    } else if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
      for (const member of definition.types ?? []) add(possible, name, member.name.value);
    } else if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      if (!possible.has(name)) possible.set(name, new Set());
    }
  }
  return possible;
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known) known.add(value);
  else map.set(key, new Set([value]));
}

/** The fields of a root type that have `@tag` with this name: https://specs.apollo.dev/tag/v0.3 */
function taggedFields(
  type: TypeDefinitionNode | undefined,
  directive: string,
  tag: string,
): ReadonlySet<string> {
  const fields = type?.kind === Kind.OBJECT_TYPE_DEFINITION ? (type.fields ?? []) : [];
  const tagged = fields.filter(field =>
    field.directives?.some(d => d.name.value === directive && directiveArgument(d, 'name') === tag),
  );
  return new Set(tagged.map(field => field.name.value));
}

function interfaceObjects(
  types: ReadonlyMap<string, TypeDefinitionNode>,
  possible: ReadonlyMap<string, readonly string[]>,
  directiveName: SupergraphSchema['directiveName'],
): SupergraphSchema['interfaceObject'] {
  const names = graphNames(types, directiveName);
  const joinType = directiveName('join', 'type');
  const joined = (typeName: string): ConstDirectiveNode[] =>
    types.get(typeName)?.directives?.filter(d => d.name.value === joinType) ?? [];
  const found = new Map<string, string>();
  for (const [name, members] of possible) {
    for (const directive of joined(name)) {
      if (directiveArgument(directive, 'isInterfaceObject') !== true) continue;
      const graph = directiveArgument(directive, 'graph');
      for (const member of members) {
        if (joined(member).some(d => directiveArgument(d, 'graph') === graph)) continue;
        found.set(`${names.get(graph)}\u0000${member}`, name);
      }
    }
  }
  if (found.size === 0) return () => undefined;
  return (subgraph, typename) => found.get(`${subgraph}\u0000${typename}`);
}

/** Value of the enum `join__Graph` → the subgraph's name. */
export function graphNames(
  types: SupergraphSchema['types'],
  directiveName: SupergraphSchema['directiveName'],
): ReadonlyMap<unknown, string> {
  const graphs = types.get(directiveName('join', 'Graph')) as EnumTypeDefinitionNode | undefined;
  const names = new Map<unknown, string>();
  for (const value of graphs?.values ?? []) {
    const graph = value.directives?.find(d => d.name.value === directiveName('join', 'graph'));
    names.set(value.name.value, String((graph && directiveArgument(graph, 'name')) ?? value.name.value));
  }
  return names;
}

function readSubgraphs(
  types: ReadonlyMap<string, TypeDefinitionNode>,
  enumName: string,
  directive: string,
): ReadonlyMap<string, Subgraph> {
  const graphs = types.get(enumName) as EnumTypeDefinitionNode | undefined;
  const subgraphs = new Map<string, Subgraph>();
  for (const value of graphs?.values ?? []) {
    const node = value.directives?.find(d => d.name.value === directive);
    const name = (node && directiveArgument(node, 'name')) ?? value.name.value;
    const url = (node && directiveArgument(node, 'url')) ?? '';
    if (typeof name === 'string' && typeof url === 'string') subgraphs.set(name, { name, url });
  }
  if (subgraphs.size === 0) throw new Error('Not a supergraph: it names no subgraphs (join__Graph)');
  return subgraphs;
}
