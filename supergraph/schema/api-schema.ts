import {
  buildASTSchema,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DirectiveDefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  type InputValueDefinitionNode,
  isScalarType,
  isTypeDefinitionNode,
  Kind,
  type TypeDefinitionNode,
  type TypeNode,
} from 'graphql';
import { JSONObject } from '../../platform/graphql/json-object';
import { directiveNameIn, type Feature, namesOf } from './features';

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
 * The API schema: the supergraph without the definitions of federation and without what is `@inaccessible`
 * (https://specs.apollo.dev/inaccessible/v0.2). Composition has checked that nothing visible needs a hidden definition.
 */
export function buildApiSchema(document: DocumentNode, features: readonly Feature[]): GraphQLSchema {
  const visible = new VisibleDefinitions(directiveNameIn(features, 'inaccessible', 'inaccessible'), document);
  const isOfFeature = namesOf(features);
  const isApollos = namesOf(features.filter(f => f.isApollos));
  const isForClients = (definition: DirectiveDefinitionNode): boolean =>
    !isApollos(`@${definition.name.value}`) &&
    definition.locations.some(location => executableLocations.has(location.value));
  // A type of a foreign spec is visible where clients need it to write that spec's directives.
  const needed = new Set<string>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.DIRECTIVE_DEFINITION || !isForClients(definition)) continue;
    for (const argument of definition.arguments ?? []) needed.add(namedTypeOf(argument.type));
  }

  const definitions: DefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.SCHEMA_DEFINITION) {
      definitions.push({ ...definition, directives: [] });
    } else if (definition.kind === Kind.DIRECTIVE_DEFINITION) {
      if (!isForClients(definition)) continue;
      definitions.push({ ...definition, arguments: visible.inputs(definition.arguments) });
    } else if (isTypeDefinitionNode(definition)) {
      const name = definition.name.value;
      if (visible.hasType(name) && (!isOfFeature(name) || needed.has(name))) {
        definitions.push(visible.type(definition));
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

type Directed = { readonly directives?: readonly ConstDirectiveNode[] };

/** Definitions without their inaccessible parts, and without the directives that clients do not need. */
class VisibleDefinitions {
  private readonly hiddenTypes: ReadonlySet<string>;

  constructor(
    private readonly inaccessible: string,
    document: DocumentNode,
  ) {
    this.hiddenTypes = new Set(
      document.definitions
        .filter(isTypeDefinitionNode)
        .filter(definition => this.isHidden(definition))
        .map(definition => definition.name.value),
    );
  }

  hasType(name: string): boolean {
    return !this.hiddenTypes.has(name);
  }

  inputs(nodes: readonly InputValueDefinitionNode[] | undefined): InputValueDefinitionNode[] {
    return this.parts(nodes);
  }

  type(definition: TypeDefinitionNode): TypeDefinitionNode {
    const hasType = (node: { name: { value: string } }): boolean => this.hasType(node.name.value);
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION:
        return withoutDirectives({
          ...definition,
          interfaces: definition.interfaces?.filter(hasType) ?? [],
          fields: this.fields(definition.fields),
        });
      case Kind.UNION_TYPE_DEFINITION:
        return withoutDirectives({ ...definition, types: definition.types?.filter(hasType) ?? [] });
      case Kind.ENUM_TYPE_DEFINITION:
        return withoutDirectives({ ...definition, values: this.parts(definition.values) });
      case Kind.INPUT_OBJECT_TYPE_DEFINITION:
        return withoutDirectives({ ...definition, fields: this.inputs(definition.fields) });
      default:
        return withoutDirectives(definition);
    }
  }

  private fields(nodes: readonly FieldDefinitionNode[] | undefined): FieldDefinitionNode[] {
    return this.parts(nodes).map(node => ({ ...node, arguments: this.inputs(node.arguments) }));
  }

  private parts<T extends Directed>(nodes: readonly T[] | undefined): T[] {
    return (nodes ?? []).filter(node => !this.isHidden(node)).map(withoutDirectives);
  }

  private isHidden(node: Directed): boolean {
    return node.directives?.some(d => d.name.value === this.inaccessible) ?? false;
  }
}

function withoutDirectives<T extends Directed>(node: T): T {
  return { ...node, directives: node.directives?.filter(d => kept.has(d.name.value)) ?? [] };
}

function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type);
}
