import {
  type ArgumentNode,
  type DirectiveNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  print,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
} from 'graphql';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { areDistinct } from './distinct';

/**
 * An operation as one caller runs it: fragments inlined, `@skip` and `@include` decided, fields the caller may not have
 * marked. The planner plans this and the projection prints from it, so the two cannot disagree.
 *
 * Conditions are decided before planning, once for each combination of their booleans. Subgraphs then get smaller operations, and plans
 * contain no conditions, in which both planners have bugs.
 */
export type Selection = FieldSelection | FragmentSelection;

export interface FieldSelection {
  readonly kind: 'field';
  /** The client's response name. */
  readonly key: string;
  /** The response name the plan uses; the client's unless that would be ambiguous (see `nameApart`). */
  alias: string;
  readonly name: string;
  readonly parent: GraphQLCompositeType;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly arguments: readonly ArgumentNode[];
  readonly directives: readonly DirectiveNode[];
  readonly selections: readonly Selection[] | undefined;
  /** The caller may not have this field: it is not planned, and is null in the answer. */
  readonly denied: boolean;
}

export interface FragmentSelection {
  readonly kind: 'fragment';
  readonly type: GraphQLCompositeType;
  readonly selections: readonly Selection[];
}

/** The fields and types that a caller has no right to. */
export interface Denials {
  field(typeName: string, fieldName: string): boolean;
  type(typeName: string): boolean;
}

export interface SelectionSource {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** The coerced variables; only the booleans of `@skip` and `@include` are read. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly denials: Denials | undefined;
  /** Whether a field has different types on the interface and its implementations, if only by a `!`. */
  readonly varies: (interfaceName: string, field: string) => boolean;
}

interface Selecting extends SelectionSource {
  /** How many fields may still be selected type by type: nested ones multiply. */
  spread: number;
}

const maxSpread = 200;

export function selectOperation(
  source: SelectionSource,
  operation: OperationDefinitionNode,
): readonly Selection[] {
  const root = source.schema.getRootType(operation.operation);
  if (!root) throw new Error(`The schema has no ${operation.operation} type`);
  return select({ ...source, spread: maxSpread }, operation.selectionSet, root, false);
}

function select(
  source: Selecting,
  set: SelectionSetNode,
  parent: GraphQLCompositeType,
  denied: boolean,
): readonly Selection[] {
  const result: Selection[] = [];
  for (const node of set.selections) {
    if (node.directives?.length && !isIncluded(node.directives, source.variables)) continue;
    if (node.kind === Kind.FIELD) {
      const isVarying = isInterfaceType(parent) && source.varies(parent.name, node.name.value);
      if (isVarying && source.spread > 0) result.push(...selectByType(source, node, parent, denied));
      else result.push(selectField(source, node, parent, denied));
      continue;
    }
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? source.fragments.get(node.name.value) : undefined;
    const condition = node.kind === Kind.INLINE_FRAGMENT ? node.typeCondition : fragment?.typeCondition;
    const inner = node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet : fragment?.selectionSet;
    if (!inner) continue;
    const type = condition ? source.schema.getType(condition.name.value) : parent;
    if (!type || !isCompositeType(type)) continue;
    // On an object the condition is decided already: a fragment whose type does not cover the object never applies, and the native planner
    // drops a field that has nothing but such a fragment. On an abstract type a wider condition is none.
    if (type === parent || (isObjectType(parent) && covers(source.schema, type, parent))) {
      result.push(...select(source, inner, parent, denied || (source.denials?.type(type.name) ?? false)));
    } else if (!isObjectType(parent)) {
      const selections = select(source, inner, type, denied || (source.denials?.type(type.name) ?? false));
      if (selections.length > 0) result.push({ kind: 'fragment', type, selections });
    }
  }
  return result.length < 2 || hasDistinctFields(result) ? result : mergeSame(result);
}

/** Fields only, and each with a response name of its own: then none has anything to do with another. */
export function hasDistinctFields(selections: readonly Selection[]): selections is readonly FieldSelection[] {
  for (const selection of selections) if (selection.kind !== 'field') return false;
  return areDistinct(selections as readonly FieldSelection[], field => field.key);
}

/** Merges repeated selections: repetition slows the planners, Apollo's exponentially. */
function mergeSame(selections: readonly Selection[]): readonly Selection[] {
  const known = new Map<string, number>();
  const merged: Selection[] = [];
  for (const selection of selections) {
    const id =
      selection.kind === 'fragment'
        ? `...${selection.type.name}`
        : `${selection.key}:${selection.name}:${selection.denied}:${selection.parent.name}(${selection.arguments.map(a => print(a)).join()})${selection.directives.map(d => print(d)).join()}`;
    // A fragment moves nothing: fields answer in the order in which they first appear.
    const at = selection.kind === 'field' || known.get(id) === merged.length - 1 ? known.get(id) : undefined;
    const first = at === undefined ? undefined : merged[at];
    if (at === undefined || !first) {
      known.set(id, merged.length);
      merged.push(selection);
    } else if (first.selections && selection.selections) {
      merged[at] = {
        ...first,
        selections: mergeSame([...first.selections, ...selection.selections]),
      } as Selection;
    }
  }
  return merged;
}

/**
 * A planner may say a field of an interface type by type, and where its types differ the subgraph then refuses the operation
 * (https://spec.graphql.org/October2021/#SameResponseShape()). Said type by type here, `nameApart` sees it.
 */
function selectByType(
  source: Selecting,
  node: FieldNode,
  parent: GraphQLInterfaceType,
  denied: boolean,
): readonly Selection[] {
  const isDenied = denied || (source.denials?.field(parent.name, node.name.value) ?? false);
  return source.schema.getPossibleTypes(parent).map(type => {
    source.spread--;
    return { kind: 'fragment', type, selections: [selectField(source, node, type, isDenied)] };
  });
}

function selectField(
  source: Selecting,
  node: FieldNode,
  parent: GraphQLCompositeType,
  denied: boolean,
): FieldSelection {
  const definition = fieldDefinition(source.schema, parent, node.name.value);
  const type = getNamedType(definition.type);
  const isMeta = node.name.value.startsWith('__');
  const isDenied = denied || (!isMeta && (source.denials?.field(parent.name, node.name.value) ?? false));
  const key = node.alias?.value ?? node.name.value;
  return {
    kind: 'field',
    key,
    alias: key,
    name: node.name.value,
    parent,
    definition,
    arguments: node.arguments ?? [],
    directives: node.directives?.filter(d => d.name.value !== 'skip' && d.name.value !== 'include') ?? [],
    selections:
      node.selectionSet && isCompositeType(type) ? select(source, node.selectionSet, type, false) : undefined,
    denied: isDenied && node.name.value !== '__typename',
  };
}

function fieldDefinition(
  schema: GraphQLSchema,
  parent: GraphQLCompositeType,
  name: string,
): GraphQLField<unknown, unknown> {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef;
  if (parent === schema.getQueryType()) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef;
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef;
  }
  const field = isUnionType(parent) ? undefined : parent.getFields()[name];
  if (!field) throw new Error(`${parent.name} has no field ${name}`);
  return field;
}

/** Whether every value of `parent` is one of `type`. */
export function covers(
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  parent: GraphQLCompositeType,
): boolean {
  if (type === parent) return true;
  if (isObjectType(type)) return false;
  if (isUnionType(parent)) return false;
  return schema.isSubType(type, parent);
}

/** https://spec.graphql.org/October2021/#sec-Type-System.Directives.skip: `@skip` wins over `@include`. */
function isIncluded(
  directives: readonly DirectiveNode[],
  variables: Readonly<Record<string, unknown>>,
): boolean {
  for (const directive of directives) {
    const name = directive.name.value;
    if (name !== 'skip' && name !== 'include') continue;
    const value = directive.arguments?.[0]?.value;
    const condition =
      value?.kind === Kind.BOOLEAN
        ? value.value
        : value?.kind === Kind.VARIABLE
          ? variables[value.name.value] === true
          : name === 'include';
    if (condition === (name === 'skip')) return false;
  }
  return true;
}

export function collectByKey(set: readonly Selection[], groups: Map<string, FieldSelection[]>): void {
  for (const selection of set) {
    if (selection.kind === 'fragment') {
      collectByKey(selection.selections, groups);
      continue;
    }
    const same = groups.get(selection.key);
    if (same) same.push(selection);
    else groups.set(selection.key, [selection]);
  }
}

/** Splits a mutation by response name: its root fields run one after another, each with all it needs. */
export function splitRootFields(selections: readonly Selection[]): (readonly FieldSelection[])[] {
  const groups = new Map<string, FieldSelection[]>();
  collectByKey(selections, groups);
  return [...groups.values()];
}

/** Whether a field of an interface has different types on its implementations. */
export function variesByType(
  schema: SupergraphSchema,
  typeSignature: (typeName: string, field: string) => string,
): SelectionSource['varies'] {
  const known = new Map<string, boolean>();
  return (interfaceName, field) => {
    const key = `${interfaceName}.${field}`;
    let varies = known.get(key);
    if (varies === undefined) {
      const types = [interfaceName, ...schema.possibleTypes(interfaceName)].map(type =>
        typeSignature(type, field),
      );
      varies = new Set(types).size > 1;
      known.set(key, varies);
    }
    return varies;
  };
}
