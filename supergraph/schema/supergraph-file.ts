import { type ConstArgumentNode, Kind, parse } from 'graphql';
import { directiveArgument } from './directive-argument';

/** The supergraph that is served. */
export interface ServedSupergraph {
  /** SHA-256, as 64 hexadecimal digits. */
  readonly hash: string;
  /** Milliseconds since the Unix epoch. */
  readonly servedSince: number;
  /** Subgraph → the names of its entities. */
  readonly entities: ReadonlyMap<string, readonly string[]>;
}

/** Subgraph → the routing URL that the supergraph's `join__Graph` enum says (https://specs.apollo.dev/join/v0.3). */
export function routingUrlsOf(supergraphSdl: string): Map<string, string> {
  const urls = new Map<string, string>();
  for (const definition of parse(supergraphSdl, { noLocation: true }).definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const value of definition.values ?? []) {
      const graph = value.directives?.find(directive => directive.name.value === 'join__graph');
      const name = textOf(graph?.arguments?.find(argument => argument.name.value === 'name'));
      const url = textOf(graph?.arguments?.find(argument => argument.name.value === 'url'));
      if (name !== undefined) urls.set(name, url ?? '');
    }
  }
  return urls;
}

/** The subgraph that defines this scalar; undefined when none does. */
export function subgraphOfScalar(supergraphSdl: string, scalar: string): string | undefined {
  const { definitions } = parse(supergraphSdl, { noLocation: true });
  const type = definitions.find(
    definition => definition.kind === Kind.SCALAR_TYPE_DEFINITION && definition.name.value === scalar,
  );
  if (type?.kind !== Kind.SCALAR_TYPE_DEFINITION) return undefined;
  const join = type.directives?.find(directive => directive.name.value === 'join__type');
  const graph = join?.arguments?.find(argument => argument.name.value === 'graph')?.value;
  if (graph?.kind !== Kind.ENUM) return undefined;
  for (const definition of definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    const value = definition.values?.find(each => each.name.value === graph.value);
    const directive = value?.directives?.find(each => each.name.value === 'join__graph');
    return textOf(directive?.arguments?.find(argument => argument.name.value === 'name'));
  }
  return undefined;
}

/** Subgraph → the names of its entities in alphabetical order: types with a key, by which subgraphs refer to each other's objects. */
export function entitiesOf(supergraphSdl: string): Map<string, string[]> {
  const nameOf = new Map<string, string>();
  const entities = new Map<string, Set<string>>();
  const { definitions } = parse(supergraphSdl, { noLocation: true });
  for (const definition of definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue;
    for (const { name, directives = [] } of definition.values ?? []) {
      const graph = directives.find(directive => directive.name.value === 'join__graph');
      nameOf.set(name.value, String(graph === undefined ? name.value : directiveArgument(graph, 'name')));
    }
  }
  for (const definition of definitions) {
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    for (const directive of definition.directives ?? []) {
      if (directive.name.value !== 'join__type' || directiveArgument(directive, 'key') === undefined)
        continue;
      const subgraph = nameOf.get(String(directiveArgument(directive, 'graph'))) ?? '';
      entities.set(subgraph, (entities.get(subgraph) ?? new Set()).add(definition.name.value));
    }
  }
  return new Map([...entities].map(([subgraph, names]) => [subgraph, [...names].sort()]));
}

function textOf(argument: ConstArgumentNode | undefined): string | undefined {
  return argument?.value.kind === Kind.STRING ? argument.value.value : undefined;
}
