import type { PlanNode, SubscriptionPlan } from './plan';

export type PlannerName = 'hive' | 'apollo';

export type Plan =
  | { readonly kind: 'request'; readonly node: PlanNode | undefined }
  | ({ readonly kind: 'subscription' } & SubscriptionPlan);

/**
 * Turns one operation into a plan. The text it is given is valid against the API schema and specialised: one operation, no
 * fragment definitions, no `@skip`/`@include`, no introspection, and no response name that means two things
 * (see `selection.ts` for why).
 */
export interface Planner {
  readonly name: PlannerName;
  plan(operation: string): Plan | Promise<Plan>;
  close?(): Promise<void>;
}

/** What the planner was given is valid, and it failed all the same: a fault of ours, never of the client. */
export class PlanningError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PlanningError';
  }
}

/** The planner is not there right now, whatever it is given. */
export class PlannerUnavailable extends PlanningError {}

/** The planner cannot be had here at all. */
export class PlannerMissing extends PlanningError {}
