import type { PlanNode as ApolloNode, FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import { type DocumentNode, type FieldNode, Kind, parse, type SelectionSetNode, visit } from 'graphql';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import { JoinedFields } from './joined-fields';
import {
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
import { ResolvableKeys } from './resolvable-keys';

/**
 * Apollo's planner, in JavaScript: for platforms where the native one does not load, and by choice.
 *
 * It is loaded on first use, because it loads most of the composition library, which costs memory and start-up time.
 */
export function apolloPlanner(schema: SupergraphSchema): Planner {
  const internals = require('@apollo/federation-internals') as typeof import('@apollo/federation-internals');
  const { QueryPlanner } = require('@apollo/query-planner') as typeof import('@apollo/query-planner');
  // Without this option the planner refuses access directives, which the executor enforces.
  const supergraph = internals.Supergraph.build(schema.sdl, {
    supportedFeatures: internals.ROUTER_SUPPORTED_SUPERGRAPH_FEATURES,
    validateSupergraph: false,
  });
  const apiSchema = supergraph.apiSchema();
  const planner = new QueryPlanner(supergraph, {
    // With interface objects the number of paths, and the time, can explode. It is better to fail early.
    debug: { pathsLimit: 5_000, maxEvaluatedPlans: 1_000 },
  });
  const keys = new ResolvableKeys(new JoinedFields(schema), schema);
  return {
    name: 'apollo',
    plan(operation): Plan {
      const document = parse(operation, { noLocation: true });
      const parsed = internals.operationFromDocument(apiSchema, document, { validate: false });
      const { node } = planner.buildQueryPlan(parsed);
      if (node?.kind === 'Subscription') {
        return {
          kind: 'subscription',
          primary: fetchNode(node.primary),
          rest: node.rest && translate(node.rest),
        };
      }
      const plan = node && translate(node);
      assertNothingLeftOut(document, plan);
      keys.assertUsed(plan);
      return { kind: 'request', node: plan };
    },
  };
}

/**
 * This planner leaves a field that it cannot reach out of the plan, and the client would get a null without an error. Fields inside
 * fragments are not checked: a service may not have their type.
 */
function assertNothingLeftOut(document: DocumentNode, plan: PlanNode | undefined): void {
  const planned = new Set<string>();
  const visitPlan = (node: PlanNode | undefined): void => {
    if (node === undefined) return;
    if ('nodes' in node) node.nodes.forEach(visitPlan);
    else if (node.kind === 'condition') [node.whenTrue, node.whenFalse].forEach(visitPlan);
    else {
      visit(parse(node.operation, { noLocation: true }), {
        Field: field => {
          planned.add(responseName(field));
        },
      });
      for (const { outputRewrites } of node.kind === 'fetch' ? [node] : node.targets) {
        for (const rewrite of outputRewrites) if (rewrite.kind === 'rename') planned.add(rewrite.to);
      }
    }
  };
  visitPlan(plan);
  const check = (set: SelectionSetNode): void => {
    for (const node of set.selections) {
      if (node.kind !== Kind.FIELD || node.name.value === '__typename') continue;
      if (!planned.has(responseName(node)))
        throw new PlanningError(`Nothing in the plan answers ${node.name.value}`);
      if (node.selectionSet) check(node.selectionSet);
    }
  };
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) check(definition.selectionSet);
  }
}

function responseName(field: FieldNode): string {
  return field.alias?.value ?? field.name.value;
}

function translate(node: ApolloNode): PlanNode | undefined {
  switch (node.kind) {
    case 'Fetch':
      return fetchNode(node);
    case 'Flatten': {
      const inner = node.node;
      if (inner.kind !== 'Fetch' || !inner.requires) {
        throw new PlanningError(`A Flatten of a ${inner.kind} has no meaning`);
      }
      return {
        kind: 'entities',
        subgraph: inner.serviceName,
        operation: inner.operation,
        variables: inner.variableUsages ?? [],
        targets: [
          {
            key: '_entities',
            variable: 'representations',
            paths: [node.path.flatMap(segment => translateSegment(String(segment)))],
            requires: inner.requires.map(translateRequires),
            inputRewrites: (inner.inputRewrites ?? []).map(translateRewrite),
            outputRewrites: (inner.outputRewrites ?? []).map(translateRewrite),
            contextRewrites: (inner.contextRewrites ?? []).map(translateRewrite),
          },
        ],
      };
    }
    case 'Sequence':
      return sequence(node.nodes.flatMap(child => translate(child) ?? []));
    case 'Parallel':
      return parallel(node.nodes.flatMap(child => translate(child) ?? []));
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

function fetchNode(node: Extract<ApolloNode, { kind: 'Fetch' }>): FetchNode {
  return {
    kind: 'fetch',
    type: node.operationKind,
    subgraph: node.serviceName,
    operation: node.operation,
    variables: node.variableUsages ?? [],
    outputRewrites: (node.outputRewrites ?? []).map(translateRewrite),
  };
}

/** Segments are names, `@`, `... on T` and, with type-conditioned fetching, `name|[T,U]`. */
function translateSegment(segment: string): PathSegment[] {
  if (segment === '@') return [{ kind: 'list' }];
  if (segment.startsWith('... on ')) {
    return [{ kind: 'type', names: segment.slice(7).split(',') }];
  }
  const [name = '', types] = segment.split('|');
  const place: PathSegment[] = name === '@' ? [{ kind: 'list' }] : [{ kind: 'field', name }];
  if (types) place.push({ kind: 'type', names: types.replace(/[[\]]/g, '').split(',') });
  return place;
}

function translateRequires(selection: QueryPlanSelectionNode): RequiredSelection {
  if (selection.kind === 'Field') {
    const name = selection.alias ?? selection.name;
    return {
      kind: 'field',
      source: name,
      name,
      selections: selection.selections?.length ? selection.selections.map(translateRequires) : undefined,
    };
  }
  if (!selection.typeCondition) throw new PlanningError('A required fragment needs a type');
  return {
    kind: 'fragment',
    type: selection.typeCondition,
    selections: selection.selections.map(translateRequires),
  };
}

function translateRewrite(rewrite: FetchDataRewrite): Rewrite {
  const path: Path = rewrite.path.flatMap(translateSegment);
  return rewrite.kind === 'ValueSetter'
    ? { kind: 'set', path, value: rewrite.setValueTo }
    : { kind: 'rename', path, to: rewrite.renameKeyTo };
}
