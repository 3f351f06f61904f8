import { Kind, print } from 'graphql';
import { directiveArgument } from './directive-argument';
import type { SupergraphSchema } from './supergraph-schema';

/**
 * How a field's type reads in each subgraph that serves it. Composition merges types that differ in nullability
 * (`join__field(type:)`), and two such fields under one response name are a conflict inside a subgraph.
 */
export function fieldTypeSignatures(schema: SupergraphSchema): (typeName: string, field: string) => string {
  const joinField = schema.directiveName('join', 'field');
  const known = new Map<string, string>();
  return (typeName, field) => {
    const key = `${typeName}.${field}`;
    let signature = known.get(key);
    if (signature === undefined) {
      const type = schema.types.get(typeName);
      const node =
        type?.kind === Kind.OBJECT_TYPE_DEFINITION || type?.kind === Kind.INTERFACE_TYPE_DEFINITION
          ? type.fields?.find(f => f.name.value === field)
          : undefined;
      const ownTypes = new Set<string>();
      if (node) ownTypes.add(print(node.type));
      for (const directive of node?.directives ?? []) {
        const type = directive.name.value === joinField ? directiveArgument(directive, 'type') : undefined;
        if (typeof type === 'string') ownTypes.add(type);
      }
      signature = [...ownTypes].sort().join('|');
      known.set(key, signature);
    }
    return signature;
  };
}
