import {
  defaultTypeResolver,
  type ExecutionResult,
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
  locatedError,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  typeFromAST,
} from 'graphql';
import { Later } from './later';

/** Where a value stands in the answer: the path that graphql-js writes, and what it takes to write there later. */
interface Place {
  readonly prev: Place | undefined;
  readonly key: string | number;
  readonly typename: string | undefined;
  /** The object or list that the value becomes part of. */
  readonly into: Record<string | number, unknown>;
  /** Whether a null may stand here; otherwise what fails here makes a null further up. */
  readonly isNullable: boolean;
}

type Variables = Readonly<Record<string, unknown>>;

/** A field as it is selected: everything about it that does not depend on the request. */
interface FieldPlan {
  readonly key: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly parent: GraphQLObjectType;
  readonly nodes: readonly FieldNode[];
  readonly isNullable: boolean;
  /** Arguments, where they are the same for every request; `undefined` when variables decide. */
  readonly args: Record<string, unknown> | undefined;
  readonly complete: Complete;
}

/** What becomes of a resolved value: of a leaf at once, of anything else along its own selections. */
type Complete =
  | { readonly leaf: (value: unknown) => unknown }
  | { readonly leaf?: never; readonly deep: (run: Run, value: unknown, place: Place) => unknown };

type Deep = Extract<Complete, { deep: unknown }>;

type ObjectPlan = readonly FieldPlan[];

/** One execution. */
interface Run {
  readonly context: unknown;
  readonly variables: Variables;
  readonly info: Omit<GraphQLResolveInfo, 'fieldName' | 'fieldNodes' | 'returnType' | 'parentType' | 'path'>;
  readonly errors: GraphQLError[];
  /** Where errors have made a null: what fails below one later is not told, because it is not in the answer. */
  readonly nulled: Set<Place | undefined>;
  readonly args: Map<FieldPlan, Record<string, unknown>>;
  /** Values that are still to come. */
  waiting: number;
  /** Called when the last of them has come. */
  whenComplete: (() => void) | undefined;
}

/** Thrown while compiling for what is left to graphql-js. */
class NotCompiled extends Error {}

/**
 * A selection may repeat its fragments exponentially, and each combination of what `@skip` and `@include` ask is a plan of
 * its own: what grows larger than any real operation is left to graphql-js.
 */
const mostFields = 1_000;
const mostVariants = 32;

/**
 * A validated query or mutation as closures over its schema: the same answer as `execute` of graphql-js gives
 * (https://spec.graphql.org/October2021/#sec-Execution), for less, since fields are collected, types looked at and constant
 * arguments coerced once instead of for every value of every request.
 *
 * Introspection, subscriptions and types with `isTypeOf` are left to graphql-js.
 */
export class CompiledOperation {
  private readonly variants = new Map<string, ObjectPlan | undefined>();
  private planned = 0;
  private readonly conditions: readonly string[];

  private constructor(
    private readonly schema: GraphQLSchema,
    readonly operation: OperationDefinitionNode,
    private readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  ) {
    this.conditions = conditionVariables(operation, fragments);
  }

  /** Fields compiled so far, of all combinations: what it takes in memory goes with it. */
  get fields(): number {
    return this.planned;
  }

  /** @returns undefined for what is left to graphql-js */
  static of(
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
    fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  ): CompiledOperation | undefined {
    if (operation.operation === 'subscription') return undefined;
    const compiled = new CompiledOperation(schema, operation, fragments);
    return compiled.planFor({}) === undefined ? undefined : compiled;
  }

  /**
   * @param variables coerced, see `getVariableValues`
   * @returns undefined, before anything was resolved, when these variables make it something for graphql-js
   */
  execute(context: unknown, variables: Variables): ExecutionResult | Promise<ExecutionResult> | undefined {
    // An `if` that is null fails the whole operation; the words for that are those of graphql-js.
    if (this.conditions.some(name => typeof variables[name] !== 'boolean')) return undefined;
    const plan = this.planFor(variables);
    if (plan === undefined) return undefined;
    const { schema, operation, fragments } = this;
    const run: Run = {
      context,
      variables,
      info: { schema, fragments, operation, rootValue: undefined, variableValues: variables as never },
      errors: [],
      nulled: new Set(),
      args: new Map(),
      waiting: 0,
      whenComplete: undefined,
    };
    if (operation.operation === 'mutation') return executeSerially(run, plan);
    let data: Record<string, unknown>;
    try {
      data = executeFields(run, plan, undefined, undefined);
    } catch (error) {
      note(run, error as GraphQLError, undefined);
      data = {};
    }
    return run.waiting === 0 ? resultOf(run, data) : completed(run).then(() => resultOf(run, data));
  }

  private planFor(variables: Variables): ObjectPlan | undefined {
    const key = this.conditions.map(name => (variables[name] === true ? 't' : 'f')).join('');
    if (this.variants.has(key)) return this.variants.get(key);
    const { schema, operation, fragments } = this;
    const compiler = new Compiler(schema, fragments, variables, mostFields - this.planned);
    let plan: ObjectPlan | undefined;
    try {
      plan = compiler.planOf(schema.getRootType(operation.operation)!, [operation.selectionSet]);
      this.planned = mostFields - compiler.left;
    } catch (error) {
      if (!(error instanceof NotCompiled)) throw error;
    }
    if (this.variants.size < mostVariants) this.variants.set(key, plan);
    return plan;
  }
}

class Compiler {
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>,
    private readonly variables: Variables,
    /** How many fields it may still come to. */
    public left: number,
  ) {}

  planOf(parent: GraphQLObjectType, sets: readonly SelectionSetNode[]): ObjectPlan {
    if (parent.isTypeOf != null) throw new NotCompiled();
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
      if (this.isAbout(fragment.typeCondition, type))
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

  private isAbout(
    condition: FragmentDefinitionNode['typeCondition'] | undefined,
    type: GraphQLObjectType,
  ): boolean {
    if (condition === undefined) return true;
    const about = typeFromAST(this.schema, condition);
    return about === type || (isAbstractType(about) && this.schema.isSubType(about, type));
  }

  private fieldOf(key: string, parent: GraphQLObjectType, nodes: readonly FieldNode[]): FieldPlan {
    const node = nodes[0]!;
    const name = node.name.value;
    // Written into a plain object it would change what the object is.
    if (key === '__proto__' || --this.left < 0) throw new NotCompiled();
    const field = name === '__typename' ? typenameField(parent) : parent.getFields()[name];
    if (field === undefined) throw new NotCompiled();
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

  private completeOf(type: GraphQLOutputType, nodes: readonly FieldNode[], place: string): Complete {
    if (isNonNullType(type)) return nonNull(this.completeOf(type.ofType, nodes, place), place);
    if (isLeafType(type)) return { leaf: leafOf(type) };
    if (isListType(type)) {
      const item = this.completeOf(type.ofType, nodes, place);
      return listOf(item, !isNonNullType(type.ofType), nodes, place);
    }
    const sets = nodes.flatMap(node => (node.selectionSet === undefined ? [] : [node.selectionSet]));
    if (isObjectType(type)) {
      const plan = this.planOf(type, sets);
      return {
        deep: (run, value, place) => {
          if (value == null) return null;
          if (value instanceof Error) throw value;
          return executeFields(run, plan, value, place);
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
        `Abstract type "${type.name}" must resolve to one of its Object types at runtime for field "${place}"`,
        { nodes },
      );
    };
    return {
      deep: (run, value, place) => {
        if (value == null) return null;
        if (value instanceof Error) throw value;
        const name = resolveType(value, run.context, run.info as GraphQLResolveInfo, type);
        const known: Complete = {
          deep: (_, resolved) => executeFields(run, planFor(resolved), value, place),
        };
        return isThenable(name) ? comeLater(run, name, known, nodes, place) : known.deep(run, name, place);
      },
    };
  }
}

function executeFields(
  run: Run,
  plan: ObjectPlan,
  source: unknown,
  place: Place | undefined,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (let index = 0; index < plan.length; index++) {
    const field = plan[index]!;
    result[field.key] = executeField(run, field, source, place, result);
  }
  return result;
}

/** Mutations: each field when the one before it is done (https://spec.graphql.org/October2021/#sec-Mutation). */
async function executeSerially(run: Run, plan: ObjectPlan): Promise<ExecutionResult> {
  const data: Record<string, unknown> = {};
  try {
    for (let index = 0; index < plan.length && !run.nulled.has(undefined); index++) {
      const field = plan[index]!;
      data[field.key] = executeField(run, field, undefined, undefined, data);
      if (run.waiting > 0) await completed(run);
    }
  } catch (error) {
    note(run, error as GraphQLError, undefined);
    if (run.waiting > 0) await completed(run);
  }
  return resultOf(run, data);
}

/**
 * A leaf that is read from its object takes no place, and most fields are one: places are for resolvers, for what has fields
 * of its own or comes later, and for errors.
 *
 * @returns undefined for what comes later
 * @throws GraphQLError for a null that may not stand here
 */
function executeField(
  run: Run,
  plan: FieldPlan,
  source: unknown,
  parent: Place | undefined,
  into: Record<string, unknown>,
): unknown {
  const { field, complete } = plan;
  let place: Place | undefined;
  try {
    let value: unknown;
    if (field.resolve === undefined) {
      value = (source as Record<string, unknown> | null | undefined)?.[field.name];
      if (typeof value === 'function') {
        place = placeOf(plan, parent, into);
        value = value.call(source, argumentsOf(run, plan), run.context, new ResolveInfo(run, plan, place));
      }
    } else {
      place = placeOf(plan, parent, into);
      value = field.resolve(source, argumentsOf(run, plan), run.context, new ResolveInfo(run, plan, place));
    }
    const isLater = isThenable(value);
    if (complete.leaf !== undefined && !isLater) return complete.leaf(value);
    place ??= placeOf(plan, parent, into);
    if (isLater) return comeLater(run, value as PromiseLike<unknown>, complete, plan.nodes, place);
    return (complete as Deep).deep(run, value, place);
  } catch (error) {
    return failed(run, error, plan.nodes, place ?? placeOf(plan, parent, into));
  }
}

/** Writes what the value comes to when it is there, into an object that may not be part of the answer any more. */
function comeLater(
  run: Run,
  value: PromiseLike<unknown>,
  complete: Complete,
  nodes: readonly FieldNode[],
  place: Place,
): unknown {
  if (value instanceof Later) {
    if (!value.isOpen) return completeBy(complete, run, value.value, place);
    run.waiting++;
    value.whenEnded(() => {
      try {
        place.into[place.key] = completeBy(complete, run, value.value, place);
      } catch (error) {
        failedLater(run, error, nodes, place);
      }
      arrived(run);
    });
    return undefined;
  }
  run.waiting++;
  value.then(
    resolved => {
      try {
        place.into[place.key] = completeBy(complete, run, resolved, place);
      } catch (error) {
        failedLater(run, error, nodes, place);
      }
      arrived(run);
    },
    error => {
      failedLater(run, error, nodes, place);
      arrived(run);
    },
  );
  return undefined;
}

function completeBy(complete: Complete, run: Run, value: unknown, place: Place): unknown {
  return complete.leaf === undefined ? complete.deep(run, value, place) : complete.leaf(value);
}

function arrived(run: Run): void {
  run.waiting--;
  if (run.waiting === 0) run.whenComplete?.();
}

function completed(run: Run): Promise<void> {
  return new Promise(resolve => {
    run.whenComplete = resolve;
  });
}

function listOf(item: Complete, isNullable: boolean, nodes: readonly FieldNode[], name: string): Complete {
  return {
    deep: (run, list, prev) => {
      if (list == null) return null;
      if (list instanceof Error) throw list;
      if (typeof list !== 'object' || typeof (list as Iterable<unknown>)[Symbol.iterator] !== 'function') {
        throw new GraphQLError(`Expected Iterable, but did not find one for field "${name}".`);
      }
      const into: unknown[] = [];
      for (const value of list as Iterable<unknown>) {
        const key = into.length;
        let place: Place | undefined;
        let result: unknown;
        try {
          const isLater = isThenable(value);
          if (item.leaf !== undefined && !isLater) result = item.leaf(value);
          else {
            place = { prev, key, typename: undefined, into: into as never, isNullable };
            result = isLater
              ? comeLater(run, value, item, nodes, place)
              : (item as Deep).deep(run, value, place);
          }
        } catch (error) {
          place ??= { prev, key, typename: undefined, into: into as never, isNullable };
          result = failed(run, error, nodes, place);
        }
        into.push(result);
      }
      return into;
    },
  };
}

function nonNull(inner: Complete, place: string): Complete {
  const present = (value: unknown): unknown => {
    if (value === null) throw new Error(`Cannot return null for non-nullable field ${place}.`);
    return value;
  };
  if (inner.leaf !== undefined) {
    const { leaf } = inner;
    return { leaf: value => present(leaf(value)) };
  }
  const { deep } = inner;
  return { deep: (run, value, place) => present(deep(run, value, place)) };
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

/** @throws the error, to where it makes a null, if none may stand here */
function failed(run: Run, error: unknown, nodes: readonly FieldNode[], place: Place): null {
  const located = locatedError(error, nodes, keysOf(place));
  if (!place.isNullable) throw located;
  note(run, located, place);
  return null;
}

/** The same when those who called have gone on: the null is written, here or further up. */
function failedLater(run: Run, error: unknown, nodes: readonly FieldNode[], place: Place): void {
  const located = locatedError(error, nodes, keysOf(place));
  let at: Place | undefined = place;
  while (at !== undefined && !at.isNullable) at = at.prev;
  note(run, located, at);
  if (at !== undefined) at.into[at.key] = null;
}

function note(run: Run, error: GraphQLError, place: Place | undefined): void {
  for (let at = place; at !== undefined; at = at.prev) if (run.nulled.has(at)) return;
  if (run.nulled.has(undefined)) return;
  run.nulled.add(place);
  run.errors.push(error);
}

function resultOf({ errors, nulled }: Run, value: Record<string, unknown>): ExecutionResult {
  const data = nulled.has(undefined) ? null : value;
  return errors.length === 0 ? { data } : { errors, data };
}

function placeOf(plan: FieldPlan, prev: Place | undefined, into: Record<string, unknown>): Place {
  return { prev, key: plan.key, typename: plan.parent.name, into, isNullable: plan.isNullable };
}

function keysOf(place: Place): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at: Place | undefined = place; at !== undefined; at = at.prev) keys.push(at.key);
  return keys.reverse();
}

/** What hardly any resolver asks is looked up when it is asked. */
class ResolveInfo implements GraphQLResolveInfo {
  constructor(
    private readonly run: Run,
    private readonly plan: FieldPlan,
    readonly path: Place,
  ) {}

  get fieldName(): string {
    return this.plan.field.name;
  }

  get fieldNodes(): readonly FieldNode[] {
    return this.plan.nodes;
  }

  get returnType(): GraphQLOutputType {
    return this.plan.field.type;
  }

  get parentType(): GraphQLObjectType {
    return this.plan.parent;
  }

  get schema(): GraphQLSchema {
    return this.run.info.schema;
  }

  get fragments(): GraphQLResolveInfo['fragments'] {
    return this.run.info.fragments;
  }

  get rootValue(): unknown {
    return this.run.info.rootValue;
  }

  get operation(): OperationDefinitionNode {
    return this.run.info.operation;
  }

  get variableValues(): GraphQLResolveInfo['variableValues'] {
    return this.run.info.variableValues;
  }
}

/** Once a request, also for a field of every object in a list. */
function argumentsOf(run: Run, plan: FieldPlan): Record<string, unknown> {
  if (plan.args !== undefined) return plan.args;
  let args = run.args.get(plan);
  if (args === undefined) {
    args = getArgumentValues(plan.field, plan.nodes[0]!, run.variables as Record<string, unknown>);
    run.args.set(plan, args);
  }
  return args;
}

/** What cannot be coerced fails when the field is resolved, as one error of that field. */
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

/** The variables that `@skip` and `@include` ask, in the order of the document. */
function conditionVariables(
  operation: OperationDefinitionNode,
  fragments: Readonly<Record<string, FragmentDefinitionNode>>,
): string[] {
  const names = new Set<string>();
  const look = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      for (const { name } of conditionsOf(selection)) names.add(name);
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet !== undefined) {
        look(selection.selectionSet);
      }
    }
  };
  look(operation.selectionSet);
  for (const fragment of Object.values(fragments)) look(fragment.selectionSet);
  return [...names];
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

/** Plans are made for each combination of true and not true, so one that is not known yet counts as false. */
function withAbsentAsFalse(node: SelectionNode, variables: Variables): Record<string, unknown> {
  const absent = conditionsOf(node).filter(({ name }) => typeof variables[name] !== 'boolean');
  if (absent.length === 0) return variables as Record<string, unknown>;
  return { ...variables, ...Object.fromEntries(absent.map(({ name }) => [name, false])) };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
