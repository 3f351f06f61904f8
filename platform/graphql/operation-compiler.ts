import {
  defaultTypeResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLField,
  GraphQLID,
  GraphQLIncludeDirective,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  GraphQLSkipDirective,
  GraphQLString,
  getArgumentValues,
  getDirectiveValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';
import {
  type Complete,
  completeValue,
  executeFields,
  type FieldPlan,
  handleError,
  isPromise,
  type ObjectPlan,
  type Position,
  type Variables,
} from './plan-execution';

/** Thrown for an operation that is left to graphql-js. */
export class NotCompilable extends Error {}

/** Compiles selection sets to plans, for one combination of the variables that `@skip` and `@include` read. */
export class OperationCompiler {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>,
    private readonly variables: Variables,
    /** How many more fields it may compile. */
    public fieldsLeft: number,
  ) {}

  planOf(parent: GraphQLObjectType, sets: readonly SelectionSetNode[]): ObjectPlan {
    if (parent.isTypeOf != null) throw new NotCompilable();
    const collected = new Map<string, FieldNode[]>();
    const visited = new Set<string>();
    for (const set of sets) this.collect(parent, set, collected, visited);
    return [...collected].map(([key, nodes]) => this.fieldOf(key, parent, nodes));
  }

  private collect(
    type: GraphQLObjectType,
    { selections }: SelectionSetNode,
    collected: Map<string, FieldNode[]>,
    visited: Set<string>,
  ): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD && visited.has(selection.name.value)) continue;
      if (!this.isIncluded(selection)) continue;
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value;
        const nodes = collected.get(key);
        if (nodes === undefined) collected.set(key, [selection]);
        else nodes.push(selection);
        continue;
      }
      let fragment: Pick<FragmentDefinitionNode, 'selectionSet'> & {
        typeCondition?: FragmentDefinitionNode['typeCondition'] | undefined;
      } = selection as never;
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        visited.add(selection.name.value);
        fragment = this.fragments[selection.name.value]!;
      }
      if (this.matches(fragment.typeCondition, type))
        this.collect(type, fragment.selectionSet, collected, visited);
    }
  }

  private isIncluded(node: SelectionNode): boolean {
    if (node.directives === undefined || node.directives.length === 0) return true;
    const variables = this.variables as Record<string, unknown>;
    const values = (directive: typeof GraphQLSkipDirective) =>
      node.directives!.some(each => each.name.value === directive.name)
        ? (getDirectiveValues(directive, node, withAbsentAsFalse(node, variables))?.['if'] as boolean)
        : undefined;
    return values(GraphQLSkipDirective) !== true && values(GraphQLIncludeDirective) !== false;
  }

  private matches(
    condition: FragmentDefinitionNode['typeCondition'] | undefined,
    type: GraphQLObjectType,
  ): boolean {
    if (condition === undefined) return true;
    const conditionType = typeFromAST(this.schema, condition);
    return (
      conditionType === type || (isAbstractType(conditionType) && this.schema.isSubType(conditionType, type))
    );
  }

  private fieldOf(key: string, parent: GraphQLObjectType, nodes: readonly FieldNode[]): FieldPlan {
    const node = nodes[0]!;
    const name = node.name.value;
    // As a key of a plain object it would set the prototype.
    if (key === '__proto__' || --this.fieldsLeft < 0) throw new NotCompilable();
    const field = name === '__typename' ? typenameField(parent) : parent.getFields()[name];
    if (field === undefined) throw new NotCompilable();
    return {
      key,
      field,
      parent,
      nodes,
      isNullable: !isNonNullType(field.type),
      args: usesVariables(node) ? undefined : constantArguments(field, node),
      complete: this.completeOf(field.type, nodes, `${parent.name}.${name}`),
    };
  }

  private completeOf(type: GraphQLOutputType, nodes: readonly FieldNode[], coordinate: string): Complete {
    if (isNonNullType(type)) return nonNull(this.completeOf(type.ofType, nodes, coordinate), coordinate);
    if (isLeafType(type)) return { leaf: leafOf(type) };
    if (isListType(type)) {
      const item = this.completeOf(type.ofType, nodes, coordinate);
      return listOf(item, !isNonNullType(type.ofType), nodes, coordinate);
    }
    const sets = nodes.flatMap(node => (node.selectionSet === undefined ? [] : [node.selectionSet]));
    if (isObjectType(type)) {
      const plan = this.planOf(type, sets);
      return {
        composite: (execution, value, position) => {
          if (value == null) return null;
          if (value instanceof Error) throw value;
          return executeFields(execution, plan, value, position);
        },
      };
    }
    const plans = new Map(
      this.schema.getPossibleTypes(type).map(possible => [possible.name, this.planOf(possible, sets)]),
    );
    const resolveType = type.resolveType ?? defaultTypeResolver;
    const planFor = (name: unknown): ObjectPlan => {
      const plan = plans.get(name as string);
      if (plan !== undefined) return plan;
      throw new GraphQLError(
        `Abstract type "${type.name}" must resolve to one of its Object types at runtime for field "${coordinate}"`,
        { nodes },
      );
    };
    return {
      composite: (execution, value, position) => {
        if (value == null) return null;
        if (value instanceof Error) throw value;
        const name = resolveType(value, execution.context, execution.info as GraphQLResolveInfo, type);
        const complete: Complete = {
          composite: (_, resolved) => executeFields(execution, planFor(resolved), value, position),
        };
        return completeValue(execution, name, complete, nodes, position);
      },
    };
  }
}

function listOf(
  item: Complete,
  isNullable: boolean,
  nodes: readonly FieldNode[],
  coordinate: string,
): Complete {
  return {
    composite: (execution, list, prev) => {
      if (list == null) return null;
      if (list instanceof Error) throw list;
      if (typeof list !== 'object' || typeof (list as Iterable<unknown>)[Symbol.iterator] !== 'function') {
        throw new GraphQLError(`Expected Iterable, but did not find one for field "${coordinate}".`);
      }
      const result: unknown[] = [];
      for (const value of list as Iterable<unknown>) {
        const parent = result as unknown as Record<number, unknown>;
        let position: Position | undefined;
        let completed: unknown;
        try {
          if (item.leaf !== undefined && !isPromise(value)) completed = item.leaf(value);
          else {
            position = { prev, key: result.length, typename: undefined, parent, isNullable };
            completed = completeValue(execution, value, item, nodes, position);
          }
        } catch (error) {
          position ??= { prev, key: result.length, typename: undefined, parent, isNullable };
          completed = handleError(execution, error, nodes, position);
        }
        result.push(completed);
      }
      return result;
    },
  };
}

function nonNull(inner: Complete, coordinate: string): Complete {
  const present = (value: unknown): unknown => {
    if (value === null) throw new Error(`Cannot return null for non-nullable field ${coordinate}.`);
    return value;
  };
  if (inner.leaf !== undefined) {
    const { leaf } = inner;
    return { leaf: value => present(leaf(value)) };
  }
  const { composite } = inner;
  return { composite: (execution, value, position) => present(composite(execution, value, position)) };
}

function leafOf(type: GraphQLLeafType): (value: unknown) => unknown {
  const isText = type === GraphQLString || type === GraphQLID;
  return value => {
    if (isText && typeof value === 'string') return value;
    if (value == null) return null;
    if (value instanceof Error) throw value;
    const serialized = type.serialize(value);
    if (serialized == null) throw new Error(`${type.name} serialized a value to nothing`);
    return serialized;
  };
}

/** Arguments that cannot be coerced are left to the execution, where they are one error of that field. */
function constantArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): Record<string, unknown> | undefined {
  try {
    return getArgumentValues(field, node);
  } catch {
    return undefined;
  }
}

function usesVariables(node: FieldNode): boolean {
  const isVariable = (value: unknown): boolean => {
    if (typeof value !== 'object' || value === null) return false;
    const { kind, values, fields } = value as {
      kind: string;
      values?: unknown[];
      fields?: { value: unknown }[];
    };
    if (kind === Kind.VARIABLE) return true;
    return (values?.some(isVariable) ?? false) || (fields?.some(field => isVariable(field.value)) ?? false);
  };
  return node.arguments?.some(argument => isVariable(argument.value)) ?? false;
}

function typenameField(parent: GraphQLObjectType): GraphQLField<unknown, unknown> {
  return {
    name: '__typename',
    type: GraphQLString,
    args: [],
    resolve: () => parent.name,
  } as unknown as GraphQLField<unknown, unknown>;
}

function conditionsOf(node: SelectionNode): { name: string }[] {
  return (node.directives ?? []).flatMap(directive =>
    directive.name.value === 'skip' || directive.name.value === 'include'
      ? (directive.arguments ?? []).flatMap(({ value }) =>
          value.kind === Kind.VARIABLE ? [{ name: value.name.value }] : [],
        )
      : [],
  );
}

/** There is one plan for each combination of true and not true, so an absent variable counts as false. */
function withAbsentAsFalse(node: SelectionNode, variables: Variables): Record<string, unknown> {
  const absent = conditionsOf(node).filter(({ name }) => typeof variables[name] !== 'boolean');
  if (absent.length === 0) return variables as Record<string, unknown>;
  return { ...variables, ...Object.fromEntries(absent.map(({ name }) => [name, false])) };
}
