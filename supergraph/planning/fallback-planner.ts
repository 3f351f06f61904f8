import { Kind } from 'graphql';
import { RequestError } from '../request-error';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { apolloPlanner } from './apollo-planner';
import { ChildProcessPlanner } from './child-process-planner';
import { hivePlanner } from './hive-planner';
import { changesIn } from './plan';
import {
  type Plan,
  type Planner,
  PlannerMissing,
  type PlannerName,
  PlannerUnavailable,
  PlanningError,
} from './planner';

export interface FallbackPlannerOptions {
  readonly planner?: PlannerName | undefined;
  /** True runs the native planner in this process: a panic of the planner then ends the process. For tests and benchmarks. */
  readonly plansInProcess?: boolean | undefined;
  readonly onFault?: ((error: unknown) => void) | undefined;
}

/** Plans with the configured planner, and with the other one where the first fails or does not load. */
export class FallbackPlanner implements Planner {
  /** False where the supergraph uses `@context`: the native planner leaves those arguments out without an error. */
  private readonly canBeNative: boolean;
  private first: Planner;
  private second: Planner | undefined;

  constructor(
    private readonly schema: SupergraphSchema,
    private readonly options: FallbackPlannerOptions,
  ) {
    this.canBeNative = !usesContexts(schema);
    const isNative = options.planner !== 'apollo' && this.canBeNative;
    this.first = isNative ? this.native() : apolloPlanner(schema);
  }

  get name(): PlannerName {
    return this.first.name;
  }

  async plan(operation: string): Promise<Plan> {
    try {
      return assertOneMutation(await this.first.plan(operation));
    } catch (error) {
      if (error instanceof RequestError) throw error;
      // A planner that went away has reported it once.
      if (!(error instanceof PlannerUnavailable || error instanceof PlannerMissing)) {
        this.options.onFault?.(error);
      }
      if (!this.canBeNative) throw error;
      this.second ??= this.first.name === 'hive' ? apolloPlanner(this.schema) : this.native();
      const plan = assertOneMutation(await this.second.plan(operation));
      if (error instanceof PlannerMissing) this.first = this.second;
      return plan;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.first.close?.(), this.second?.close?.()]);
  }

  private native(): Planner {
    const { onFault, plansInProcess } = this.options;
    if (!plansInProcess) return new ChildProcessPlanner(this.schema, { onFault });
    try {
      return hivePlanner(this.schema);
    } catch (error) {
      onFault?.(error);
      return apolloPlanner(this.schema);
    }
  }
}

/**
 * Mutations are planned root field by root field. Where several services share a mutation field, the native planner may plan parts of its
 * answer from each of them, as for queries: each service would then execute the mutation.
 */
function assertOneMutation(plan: Plan): Plan {
  if (plan.kind === 'request' && changesIn(plan.node) > 1) {
    throw new PlanningError('The plan would execute one mutation in several services');
  }
  return plan;
}

/** Whether any field takes an argument from a context: https://specs.apollo.dev/context/v0.1 */
function usesContexts(schema: SupergraphSchema): boolean {
  const joinField = schema.directiveName('join', 'field');
  return [...schema.types.values()].some(
    type =>
      type.kind === Kind.OBJECT_TYPE_DEFINITION &&
      type.fields?.some(field =>
        field.directives?.some(
          d => d.name.value === joinField && d.arguments?.some(a => a.name.value === 'contextArguments'),
        ),
      ),
  );
}
