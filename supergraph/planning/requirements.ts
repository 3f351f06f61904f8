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
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { FetchedFields, placeBelow, placeOf } from './fetched-fields';
import { argumentsText, fieldsOf, hasArguments, inlinedOperation, responseName } from './field-sets';
import type { JoinedFields } from './joined-fields';
import {
  type EntitiesNode,
  type EntityTarget,
  type FetchNode,
  type PlanNode,
  parallel,
  type RequiredSelection,
  sequence,
} from './plan';
import { PlanningError } from './planner';

/**
 * Makes each representation hold the values that its fields require.
 *
 * Two fields can require the same field with different arguments. A representation has one value for it, so such fields need a
 * representation each. Apollo's planner ignores the arguments; Hive's planner fetches both values and sometimes sends one of them for
 * both. So the representations of such fields are made again, from the `@requires` of each field and from what the plan fetches before:
 * fields whose requirements agree share one, the others have their own. A plan that does not fetch a required value is refused.
 */
export class Requirements {
  private readonly haveArguments: boolean;

  constructor(
    private readonly joined: JoinedFields,
    private readonly schema: SupergraphSchema,
  ) {
    this.haveArguments = joined.some(({ requires }) => requires !== undefined && hasArguments(requires));
  }

  /** @param before what is fetched before the plan @throws PlanningError */
  repair(plan: PlanNode | undefined, before?: FetchNode): PlanNode | undefined {
    if (!this.haveArguments || !plan) return plan;
    const fetched = new FetchedFields(this.schema);
    if (before) fetched.add(before);
    return this.visit(plan, fetched);
  }

  private visit(node: PlanNode, fetched: FetchedFields): PlanNode | undefined {
    if ('nodes' in node) {
      const nodes = node.nodes.flatMap(child => this.visit(child, fetched) ?? []);
      return node.kind === 'sequence' ? sequence(nodes) : parallel(nodes);
    }
    if (node.kind === 'condition') {
      const { whenTrue, whenFalse } = node;
      return {
        ...node,
        whenTrue: whenTrue && this.visit(whenTrue, fetched),
        whenFalse: whenFalse && this.visit(whenFalse, fetched),
      };
    }
    const repaired = node.kind === 'entities' ? this.withOwnRepresentations(node, fetched) : node;
    fetched.add(node);
    return repaired;
  }

  private withOwnRepresentations(node: EntitiesNode, fetched: FetchedFields): EntitiesNode {
    const definition = inlinedOperation(node.operation);
    const roots = fieldsOf(definition.selectionSet);
    const parts: Part[] = [];
    for (const target of node.targets) {
      const field = roots.find(one => responseName(one) === target.key);
      const groups = field?.selectionSet && this.groupsOf(node.subgraph, field.selectionSet);
      if (groups) parts.push(...this.split(target, field, groups, parts.length, fetched));
      else parts.push({ target, from: target, field });
    }
    if (parts.every(({ target, from }) => target === from)) return node;
    return { ...node, operation: operationOf(definition, parts), targets: parts.map(({ target }) => target) };
  }

  /** One target for each group of fields at each place. */
  private split(
    from: EntityTarget,
    field: FieldNode,
    groups: readonly Group[],
    before: number,
    fetched: FetchedFields,
  ): Part[] {
    const all = groups.flatMap(group => group.requirements);
    const isOne = groups.length * from.paths.length === 1;
    if (from.contextRewrites.length > 0 && !isOne) {
      throw new PlanningError(
        'Fields with arguments from a context cannot have representations of their own',
      );
    }
    const pairs = groups.flatMap(group => from.paths.map(path => ({ group, path })));
    return pairs.map(({ group, path }, i): Part => {
      const suffix = isOne && before === 0 ? '' : `_${before + i}`;
      const requires = from.requires.map(selection => {
        if (selection.kind !== 'fragment') return selection;
        const { selections, type } = selection;
        const every = this.setsFor(type, all);
        const own = this.setsFor(type, group.requirements);
        return {
          ...selection,
          selections: this.requiredOf(selections, every, own, placeOf(path), fetched, type),
        };
      });
      const key = from.key + suffix;
      const variable = from.variable + suffix;
      return {
        target: { ...from, key, variable, paths: [path], requires },
        from,
        field: { ...field, selectionSet: only(field.selectionSet as SelectionSetNode, group.fields) },
      };
    });
  }

  /** Fields whose requirements agree, together; undefined where no requirement has arguments. */
  private groupsOf(service: string, set: SelectionSetNode): Group[] | undefined {
    const groups: Group[] = [];
    let isNeeded = false;
    const visit = ({ selections }: SelectionSetNode, type: string): void => {
      for (const node of selections) {
        if (node.kind === Kind.INLINE_FRAGMENT)
          visit(node.selectionSet, node.typeCondition?.name.value ?? type);
        if (node.kind !== Kind.FIELD) continue;
        const requires = this.joined.of(service, type, node.name.value)?.requires;
        const wanted = new Map<string, string>();
        if (requires) noteArguments(requires, type, wanted);
        if (requires && hasArguments(requires)) isNeeded = true;
        let group = groups.find(one =>
          [...wanted].every(([at, args]) => (one.wanted.get(at) ?? args) === args),
        );
        if (!group) {
          group = { fields: new Set(), requirements: [], wanted: new Map() };
          groups.push(group);
        }
        group.fields.add(node);
        if (requires) group.requirements.push({ type, set: requires });
        for (const [at, args] of wanted) group.wanted.set(at, args);
      }
    };
    visit(set, '');
    return isNeeded ? groups : undefined;
  }

  /** The requirements that apply to entities of a type. */
  private setsFor(type: string, requirements: readonly Requirement[]): SelectionSetNode[] {
    return requirements
      .filter(one => this.schema.satisfies(type, one.type) || this.schema.satisfies(one.type, type))
      .map(({ set }) => set);
  }

  /**
   * @param all the requirements of all fields of the target: of these, fields with arguments are replaced
   * @param own the requirements of the fields of this representation
   */
  private requiredOf(
    planned: readonly RequiredSelection[],
    all: readonly SelectionSetNode[],
    own: readonly SelectionSetNode[],
    place: string,
    fetched: FetchedFields,
    type?: string,
  ): RequiredSelection[] {
    const result: RequiredSelection[] = [];
    const names = new Set<string>();
    const below = (sets: readonly SelectionSetNode[], name: string): FieldNode[] =>
      sets.flatMap(fieldsOf).filter(field => field.name.value === name);
    const innerOf = (fields: readonly FieldNode[]) =>
      fields.flatMap(({ selectionSet }) => selectionSet ?? []);
    for (const selection of planned) {
      if (selection.kind === 'fragment') {
        result.push(selection);
        continue;
      }
      const { name, source } = selection;
      const required = below(all, name);
      if (names.has(name) || required.some(field => field.arguments?.length)) continue;
      if (!selection.selections) {
        names.add(name);
        result.push(selection);
        continue;
      }
      const inner = this.requiredOf(
        selection.selections,
        innerOf(required),
        innerOf(below(own, name)),
        placeBelow(place, source),
        fetched,
      );
      if (inner.length === 0) continue;
      names.add(name);
      result.push({ ...selection, selections: inner });
    }
    for (const field of own.flatMap(fieldsOf)) {
      const { value: name } = field.name;
      if (names.has(name)) continue;
      names.add(name);
      const source = fetched.nameOf(field, place, type);
      const inner = innerOf(below(own, name));
      const at = placeBelow(place, source);
      result.push({
        kind: 'field',
        source,
        name,
        selections: inner.length > 0 ? this.requiredOf([], inner, inner, at, fetched) : undefined,
      });
    }
    return result;
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
  /** Path of each required field → its arguments. */
  readonly wanted: Map<string, string>;
}

function noteArguments(set: SelectionSetNode, path: string, wanted: Map<string, string>): void {
  for (const field of fieldsOf(set)) {
    const place = `${path}.${field.name.value}`;
    wanted.set(place, argumentsText(field));
    if (field.selectionSet) noteArguments(field.selectionSet, place, wanted);
  }
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
