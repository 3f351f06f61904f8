import {
  type ArgumentNode,
  type ConstValueNode,
  getNamedType,
  isAbstractType,
  Kind,
  type OperationDefinitionNode,
  print,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';
import type { FieldSelection, Selection } from './selection';

/** Whether a subgraph has to answer any part of it. The gateway answers `__typename` of the root and introspection. */
export function needsSubgraph(selection: Selection): boolean {
  if (selection.kind === 'fragment') return selection.selections.some(needsSubgraph);
  return !selection.denied && !selection.name.startsWith('__');
}

/**
 * Names no client variable may have in a plan: the planners declare these for the representations
 * (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec#query_entities).
 */
const reservedVariable = /^(_*)(representations|batch_reps|internal_qp|v_)/;

export function planVariable(name: string): string {
  return reservedVariable.test(name) ? `v_${name}` : name;
}

/** Whether values of an abstract type can have an object type that clients cannot see. */
export type HasHiddenTypes = (typeName: string) => boolean;

/** The planner's input: this selection as one operation, without root `__typename` and introspection. */
export function printForPlanner(
  operation: OperationDefinitionNode,
  selections: readonly Selection[],
  hasHiddenTypes: HasHiddenTypes = () => false,
  isIntrospection = false,
): string {
  const used: Printing = { variables: new Set(), hasHiddenTypes };
  const body = isIntrospection
    ? printSelections(selections, used)
    : printSelections(selections.filter(needsSubgraph), used, true);
  const definitions = (operation.variableDefinitions ?? [])
    .filter(d => used.variables.has(d.variable.name.value))
    .map(printVariableDefinition);
  const variables = definitions.length > 0 ? `(${definitions.join(',')})` : '';
  return `${operation.operation}${variables}${body}`;
}

interface Printing {
  /** The variables that were printed. */
  readonly variables: Set<string>;
  readonly hasHiddenTypes: HasHiddenTypes;
}

function printVariableDefinition(node: VariableDefinitionNode): string {
  const value = node.defaultValue
    ? `=${printValue(node.defaultValue, { variables: new Set(), hasHiddenTypes: () => false })}`
    : '';
  return `$${planVariable(node.variable.name.value)}:${print(node.type)}${value}`;
}

function printSelections(selections: readonly Selection[], used: Printing, isRoot = false): string {
  let text = '';
  for (const selection of selections) {
    if (selection.kind === 'fragment') {
      const inner = printSelections(selection.selections, used);
      text += ` ...on ${selection.type.name}${inner}`;
      continue;
    }
    if (selection.denied || (isRoot && !needsSubgraph(selection))) continue;
    // The projection knows every type's name; it needs the plain one, and Hive's planner sees an alias only.
    const isPlain = selection.alias === selection.name || selection.name === '__typename';
    text += isPlain ? ` ${selection.name}` : ` ${selection.alias}:${selection.name}`;
    text += printArguments(selection.arguments, used);
    for (const directive of selection.directives) {
      text += ` @${directive.name.value}${printArguments(directive.arguments ?? [], used)}`;
    }
    if (selection.selections) {
      const inner = printSelections(selection.selections, used);
      text += dependsOnType(selection, used) ? `{__typename ${inner.slice(1)}` : inner;
    }
  }
  // All fields are skipped or denied. The object itself is still fetched, because it may be null.
  return `{${text === '' ? '__typename' : text.slice(1)}}`;
}

/**
 * Whether the answer depends on the object type of the value. The planners leave the type name out where no service of the fetch needs
 * it: behind an interface with a hidden type, and where a service declares a field of a union as one of its members.
 */
function dependsOnType({ definition, selections }: FieldSelection, { hasHiddenTypes }: Printing): boolean {
  const type = getNamedType(definition.type);
  return (
    isAbstractType(type) &&
    (hasHiddenTypes(type.name) || (selections?.some(({ kind }) => kind === 'fragment') ?? false))
  );
}

function printArguments(nodes: readonly ArgumentNode[], used: Printing): string {
  if (nodes.length === 0) return '';
  return `(${nodes.map(a => `${a.name.value}:${printValue(a.value, used)}`).join(',')})`;
}

function printValue(node: ValueNode | ConstValueNode, used: Printing): string {
  switch (node.kind) {
    case Kind.VARIABLE:
      used.variables.add(node.name.value);
      return `$${planVariable(node.name.value)}`;
    case Kind.STRING:
      return JSON.stringify(node.value);
    case Kind.LIST:
      return `[${node.values.map(v => printValue(v, used)).join(',')}]`;
    case Kind.OBJECT:
      return `{${node.fields.map(f => `${f.name.value}:${printValue(f.value, used)}`).join(',')}}`;
    case Kind.NULL:
      return 'null';
    case Kind.BOOLEAN:
      return String(node.value);
    default:
      return node.value;
  }
}
