import { type FieldNode, Kind, parse, print, type SelectionSetNode } from 'graphql';
import { directiveArgument } from '../schema/directive-argument';
import { graphNames, type SupergraphSchema } from '../schema/supergraph-schema';
import type { EntitiesNode, EntityTarget, PlanNode, RequiredSelection } from './plan';
import { PlanningError } from './planner';

/**
 * Finds two faults of Apollo's planner around `@requires` in its plans, so that the other planner is used. First, it returns to a service
 * with that service's first key, even if the key is not resolvable (`resolvable: false`). Second, it ignores the arguments of a required
 * field, so that one of two requirements gets the value of the other.
 */
export class RequirementFaults {
  private readonly keys = new Map<string, SelectionSetNode[]>();
  private readonly requirements = new Map<string, SelectionSetNode>();

  constructor(private readonly schema: SupergraphSchema) {
    const { types, directiveName } = schema;
    const names = graphNames(types, directiveName);
    const [joinType, joinField] = [directiveName('join', 'type'), directiveName('join', 'field')];
    for (const [name, type] of types) {
      for (const directive of type.directives ?? []) {
        const key = directive.name.value === joinType ? directiveArgument(directive, 'key') : undefined;
        if (typeof key !== 'string' || directiveArgument(directive, 'resolvable') === false) continue;
        const place = `${names.get(directiveArgument(directive, 'graph'))} ${name}`;
        this.keys.set(place, [...(this.keys.get(place) ?? []), fieldSet(key)]);
      }
      if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
      for (const field of type.fields ?? []) {
        for (const directive of field.directives ?? []) {
          const requires =
            directive.name.value === joinField ? directiveArgument(directive, 'requires') : undefined;
          if (typeof requires !== 'string') continue;
          const graph = names.get(directiveArgument(directive, 'graph'));
          this.requirements.set(`${graph} ${name}.${field.name.value}`, fieldSet(requires));
        }
      }
    }
  }

  /** @throws PlanningError */
  assertNone(plan: PlanNode | undefined): void {
    const required = new Map<string, string>();
    const visit = (node: PlanNode | undefined): void => {
      if (node === undefined) return;
      if ('nodes' in node) node.nodes.forEach(visit);
      else if (node.kind === 'condition') [node.whenTrue, node.whenFalse].forEach(visit);
      else if (node.kind === 'entities') {
        for (const target of node.targets) {
          this.assertKeyed(node, target);
          this.assertArgumentsAgree(node, target, required);
        }
      }
    };
    visit(plan);
  }

  private assertKeyed(node: EntitiesNode, target: EntityTarget): void {
    for (const selection of target.requires) {
      if (selection.kind !== 'fragment') continue;
      const name = this.schema.interfaceObject(node.subgraph, selection.type) ?? selection.type;
      const keys = this.keys.get(`${node.subgraph} ${name}`);
      if (!keys || keys.some(key => has(selection.selections, key))) continue;
      throw new PlanningError(`${node.subgraph} is not sent any key of ${name} that it resolves`);
    }
  }

  /** @param required path of each required field so far → its arguments */
  private assertArgumentsAgree(
    node: EntitiesNode,
    target: EntityTarget,
    required: Map<string, string>,
  ): void {
    const check = (set: SelectionSetNode, path: string): void => {
      for (const field of fieldsOf(set)) {
        const place = `${path}.${field.name.value}`;
        const args = (field.arguments ?? []).map(print).sort().join();
        if ((required.get(place) ?? args) !== args) {
          throw new PlanningError(`${place} is required with one argument and with another`);
        }
        required.set(place, args);
        if (field.selectionSet) check(field.selectionSet, place);
      }
    };
    const places = target.paths.map(path => path.flatMap(s => (s.kind === 'field' ? s.name : [])).join('.'));
    for (const [type, field] of entityFields(node.operation)) {
      const requires = this.requirements.get(`${node.subgraph} ${type}.${field}`);
      if (requires) for (const place of places) check(requires, `${place} ${type}`);
    }
  }
}

function fieldSet(text: string): SelectionSetNode {
  const [definition] = parse(`{${text}}`, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`Not a set of fields: ${text}`);
  return definition.selectionSet;
}

/** The fields of a set, including those in fragments. */
function fieldsOf(set: SelectionSetNode): FieldNode[] {
  return set.selections.flatMap(node =>
    node.kind === Kind.FIELD ? [node] : node.kind === Kind.INLINE_FRAGMENT ? fieldsOf(node.selectionSet) : [],
  );
}

/** Type and name of each field that an operation wants of entities. */
function entityFields(operation: string): [string, string][] {
  return parse(operation, { noLocation: true }).definitions.flatMap(definition =>
    definition.kind !== Kind.OPERATION_DEFINITION
      ? []
      : fieldsOf(definition.selectionSet).flatMap(entities =>
          (entities.selectionSet?.selections ?? []).flatMap(node =>
            node.kind === Kind.INLINE_FRAGMENT
              ? fieldsOf(node.selectionSet).map((field): [string, string] => [
                  node.typeCondition?.name.value ?? '',
                  field.name.value,
                ])
              : [],
          ),
        ),
  );
}

function has(selections: readonly RequiredSelection[], key: SelectionSetNode): boolean {
  return fieldsOf(key).every(field => {
    const same = selections.find(s => s.kind === 'field' && s.name === field.name.value);
    return same !== undefined && (!field.selectionSet || has(same.selections ?? [], field.selectionSet));
  });
}
