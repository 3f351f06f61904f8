import { type ConstDirectiveNode, Kind, parse, print, visit } from 'graphql';

const feature = /^https:\/\/specs\.apollo\.dev\/(authenticated|requiresScopes|policy)\//;

/**
 * A supergraph as @apollo/gateway loads it: it refuses access directives, which are made for a router that enforces them
 * (`for: SECURITY`, https://specs.apollo.dev/link/v1.0/#Purpose). The services enforce them.
 */
export function withoutAccessDirectives(supergraphSdl: string): string {
  if (!supergraphSdl.includes('for: SECURITY')) return supergraphSdl;
  const names = new Set<string>();
  const isAccess = (node: ConstDirectiveNode): boolean => {
    const text = (name: string): string => {
      const value = node.arguments?.find(argument => argument.name.value === name)?.value;
      return value?.kind === Kind.STRING ? value.value : '';
    };
    const spec = node.name.value === 'link' ? feature.exec(text('url'))?.[1] : undefined;
    if (spec !== undefined) names.add(text('as') || spec);
    return spec !== undefined;
  };
  const document = parse(supergraphSdl, { noLocation: true });
  const unlinked = visit(document, {
    Directive: node => (isAccess(node as ConstDirectiveNode) ? null : undefined),
  });
  const isNamed = (name: string): boolean => names.has(name.split('__')[0] ?? '');
  return print(
    visit(unlinked, {
      Directive: node => (isNamed(node.name.value) ? null : undefined),
      DirectiveDefinition: node => (isNamed(node.name.value) ? null : undefined),
      ScalarTypeDefinition: node => (isNamed(node.name.value) ? null : undefined),
    }),
  );
}
