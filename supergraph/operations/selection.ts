import {
  type ArgumentNode,
  type ConstValueNode,
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
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';
import { areDistinct } from './distinct';

/**
 * An operation as one caller runs it: fragments inlined, `@skip` and `@include` decided, fields the caller may not have
 * marked. The planner plans this and the projection prints from it, so the two cannot disagree.
 *
 * Deciding the conditions before planning, once per combination of the booleans they use, asks less of the subgraphs, and
 * no planner has to be right about conditions: both have bugs there.
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

/** What a caller may not see; nothing when there are no access directives. */
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
  /** Is this field of an interface of another type on some of its types than on others or on itself, be it by a `!` only? */
  readonly varies: (interfaceName: string, field: string) => boolean;
}

interface Selecting extends SelectionSource {
  /** How many fields may still be said type by type: nested in each other they multiply. */
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
    // On an object the condition is decided already; a wider one on an abstract type is no condition at all.
    if (type === parent || (isObjectType(parent) && covers(source.schema, type, parent))) {
      result.push(...select(source, inner, parent, denied || (source.denials?.type(type.name) ?? false)));
    } else if (!isObjectType(parent) || !isObjectType(type)) {
      const selections = select(source, inner, type, denied || (source.denials?.type(type.name) ?? false));
      if (selections.length > 0) result.push({ kind: 'fragment', type, selections });
    }
  }
  return result.length < 2 || areDistinctFields(result) ? result : mergeSame(result);
}

/** Fields only, and each with a response name of its own: then none has anything to do with another. */
function areDistinctFields(selections: readonly Selection[]): selections is readonly FieldSelection[] {
  for (const selection of selections) if (selection.kind !== 'field') return false;
  return areDistinct(selections as readonly FieldSelection[], field => field.key);
}

/** Says once what was said twice: the planners take their time over every repetition, Apollo's exponentially. */
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

/** Is every value of `parent` one of `type`? */
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

export interface NamingRules {
  /** How a field's type reads over the subgraphs: two that differ cannot share a response name in one fetch. */
  typeSignature(typeName: string, field: string): string;
  /** Fields some `@requires` asks for with arguments: the plan needs their plain names. */
  readonly requiredWithArguments: ReadonlySet<string>;
  /** Has any object type that `typeName` can be a field of this name? */
  hasField(typeName: string, field: string): boolean;
  /** Can one object be of both types? */
  overlap(typeName: string, other: string): boolean;
}

/**
 * Gives every field a response name that means one thing inside the whole plan, and returns the names it had to invent.
 *
 * GraphQL lets one response name stand for different calls on different object types
 * (https://spec.graphql.org/October2021/#sec-Field-Selection-Merging), and lets an alias shadow a key field. Plans merge the selections of
 * several types and add key fields of their own, so both planners go wrong there, and the native one aborts the process.
 */
export function nameApart(selections: readonly Selection[], rules: NamingRules): ReadonlyMap<string, string> {
  const invented = new Map<string, string>();
  const rename = (fields: readonly FieldSelection[], key: string): void => {
    let alias: string;
    do alias = `_${invented.size}_${key}`;
    while (invented.has(alias) && invented.get(alias) !== key);
    invented.set(alias, key);
    for (const field of fields) field.alias = alias;
  };
  const visit = (sets: readonly (readonly Selection[])[]): void => {
    const [only, ...others] = sets;
    if (only && others.length === 0 && areDistinctFields(only)) {
      for (const field of only) visitCall([field], field.key, true);
      return;
    }
    const groups = new Map<string, FieldSelection[]>();
    for (const set of sets) collectByKey(set, groups);
    for (const [key, fields] of groups) {
      for (const [index, call] of callsOf(fields, rules).entries()) visitCall(call, key, index === 0);
    }
  };
  const visitCall = (call: readonly FieldSelection[], key: string, isFirst: boolean): void => {
    const field = call[0] as FieldSelection;
    const shadows = field.key !== field.name && call.some(f => rules.hasField(f.parent.name, key));
    const occupies = field.key === field.name && rules.requiredWithArguments.has(key);
    if (!isFirst || shadows || occupies) rename(call, key);
    const nested = call.flatMap(f => (f.selections ? [f.selections] : []));
    if (nested.length > 0) visit(nested);
  };
  visit([selections]);
  return invented;
}

/** Fields of one response name, apart where they are different calls. */
function callsOf(
  fields: readonly FieldSelection[],
  rules: NamingRules,
): readonly (readonly FieldSelection[])[] {
  if (fields.length === 1) return [fields];
  const bySignature = new Map<string, FieldSelection[]>();
  for (const field of fields) {
    const signature = callSignature(field, rules);
    const same = bySignature.get(signature);
    if (same) same.push(field);
    else bySignature.set(signature, [field]);
  }
  return bySignature.size === 1 ? [fields] : joinOverlapping(bySignature.values(), rules);
}

function collectByKey(set: readonly Selection[], groups: Map<string, FieldSelection[]>): void {
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

function callSignature(field: FieldSelection, rules: NamingRules): string {
  const type = field.name === '__typename' ? '' : rules.typeSignature(field.parent.name, field.name);
  return `${field.name}(${argumentsOf(field)})${type}`;
}

function argumentsOf(field: FieldSelection): string {
  return field.arguments
    .map(a => `${a.name.value}:${print(a.value)}`)
    .sort()
    .join();
}

/**
 * What one object can be asked for twice, as its interface and as itself, is one value of the answer with the fields of both: it
 * keeps one name even where the two are of different types. `selectByType` leaves that only where there was too much to say.
 */
function joinOverlapping(calls: Iterable<FieldSelection[]>, rules: NamingRules): FieldSelection[][] {
  let joined: FieldSelection[][] = [];
  for (const call of calls) {
    const same = new Set(joined.filter(other => areSameValue(other, call, rules)));
    joined = [...joined.filter(other => !same.has(other)), [...[...same].flat(), ...call]];
  }
  return joined;
}

function areSameValue(
  call: readonly FieldSelection[],
  other: readonly FieldSelection[],
  rules: NamingRules,
): boolean {
  const [a, b] = [call[0], other[0]];
  if (!a?.selections || a.name !== b?.name || argumentsOf(a) !== argumentsOf(b)) return false;
  const parents = new Set(other.map(field => field.parent.name));
  return [...new Set(call.map(field => field.parent.name))].some(name =>
    [...parents].some(parent => rules.overlap(name, parent)),
  );
}

/** Splits a mutation by response name: its root fields run one after another, each with all it needs. */
export function splitRootFields(selections: readonly Selection[]): (readonly FieldSelection[])[] {
  const groups = new Map<string, FieldSelection[]>();
  collectByKey(selections, groups);
  return [...groups.values()];
}

/** Is there anything below that a subgraph has to answer? `__typename` of the root and introspection are ours. */
export function needsSubgraph(selection: Selection): boolean {
  if (selection.kind === 'fragment') return selection.selections.some(needsSubgraph);
  return !selection.denied && !selection.name.startsWith('__');
}

/**
 * Names no client variable may have in a plan: the planners declare these for the representations
 * (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec#query_entities).
 */
const reservedVariable = /^(_*)(representations|batch_reps|internal_qp|v_)/;

export function planVariable(name: string): string {
  return reservedVariable.test(name) ? `v_${name}` : name;
}

/** The planner's input: this selection as one operation, without root `__typename` and introspection. */
export function printForPlanner(
  operation: OperationDefinitionNode,
  selections: readonly Selection[],
  isIntrospection = false,
): string {
  const used = new Set<string>();
  const body = isIntrospection
    ? printSelections(selections, used)
    : printSelections(selections.filter(needsSubgraph), used, true);
  const definitions = (operation.variableDefinitions ?? [])
    .filter(d => used.has(d.variable.name.value))
    .map(printVariableDefinition);
  const variables = definitions.length > 0 ? `(${definitions.join(',')})` : '';
  return `${operation.operation}${variables}${body}`;
}

function printVariableDefinition(node: VariableDefinitionNode): string {
  const value = node.defaultValue ? `=${printValue(node.defaultValue, new Set())}` : '';
  return `$${planVariable(node.variable.name.value)}:${print(node.type)}${value}`;
}

function printSelections(selections: readonly Selection[], used: Set<string>, isRoot = false): string {
  let text = '';
  for (const selection of selections) {
    if (selection.kind === 'fragment') {
      const inner = printSelections(selection.selections, used);
      text += ` ...on ${selection.type.name}${inner}`;
      continue;
    }
    if (selection.denied || (isRoot && !needsSubgraph(selection))) continue;
    // The projection knows every type's name; it needs the plain one, and Hive's planner sees an alias only.
    const isPlain = selection.alias === selection.name || selection.name === '__typename';
    text += isPlain ? ` ${selection.name}` : ` ${selection.alias}:${selection.name}`;
    text += printArguments(selection.arguments, used);
    for (const directive of selection.directives) {
      text += ` @${directive.name.value}${printArguments(directive.arguments ?? [], used)}`;
    }
    if (selection.selections) text += printSelections(selection.selections, used);
  }
  // All of it skipped or denied: the object itself is still asked for, so that it can be null or not.
  return `{${text === '' ? '__typename' : text.slice(1)}}`;
}

function printArguments(nodes: readonly ArgumentNode[], used: Set<string>): string {
  if (nodes.length === 0) return '';
  return `(${nodes.map(a => `${a.name.value}:${printValue(a.value, used)}`).join(',')})`;
}

function printValue(node: ValueNode | ConstValueNode, used: Set<string>): string {
  switch (node.kind) {
    case Kind.VARIABLE:
      used.add(node.name.value);
      return `$${planVariable(node.name.value)}`;
    case Kind.STRING:
      return JSON.stringify(node.value);
    case Kind.LIST:
      return `[${node.values.map(v => printValue(v, used)).join(',')}]`;
    case Kind.OBJECT:
      return `{${node.fields.map(f => `${f.name.value}:${printValue(f.value, used)}`).join(',')}}`;
    case Kind.NULL:
      return 'null';
    case Kind.BOOLEAN:
      return String(node.value);
    default:
      return node.value;
  }
}
