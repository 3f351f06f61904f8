import type { EntitiesNode, EntityTarget, RequiredSelection } from '../planning/plan';
import type { SubgraphAnswer } from '../transport/subgraph-answer';
import { EntityErrors, type Requested } from './entity-errors';
import type { Execution, Step } from './execution';
import type { FetchEnvironment } from './fetch-environment';
import {
  applyRewrite,
  compilePath,
  fromContext,
  type Json,
  locate,
  mergeInto,
  type Satisfies,
} from './merged-data';
import { compileRepresentationText, type WriteRepresentation } from './representations';
import {
  type CallSite,
  callSubgraph,
  type ExpectedEntities,
  requestPrefix,
  variableWriter,
  type WriteVariables,
} from './subgraph-call';

/** Calls `_entities` of one subgraph for the entities at the places of the plan. */
export function compileEntityFetch(node: EntitiesNode, environment: FetchEnvironment): Step {
  // A closure below that named `node` would keep the whole plan in memory.
  const { subgraph } = node;
  for (const target of node.targets) noteNeeded(target, environment.needed);
  const fetch = new EntityFetch(environment, {
    site: { subgraph, isRead: true },
    prefix: `${requestPrefix(node.operation, environment.operationName)},"variables":{`,
    writeVariables: variableWriter(node.variables),
    errors: new EntityErrors(node, environment),
    contexts: compileContexts(node.targets, environment.satisfies),
    targets: node.targets.map(target => compileTarget(target, subgraph, environment)),
  });
  return execution => fetch.run(execution);
}

type CompiledTarget = Pick<EntityTarget, 'key' | 'outputRewrites'> & {
  readonly prefix: string;
  readonly collect: readonly ReturnType<typeof compilePath>[];
  readonly represent: WriteRepresentation;
};

interface CompiledFetch {
  readonly site: CallSite;
  readonly prefix: string;
  readonly writeVariables: WriteVariables;
  readonly errors: EntityErrors;
  readonly contexts: ReturnType<typeof compileContexts>;
  readonly targets: readonly CompiledTarget[];
}

function compileTarget(
  target: EntityTarget,
  subgraph: string,
  { satisfies, interfaceObject }: FetchEnvironment,
): CompiledTarget {
  return {
    key: target.key,
    outputRewrites: target.outputRewrites,
    prefix: `${JSON.stringify(target.variable)}:[`,
    collect: target.paths.map(path => compilePath(path, satisfies)),
    represent: compileRepresentationText(
      target.requires,
      target.inputRewrites,
      satisfies,
      typename => interfaceObject(subgraph, typename),
      target.alsoFor,
    ),
  };
}

class EntityFetch {
  constructor(
    private readonly environment: FetchEnvironment,
    private readonly compiled: CompiledFetch,
  ) {}

  run(execution: Execution): Promise<void> | undefined {
    const { contexts, targets } = this.compiled;
    if (!contexts) {
      return this.call(
        execution,
        targets.map(target => represent(target, collect(target, execution.data))),
        '',
      );
    }
    const [target] = targets as [CompiledTarget];
    const groups = contexts(execution.data);
    if (groups.size === 0) return undefined;
    const calls = [...groups].map(([values, entities]) =>
      this.call(execution, [represent(target, entities)], values),
    );
    return Promise.all(calls).then(() => undefined);
  }

  /** @param contextual variables from contexts, as members of a JSON object */
  private call(
    execution: Execution,
    requested: readonly Requested[],
    contextual: string,
  ): Promise<void> | undefined {
    const { site, prefix, writeVariables, targets, errors } = this.compiled;
    const { unavailable } = execution;
    if (unavailable !== undefined) errors.reportSkipped(execution, unavailable, requested);
    let lists = '';
    let isEmpty = true;
    const expected: ExpectedEntities[] = [];
    for (let i = 0; i < targets.length; i++) {
      const { list, count } = requested[i] as Requested;
      const target = targets[i] as CompiledTarget;
      if (count > 0) isEmpty = false;
      expected.push([target.key, count]);
      lists += `${i === 0 ? '' : ','}${target.prefix}${list}]`;
    }
    if (isEmpty) return undefined;
    const own = writeVariables(execution.variables);
    const variables = own === '' || contextual === '' ? own + contextual : `${own},${contextual}`;
    const body = `${prefix}${variables}${variables === '' ? '' : ','}${lists}}}`;
    return callSubgraph(this.environment, site, execution, { body, entities: expected }, answer =>
      this.receive(execution, answer, requested),
    );
  }

  private receive(
    execution: Execution,
    answer: SubgraphAnswer | undefined,
    requested: readonly Requested[],
  ): void {
    const { errors, targets } = this.compiled;
    const { satisfies, maxErrors } = this.environment;
    execution.answers++;
    if (!answer) {
      errors.reportUnavailable(execution, requested);
      return;
    }
    for (let number = 0; number < targets.length; number++) {
      const target = targets[number] as CompiledTarget;
      const { entities, indexes } = requested[number] as Requested;
      const received = answer.data?.[target.key];
      if (!Array.isArray(received)) continue;
      for (const rewrite of target.outputRewrites) applyRewrite(rewrite, received, satisfies);
      for (let i = 0; i < entities.length; i++) {
        const incoming: unknown = received[indexes[i] as number];
        if (typeof incoming !== 'object' || incoming === null || Array.isArray(incoming)) continue;
        mergeInto(entities[i] as Json, incoming as Json, satisfies);
      }
    }
    for (const error of answer.errors) {
      if (execution.errors.length >= maxErrors) return;
      errors.report(execution, answer.data, error, requested);
    }
  }
}

function collect(target: CompiledTarget, data: Json): Json[] {
  const found: Json[] = [];
  for (const collectAt of target.collect) collectAt(data, found);
  return found;
}

const none: readonly never[] = [];

function represent(target: CompiledTarget, found: readonly Json[]): Requested {
  const entities: Json[] = [];
  let skipped: Json[] | undefined;
  const indexes: number[] = [];
  const known = new Map<string, number>();
  let list = '';
  for (const entity of found) {
    const json = target.represent(entity);
    if (json === null) {
      skipped ??= [];
      skipped.push(entity);
      continue;
    }
    let at = known.get(json);
    if (at === undefined) {
      at = known.size;
      known.set(json, at);
      list += at === 0 ? json : `,${json}`;
    }
    entities.push(entity);
    indexes.push(at);
  }
  return { entities, skipped: skipped ?? none, indexes, list, count: known.size };
}

/**
 * Arguments from contexts (`@fromContext`): groups the entities by the JSON of those variables, since one call has one value for all.
 * https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/entities/use-contexts
 */
function compileContexts(
  targets: readonly EntityTarget[],
  satisfies: Satisfies,
): ((data: Json) => Map<string, Json[]>) | undefined {
  const [target, ...others] = targets;
  if (!target || others.length > 0 || target.contextRewrites.length === 0) return undefined;
  const { paths, contextRewrites } = target;
  return data => {
    const groups = new Map<string, Json[]>();
    for (const path of paths) {
      locate(path, satisfies, data, (entity, _at, ancestors) => {
        const values = new Map<string, unknown>();
        for (const rewrite of contextRewrites) {
          if (rewrite.kind !== 'rename') continue;
          const value = fromContext(rewrite.path, [...ancestors, entity], satisfies);
          if (value !== undefined) values.set(rewrite.to, value);
        }
        const key = [...values]
          .map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
          .join();
        const same = groups.get(key);
        if (same) same.push(entity);
        else groups.set(key, [entity]);
      });
    }
    return groups;
  };
}

function noteNeeded({ requires, contextRewrites }: EntityTarget, needed: Set<string>): void {
  const note = (selections: readonly RequiredSelection[]): void => {
    for (const selection of selections) {
      if (selection.kind === 'field') needed.add(selection.source);
      if (selection.selections) note(selection.selections);
    }
  };
  note(requires);
  for (const { path } of contextRewrites) {
    for (const segment of path) if (segment.kind === 'field') needed.add(segment.name);
  }
}
