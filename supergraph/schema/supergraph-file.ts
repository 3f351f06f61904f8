import { type ConstArgumentNode, Kind, parse } from 'graphql';

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

function textOf(argument: ConstArgumentNode | undefined): string | undefined {
  return argument?.value.kind === Kind.STRING ? argument.value.value : undefined;
}
