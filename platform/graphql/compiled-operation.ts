import type {
  ExecutionResult,
  FragmentDefinitionNode,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import { conditionVariables } from './document';
import { NotCompilable, OperationCompiler } from './operation-compiler';
import {
  type Execution,
  executeMutation,
  executeQuery,
  type ObjectPlan,
  type Variables,
} from './plan-execution';

/**
 * Fragments can repeat a selection exponentially, and each combination of the variables of `@skip` and `@include` has its own plan.
 * Operations beyond these limits are left to graphql-js.
 */
const maxFields = 1_000;
const maxVariants = 32;

/**
 * A valid query or mutation, compiled to closures over its schema. It returns what `execute` of graphql-js returns
 * (https://spec.graphql.org/October2021/#sec-Execution), but collects fields, looks at types and coerces constant arguments once
 * instead of for each value of each request. This buys more than half of the CPU of a page of 20 users (678 → 295 µs, `npm run
 * bench:accounts`). The plain way is graphql-js for everything, in operation-executor.ts.
 *
 * Introspection, subscriptions and types with `isTypeOf` are left to graphql-js.
 */
export class CompiledOperation {
  private readonly variants = new Map<string, ObjectPlan | undefined>();
  private fieldCount = 0;
  private readonly conditions: readonly string[];

  private constructor(
    private readonly schema: GraphQLSchema,
    readonly operation: OperationDefinitionNode,
    private readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>,
  ) {
    this.conditions = conditionVariables([operation, ...Object.values(fragments)]);
  }

  /** Fields compiled so far, in all plans. The memory it takes grows with them. */
  get fields(): number {
    return this.fieldCount;
  }

  /** @returns undefined for an operation that is left to graphql-js */
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
   * @returns undefined, with nothing resolved, when graphql-js must execute it with these variables
   */
  execute(context: unknown, variables: Variables): ExecutionResult | Promise<ExecutionResult> | undefined {
    // An `if` that is null fails the whole operation, with the error message of graphql-js.
    if (this.conditions.some(name => typeof variables[name] !== 'boolean')) return undefined;
    const plan = this.planFor(variables);
    if (plan === undefined) return undefined;
    const { schema, operation, fragments } = this;
    const execution: Execution = {
      context,
      variables,
      info: { schema, fragments, operation, rootValue: undefined, variableValues: variables as never },
      errors: [],
      nulled: new Set(),
      args: new Map(),
      pending: 0,
      onSettled: undefined,
    };
    return operation.operation === 'mutation'
      ? executeMutation(execution, plan)
      : executeQuery(execution, plan);
  }

  private planFor(variables: Variables): ObjectPlan | undefined {
    const key = this.conditions.map(name => (variables[name] === true ? 't' : 'f')).join('');
    if (this.variants.has(key)) return this.variants.get(key);
    const { schema, operation, fragments } = this;
    const compiler = new OperationCompiler(schema, fragments, variables, maxFields - this.fieldCount);
    let plan: ObjectPlan | undefined;
    try {
      plan = compiler.planOf(schema.getRootType(operation.operation)!, [operation.selectionSet]);
      this.fieldCount = maxFields - compiler.fieldsLeft;
    } catch (error) {
      if (!(error instanceof NotCompilable)) throw error;
    }
    if (this.variants.size < maxVariants) this.variants.set(key, plan);
    return plan;
  }
}
