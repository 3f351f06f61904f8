import type { FetchNode } from '../planning/plan';
import { subgraphError } from './errors';
import type { Execution } from './execution';
import type { FetchEnvironment } from './fetch-environment';
import type { Json } from './merged-data';
import type { ResponsePath } from './response-path';

/** Adds an error of a subgraph to the answer. */
export function reportError(
  execution: Execution,
  environment: FetchEnvironment,
  error: unknown,
  subgraph: string,
  path: ResponsePath | undefined,
): void {
  if (execution.errors.length >= environment.maxErrors) return;
  execution.errors.push(subgraphError(error, subgraph, path, environment.hosts, execution.traceId));
}

/**
 * Adds an error of a subgraph under the client's path.
 *
 * @param planned the path in the plan's response names
 * @param answered how many steps of that path the subgraph has answered with values
 */
export function reportErrorAt(
  execution: Execution,
  environment: FetchEnvironment,
  error: unknown,
  subgraph: string,
  planned: ResponsePath,
  answered: number,
): void {
  const { shape, needed } = environment;
  // Plans select more than the client did. An error there concerns the client only if a later fetch reads the field or its null spreads.
  const path = shape.translate(
    execution.data,
    planned,
    (name, depth) => !needed.has(name) && depth <= answered,
  );
  if (path) reportError(execution, environment, error, subgraph, path);
}

/** How many steps of a path have values; -1 where there is no value to start from. */
export function depthOf(value: unknown, path: ResponsePath): number {
  if (value == null) return -1;
  let depth = 0;
  let current: unknown = value;
  for (const segment of path) {
    if (typeof current !== 'object' || !Object.hasOwn(current as Json, segment)) break;
    current = (current as Json)[segment];
    if (current == null) break;
    depth++;
  }
  return depth;
}

/** The path of a subgraph's error, if it has a valid one. */
export function pathOf(error: unknown): (string | number)[] | undefined {
  const path = (error as { path?: unknown } | null)?.path;
  if (!Array.isArray(path)) return undefined;
  return path.every(segment => typeof segment === 'string' || typeof segment === 'number') ? path : undefined;
}

const noRenames: ReadonlyMap<string | number, string> = new Map();

/** Response names that the planner made up, with the names it renames them to. */
export function renamesOf(
  ...sources: { outputRewrites: FetchNode['outputRewrites'] }[]
): ReadonlyMap<string | number, string> {
  let names: Map<string | number, string> | undefined;
  for (const { outputRewrites } of sources) {
    for (const rewrite of outputRewrites) {
      const last = rewrite.path.at(-1);
      if (rewrite.kind !== 'rename' || last?.kind !== 'field') continue;
      names ??= new Map();
      names.set(last.name, rewrite.to);
    }
  }
  return names ?? noRenames;
}
