import type { OperationDefinitionNode } from 'graphql';
import { executeSync, type GraphQLSchema, Kind, OperationTypeNode, parse } from 'graphql';
import { printForPlanner } from './planner-text';
import type { FieldSelection, Selection } from './selection';

/** The introspection fields among root selections, through fragments. */
export function introspectionFields(selections: readonly Selection[]): FieldSelection[] {
  return selections.flatMap(selection =>
    selection.kind === 'fragment'
      ? introspectionFields(selection.selections)
      : selection.name === '__schema' || selection.name === '__type'
        ? [selection]
        : [],
  );
}

/**
 * Answers introspection (https://spec.graphql.org/October2021/#sec-Introspection) from the API schema, as JSON by alias. It is rare, so
 * graphql-js executes it.
 */
export function introspect(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fields: readonly FieldSelection[],
  variables: Readonly<Record<string, unknown>>,
): ReadonlyMap<string, string> {
  const answers = new Map<string, string>();
  // With `isIntrospection`, since fields of introspection are otherwise left out for the planner.
  const text = printForPlanner({ ...operation, operation: OperationTypeNode.QUERY }, fields, true);
  const document = parse(text, { noLocation: true });
  if (document.definitions[0]?.kind !== Kind.OPERATION_DEFINITION) return answers;
  const { data } = executeSync({ schema, document, variableValues: variables });
  for (const [alias, value] of Object.entries(data ?? {})) answers.set(alias, JSON.stringify(value));
  return answers;
}
