import {
  executeSync,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getIntrospectionQuery,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  parse,
} from 'graphql';
import { fragmentsOf } from '../../platform/graphql/document';
import { overLimit } from './limits';
import { printForPlanner } from './planner-text';
import { type FieldSelection, type Selection, selectOperation } from './selection';

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

type Variables = Readonly<Record<string, unknown>>;

/**
 * Answers introspection (https://spec.graphql.org/October2021/#sec-Introspection) from the API schema. It is rare, so graphql-js executes
 * it.
 *
 * Types refer to each other, so that a short query can have an answer of any size. An answer is limited to twice as many fields as that
 * of the query by which tools read the whole schema.
 */
export class Introspection {
  private maximum: number | undefined;

  constructor(private readonly schema: GraphQLSchema) {}

  /** The answer of each field, as JSON by alias. @throws RequestError OPERATION_LIMIT_EXCEEDED */
  answer(
    operation: OperationDefinitionNode,
    fields: readonly FieldSelection[],
    variables: Variables,
  ): ReadonlyMap<string, string> {
    const { schema } = this;
    const maximum = this.limit();
    const actual = new FieldCount(schema, variables, maximum).of(fields, undefined);
    if (actual > maximum) throw overLimit('introspected fields', maximum);
    const answers = new Map<string, string>();
    // With `isIntrospection`, since fields of introspection are otherwise left out for the planner.
    const text = printForPlanner(
      { ...operation, operation: OperationTypeNode.QUERY },
      fields,
      undefined,
      true,
    );
    const document = parse(text, { noLocation: true });
    if (document.definitions[0]?.kind !== Kind.OPERATION_DEFINITION) return answers;
    const { data } = executeSync({ schema, document, variableValues: variables });
    for (const [alias, value] of Object.entries(data ?? {})) answers.set(alias, JSON.stringify(value));
    return answers;
  }

  private limit(): number {
    this.maximum ??= 2 * this.sizeOfSchema();
    return this.maximum;
  }

  private sizeOfSchema(): number {
    const { schema } = this;
    const document = parse(
      getIntrospectionQuery({ inputValueDeprecation: true, directiveIsRepeatable: true }),
    );
    const [operation] = document.definitions;
    if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('Not an operation');
    const source = { schema, fragments: fragmentsOf(document), variables: {}, denials: undefined };
    const fields = selectOperation({ ...source, varies: () => false }, operation);
    return new FieldCount(schema, {}, Number.POSITIVE_INFINITY).of(fields, undefined);
  }
}

/**
 * Counts the fields of an introspection answer. A selection of the same type is counted once, so that there are fewer steps than fields,
 * and at most as many steps as fields are allowed.
 */
class FieldCount {
  private readonly known = new Map<readonly Selection[], Map<unknown, number>>();
  private readonly info: GraphQLResolveInfo;
  private steps = 0;

  constructor(
    schema: GraphQLSchema,
    private readonly variables: Variables,
    private readonly maximum: number,
  ) {
    this.info = { schema } as GraphQLResolveInfo;
  }

  of(selections: readonly Selection[], source: unknown): number {
    const counts = this.known.get(selections) ?? new Map<unknown, number>();
    this.known.set(selections, counts);
    const known = counts.get(source);
    if (known !== undefined) return known;
    let count = 0;
    for (const selection of selections) {
      if (selection.kind === 'fragment') {
        count += this.of(selection.selections, source);
        continue;
      }
      count++;
      if (++this.steps > this.maximum) throw overLimit('introspected fields', this.maximum);
      if (selection.selections) count += this.below(selection, selection.selections, source);
    }
    counts.set(source, count);
    return count;
  }

  private below(field: FieldSelection, selections: readonly Selection[], source: unknown): number {
    const value = field.definition.resolve?.(source, this.argumentsOf(field), undefined, this.info);
    if (value == null) return 0;
    let count = 0;
    for (const item of Array.isArray(value) ? value : [value]) count += this.of(selections, item);
    return count;
  }

  /** All fields and values count, deprecated or not. */
  private argumentsOf({ arguments: given }: FieldSelection): Record<string, unknown> {
    const name = given.find(argument => argument.name.value === 'name')?.value;
    return {
      includeDeprecated: true,
      name:
        name?.kind === Kind.STRING
          ? name.value
          : name?.kind === Kind.VARIABLE
            ? this.variables[name.name.value]
            : undefined,
    };
  }
}
