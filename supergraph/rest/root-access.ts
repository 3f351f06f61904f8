import { readFileSync } from 'node:fs';
import { type ConstDirectiveNode, Kind, parse } from 'graphql';

/** What a root field asks of its caller. */
export interface RootAccess {
  readonly isAuthenticated: boolean;
  /** Any of these lists of scopes, each with all of its own. */
  readonly scopes: readonly (readonly string[])[];
}

/** The access directives of the root fields of a supergraph file, by `Query.user`. */
export function readRootAccess(supergraphFile: string): ReadonlyMap<string, RootAccess> {
  const found = new Map<string, RootAccess>();
  for (const type of parse(readFileSync(supergraphFile, 'utf8'), { noLocation: true }).definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION) continue;
    const name = type.name.value;
    if (name !== 'Query' && name !== 'Mutation') continue;
    for (const field of type.fields ?? []) {
      const scopes = (field.directives ?? []).flatMap(scopesOf);
      const isAuthenticated =
        scopes.length > 0 || (field.directives ?? []).some(one => baseName(one) === 'authenticated');
      if (isAuthenticated) found.set(`${name}.${field.name.value}`, { isAuthenticated, scopes });
    }
  }
  return found;
}

/** Directives may be imported under the name of their specification: `@federation__authenticated`. */
function baseName({ name }: ConstDirectiveNode): string {
  return name.value.split('__').at(-1)!;
}

function scopesOf(directive: ConstDirectiveNode): string[][] {
  if (baseName(directive) !== 'requiresScopes') return [];
  const value = directive.arguments?.find(({ name }) => name.value === 'scopes')?.value;
  if (value?.kind !== Kind.LIST) return [];
  return value.values.map(all =>
    all.kind === Kind.LIST ? all.values.flatMap(one => (one.kind === Kind.STRING ? [one.value] : [])) : [],
  );
}
