import {
  type ExecutionResult,
  type FieldNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  type OperationDefinitionNode,
} from 'graphql';
import { errorAt, maxExecutionErrors } from './located-error';

/** The position of a value in the response: a path as graphql-js writes it, and the object or list that holds the value. */
export interface Position {
  readonly prev: Position | undefined;
  readonly key: string | number;
  readonly typename: string | undefined;
  readonly parent: Record<string | number, unknown>;
  /** Otherwise a failure here makes the nearest nullable ancestor null. */
  readonly isNullable: boolean;
}

export type Variables = Readonly<Record<string, unknown>>;

/** A selected field: everything about it that does not depend on the request. */
export interface FieldPlan {
  readonly key: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly parent: GraphQLObjectType;
  readonly nodes: readonly FieldNode[];
  readonly isNullable: boolean;
  /** The arguments, where they are the same for every request; `undefined` when variables decide. */
  readonly args: Record<string, unknown> | undefined;
  readonly complete: Complete;
}

export type ObjectPlan = readonly FieldPlan[];

/** Makes the response value of a resolved value: a leaf at once, anything else along its selections. */
export type Complete =
  | { readonly leaf: (value: unknown) => unknown }
  | { readonly leaf?: never; readonly composite: CompleteComposite };

export type CompleteComposite = (execution: Execution, value: unknown, position: Position) => unknown;

/** One execution of an operation. */
export interface Execution {
  readonly context: unknown;
  readonly variables: Variables;
  readonly info: Omit<GraphQLResolveInfo, 'fieldName' | 'fieldNodes' | 'returnType' | 'parentType' | 'path'>;
  readonly errors: GraphQLError[];
  /** Positions that errors have made null. Later errors below them are dropped, as they are not in the response. */
  readonly nulled: Set<Position | undefined>;
  readonly args: Map<FieldPlan, Record<string, unknown>>;
  /** How many promises are not settled. */
  pending: number;
  /** Called when the last promise has settled. */
  onSettled: (() => void) | undefined;
}

export function executeQuery(
  execution: Execution,
  plan: ObjectPlan,
): ExecutionResult | Promise<ExecutionResult> {
  let data: Record<string, unknown>;
  try {
    data = executeFields(execution, plan, undefined, undefined);
  } catch (error) {
    addError(execution, error as GraphQLError, undefined);
    data = {};
  }
  return execution.pending === 0
    ? resultOf(execution, data)
    : settled(execution).then(() => resultOf(execution, data));
}

/** Each field starts when the one before it is done (https://spec.graphql.org/October2021/#sec-Mutation). */
export async function executeMutation(execution: Execution, plan: ObjectPlan): Promise<ExecutionResult> {
  const data: Record<string, unknown> = {};
  try {
    for (let index = 0; index < plan.length && !execution.nulled.has(undefined); index++) {
      const field = plan[index]!;
      data[field.key] = executeField(execution, field, undefined, undefined, data);
      if (execution.pending > 0) await settled(execution);
    }
  } catch (error) {
    addError(execution, error as GraphQLError, undefined);
    if (execution.pending > 0) await settled(execution);
  }
  return resultOf(execution, data);
}

export function executeFields(
  execution: Execution,
  plan: ObjectPlan,
  source: unknown,
  position: Position | undefined,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (let index = 0; index < plan.length; index++) {
    const field = plan[index]!;
    result[field.key] = executeField(execution, field, source, position, result);
  }
  return result;
}

/**
 * Most fields are leaves that are read from their object. They get no position: only resolvers, composite values, promises and
 * errors need one.
 *
 * @returns undefined for a promise, whose value is written when it settles
 * @throws GraphQLError for a null at a position that is not nullable
 */
function executeField(
  execution: Execution,
  plan: FieldPlan,
  source: unknown,
  prev: Position | undefined,
  parent: Record<string, unknown>,
): unknown {
  const { field, complete } = plan;
  let position: Position | undefined;
  try {
    let value: unknown;
    if (field.resolve === undefined) {
      value = (source as Record<string, unknown> | null | undefined)?.[field.name];
      if (typeof value === 'function') {
        position = positionOf(plan, prev, parent);
        const info = new ResolveInfo(execution, plan, position);
        value = value.call(source, argumentsOf(execution, plan), execution.context, info);
      }
    } else {
      position = positionOf(plan, prev, parent);
      const info = new ResolveInfo(execution, plan, position);
      value = field.resolve(source, argumentsOf(execution, plan), execution.context, info);
    }
    if (complete.leaf !== undefined && !isPromise(value)) return complete.leaf(value);
    position ??= positionOf(plan, prev, parent);
    return completeValue(execution, value, complete, plan.nodes, position);
  } catch (error) {
    return handleError(execution, error, plan.nodes, position ?? positionOf(plan, prev, parent));
  }
}

/** @returns undefined for a promise, whose value is written to the position when it settles */
export function completeValue(
  execution: Execution,
  value: unknown,
  complete: Complete,
  nodes: readonly FieldNode[],
  position: Position,
): unknown {
  if (!isPromise(value)) return completeResolved(execution, value, complete, position);
  execution.pending++;
  value.then(
    resolved => {
      try {
        position.parent[position.key] = completeResolved(execution, resolved, complete, position);
      } catch (error) {
        handleLateError(execution, error, nodes, position);
      }
      settle(execution);
    },
    error => {
      handleLateError(execution, error, nodes, position);
      settle(execution);
    },
  );
  return undefined;
}

function completeResolved(
  execution: Execution,
  value: unknown,
  complete: Complete,
  position: Position,
): unknown {
  return complete.leaf === undefined ? complete.composite(execution, value, position) : complete.leaf(value);
}

function settle(execution: Execution): void {
  execution.pending--;
  if (execution.pending === 0) execution.onSettled?.();
}

function settled(execution: Execution): Promise<void> {
  return new Promise(resolve => {
    execution.onSettled = resolve;
  });
}

/** @throws the located error when the position is not nullable */
export function handleError(
  execution: Execution,
  error: unknown,
  nodes: readonly FieldNode[],
  position: Position,
): null {
  const located = errorOf(execution, error, nodes, position);
  if (!position.isNullable) throw located;
  addError(execution, located, position);
  return null;
}

/** `handleError` after the caller has returned: writes the null here or at an ancestor. */
function handleLateError(
  execution: Execution,
  error: unknown,
  nodes: readonly FieldNode[],
  position: Position,
): void {
  const located = errorOf(execution, error, nodes, position);
  let nullable: Position | undefined = position;
  while (nullable !== undefined && !nullable.isNullable) nullable = nullable.prev;
  addError(execution, located, nullable);
  if (nullable !== undefined) nullable.parent[nullable.key] = null;
}

/** An error that will be dropped needs no location. */
function errorOf(
  { errors }: Execution,
  error: unknown,
  nodes: readonly FieldNode[],
  position: Position,
): GraphQLError {
  return errors.length < maxExecutionErrors
    ? errorAt(error, nodes, pathOf(position))
    : (error as GraphQLError);
}

function addError({ errors, nulled }: Execution, error: GraphQLError, position: Position | undefined): void {
  if (nulled.has(undefined)) return;
  for (let at = position; at !== undefined; at = at.prev) if (nulled.has(at)) return;
  nulled.add(position);
  if (errors.length < maxExecutionErrors) errors.push(error);
}

function resultOf({ errors, nulled }: Execution, value: Record<string, unknown>): ExecutionResult {
  const data = nulled.has(undefined) ? null : value;
  return errors.length === 0 ? { data } : { errors, data };
}

function positionOf(plan: FieldPlan, prev: Position | undefined, parent: Record<string, unknown>): Position {
  return { prev, key: plan.key, typename: plan.parent.name, parent, isNullable: plan.isNullable };
}

function pathOf(position: Position): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at: Position | undefined = position; at !== undefined; at = at.prev) keys.push(at.key);
  return keys.reverse();
}

/** Evaluated once for all objects of a list. */
function argumentsOf(execution: Execution, plan: FieldPlan): Record<string, unknown> {
  if (plan.args !== undefined) return plan.args;
  let args = execution.args.get(plan);
  if (args === undefined) {
    args = getArgumentValues(plan.field, plan.nodes[0]!, execution.variables as Record<string, unknown>);
    execution.args.set(plan, args);
  }
  return args;
}

/** Hardly any resolver reads it, so it looks its values up when they are read. */
class ResolveInfo implements GraphQLResolveInfo {
  constructor(
    private readonly execution: Execution,
    private readonly plan: FieldPlan,
    readonly path: Position,
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
    return this.execution.info.schema;
  }

  get fragments(): GraphQLResolveInfo['fragments'] {
    return this.execution.info.fragments;
  }

  get rootValue(): unknown {
    return this.execution.info.rootValue;
  }

  get operation(): OperationDefinitionNode {
    return this.execution.info.operation;
  }

  get variableValues(): GraphQLResolveInfo['variableValues'] {
    return this.execution.info.variableValues;
  }
}

export function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
