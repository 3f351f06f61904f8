import { quote } from '../../platform/observability/json-text';
import type { Path, RequiredSelection, Rewrite } from '../planning/plan';
import type { SupergraphSchema } from '../schema/supergraph-schema';

export type Json = Record<string, unknown>;

/** Is a value of this type name one the condition asks for? */
export type Satisfies = SupergraphSchema['satisfies'];

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own(value: Json, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function satisfiesAny(value: Json, names: readonly string[], satisfies: Satisfies): boolean {
  const typename = value['__typename'];
  // Without a type name the planner has decided that there is only one possibility.
  if (typeof typename !== 'string') return true;
  return names.some(name => satisfies(typename, name));
}

/** Collects the objects at a place of the merged data: what Flatten means in a query plan. */
export function compilePath(path: Path, satisfies: Satisfies): (data: unknown, found: Json[]) => void {
  const walk = (value: unknown, depth: number, found: Json[]): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      const next = path[depth]?.kind === 'list' ? depth + 1 : depth;
      for (let i = 0; i < value.length; i++) walk(value[i], next, found);
      return;
    }
    const segment = path[depth];
    if (!segment) {
      found.push(value as Json);
    } else if (segment.kind === 'field') {
      walk(own(value as Json, segment.name), depth + 1, found);
    } else if (segment.kind === 'type' && satisfiesAny(value as Json, segment.names, satisfies)) {
      walk(value, depth + 1, found);
    }
  };
  return (data, found) => walk(data, 0, found);
}

/** The same walk with the path of each object and the objects it is in, outermost first: errors need it, and contexts. */
export function locate(
  path: Path,
  satisfies: Satisfies,
  data: unknown,
  visit: (entity: Json, at: (string | number)[], ancestors: readonly Json[]) => void,
): void {
  const walk = (value: unknown, depth: number, at: (string | number)[], ancestors: readonly Json[]): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      const next = path[depth]?.kind === 'list' ? depth + 1 : depth;
      for (const [index, item] of value.entries()) walk(item, next, [...at, index], ancestors);
      return;
    }
    const object = value as Json;
    const segment = path[depth];
    if (!segment) {
      visit(object, at, ancestors);
    } else if (segment.kind === 'field') {
      walk(own(object, segment.name), depth + 1, [...at, segment.name], [...ancestors, object]);
    } else if (segment.kind === 'type' && satisfiesAny(object, segment.names, satisfies)) {
      walk(object, depth + 1, at, ancestors);
    }
  };
  walk(data, 0, [], []);
}

/** The value at a path that may lead up (`..`) before it leads down, from the last of these objects; undefined where there is none. */
export function fromContext(path: Path, objects: readonly Json[], satisfies: Satisfies): unknown {
  let up = 0;
  let value: unknown = objects.at(-1);
  for (const segment of path) {
    if (segment.kind === 'field' && segment.name === '..') {
      up++;
      value = objects[objects.length - 1 - up];
    } else if (segment.kind === 'field') {
      value = isObject(value) ? own(value, segment.name) : undefined;
    } else if (
      segment.kind === 'type' &&
      !(isObject(value) && satisfiesAny(value, segment.names, satisfies))
    ) {
      return undefined;
    }
  }
  return value;
}

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

/** The representation as JSON text, which is how it is sent and told from others; null as for Represent. */
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
    const value = own(source, selection.source) ?? own(source, selection.name);
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

/** https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/query-plans: input and output rewrites. */
export function applyRewrite(rewrite: Rewrite, data: unknown, satisfies: Satisfies): void {
  const { path } = rewrite;
  const walk = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      const next = path[depth]?.kind === 'list' ? depth + 1 : depth;
      for (const item of value) walk(item, next);
      return;
    }
    const object = value as Json;
    const segment = path[depth];
    if (!segment) return;
    if (segment.kind === 'type') {
      if (satisfiesAny(object, segment.names, satisfies)) walk(object, depth + 1);
    } else if (segment.kind === 'field') {
      if (depth < path.length - 1) {
        walk(own(object, segment.name), depth + 1);
      } else if (rewrite.kind === 'set') {
        object[segment.name] = rewrite.value;
      } else if (Object.hasOwn(object, segment.name)) {
        object[rewrite.to] = object[segment.name];
        delete object[segment.name];
      }
    }
  };
  walk(data, 0);
}

/**
 * Merges what a fetch returned into what is there: objects by key, lists by index. A null never hides what another subgraph
 * has answered, and the name of an interface never hides the name of a type: an interface object knows only the former.
 */
export function mergeInto(target: Json, source: Json, satisfies: Satisfies): void {
  for (const key in source) {
    const incoming = source[key];
    // A literal of this name would set the prototype; JSON.parse makes it a property like any other.
    const current = Object.hasOwn(target, key) ? target[key] : undefined;
    if (current === undefined || current === null) {
      if (key === '__proto__') {
        Object.defineProperty(target, key, {
          value: incoming,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      } else {
        target[key] = incoming;
      }
    } else if (typeof current === 'object') {
      mergeValues(current, incoming, satisfies);
    } else if (key === '__typename') {
      // More precise wins: an object type satisfies the interface, never the other way round.
      if (typeof incoming === 'string' && satisfies(incoming, String(current))) target[key] = incoming;
    } else if (incoming !== null && incoming !== undefined) {
      target[key] = incoming;
    }
  }
}

function mergeValues(current: object, incoming: unknown, satisfies: Satisfies): void {
  if (Array.isArray(current)) {
    if (!Array.isArray(incoming)) return;
    for (let i = 0; i < incoming.length; i++) {
      const item = current[i];
      if (item === undefined || item === null) current[i] = incoming[i];
      else if (typeof item === 'object') mergeValues(item, incoming[i], satisfies);
    }
  } else if (isObject(incoming) && incoming !== current) {
    mergeInto(current as Json, incoming, satisfies);
  }
}
