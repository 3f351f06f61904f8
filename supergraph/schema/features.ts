import { type ConstValueNode, type DocumentNode, Kind, valueFromASTUntyped } from 'graphql';
import { directiveArgument } from './directive-argument';

/** One feature that the supergraph is built from: the `@link` spec, https://specs.apollo.dev/link/v1.0. */
export interface Feature {
  readonly spec: string;
  /** A feature of Apollo's, whose directives are instructions to a gateway. */
  readonly isApollos: boolean;
  readonly prefix: string;
  readonly imports: ReadonlyMap<string, string>;
}

export function readFeatures(document: DocumentNode): Feature[] {
  const features: Feature[] = [];
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const directive of definition.directives ?? []) {
      const url = directiveArgument(directive, 'url') ?? directiveArgument(directive, 'feature');
      if (typeof url !== 'string') continue;
      const { hostname, pathname } = new URL(url);
      const segments = pathname.split('/').filter(Boolean);
      const last = segments.at(-1) ?? '';
      // The version is optional for specs that have none yet: https://specs.apollo.dev/link/v1.0/#@link.url
      const spec = /^v\d+\.\d+$/.test(last) ? segments.at(-2) : last;
      if (!spec) continue;
      const as = directiveArgument(directive, 'as');
      features.push({
        spec,
        isApollos: hostname === 'specs.apollo.dev',
        prefix: typeof as === 'string' ? as : spec,
        imports: readImports(directive.arguments?.find(a => a.name.value === 'import')?.value),
      });
    }
  }
  return features;
}

function readImports(value: ConstValueNode | undefined): ReadonlyMap<string, string> {
  const imports = new Map<string, string>();
  const entries = value ? valueFromASTUntyped(value) : [];
  for (const entry of Array.isArray(entries) ? entries : []) {
    if (typeof entry === 'string') imports.set(entry, entry);
    else if (typeof entry?.name === 'string') imports.set(entry.name, entry.as ?? entry.name);
  }
  return imports;
}

/** The name of a feature's directive in this file. */
export function directiveNameIn(features: readonly Feature[], spec: string, directive: string): string {
  const feature = features.find(f => f.spec === spec);
  const imported = feature?.imports.get(`@${directive}`);
  if (imported) return imported.slice(1);
  const prefix = feature?.prefix ?? spec;
  return directive === spec ? prefix : `${prefix}__${directive}`;
}

/** Whether a name is that of a type or, with an `@`, of a directive of these features. */
export function namesOf(features: readonly Feature[]): (name: string) => boolean {
  const prefixes = features.map(f => `${f.prefix}__`);
  const names = new Set(features.flatMap(f => [`@${f.prefix}`, ...f.imports.values()]));
  return name => names.has(name) || prefixes.some(prefix => name.replace('@', '').startsWith(prefix));
}
