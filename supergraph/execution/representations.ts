import { isObject } from '../../platform/json';
import { quote } from '../../platform/observability/json-text';
import type { RequiredSelection, Rewrite } from '../planning/plan';
import { applyRewrite, type Json, mergeInto, own, type Satisfies } from './merged-data';

/**
 * Builds the representation of one entity, or null when something it requires was never fetched: then the entity cannot be
 * asked for (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec#entity-representations).
 */
export type Represent = (entity: Json) => Json | null;

function compileRepresentation(
  selections: readonly RequiredSelection[],
  rewrites: readonly Rewrite[],
  satisfies: Satisfies,
  /** The subgraph's own name for a type it knows only as an interface object; Apollo's planner sometimes forgets to say it. */
  interfaceObject: (typename: string) => string | undefined,
  alsoFor?: string,
): Represent {
  const build = compileProjection(selections, satisfies);
  const others = alsoFor === undefined ? undefined : compileOthers(selections, alsoFor, satisfies);
  return finished(
    others ? entity => others(entity) ?? build(entity) : build,
    rewrites,
    satisfies,
    interfaceObject,
  );
}

/** The representation as JSON text, by which equal ones are found; null as for Represent. */
export type WriteRepresentation = (entity: Json) => string | null;

/** The usual case, one type and plain fields, is written without being built. */
export function compileRepresentationText(
  selections: readonly RequiredSelection[],
  rewrites: readonly Rewrite[],
  satisfies: Satisfies,
  interfaceObject: (typename: string) => string | undefined,
  alsoFor?: string,
): WriteRepresentation {
  const [branch, ...others] = simpleBranches(selections) ?? [];
  const names = new Set(branch?.fields);
  const isPlain = names.has('__typename') && names.size === branch?.fields.length;
  if (branch && isPlain && others.length === 0 && rewrites.length === 0 && alsoFor === undefined) {
    return simpleText(branch, satisfies, interfaceObject);
  }
  return textOf(compileRepresentation(selections, rewrites, satisfies, interfaceObject, alsoFor));
}

function textOf(represent: Represent): WriteRepresentation {
  return entity => {
    const representation = represent(entity);
    return representation && JSON.stringify(representation);
  };
}

function simpleText(
  { type, fields }: Branch,
  satisfies: Satisfies,
  interfaceObject: (typename: string) => string | undefined,
): WriteRepresentation {
  const written = fields.map((name, at) => ({
    name,
    prefix: `${at === 0 ? '{' : ','}${JSON.stringify(name)}:`,
  }));
  return entity => {
    const typename = entity['__typename'];
    if (typeof typename !== 'string') return null;
    if (type !== typename && !satisfies(typename, type)) return null;
    let text = '';
    for (const { name, prefix } of written) {
      const value = name === '__typename' ? (interfaceObject(typename) ?? typename) : own(entity, name);
      if (value === undefined) return null;
      text += prefix + (typeof value === 'string' ? quote(value) : JSON.stringify(value));
    }
    return `${text}}`;
  };
}

// Each a function of its own: a closure keeps all that its scope holds, and these stay in memory as long as the operation.
function compileProjection(selections: readonly RequiredSelection[], satisfies: Satisfies): Represent {
  const simple = simpleBranches(selections);
  return simple ? simpleProjection(simple, satisfies) : entity => project(selections, entity, satisfies);
}

function simpleProjection(branches: readonly Branch[], satisfies: Satisfies): Represent {
  return entity => buildSimple(branches, entity, satisfies);
}

/** Represents the types of an interface that no fragment names like the first that one does; null for all others. */
function compileOthers(
  selections: readonly RequiredSelection[],
  alsoFor: string,
  satisfies: Satisfies,
): Represent {
  const [first] = selections;
  return entity => {
    const typename = entity['__typename'];
    const isOther =
      typeof typename === 'string' &&
      satisfies(typename, alsoFor) &&
      !selections.some(s => s.kind !== 'fragment' || satisfies(typename, s.type));
    if (!isOther) return null;
    return project(first?.kind === 'fragment' ? first.selections : [], entity, satisfies);
  };
}

function finished(
  build: Represent,
  rewrites: readonly Rewrite[],
  satisfies: Satisfies,
  interfaceObject: (typename: string) => string | undefined,
): Represent {
  return entity => {
    const representation = build(entity);
    if (representation === null || typeof representation['__typename'] !== 'string') return null;
    for (const rewrite of rewrites) applyRewrite(rewrite, representation, satisfies);
    const known = interfaceObject(representation['__typename']);
    if (known !== undefined) representation['__typename'] = known;
    return representation;
  };
}

interface Branch {
  readonly type: string;
  readonly fields: readonly string[];
}

/** The usual form, one fragment a type with plain key fields, needs no merging. */
function simpleBranches(selections: readonly RequiredSelection[]): Branch[] | undefined {
  const branches: Branch[] = [];
  for (const selection of selections) {
    if (selection.kind !== 'fragment') return undefined;
    const fields: string[] = [];
    for (const field of selection.selections) {
      if (field.kind !== 'field' || field.selections || field.source !== field.name) return undefined;
      fields.push(field.name);
    }
    branches.push({ type: selection.type, fields });
  }
  return branches;
}

function buildSimple(branches: readonly Branch[], entity: Json, satisfies: Satisfies): Json | null {
  const typename = entity['__typename'];
  if (typeof typename !== 'string') return null;
  let result: Json | null = null;
  for (const branch of branches) {
    if (branch.type !== typename && !satisfies(typename, branch.type)) continue;
    result ??= {};
    for (const name of branch.fields) {
      const value = own(entity, name);
      if (value === undefined) return null;
      result[name] = value;
    }
  }
  return result;
}

function project(selections: readonly RequiredSelection[], source: Json, satisfies: Satisfies): Json | null {
  const result: Json = {};
  for (const selection of selections) {
    if (selection.kind === 'fragment') {
      const typename = source['__typename'];
      if (typeof typename === 'string' && !satisfies(typename, selection.type)) continue;
      const part = project(selection.selections, source, satisfies);
      if (part === null) return null;
      mergeInto(result, part, satisfies);
      continue;
    }
    // Hive's planner sometimes names an alias it gave in another place; the field is then under its own name here.
    const planned = own(source, selection.source);
    const value = planned === undefined ? own(source, selection.name) : planned;
    if (value === undefined) return null;
    const projected = selection.selections ? projectValue(selection.selections, value, satisfies) : value;
    if (projected === undefined) return null;
    result[selection.name] = projected;
  }
  return result;
}

/** Undefined says that something below is missing. */
function projectValue(
  selections: readonly RequiredSelection[],
  value: unknown,
  satisfies: Satisfies,
): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) {
    const items = value.map(item => projectValue(selections, item, satisfies));
    return items.includes(undefined) ? undefined : items;
  }
  if (!isObject(value)) return undefined;
  return project(selections, value, satisfies) ?? undefined;
}
