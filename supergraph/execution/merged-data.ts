import { isObject } from '../../platform/json';
import type { Path, Rewrite } from '../planning/plan';
import type { SupergraphSchema } from '../schema/supergraph-schema';

export type Json = Record<string, unknown>;

/** Whether a type name fulfils a type condition. */
export type Satisfies = SupergraphSchema['satisfies'];

export function own(value: Json, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function satisfiesAny(value: Json, names: readonly string[], satisfies: Satisfies): boolean {
  const typename = value['__typename'];
  // Without a type name the planner has decided that there is only one possibility.
  if (typeof typename !== 'string') return true;
  return names.some(name => satisfies(typename, name));
}

/** Collects the objects at a path of the merged data, like Flatten in a query plan. */
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
 * Merges the data of a fetch: objects by key, lists by index. A null never replaces a value of another subgraph, and the name of an
 * interface never replaces the name of an object type: an interface object knows only the interface.
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
