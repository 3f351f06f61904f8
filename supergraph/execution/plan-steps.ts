import type { PlanNode } from '../planning/plan';
import { compileEntityFetch } from './entity-fetch';
import type { Step } from './execution';
import type { FetchEnvironment } from './fetch-environment';
import type { Json } from './merged-data';
import { compileRootFetch } from './root-fetch';

/**
 * Compiles a plan into closures, so that a request repeats no work that is the same for all requests. The closures hold nothing of the
 * plan itself: they stay in memory as long as the operation, and a closure keeps all that its scope holds.
 */
export function compilePlan(node: PlanNode, environment: FetchEnvironment): Step {
  switch (node.kind) {
    case 'sequence':
      return inSequence(node.nodes.map(child => compilePlan(child, environment)));
    case 'parallel':
      return inParallel(node.nodes.map(child => compilePlan(child, environment)));
    case 'condition':
      return onCondition(
        node.variable,
        node.whenTrue && compilePlan(node.whenTrue, environment),
        node.whenFalse && compilePlan(node.whenFalse, environment),
      );
    case 'fetch':
      return compileRootFetch(node, environment);
    case 'entities':
      return compileEntityFetch(node, environment);
  }
}

function inSequence(steps: readonly Step[]): Step {
  return async execution => {
    for (const step of steps) await step(execution);
  };
}

function inParallel(steps: readonly Step[]): Step {
  return async execution => {
    await Promise.all(steps.map(step => step(execution)));
  };
}

function onCondition(variable: string, whenTrue: Step | undefined, whenFalse: Step | undefined): Step {
  return execution => (execution.variables[variable] === true ? whenTrue : whenFalse)?.(execution);
}

/** One root field of a mutation. `endsMutation` says from the data that its null makes the whole answer null. */
export interface MutationStep {
  readonly step: Step | undefined;
  readonly endsMutation: ((data: Json) => boolean) | undefined;
}

/** The root fields of a mutation, one after the other. After a null that makes the whole answer null none is executed. */
export function inSeries(fields: readonly MutationStep[]): Step {
  return async execution => {
    for (const { step, endsMutation } of fields) {
      await step?.(execution);
      if (endsMutation?.(execution.data)) return;
    }
  };
}
