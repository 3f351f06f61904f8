import {
  type FieldNode,
  Kind,
  type NameNode,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
  type VariableNode,
} from 'graphql';
import { fieldsOf, inlinedOperation, responseName } from './field-sets';
import { JoinedFields } from './joined-fields';
import {
  type EntitiesNode,
  type EntityTarget,
  type PlanNode,
  parallel,
  type RequiredSelection,
  sequence,
} from './plan';
import { PlanningError } from './planner';
import type { RequiredFields } from './required-fields';

/**
 * Makes each representation hold the values that its fields require.
 *
 * Two fields can require the same field with different arguments. A representation has one value for it, so such fields need a
 * representation each: fields whose requirements agree share one, the others have their own. The plan is that of a planner, in which each
 * required field with arguments has a name of its own (`RequiredFields`).
 */
export class Requirements {
  private readonly joined: JoinedFields;

  constructor(private readonly fields: RequiredFields) {
    this.joined = new JoinedFields(fields.schema);
  }

  /** @throws PlanningError */
  repair(plan: PlanNode | undefined): PlanNode | undefined {
    if (!this.fields.haveArguments || !plan) return plan;
    if ('nodes' in plan) {
      const nodes = plan.nodes.flatMap(child => this.repair(child) ?? []);
      return plan.kind === 'sequence' ? sequence(nodes) : parallel(nodes);
    }
    if (plan.kind === 'condition') {
      const { whenTrue, whenFalse } = plan;
      return { ...plan, whenTrue: this.repair(whenTrue), whenFalse: this.repair(whenFalse) };
    }
    return plan.kind === 'entities' ? this.withOwnRepresentations(plan) : plan;
  }

  private withOwnRepresentations(node: EntitiesNode): EntitiesNode {
    const definition = inlinedOperation(node.operation);
    const roots = fieldsOf(definition.selectionSet);
    const parts: Part[] = [];
    for (const target of node.targets) {
      const field = roots.find(one => responseName(one) === target.key);
      const groups = field?.selectionSet ? this.groupsOf(node.subgraph, field.selectionSet) : [];
      if (field && groups.length > 1) parts.push(...this.split(target, field, groups, parts.length));
      else parts.push({ target, from: target, field });
    }
    if (parts.every(({ target, from }) => target === from)) return node;
    return { ...node, operation: operationOf(definition, parts), targets: parts.map(({ target }) => target) };
  }

  /** One target for each group of fields. */
  private split(from: EntityTarget, field: FieldNode, groups: readonly Group[], before: number): Part[] {
    if (from.contextRewrites.length > 0) {
      throw new PlanningError(
        'Fields with arguments from a context cannot have representations of their own',
      );
    }
    return groups.map((group, i): Part => {
      const requires = from.requires.map(selection => {
        if (selection.kind !== 'fragment') return selection;
        const own = this.setsFor(selection.type, group.requirements);
        return { ...selection, selections: this.requiredOf(selection.selections, own) };
      });
      const [key, variable] = [`${from.key}_${before + i}`, `${from.variable}_${before + i}`];
      return {
        target: { ...from, key, variable, requires },
        from,
        field: { ...field, selectionSet: only(field.selectionSet as SelectionSetNode, group.fields) },
      };
    });
  }

  /** Fields whose requirements agree, together. */
  private groupsOf(service: string, set: SelectionSetNode): Group[] {
    const groups: Group[] = [];
    const visit = ({ selections }: SelectionSetNode, type: string): void => {
      for (const node of selections) {
        if (node.kind === Kind.INLINE_FRAGMENT)
          visit(node.selectionSet, node.typeCondition?.name.value ?? type);
        if (node.kind !== Kind.FIELD) continue;
        const requires = this.joined.of(service, type, node.name.value)?.requires;
        const wanted = new Map<string, string>();
        if (requires) this.noteWanted(requires, type, wanted);
        let group = groups.find(one =>
          [...wanted].every(([at, name]) => (one.wanted.get(at) ?? name) === name),
        );
        if (!group) {
          group = { fields: new Set(), requirements: [], wanted: new Map() };
          groups.push(group);
        }
        group.fields.add(node);
        if (requires) group.requirements.push({ type, set: requires });
        for (const [at, name] of wanted) group.wanted.set(at, name);
      }
    };
    visit(set, '');
    return groups;
  }

  /** The requirements that apply to entities of a type. */
  private setsFor(type: string, requirements: readonly Requirement[]): SelectionSetNode[] {
    const { schema } = this.fields;
    return requirements
      .filter(one => schema.satisfies(type, one.type) || schema.satisfies(one.type, type))
      .map(({ set }) => set);
  }

  /** The planned selection without the fields with arguments that only other groups require. */
  private requiredOf(
    planned: readonly RequiredSelection[],
    own: readonly SelectionSetNode[],
  ): RequiredSelection[] {
    return planned.flatMap((selection): RequiredSelection[] => {
      if (selection.kind === 'fragment') {
        return [{ ...selection, selections: this.requiredOf(selection.selections, own) }];
      }
      const required = own.flatMap(fieldsOf).filter(field => field.name.value === selection.name);
      if (required.length === 0 && this.fields.originalOf(selection.name) !== undefined) return [];
      if (!selection.selections) return [selection];
      const below = required.flatMap(({ selectionSet }) => selectionSet ?? []);
      const selections = this.requiredOf(selection.selections, below);
      return selections.length === 0 ? [] : [{ ...selection, selections }];
    });
  }

  private noteWanted(set: SelectionSetNode, path: string, wanted: Map<string, string>): void {
    for (const field of fieldsOf(set)) {
      const name = field.name.value;
      const place = `${path}.${this.fields.originalOf(name)?.name.value ?? name}`;
      wanted.set(place, name);
      if (field.selectionSet) this.noteWanted(field.selectionSet, place, wanted);
    }
  }
}

/** A target of the repaired fetch: the planned one, or a part of it. */
interface Part {
  readonly target: EntityTarget;
  readonly from: EntityTarget;
  /** The `_entities` field of the target. */
  readonly field: FieldNode | undefined;
}

/** The operation of a fetch with an `_entities` field for each target. */
function operationOf(definition: OperationDefinitionNode, parts: readonly Part[]): string {
  const definitions = definition.variableDefinitions ?? [];
  const planned = new Set(parts.map(({ from }) => from.variable));
  return print({
    ...definition,
    variableDefinitions: [
      ...definitions.filter(one => !planned.has(one.variable.name.value)),
      ...parts.flatMap(({ target, from }) =>
        definitions
          .filter(one => one.variable.name.value === from.variable)
          .map(one => ({ ...one, variable: variableNode(target.variable) })),
      ),
    ],
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: parts.flatMap(({ target, field }) =>
        field
          ? {
              ...field,
              alias: nameNode(target.key),
              arguments: [
                {
                  kind: Kind.ARGUMENT as const,
                  name: nameNode('representations'),
                  value: variableNode(target.variable),
                },
              ],
            }
          : [],
      ),
    },
  });
}

function nameNode(value: string): NameNode {
  return { kind: Kind.NAME, value };
}

function variableNode(name: string): VariableNode {
  return { kind: Kind.VARIABLE, name: nameNode(name) };
}

interface Requirement {
  /** The type whose field requires it. */
  readonly type: string;
  readonly set: SelectionSetNode;
}

interface Group {
  readonly fields: Set<FieldNode>;
  readonly requirements: Requirement[];
  /** Path of each required field, by the names of the services → its name in the plan. */
  readonly wanted: Map<string, string>;
}

/** The set with these fields alone. */
function only({ selections, ...set }: SelectionSetNode, fields: ReadonlySet<FieldNode>): SelectionSetNode {
  return {
    ...set,
    selections: selections.flatMap((node): SelectionNode[] => {
      if (node.kind === Kind.FIELD) return fields.has(node) ? [node] : [];
      if (node.kind !== Kind.INLINE_FRAGMENT) return [];
      const selectionSet = only(node.selectionSet, fields);
      return selectionSet.selections.length > 0 ? [{ ...node, selectionSet }] : [];
    }),
  };
}
