import {
  type DocumentNode,
  type FieldNode,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';
import type { RestRoute } from './rest-table';

/** The operation of a route, without the fields that the schema lacks. */
export interface PreparedOperation {
  query: string;
  document: DocumentNode;
  variables: ReadonlyMap<string, GraphQLInputType>;
  root: FieldNode;
  rootKey: string;
  /** The selected fields whose type is an enum. */
  enums: ReadonlySet<FieldNode>;
}

export function prepareOperation(row: RestRoute, schema: GraphQLSchema): PreparedOperation {
  const source = parse(row.operation, { noLocation: true });
  const definition = source.definitions[0];
  if (definition?.kind !== Kind.OPERATION_DEFINITION || source.definitions.length !== 1) {
    throw new Error(`${row.method} ${row.path}: the operation must be exactly one, without fragments`);
  }
  const rootType = schema.getRootType(definition.operation);
  const enums = new Set<FieldNode>();
  const selectionSet = rootType
    ? presentSelections(definition.selectionSet, rootType, schema, enums)
    : undefined;
  const root = selectionSet?.selections[0];
  if (selectionSet === undefined || root?.kind !== Kind.FIELD) {
    throw new Error(`${row.method} ${row.path}: this schema has no field for it`);
  }
  const pruned: OperationDefinitionNode = { ...definition, selectionSet };
  const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [pruned] };
  const variables = new Map<string, GraphQLInputType>();
  for (const variable of definition.variableDefinitions ?? []) {
    const type = typeFromAST(schema, variable.type as never) as GraphQLInputType | undefined;
    if (type === undefined)
      throw new Error(`${row.method} ${row.path}: unknown type of $${variable.variable.name.value}`);
    variables.set(variable.variable.name.value, type);
  }
  return {
    query: print(document),
    document,
    variables,
    root,
    rootKey: root.alias?.value ?? root.name.value,
    enums,
  };
}

/** The selections that the schema has. */
function presentSelections(
  set: SelectionSetNode,
  type: GraphQLObjectType,
  schema: GraphQLSchema,
  enums: Set<FieldNode>,
): SelectionSetNode | undefined {
  const selections = set.selections.flatMap(selection => {
    if (selection.kind !== Kind.FIELD) throw new Error('REST operations select plain fields');
    const field = type.getFields()[selection.name.value];
    if (field === undefined) return selection.name.value === '__typename' ? [selection] : [];
    const named = getNamedType(field.type);
    if (isEnumType(named)) enums.add(selection);
    if (selection.selectionSet === undefined) return [selection];
    const inner = presentSelections(selection.selectionSet, named as GraphQLObjectType, schema, enums);
    return inner === undefined ? [] : [{ ...selection, selectionSet: inner }];
  });
  return selections.length === 0 ? undefined : { ...set, selections };
}
