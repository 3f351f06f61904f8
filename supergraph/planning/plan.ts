/**
 * A query plan. Both planners' plans are translated into it, and the executor compiles it. Its terms are Apollo's
 * (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/query-plans). An entity fetch contains its paths,
 * so there is no Flatten node: `Flatten(Fetch)` and Hive's `BatchFetch` are both an `entities` node.
 */
export type PlanNode = FetchNode | EntitiesNode | GroupNode | ConditionNode;

interface Operation {
  readonly subgraph: string;
  readonly operation: string;
  /** Client variables this operation uses. */
  readonly variables: readonly string[];
}

/** Calls root fields of one subgraph. */
export interface FetchNode extends Operation {
  readonly kind: 'fetch';
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly outputRewrites: readonly Rewrite[];
}

/** Calls `_entities` of one subgraph, for one or several sets of places at once. */
export interface EntitiesNode extends Operation {
  readonly kind: 'entities';
  readonly targets: readonly EntityTarget[];
}

export interface EntityTarget {
  /** Response key of this target's `_entities` field. */
  readonly key: string;
  /** Variable that carries its representations. */
  readonly variable: string;
  readonly paths: readonly Path[];
  readonly requires: readonly RequiredSelection[];
  /** An interface whose other types are represented like the first type of `requires`. */
  readonly alsoFor?: string;
  readonly inputRewrites: readonly Rewrite[];
  readonly outputRewrites: readonly Rewrite[];
  readonly contextRewrites: readonly Rewrite[];
}

export interface GroupNode {
  readonly kind: 'sequence' | 'parallel';
  readonly nodes: readonly PlanNode[];
}

/** `@skip` and `@include` on a variable. */
export interface ConditionNode {
  readonly kind: 'condition';
  readonly variable: string;
  readonly whenTrue: PlanNode | undefined;
  readonly whenFalse: PlanNode | undefined;
}

/** A live query's plan: one subgraph streams events, the rest is fetched for each. */
export interface SubscriptionPlan {
  readonly primary: FetchNode;
  readonly rest: PlanNode | undefined;
}

export type PathSegment =
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'list' }
  | { readonly kind: 'type'; readonly names: readonly string[] };
export type Path = readonly PathSegment[];

export type RequiredSelection =
  | {
      readonly kind: 'field';
      /** Where the value is in the merged data. */
      readonly source: string;
      /** The subgraph's name of the field. */
      readonly name: string;
      readonly selections: readonly RequiredSelection[] | undefined;
    }
  | { readonly kind: 'fragment'; readonly type: string; readonly selections: readonly RequiredSelection[] };

/** A change that the planner requires to a representation or to an answer. */
export type Rewrite =
  | { readonly kind: 'set'; readonly path: Path; readonly value: unknown }
  | { readonly kind: 'rename'; readonly path: Path; readonly to: string };

export function sequence(nodes: readonly PlanNode[]): PlanNode | undefined {
  return group('sequence', nodes);
}

export function parallel(nodes: readonly PlanNode[]): PlanNode | undefined {
  return group('parallel', nodes);
}

function group(kind: 'sequence' | 'parallel', nodes: readonly PlanNode[]): PlanNode | undefined {
  if (nodes.length <= 1) return nodes[0];
  if (!nodes.some(node => node.kind === kind)) return { kind, nodes };
  const flat = nodes.flatMap(node => (node.kind === kind ? node.nodes : [node]));
  return { kind, nodes: flat };
}

/** How many calls a plan may make. */
export function fetchesIn(node: PlanNode | undefined): number {
  if (node === undefined) return 0;
  if ('nodes' in node) return node.nodes.reduce((sum, child) => sum + fetchesIn(child), 0);
  return node.kind === 'condition' ? fetchesIn(node.whenTrue) + fetchesIn(node.whenFalse) : 1;
}

/** How many root fetches of a plan change something. */
export function changesIn(node: PlanNode | undefined): number {
  if (node === undefined) return 0;
  if ('nodes' in node) return node.nodes.reduce((sum, child) => sum + changesIn(child), 0);
  if (node.kind === 'condition') return Math.max(changesIn(node.whenTrue), changesIn(node.whenFalse));
  return node.kind === 'fetch' && node.type === 'mutation' ? 1 : 0;
}
