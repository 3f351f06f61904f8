import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../../platform/graphql/document';

/** Parses a field set such as `id owner { id }`: https://specs.apollo.dev/join/v0.5 */
export function fieldSet(text: string): SelectionSetNode {
  const [definition] = parse(`{${text}}`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`Not a set of fields: ${text}`);
  return definition.selectionSet;
}

/** The fields of a set, including those in fragments. */
export function fieldsOf(set: SelectionSetNode): FieldNode[] {
  return set.selections.flatMap(node =>
    node.kind === Kind.FIELD ? [node] : node.kind === Kind.INLINE_FRAGMENT ? fieldsOf(node.selectionSet) : [],
  );
}

/** The arguments as text that is equal for equal ones. */
export function argumentsText({ arguments: given = [] }: FieldNode): string {
  return given
    .map(argument => print(argument))
    .sort()
    .join();
}

export function responseName(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}

/** An operation that a planner wrote, with its fragments inlined: Hive's planner shares repeated selections. */
export function inlinedOperation(text: string): OperationDefinitionNode {
  const document = parse(text, { noLocation: true });
  const operation = document.definitions.find(one => one.kind === Kind.OPERATION_DEFINITION);
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`Not an operation: ${text}`);
  const fragments = fragmentsOf(document);
  if (fragments.size === 0) return operation;
  const inline = ({ selections, ...set }: SelectionSetNode): SelectionSetNode => ({
    ...set,
    selections: selections.flatMap((node): SelectionNode[] => {
      if (node.kind !== Kind.FRAGMENT_SPREAD) {
        return [node.selectionSet ? { ...node, selectionSet: inline(node.selectionSet) } : node];
      }
      const fragment = fragments.get(node.name.value);
      if (!fragment) return [];
      const { typeCondition, selectionSet } = fragment;
      return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet: inline(selectionSet) }];
    }),
  });
  return { ...operation, selectionSet: inline(operation.selectionSet) };
}

export function selectionOf(operation: string): SelectionSetNode {
  return inlinedOperation(operation).selectionSet;
}

/** Whether any field of the set has arguments. */
export function hasArguments(set: SelectionSetNode): boolean {
  return fieldsOf(set).some(
    field =>
      (field.arguments?.length ?? 0) > 0 || (field.selectionSet ? hasArguments(field.selectionSet) : false),
  );
}
