import type { SupergraphSchema } from '../schema/supergraph-schema';
import {
  type EntitiesNode,
  type EntityTarget,
  type FetchNode,
  type Path,
  type PathSegment,
  type PlanNode,
  parallel,
  type RequiredSelection,
  type Rewrite,
  sequence,
} from './plan';
import { type Plan, type Planner, PlanningError } from './planner';

// The package's types are an ECMAScript module's, and this is not one.
type Hive = typeof import('@graphql-hive/router-query-planner', { with: { 'resolution-mode': 'import' }});
type HivePlanner = InstanceType<Hive['QueryPlanner']>;
type HiveNode = NonNullable<ReturnType<HivePlanner['plan']>['node']>;
type HiveFetch = Extract<HiveNode, { kind: 'Fetch' }>;
type HiveRequires = NonNullable<HiveFetch['requires']>[number];
type FetchRewrite = NonNullable<HiveFetch['inputRewrites']>[number];
type FlattenNodePathSegment = Extract<HiveNode, { kind: 'Flatten' }>['path'][number];

const noLabels = new Set<string>();
/** Shared by all plans to save memory: most have no rewrites, and a plan stays in memory as long as its operation. */
const none: readonly never[] = [];
const everyItem: PathSegment = { kind: 'list' };

/**
 * Hive Router's planner in this process, for tests and comparisons: a panic ends the process, so the gateway uses
 * `child-process-planner.ts`. It is native, and some 20 times faster than Apollo's on operations never seen before.
 *
 * The npm package contains binaries for glibc Linux and macOS. On other platforms this throws, and the caller uses Apollo's.
 */
export function hivePlanner(schema: SupergraphSchema): Planner {
  // Required here and not imported above: on a platform without the binary the import itself throws.
  const { QueryPlanner } = require('@graphql-hive/router-query-planner') as {
    QueryPlanner: new (sdl: string) => HivePlanner;
  };
  const planner = new QueryPlanner(schema.sdl);
  return {
    name: 'hive',
    plan: operation => translatePlan(planner.plan(operation, null, noLabels, 0).node),
  };
}

export function translatePlan(node: HiveNode | undefined): Plan {
  if (!node) return { kind: 'request', node: undefined };
  if (node.kind === 'Subscription') {
    return { kind: 'subscription', primary: fetchNode(node.primary), rest: undefined };
  }
  if (node.kind === 'Sequence' && node.nodes[0]?.kind === 'Subscription') {
    const rest = translateAll(node.nodes.slice(1));
    return { kind: 'subscription', primary: fetchNode(node.nodes[0].primary), rest: sequence(rest) };
  }
  return { kind: 'request', node: translate(node) };
}

function translate(node: HiveNode): PlanNode | undefined {
  switch (node.kind) {
    case 'Fetch':
      return fetchNode(node);
    case 'BatchFetch':
      return {
        kind: 'entities',
        subgraph: node.serviceName,
        operation: node.operation,
        variables: node.variableUsages ?? none,
        targets: node.entityBatch.aliases.map(
          (alias): EntityTarget =>
            widened({
              key: alias.alias,
              variable: alias.representationsVariableName,
              paths: alias.paths.map(translatePath),
              requires: alias.requires.map(translateRequires),
              inputRewrites: translateRewrites(alias.inputRewrites),
              outputRewrites: translateRewrites(alias.outputRewrites),
              contextRewrites: none,
            }),
        ),
      };
    case 'Flatten': {
      const inner = node.node;
      if (inner.kind !== 'Fetch' || !inner.requires) {
        throw new PlanningError(`A Flatten of a ${inner.kind} has no meaning`);
      }
      return {
        kind: 'entities',
        subgraph: inner.serviceName,
        operation: inner.operation,
        variables: inner.variableUsages ?? none,
        targets: [
          widened({
            key: '_entities',
            variable: 'representations',
            paths: [translatePath(node.path)],
            requires: inner.requires.map(translateRequires),
            inputRewrites: translateRewrites(inner.inputRewrites),
            outputRewrites: translateRewrites(inner.outputRewrites),
            contextRewrites: none,
          }),
        ],
      } satisfies EntitiesNode;
    }
    case 'Sequence':
      return sequence(translateAll(node.nodes));
    case 'Parallel':
      return parallel(translateAll(node.nodes));
    case 'Condition':
      return {
        kind: 'condition',
        variable: node.condition,
        whenTrue: node.ifClause && translate(node.ifClause),
        whenFalse: node.elseClause && translate(node.elseClause),
      };
    default:
      throw new PlanningError(`${node.kind} is not something this gateway executes here`);
  }
}

function translateAll(nodes: readonly HiveNode[]): PlanNode[] {
  const translated: PlanNode[] = [];
  for (const node of nodes) {
    const one = translate(node);
    if (one) translated.push(one);
  }
  return translated;
}

function fetchNode(node: HiveFetch): FetchNode {
  return {
    kind: 'fetch',
    type: node.operationKind ?? 'query',
    subgraph: node.serviceName,
    operation: node.operation,
    variables: node.variableUsages ?? none,
    outputRewrites: translateRewrites(node.outputRewrites),
  };
}

function translatePath(path: readonly FlattenNodePathSegment[]): Path {
  return path.map(segment => {
    if (segment === '@') return everyItem;
    if ('Field' in segment) return { kind: 'field', name: segment.Field };
    return { kind: 'type', names: segment.TypeCondition };
  });
}

function translateRequires(selection: HiveRequires): RequiredSelection {
  switch (selection.kind) {
    case 'Field':
      // `name` is where the planner put the value, `alias` the name the subgraph knows it by.
      return {
        kind: 'field',
        source: selection.name,
        name: selection.alias ?? selection.name,
        selections: selection.selections?.length ? selection.selections.map(translateRequires) : undefined,
      };
    case 'InlineFragment':
      return {
        kind: 'fragment',
        type: selection.typeCondition,
        selections: selection.selections.map(translateRequires),
      };
    default:
      throw new PlanningError('A representation cannot name a fragment');
  }
}

/**
 * A service with an interface object knows only the interface. Where such a fetch serves several types, the planner may name only one of
 * them, and the others would lack their fields. So all types are fetched, and the projection selects.
 */
function widened(target: EntityTarget): EntityTarget {
  if (target.inputRewrites.length === 0) return target;
  const interfaces = target.inputRewrites.flatMap(rewrite =>
    rewrite.kind === 'set' && rewrite.path.at(-1)?.kind === 'field' && typeof rewrite.value === 'string'
      ? rewrite.path.flatMap(s =>
          s.kind === 'type' && s.names.includes(rewrite.value as string) ? s.names : [],
        )
      : [],
  );
  const [only, ...others] = new Set(interfaces);
  if (only === undefined || others.length > 0) return target;
  return { ...target, alsoFor: only };
}

function translateRewrites(rewrites: readonly FetchRewrite[] | undefined): readonly Rewrite[] {
  return rewrites?.length ? rewrites.map(translateRewrite) : none;
}

function translateRewrite(rewrite: FetchRewrite): Rewrite {
  const path = (segments: readonly ({ TypenameEquals: string[] } | { Key: string })[]): Path =>
    segments.map(segment =>
      'Key' in segment
        ? { kind: 'field', name: segment.Key }
        : { kind: 'type', names: segment.TypenameEquals },
    );
  if ('KeyRenamer' in rewrite) {
    return { kind: 'rename', path: path(rewrite.KeyRenamer.path), to: rewrite.KeyRenamer.renameKeyTo };
  }
  const setter = 'ValueSetter' in rewrite ? rewrite.ValueSetter : rewrite;
  return { kind: 'set', path: path(setter.path), value: setter.setValueTo };
}
