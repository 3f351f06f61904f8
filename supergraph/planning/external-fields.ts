import { Kind, type SelectionSetNode } from 'graphql';
import { fieldsOf, selectionOf } from './field-sets';
import type { JoinedFields } from './joined-fields';
import type { PlanNode } from './plan';
import { PlanningError } from './planner';

/**
 * Refuses a plan that asks a service for a field that the service does not resolve at that place: it would answer null.
 *
 * A service resolves an `@external` field only as a part of its key, and below a field that `@provides` it. What is provided is the tree
 * of the field set. Hive's planner takes a type that occurs in it for provided wherever the type occurs again below.
 */
export class ExternalFields {
  private readonly hasAny: boolean;

  constructor(private readonly joined: JoinedFields) {
    this.hasAny = joined.some(({ external }) => external);
  }

  /** @throws PlanningError */
  assertResolved(plan: PlanNode | undefined, roots: Readonly<Record<string, string | undefined>>): void {
    if (!this.hasAny || plan === undefined) return;
    if ('nodes' in plan) {
      for (const node of plan.nodes) this.assertResolved(node, roots);
    } else if (plan.kind === 'condition') {
      for (const node of [plan.whenTrue, plan.whenFalse]) this.assertResolved(node, roots);
    } else {
      const type = plan.kind === 'fetch' ? roots[plan.type] : undefined;
      this.check(plan.subgraph, selectionOf(plan.operation), type, []);
    }
  }

  /** @param type undefined at the root of an entity fetch @param provided the fields that the service provides here */
  private check(
    service: string,
    set: SelectionSetNode,
    type: string | undefined,
    provided: readonly SelectionSetNode[],
  ): void {
    for (const node of set.selections) {
      if (node.kind === Kind.INLINE_FRAGMENT) {
        this.check(service, node.selectionSet, node.typeCondition?.name.value ?? type, provided);
        continue;
      }
      if (node.kind !== Kind.FIELD || node.name.value === '__typename') continue;
      const name = node.name.value;
      const field = type === undefined ? undefined : this.joined.of(service, type, name);
      const keys = (type !== undefined && this.joined.keysOf(service, type)) || [];
      const known = [...provided, ...keys].flatMap(fieldsOf).filter(one => one.name.value === name);
      if (field?.external && known.length === 0) {
        throw new PlanningError(`${service} does not resolve ${type}.${name} at this place`);
      }
      if (!node.selectionSet) continue;
      const below = known.flatMap(({ selectionSet }) => selectionSet ?? []);
      const inner = type === undefined ? undefined : this.joined.typeOf(type, name);
      this.check(service, node.selectionSet, inner, field?.provides ? [...below, field.provides] : below);
    }
  }
}
