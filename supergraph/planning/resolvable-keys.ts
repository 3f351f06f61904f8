import type { SelectionSetNode } from 'graphql';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { fieldsOf } from './field-sets';
import type { JoinedFields } from './joined-fields';
import type { EntitiesNode, PlanNode, RequiredSelection } from './plan';
import { PlanningError } from './planner';

/**
 * Refuses plans of Apollo's planner that return to a service, for a field with `@requires`, by a key that the service does not resolve
 * (`resolvable: false`): the planner takes the first key of the type.
 */
export class ResolvableKeys {
  constructor(
    private readonly joined: JoinedFields,
    private readonly schema: SupergraphSchema,
  ) {}

  /** @throws PlanningError */
  assertUsed(plan: PlanNode | undefined): void {
    if (plan === undefined) return;
    if ('nodes' in plan) for (const node of plan.nodes) this.assertUsed(node);
    else if (plan.kind === 'condition')
      for (const node of [plan.whenTrue, plan.whenFalse]) this.assertUsed(node);
    else if (plan.kind === 'entities') this.assertKeyed(plan);
  }

  private assertKeyed({ subgraph, targets }: EntitiesNode): void {
    for (const selection of targets.flatMap(({ requires }) => requires)) {
      if (selection.kind !== 'fragment') continue;
      const name = this.schema.interfaceObject(subgraph, selection.type) ?? selection.type;
      const keys = this.joined.keysOf(subgraph, name);
      if (!keys || keys.some(key => has(selection.selections, key))) continue;
      throw new PlanningError(`${subgraph} is not sent any key of ${name} that it resolves`);
    }
  }
}

function has(selections: readonly RequiredSelection[], key: SelectionSetNode): boolean {
  return fieldsOf(key).every(field => {
    const same = selections.find(s => s.kind === 'field' && s.name === field.name.value);
    return same !== undefined && (!field.selectionSet || has(same.selections ?? [], field.selectionSet));
  });
}
