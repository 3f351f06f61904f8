import { Kind, print } from 'graphql';
import { fieldTypeSignatures } from '../schema/field-types';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { collectByKey, type FieldSelection, hasDistinctFields, type Selection } from './selection';

export interface NamingRules {
  /** A field's types in all subgraphs: fields with different types cannot share a response name in one fetch. */
  typeSignature(typeName: string, field: string): string;
  /** Whether any object type of `typeName` has a field of this name. */
  hasField(typeName: string, field: string): boolean;
  /** Whether one object can be of both types. */
  overlap(typeName: string, other: string): boolean;
}

/**
 * Gives every field a response name with one meaning inside the whole plan, and returns the new names.
 *
 * GraphQL lets one response name stand for different calls on different object types
 * (https://spec.graphql.org/October2021/#sec-Field-Selection-Merging), and lets an alias shadow a key field. Plans merge the selections of
 * several types and add key fields of their own, so both planners fail there, and the native one aborts its process.
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
    if (only && others.length === 0 && hasDistinctFields(only)) {
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
    if (!isFirst || shadows) rename(call, key);
    const nested = call.flatMap(f => (f.selections ? [f.selections] : []));
    if (nested.length > 0) visit(nested);
  };
  visit([selections]);
  return invented;
}

/** Fields of one response name, grouped by call: field, arguments and type. */
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
 * A field that one object is selected by twice, through its interface and its own type, is one value of the answer with the fields of both.
 * It keeps one name even where the types differ, which `selectByType` leaves only beyond `maxSpread`.
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

/** @param schema the one that the planner reads */
export function namingRules(schema: SupergraphSchema): NamingRules {
  const fieldsOf = new Map<string, Set<string>>();
  for (const [name, type] of schema.types) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    fieldsOf.set(name, new Set(type.fields?.map(f => f.name.value)));
  }
  return {
    typeSignature: fieldTypeSignatures(schema),
    hasField: (typeName, field) =>
      (fieldsOf.get(typeName)?.has(field) ?? false) ||
      schema.possibleTypes(typeName).some(name => fieldsOf.get(name)?.has(field) ?? false),
    overlap: (typeName, other) => {
      const types = new Set(schema.possibleTypes(typeName));
      return schema.possibleTypes(other).some(name => types.has(name));
    },
  };
}
