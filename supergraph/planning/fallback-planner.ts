import { Kind } from 'graphql';
import { platformErrors } from '../../platform/errors';
import { RequestError } from '../request-error';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { apolloPlanner } from './apollo-planner';
import { ChildProcessPlanner } from './child-process-planner';
import { ExternalFields } from './external-fields';
import { hivePlanner } from './hive-planner';
import { JoinedFields } from './joined-fields';
import { changesIn, type PlanNode } from './plan';
import {
  notPlannable,
  type Plan,
  type Planner,
  PlannerMissing,
  type PlannerName,
  PlannerUnavailable,
  PlanningError,
} from './planner';
import { RequiredFields } from './required-fields';
import { Requirements } from './requirements';

export interface FallbackPlannerOptions {
  readonly planner?: PlannerName | undefined;
  /** True runs the native planner in this process: a panic of the planner then ends the process. For tests and benchmarks. */
  readonly plansInProcess?: boolean | undefined;
  readonly onFault?: ((error: unknown) => void) | undefined;
}

/**
 * Plans with the configured planner, and with the other one where the first fails or does not load. A plan that would answer wrong
 * values counts as a failure.
 */
export class FallbackPlanner implements Planner {
  /** False where the supergraph uses `@context`: the native planner leaves those arguments out without an error. */
  private readonly canBeNative: boolean;
  private first: Planner;
  private second: Planner | undefined;
  private readonly requiredFields: RequiredFields;
  private readonly requirements: Requirements;
  private readonly externalFields: ExternalFields;

  constructor(
    private readonly schema: SupergraphSchema,
    private readonly options: FallbackPlannerOptions,
  ) {
    const joined = new JoinedFields(schema);
    this.requiredFields = new RequiredFields(schema, joined);
    this.requirements = new Requirements(this.requiredFields);
    this.externalFields = new ExternalFields(joined);
    this.canBeNative = !usesContexts(schema);
    const isNative = options.planner !== 'apollo' && this.canBeNative;
    this.first = isNative ? this.native() : apolloPlanner(this.requiredFields.schema);
  }

  get planningSchema(): SupergraphSchema {
    return this.requiredFields.schema;
  }

  get name(): PlannerName {
    return this.first.name;
  }

  async plan(operation: string): Promise<Plan> {
    try {
      return this.checked(await this.first.plan(operation));
    } catch (error) {
      if (error instanceof RequestError) throw error;
      // A planner that went away has reported it once.
      if (!(error instanceof PlannerUnavailable || error instanceof PlannerMissing)) {
        this.options.onFault?.(error);
      }
      const isTransient = error instanceof PlannerUnavailable;
      if (!this.canBeNative) throw notPlannable();
      this.second ??= this.first.name === 'hive' ? apolloPlanner(this.requiredFields.schema) : this.native();
      const plan = await this.planSecond(this.second, operation, isTransient);
      if (error instanceof PlannerMissing) this.first = this.second;
      return plan;
    }
  }

  /** @throws RequestError 422 where neither planner can plan the operation */
  private async planSecond(second: Planner, operation: string, isFirstAway: boolean): Promise<Plan> {
    try {
      return this.checked(await second.plan(operation));
    } catch (error) {
      if (error instanceof RequestError) throw error;
      this.options.onFault?.(error);
      throw isFirstAway || error instanceof PlannerUnavailable ? plannerAway() : notPlannable();
    }
  }

  /** @throws PlanningError for a plan that would change data twice or answer wrong values */
  private checked(plan: Plan): Plan {
    assertOneMutation(plan);
    const { apiSchema } = this.schema;
    const roots = {
      query: apiSchema.getQueryType()?.name,
      mutation: apiSchema.getMutationType()?.name,
      subscription: apiSchema.getSubscriptionType()?.name,
    };
    const check = <Node extends PlanNode>(planned: Node): Node => {
      const node = this.requiredFields.restored(planned);
      this.externalFields.assertResolved(node, roots);
      return node;
    };
    const repaired = this.requirements.repair(plan.kind === 'request' ? plan.node : plan.rest);
    const node = repaired && check(repaired);
    return plan.kind === 'request'
      ? { ...plan, node }
      : { ...plan, primary: check(plan.primary), rest: node };
  }

  async close(): Promise<void> {
    await Promise.all([this.first.close?.(), this.second?.close?.()]);
  }

  private native(): Planner {
    const { onFault, plansInProcess } = this.options;
    if (!plansInProcess) return new ChildProcessPlanner(this.requiredFields.schema, { onFault });
    try {
      return hivePlanner(this.requiredFields.schema);
    } catch (error) {
      onFault?.(error);
      return apolloPlanner(this.requiredFields.schema);
    }
  }
}

/** One planner cannot plan the operation, and the other one is away for a moment. */
function plannerAway(): RequestError {
  return new RequestError(
    'internal',
    platformErrors.SERVICE_UNAVAILABLE,
    'This operation cannot be planned right now: send it again',
  );
}

/**
 * Mutations are planned root field by root field. Where several services share a mutation field, the native planner may plan parts of its
 * answer from each of them, as for queries: each service would then execute the mutation.
 */
function assertOneMutation(plan: Plan): void {
  if (plan.kind === 'request' && changesIn(plan.node) > 1) {
    throw new PlanningError('The plan would execute one mutation in several services');
  }
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
