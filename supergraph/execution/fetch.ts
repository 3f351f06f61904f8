import { isAscii } from 'node:buffer';
import { Kind, parse } from 'graphql';
import { platformErrors } from '../../platform/errors';
import type { CancelSignal } from '../../platform/http/cancellation';
import type { TraceContext } from '../../platform/observability/tracing';
import { planVariable } from '../operations/selection';
import type {
  EntitiesNode,
  EntityTarget,
  FetchNode,
  Path,
  PlanNode,
  RequiredSelection,
} from '../planning/plan';
import type { SupergraphSchema } from '../schema/supergraph-schema';
import {
  type ForwardedHeaders,
  type SubgraphResponse,
  type Transport,
  TransportError,
} from '../transport/transport';
import type { EntityBatches } from './entity-batches';
import { type ErrorStamp, type OutgoingError, ownError, subgraphError } from './errors';
import type { ObjectShape, ResponsePath } from './projection';
import {
  applyRewrite,
  compilePath,
  compileRepresentationText,
  fromContext,
  type Json,
  locate,
  mergeInto,
  type Satisfies,
  type WriteRepresentation,
} from './representations';

/** What one call to a subgraph took; for logs and metrics. */
export interface FetchReport {
  readonly subgraph: string;
  readonly milliseconds: number;
  /** `ok`, `errors` when the subgraph answered with some, else why there is no answer. */
  readonly outcome: 'ok' | 'errors' | TransportError['reason'];
  /** What went wrong where there is no answer; it may name addresses, and is for the log alone. */
  readonly cause?: unknown;
  /** Of the request it was made for. */
  readonly trace: TraceContext | undefined;
}

/** One run of one operation: what has been merged so far, and what went wrong. */
export class Execution {
  readonly data: Json = {};
  readonly errors: OutgoingError[] = [];
  /** Fetches that have answered. */
  answers = 0;
  /** The body of the last root fetch, when there is nothing in it but data; as text where it is ASCII. */
  plain: string | Buffer | undefined;

  constructor(
    readonly variables: Readonly<Record<string, unknown>>,
    /** Whose request it is. */
    readonly identity: string,
    readonly headers: ForwardedHeaders,
    /** When nothing is asked any more, on the clock of `performance.now()`. */
    readonly deadline: number,
    /** Milliseconds for each call. */
    readonly patience: number,
    readonly stamp: () => ErrorStamp,
    readonly signal: CancelSignal | undefined,
    readonly onFetch: ((report: FetchReport) => void) | undefined,
    readonly trace: TraceContext | undefined,
  ) {}
}

export interface FetchEnvironment {
  readonly transport: Transport;
  readonly urlOf: (subgraph: string) => string;
  /** Host names that never leave in a message. */
  readonly hosts: readonly string[];
  readonly satisfies: Satisfies;
  readonly interfaceObject: SupergraphSchema['interfaceObject'];
  readonly shape: ObjectShape;
  /** Response names of what the plan reads again to ask further; compiling it fills this. */
  readonly needed: Set<string>;
  readonly operationName: string | undefined;
  readonly maxErrors: number;
  /** Where executions that ask for entities at the same moment find each other; nowhere when undefined. */
  readonly batches: EntityBatches | undefined;
}

export type Step = (execution: Execution) => Promise<void> | undefined;

/**
 * Compiles a plan into closures; whatever does not depend on the request is decided here. What is returned keeps nothing of the plan
 * itself: it stays in memory as long as the operation, and a closure keeps all that its scope holds.
 */
export function compilePlan(node: PlanNode, environment: FetchEnvironment): Step {
  switch (node.kind) {
    case 'sequence':
      return inSequence(node.nodes.map(child => compilePlan(child, environment)));
    case 'parallel':
      return inParallel(node.nodes.map(child => compilePlan(child, environment)));
    case 'condition':
      return onCondition(
        node.variable,
        node.whenTrue && compilePlan(node.whenTrue, environment),
        node.whenFalse && compilePlan(node.whenFalse, environment),
      );
    case 'fetch':
      return compileFetch(node, environment);
    case 'entities':
      return compileEntities(node, environment);
  }
}

function inSequence(steps: readonly Step[]): Step {
  return async execution => {
    for (const step of steps) await step(execution);
  };
}

function inParallel(steps: readonly Step[]): Step {
  return async execution => {
    await Promise.all(steps.map(step => step(execution)));
  };
}

/** One change after the other. One whose null makes the whole answer null is the last, as it would be in one service. */
export function inSeries(
  changes: readonly { step: Step | undefined; ends: ((data: Json) => boolean) | undefined }[],
): Step {
  return async execution => {
    for (const { step, ends } of changes) {
      await step?.(execution);
      if (ends?.(execution.data)) return;
    }
  };
}

function onCondition(variable: string, whenTrue: Step | undefined, whenFalse: Step | undefined): Step {
  return execution => (execution.variables[variable] === true ? whenTrue : whenFalse)?.(execution);
}

/** The JSON text of a subgraph request up to its variables. */
function requestPrefix(operation: string, name: string | undefined): string {
  if (name === undefined) return `{"query":${JSON.stringify(operation)}`;
  // The planners drop the client's name; the subgraph's logs are easier to read with it.
  const named = operation.startsWith('{')
    ? `query ${name}${operation}`
    : operation.replace(/^(query|mutation|subscription)\s*/, `$1 ${name} `);
  return `{"query":${JSON.stringify(named)},"operationName":"${name}"`;
}

const noVariables = (): string => '';

function variableWriter(names: readonly string[]): (variables: Readonly<Record<string, unknown>>) => string {
  if (names.length === 0) return noVariables;
  // `planVariable` renames what collides with the planner's own; the coerced variables carry both names.
  const prefixes = names.map(name => [name, `${JSON.stringify(name)}:`] as const);
  return variables => {
    let text = '';
    for (const [name, prefix] of prefixes) {
      if (!Object.hasOwn(variables, name)) continue;
      text += `${text === '' ? '' : ','}${prefix}${JSON.stringify(variables[name]) ?? 'null'}`;
    }
    return text;
  };
}

/** Adds the names the plan uses for variables whose own names the planners need. */
export function withPlanNames(variables: Record<string, unknown>): Record<string, unknown> {
  for (const name of Object.keys(variables)) {
    const planned = planVariable(name);
    if (planned !== name) variables[planned] = variables[name];
  }
  return variables;
}

export interface SubgraphAnswer {
  readonly data: Json | null;
  readonly errors: readonly unknown[];
  /** The whole body, when there is nothing in it but `data`; as text where it is ASCII. */
  readonly plain: string | Buffer | undefined;
}

function compileFetch(node: FetchNode, environment: FetchEnvironment): Step {
  const prefix = requestPrefix(node.operation, environment.operationName);
  const constant = node.variables.length === 0 ? `${prefix}}` : undefined;
  const writeVariables = variableWriter(node.variables);
  const { subgraph, type } = node;
  const site: Site = { subgraph, url: environment.urlOf(subgraph), isRead: type === 'query' };
  const receive = compileReceipt(node, environment);

  return execution => {
    const body = constant ?? `${prefix},"variables":{${writeVariables(execution.variables)}}}`;
    return ask(environment, site, execution, { body }, answer => {
      execution.answers++;
      if (!answer) {
        execution.errors.push(unavailable(execution, singleRootField(node.operation)));
        return;
      }
      receive(execution, answer);
      if (node.outputRewrites.length === 0) execution.plain = answer.plain;
    });
  };
}

/** Takes in what a root field's subgraph has answered, or what its subscription has sent. */
export function compileReceipt(
  node: FetchNode,
  environment: FetchEnvironment,
): (execution: Execution, answer: Pick<SubgraphAnswer, 'data' | 'errors'>) => void {
  const renamed = renames(node);
  const { satisfies } = environment;
  return (execution, { data, errors }) => {
    if (data) {
      for (const rewrite of node.outputRewrites) applyRewrite(rewrite, data, satisfies);
      mergeInto(execution.data, data, satisfies);
    }
    for (const error of errors) {
      const path = pathOf(error)?.map(segment => renamed.get(segment) ?? segment);
      if (path) reportAt(execution, environment, error, path, depthOf(data, path));
      else report(execution, environment, error, undefined);
    }
  };
}

function compileEntities(node: EntitiesNode, environment: FetchEnvironment): Step {
  for (const target of node.targets) noteNeeded(target, environment.needed);
  return entitiesStep(environment, {
    site: { subgraph: node.subgraph, url: environment.urlOf(node.subgraph), isRead: true },
    prefix: `${requestPrefix(node.operation, environment.operationName)},"variables":{`,
    writeVariables: variableWriter(node.variables),
    hasVariables: node.variables.length > 0,
    renamed: renames(...node.targets),
    contexts: compileContexts(node.targets, environment.satisfies),
    targets: node.targets.map(target => ({
      key: target.key,
      paths: target.paths,
      outputRewrites: target.outputRewrites,
      prefix: `${JSON.stringify(target.variable)}:[`,
      collect: target.paths.map(path => compilePath(path, environment.satisfies)),
      represent: compileRepresentationText(
        target.requires,
        target.inputRewrites,
        environment.satisfies,
        interfaceObjectsOf(environment, node.subgraph),
        target.alsoFor,
      ),
    })),
  });
}

function collectAll(target: CompiledEntities['targets'][number], data: Json): Json[] {
  const found: Json[] = [];
  for (const collect of target.collect) collect(data, found);
  return found;
}

/**
 * Arguments that come from further up (`@fromContext`): entities by the JSON of those variables, since each call has one value for all.
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

function interfaceObjectsOf(
  { interfaceObject }: FetchEnvironment,
  subgraph: string,
): (typename: string) => string | undefined {
  return typename => interfaceObject(subgraph, typename);
}

interface CompiledEntities {
  readonly site: Site;
  readonly prefix: string;
  readonly writeVariables: ReturnType<typeof variableWriter>;
  readonly hasVariables: boolean;
  readonly renamed: ReturnType<typeof renames>;
  readonly contexts: ReturnType<typeof compileContexts>;
  readonly targets: readonly (Pick<EntityTarget, 'key' | 'paths' | 'outputRewrites'> & {
    readonly prefix: string;
    readonly collect: readonly ReturnType<typeof compilePath>[];
    readonly represent: WriteRepresentation;
  })[];
}

function entitiesStep(environment: FetchEnvironment, compiled: CompiledEntities): Step {
  const { satisfies, shape } = environment;
  const { site, prefix, writeVariables, hasVariables, renamed, contexts, targets } = compiled;

  return execution => {
    if (!contexts) {
      return askFor(
        execution,
        targets.map(target => collectAll(target, execution.data)),
        '',
      );
    }
    const groups = contexts(execution.data);
    if (groups.size === 0) return undefined;
    return Promise.all([...groups].map(([values, entities]) => askFor(execution, [entities], values))).then(
      () => undefined,
    );
  };

  /** Asks for the entities found for each target, with what variables beside those of the client. */
  function askFor(
    execution: Execution,
    found: readonly (readonly Json[])[],
    contextual: string,
  ): Promise<void> | undefined {
    // The places of each representation's entity, target by target.
    const places: Json[][] = [];
    const indexes: number[][] = [];
    const lists: Iterable<string>[] = [];
    const asked: [key: string, count: number][] = [];
    let text = '';
    let isEmpty = true;
    for (const [number, target] of targets.entries()) {
      const entities: Json[] = [];
      const index: number[] = [];
      const known = new Map<string, number>();
      let list = '';
      for (const entity of found[number] ?? []) {
        const json = target.represent(entity);
        if (json === null) continue;
        let at = known.get(json);
        if (at === undefined) {
          at = known.size;
          known.set(json, at);
          list += at === 0 ? json : `,${json}`;
        }
        entities.push(entity);
        index.push(at);
      }
      if (known.size > 0) isEmpty = false;
      asked.push([target.key, known.size]);
      places.push(entities);
      indexes.push(index);
      lists.push(known.keys());
      text += `${text === '' ? '' : ','}${target.prefix}${list}]`;
    }
    if (isEmpty) return undefined;
    const { batches } = environment;
    const [target, ...others] = targets;
    if (batches && target && others.length === 0 && !hasVariables) {
      return runTogether(batches, target, execution, lists[0] ?? [], places, indexes);
    }
    const variables = writeVariables(execution.variables);
    const given =
      variables === '' || contextual === '' ? variables + contextual : `${variables},${contextual}`;
    const body = `${prefix}${given}${given === '' ? '' : ','}${text}}}`;
    return ask(environment, site, execution, { body, asked }, answer =>
      receive(execution, answer, places, indexes),
    );
  }

  /** The same, in one call with whoever asks the same at the same moment. */
  async function runTogether(
    batches: EntityBatches,
    target: CompiledEntities['targets'][number],
    execution: Execution,
    representations: Iterable<string>,
    places: Json[][],
    indexes: number[][],
  ): Promise<void> {
    const request = {
      key: JSON.stringify([site.url, prefix, execution.identity, execution.headers.key]),
      list: target.key,
      representations: [...representations],
      deadline: execution.deadline,
      signal: execution.signal,
    };
    const answer = await batches.send(request, (list, deadline, signal) =>
      ask(
        environment,
        site,
        { ...callOf(execution), deadline, signal },
        {
          body: `${prefix}${target.prefix}${list.join()}]}}`,
          asked: [[target.key, list.length]],
        },
        each => each,
      ),
    );
    receive(execution, answer, places, indexes);
  }

  function receive(
    execution: Execution,
    answer: SubgraphAnswer | undefined,
    places: Json[][],
    indexes: number[][],
  ): void {
    execution.answers++;
    if (!answer) {
      execution.errors.push(unavailable(execution, commonPath(places, execution)));
      return;
    }
    const { data } = answer;
    for (const [number, target] of targets.entries()) {
      const entities = places[number] as Json[];
      const index = indexes[number] as number[];
      const received = data?.[target.key];
      if (!Array.isArray(received)) continue;
      for (const rewrite of target.outputRewrites) applyRewrite(rewrite, received, satisfies);
      for (let i = 0; i < entities.length; i++) {
        const incoming: unknown = received[index[i] as number];
        if (typeof incoming !== 'object' || incoming === null || Array.isArray(incoming)) continue;
        mergeInto(entities[i] as Json, incoming as Json, satisfies);
      }
    }
    for (const error of answer.errors) reportEntityError(execution, data, error, places, indexes);
  }

  /** `["_entities", 3, "stock"]` is about every place the fourth representation stands for. */
  function reportEntityError(
    execution: Execution,
    data: Json | null,
    error: unknown,
    places: readonly (readonly Json[])[],
    indexes: readonly (readonly number[])[],
  ): void {
    const path = pathOf(error);
    const number = targets.findIndex(target => target.key === path?.[0]);
    const at = path?.[1];
    const target = targets[number];
    if (!path || !target || typeof at !== 'number') {
      report(execution, environment, error, commonPath(places, execution));
      return;
    }
    const affected = new Set<Json>();
    const index = indexes[number] ?? [];
    for (const [i, entity] of (places[number] ?? []).entries()) if (index[i] === at) affected.add(entity);
    const rest = path.slice(2).map(segment => renamed.get(segment) ?? segment);
    const received = data?.[target.key];
    const depth = Array.isArray(received) ? depthOf(received[at], rest) : -1;
    for (const place of target.paths) {
      locate(place, satisfies, execution.data, (entity, where) => {
        if (!affected.has(entity)) return;
        reportAt(execution, environment, error, [...where, ...rest], where.length + depth);
      });
    }
  }

  /** Where the data of this fetch would have been: the first of its places, up to the first list. */
  function commonPath(_places: readonly (readonly Json[])[], execution: Execution): ResponsePath {
    const path: string[] = [];
    for (const segment of (targets[0]?.paths[0] ?? []) as Path) {
      if (segment.kind === 'list') break;
      if (segment.kind === 'field') path.push(segment.name);
    }
    return shape.translate(execution.data, path) ?? [];
  }
}

/** What one call needs to know of the execution it is for. */
type CallContext = Pick<Execution, 'headers' | 'deadline' | 'patience' | 'signal' | 'onFetch' | 'trace'>;

function callOf({ headers, deadline, patience, signal, onFetch, trace }: Execution): CallContext {
  return { headers, deadline, patience, signal, onFetch, trace };
}

/** Where the requests of one fetch of one operation go. The same object for all of them, so that what is known of one is known of all. */
interface Site {
  readonly subgraph: string;
  readonly url: string;
  readonly isRead: boolean;
}

/** Sends one request and hands on its answer; undefined when there is none that could be used. */
async function ask<T>(
  environment: FetchEnvironment,
  site: Site,
  execution: CallContext,
  request: {
    readonly body: string;
    /** Response key of each list of entities, and how many it must hold. */
    readonly asked?: readonly (readonly [key: string, count: number])[];
  },
  receive: (answer: SubgraphAnswer | undefined) => T,
): Promise<T> {
  const { subgraph, url, isRead } = site;
  const started = performance.now();
  const timeoutMs = Math.min(execution.patience, execution.deadline - started);
  let answer: SubgraphAnswer | undefined;
  let outcome: FetchReport['outcome'] = 'timeout';
  let cause: unknown;
  if (timeoutMs > 0) {
    try {
      const { signal, headers } = execution;
      const response = await environment.transport.send({
        subgraph,
        url,
        body: request.body,
        headers,
        isRead,
        fetch: site,
        timeoutMs,
        signal,
      });
      answer = readAnswer(response);
      for (const [key, count] of request.asked ?? []) assertEntities(answer, key, count);
      outcome = answer.errors.length > 0 ? 'errors' : 'ok';
    } catch (error) {
      answer = undefined;
      outcome = error instanceof TransportError ? error.reason : 'malformed';
      cause = error;
    }
  }
  const { onFetch, trace } = execution;
  onFetch?.({ subgraph, milliseconds: performance.now() - started, outcome, cause, trace });
  return receive(answer);
}

/** Codes that mean: the subgraph does not know what the supergraph says it knows. That is no fault of the client's. */
const mismatches = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);

/**
 * Reads a GraphQL response: https://spec.graphql.org/October2021/#sec-Response-Format. Whatever its status: a service that refuses a request
 * says so in the body (GraphQL over HTTP §6.4).
 *
 * @throws Error when it is not one
 */
export function readAnswer({ body, status }: SubgraphResponse): SubgraphAnswer {
  const isPlain = isAscii(body);
  const text = body.toString(isPlain ? 'latin1' : 'utf8');
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new Error(`The answer is not JSON (status ${status})`, { cause: error });
  }
  return answerOf(parsed, isPlain ? text : body);
}

/** @throws Error when this is no GraphQL response; `body` is its text, where it has one of its own. */
export function answerOf(parsed: unknown, body?: string | Buffer): SubgraphAnswer {
  if (!isObject(parsed)) throw new Error('The answer is not an object');
  const { data, errors } = parsed;
  if (data == null && errors == null) throw new Error('The answer has neither data nor errors');
  if (data != null && !isObject(data)) throw new Error('Its data is not an object');
  if (errors == null) {
    return { data: data as Json, errors: [], plain: Object.keys(parsed).length === 1 ? body : undefined };
  }
  if (!Array.isArray(errors) || !errors.every(one => isObject(one) && typeof one['message'] === 'string')) {
    throw new Error('Its errors are not a list of errors');
  }
  if (data == null && errors.length === 0) throw new Error('The answer has neither data nor errors');
  for (const { message, extensions } of errors as { message: string; extensions?: unknown }[]) {
    const code = isObject(extensions) ? extensions['code'] : undefined;
    if (typeof code === 'string' && mismatches.has(code)) throw new Error(`It refused: ${message}`);
  }
  return { data: (data ?? null) as Json | null, errors, plain: undefined };
}

/**
 * Entities come in the order and number of their representations
 * (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec#query_entities).
 */
function assertEntities({ data, errors }: SubgraphAnswer, key: string, count: number): void {
  const received = data?.[key];
  const isExplained = errors.length > 0;
  // Without representations, or with an error that says why, there may be no list.
  if (data === null || (received == null && (count === 0 || isExplained))) return;
  if (!Array.isArray(received) || received.length !== count) {
    throw new Error('Its entities are not those that were asked for');
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function report(
  execution: Execution,
  environment: FetchEnvironment,
  error: unknown,
  path: ResponsePath | undefined,
): void {
  if (execution.errors.length >= environment.maxErrors) return;
  execution.errors.push(subgraphError(error, path, environment.hosts, execution.stamp()));
}

function reportAt(
  execution: Execution,
  environment: FetchEnvironment,
  error: unknown,
  planned: ResponsePath,
  /** How far down this path the subgraph has answered with values. */
  answered: number,
): void {
  const { shape, needed } = environment;
  // Planners ask for more than the client did. Where nothing is read from that and its null stays where it is, the client lacks nothing.
  const path = shape.translate(
    execution.data,
    planned,
    (name, depth) => !needed.has(name) && depth <= answered,
  );
  if (path) report(execution, environment, error, path);
}

/** How many steps down a path there are values; -1 where there is none to start from. */
function depthOf(value: unknown, path: ResponsePath): number {
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

/** Names no subgraph: how the graph is cut is not the client's business. */
export function unavailable(execution: Execution, path: ResponsePath | undefined): OutgoingError {
  return ownError(
    platformErrors.SERVICE_UNAVAILABLE,
    'A service this answer needs is not available right now',
    execution.stamp(),
    path?.length ? { path } : {},
  );
}

function pathOf(error: unknown): (string | number)[] | undefined {
  const path = (error as { path?: unknown } | null)?.path;
  if (!Array.isArray(path)) return undefined;
  return path.every(segment => typeof segment === 'string' || typeof segment === 'number') ? path : undefined;
}

const noRenames: ReadonlyMap<string | number, string> = new Map();

/** Response names the planner invented and renames back, for error paths. */
function renames(
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

/** The one field a failed fetch would have answered, if it is one. Only read when it fails. */
function singleRootField(operation: string): ResponsePath | undefined {
  const definition = parse(operation, { noLocation: true }).definitions[0];
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return undefined;
  const [only, ...others] = definition.selectionSet.selections;
  if (only?.kind !== Kind.FIELD || others.length > 0) return undefined;
  return [only.alias?.value ?? only.name.value];
}
