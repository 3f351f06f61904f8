import {
  buildASTSchema,
  type ConstDirectiveNode,
  type ConstValueNode,
  type DefinitionNode,
  type DirectiveDefinitionNode,
  type DocumentNode,
  type EnumTypeDefinitionNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type InputValueDefinitionNode,
  isScalarType,
  Kind,
  parse,
  print,
  type TypeDefinitionNode,
  type TypeNode,
  valueFromASTUntyped,
} from 'graphql';
import { JSONObject } from '../../platform/graphql/json-object';

/** One service behind the gateway, as the supergraph's `join__Graph` names it. */
export interface Subgraph {
  readonly name: string;
  readonly url: string;
}

/** One feature the supergraph is built from: the `@link` spec, https://specs.apollo.dev/link/v1.0. */
interface Feature {
  readonly spec: string;
  /** One of Apollo's own, whose directives are instructions to a gateway. */
  readonly isApollos: boolean;
  readonly prefix: string;
  readonly imports: ReadonlyMap<string, string>;
}

/**
 * What we read out of a supergraph SDL file (the join spec, https://specs.apollo.dev/join/v0.5): the schema clients see,
 * the subgraphs and their addresses, and who implements what including the types clients may not see.
 *
 * It is parsed here, not by @apollo/federation-internals: that takes some 80 ms and refuses a supergraph that carries the
 * access directives unless told otherwise.
 */
export interface SupergraphSchema {
  readonly sdl: string;
  readonly document: DocumentNode;
  readonly apiSchema: GraphQLSchema;
  readonly subgraphs: ReadonlyMap<string, Subgraph>;
  /** Every composite and input definition by name, inaccessible ones too. */
  readonly types: ReadonlyMap<string, TypeDefinitionNode>;
  /** The name a feature's directive goes by in this file, e.g. `('cost', 'listSize')`. */
  directiveName(spec: string, directive: string): string;
  /** Does a value of this object type satisfy the condition? Looks through the whole supergraph. */
  satisfies(typename: string, condition: string): boolean;
  /** The object types a type can be at run time, itself when it is an object. */
  possibleTypes(typeName: string): readonly string[];
  isAbstract(typeName: string): boolean;
  /** What a subgraph calls an entity of this type when all it knows is an interface object; undefined where it knows the type. */
  interfaceObject(subgraph: string, typename: string): string | undefined;
}

export function readSupergraph(sdl: string): SupergraphSchema {
  const document = parse(sdl, { noLocation: true });
  const features = readFeatures(document);
  const directiveName = (spec: string, directive: string): string => {
    const feature = features.find(f => f.spec === spec);
    const imported = feature?.imports.get(`@${directive}`);
    if (imported) return imported.slice(1);
    const prefix = feature?.prefix ?? spec;
    return directive === spec ? prefix : `${prefix}__${directive}`;
  };

  const types = new Map<string, TypeDefinitionNode>();
  const possible = new Map<string, Set<string>>();
  for (const definition of document.definitions) {
    if (!isTypeDefinition(definition)) continue;
    types.set(definition.name.value, definition);
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION) {
      for (const implemented of definition.interfaces ?? []) {
        add(possible, implemented.name.value, definition.name.value);
      }
    } else if (definition.kind === Kind.UNION_TYPE_DEFINITION) {
      for (const member of definition.types ?? []) add(possible, definition.name.value, member.name.value);
    } else if (definition.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      if (!possible.has(definition.name.value)) possible.set(definition.name.value, new Set());
    }
  }
  const possibleLists = new Map([...possible].map(([name, members]) => [name, [...members]]));

  return {
    sdl,
    document,
    apiSchema: buildApiSchema(document, features, directiveName('inaccessible', 'inaccessible')),
    subgraphs: readSubgraphs(types, directiveName('join', 'Graph'), directiveName('join', 'graph')),
    types,
    directiveName,
    satisfies: (typename, condition) =>
      typename === condition || (possible.get(condition)?.has(typename) ?? false),
    possibleTypes: name => possibleLists.get(name) ?? [name],
    isAbstract: name => possible.has(name),
    interfaceObject: interfaceObjects(types, possibleLists, directiveName),
  };
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

/** What `join__Graph` calls a subgraph → the subgraph's name. */
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

/** The value of one argument of one directive, as plain JavaScript; undefined where it is not written. */
export function directiveArgument(directive: ConstDirectiveNode, name: string): unknown {
  const argument = directive.arguments?.find(a => a.name.value === name);
  return argument ? valueFromASTUntyped(argument.value) : undefined;
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const known = map.get(key);
  if (known) known.add(value);
  else map.set(key, new Set([value]));
}

function isTypeDefinition(definition: DefinitionNode): definition is TypeDefinitionNode {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.UNION_TYPE_DEFINITION:
    case Kind.ENUM_TYPE_DEFINITION:
    case Kind.SCALAR_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return true;
    default:
      return false;
  }
}

function readFeatures(document: DocumentNode): Feature[] {
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

const kept = new Set(['deprecated', 'specifiedBy', 'oneOf']);
const executableLocations = new Set([
  'QUERY',
  'MUTATION',
  'SUBSCRIPTION',
  'FIELD',
  'FRAGMENT_DEFINITION',
  'FRAGMENT_SPREAD',
  'INLINE_FRAGMENT',
  'VARIABLE_DEFINITION',
]);

/**
 * The API schema: the supergraph without the machinery of federation and without what is `@inaccessible`
 * (https://specs.apollo.dev/inaccessible/v0.2). Composition has already checked that nothing visible needs what is hidden.
 */
function buildApiSchema(
  document: DocumentNode,
  features: readonly Feature[],
  inaccessible: string,
): GraphQLSchema {
  const isMachinery = namesOf(features);
  const isApollos = namesOf(features.filter(f => f.isApollos));
  const isClients = (definition: DirectiveDefinitionNode): boolean =>
    !isApollos(`@${definition.name.value}`) &&
    definition.locations.some(location => executableLocations.has(location.value));
  // A type of somebody's own spec is shown where clients need it to write that spec's directives.
  const needed = new Set<string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.DIRECTIVE_DEFINITION || !isClients(definition)) continue;
    for (const argument of definition.arguments ?? []) needed.add(nameOf(argument.type));
  }
  const hidden = (node: { directives?: readonly ConstDirectiveNode[] }): boolean =>
    node.directives?.some(d => d.name.value === inaccessible) ?? false;
  const hiddenTypes = new Set<string>();
  for (const definition of document.definitions) {
    if (isTypeDefinition(definition) && hidden(definition)) hiddenTypes.add(definition.name.value);
  }
  const plain = <T extends { directives?: readonly ConstDirectiveNode[] }>(node: T): T => ({
    ...node,
    directives: node.directives?.filter(d => kept.has(d.name.value)) ?? [],
  });
  const inputs = (nodes: readonly InputValueDefinitionNode[] | undefined): InputValueDefinitionNode[] =>
    (nodes ?? []).filter(node => !hidden(node)).map(plain);
  const fields = (nodes: readonly FieldDefinitionNode[] | undefined): FieldDefinitionNode[] =>
    (nodes ?? [])
      .filter(node => !hidden(node))
      .map(node => plain({ ...node, arguments: inputs(node.arguments) }));

  const definitions: DefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.SCHEMA_DEFINITION) {
      definitions.push({ ...definition, directives: [] });
    } else if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
      if (isClients(definition)) {
        definitions.push({ ...definition, arguments: inputs(definition.arguments) });
      }
    } else if (isTypeDefinition(definition)) {
      const name = definition.name.value;
      if (hidden(definition) || (isMachinery(name) && !needed.has(name))) continue;
      const visible = (node: { name: { value: string } }): boolean => !hiddenTypes.has(node.name.value);
      switch (definition.kind) {
        case Kind.OBJECT_TYPE_DEFINITION:
        case Kind.INTERFACE_TYPE_DEFINITION:
          definitions.push(
            plain({
              ...definition,
              interfaces: definition.interfaces?.filter(visible) ?? [],
              fields: fields(definition.fields),
            }),
          );
          break;
        case Kind.UNION_TYPE_DEFINITION:
          definitions.push(plain({ ...definition, types: definition.types?.filter(visible) ?? [] }));
          break;
        case Kind.ENUM_TYPE_DEFINITION:
          definitions.push(
            plain({ ...definition, values: definition.values?.filter(v => !hidden(v)).map(plain) ?? [] }),
          );
          break;
        case Kind.INPUT_OBJECT_TYPE_DEFINITION:
          definitions.push(plain({ ...definition, fields: inputs(definition.fields) }));
          break;
        default:
          definitions.push(plain(definition));
      }
    }
  }
  // Composition has validated the file already; validating it again would double the time a reload takes.
  const schema = buildASTSchema(
    { kind: Kind.DOCUMENT, definitions },
    { assumeValidSDL: true, assumeValid: true },
  );
  checkJsonObjects(schema);
  return schema;
}

/**
 * Lets the gateway check `JSONObject` as the services do: a literal that a service refuses at validation would look like a
 * fault of the gateway, and a variable with an infinite number would reach the service as null.
 */
function checkJsonObjects(schema: GraphQLSchema): void {
  const scalar = schema.getType(JSONObject.name);
  if (!isScalarType(scalar) || scalar.specifiedByURL !== JSONObject.specifiedByURL) return;
  scalar.parseValue = JSONObject.parseValue;
  scalar.parseLiteral = JSONObject.parseLiteral;
}

/** The names that features' types and directives (with an `@`) go by in this file. */
function namesOf(features: readonly Feature[]): (name: string) => boolean {
  const prefixes = features.map(f => `${f.prefix}__`);
  const names = new Set(features.flatMap(f => [`@${f.prefix}`, ...f.imports.values()]));
  return name => names.has(name) || prefixes.some(prefix => name.replace('@', '').startsWith(prefix));
}

function nameOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : nameOf(type.type);
}

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
