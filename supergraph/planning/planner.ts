import { gatewayErrors } from '../errors';
import { RequestError } from '../request-error';
import type { PlanNode, SubscriptionPlan } from './plan';

export type PlannerName = 'hive' | 'apollo';

export type Plan =
  | { readonly kind: 'request'; readonly node: PlanNode | undefined }
  | ({ readonly kind: 'subscription' } & SubscriptionPlan);

/**
 * Turns one operation into a plan. Its text is valid against the API schema and simplified (see `selection.ts`): one operation, no
 * fragment definitions, no `@skip`/`@include`, no introspection, and no response name with two meanings (see `response-names.ts`).
 */
export interface Planner {
  readonly name: PlannerName;
  plan(operation: string): Plan | Promise<Plan>;
  close?(): Promise<void>;
}

/** The planner failed for a valid operation. */
export class PlanningError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PlanningError';
  }
}

/** The answer for an operation that no planner can plan. */
export function notPlannable(): RequestError {
  return new RequestError(
    'operation',
    gatewayErrors.OPERATION_NOT_SUPPORTED,
    'This operation cannot be planned: write it in another way',
  );
}

/** The planner is not available now, for any operation. */
export class PlannerUnavailable extends PlanningError {}

/** The planner does not load on this machine or with this supergraph. */
export class PlannerMissing extends PlanningError {}
