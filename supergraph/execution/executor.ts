import { isUtf8 } from 'node:buffer';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { platformErrors } from '../../platform/errors';
import { withoutValues } from '../../platform/graphql/error-format';
import type { CancelSignal } from '../../platform/http/cancellation';
import { gatewayErrors } from '../errors';
import { AccessRules, denial, noRights, type Requirement, type Rights } from '../operations/access';
import { type CostReport, compileCost, type OperationCost } from '../operations/cost';
import { checkFieldMerging } from '../operations/field-merging';
import { checkDocument, checkText, defaultLimits, type OperationLimits } from '../operations/limits';
import { OperationCache } from '../operations/operation-cache';
import {
  type Denials,
  type FieldSelection,
  type NamingRules,
  nameApart,
  needsSubgraph,
  printForPlanner,
  type Selection,
  type SelectionSource,
  selectOperation,
  splitRootFields,
} from '../operations/selection';
import { isPlainlyValid, rulesFor } from '../operations/validation-rules';
import { type CoerceVariables, compileVariables } from '../operations/variables';
import { apolloPlanner } from '../planning/apollo-planner';
import { ChildProcessPlanner } from '../planning/child-process-planner';
import { hivePlanner } from '../planning/hive-planner';
import { changesIn, type FetchNode, fetchesIn, type PlanNode } from '../planning/plan';
import {
  type Plan,
  type Planner,
  PlannerMissing,
  type PlannerName,
  PlannerUnavailable,
  PlanningError,
} from '../planning/planner';
import { introspect, introspectionFields } from '../schema/introspection';
import { fieldTypeSignatures, readSupergraph, type SupergraphSchema } from '../schema/supergraph-schema';
import type {
  ExecutionResult,
  GraphQLRequest,
  OperationSummary,
  RequestContext,
  SupergraphExecutor,
} from '../supergraph-executor';
import { ForwardedHeaders, type Transport } from '../transport/transport';
import { EntityBatches } from './entity-batches';
import { type ErrorStamp, type OutgoingError, ownError, RequestError, requestErrors } from './errors';
import {
  answerOf,
  compilePlan,
  compileReceipt,
  Execution,
  type FetchEnvironment,
  type FetchReport,
  inSeries,
  type Step,
  type SubgraphAnswer,
  unavailable,
} from './fetch';
import {
  Completion,
  compileProjection,
  type ObjectShape,
  type ResponsePath,
  type Violation,
} from './projection';
import { SingleFlight } from './single-flight';

/** Our own way to run operations: the seam, and what subscriptions and policies need besides. */
export interface CompiledExecutor extends SupergraphExecutor {
  /** The policies an operation depends on, so that the door can evaluate them before it executes. */
  requiredPolicies(request: GraphQLRequest): readonly string[];
  /** Plans a subscription: where its events come from, and how each becomes an answer. */
  subscribe(request: GraphQLRequest, context: RequestContext): Promise<SubscriptionSource | ExecutionResult>;
  readonly planner: PlannerName;
  readonly cache: { readonly entries: number; readonly bytes: number };
}

export interface SubscriptionSource {
  readonly subgraph: string;
  readonly url: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operation: OperationSummary;
  /** Completes one event with what the other subgraphs add, for whoever the context says. Never rejects. */
  resolve(event: SubgraphEvent, context: RequestContext): Promise<ExecutionResult>;
  /** What to tell the client when the stream breaks. */
  broken(context: RequestContext): ExecutionResult;
}

/** What a subgraph sends for one event: a GraphQL response, unless it is broken. */
export type SubgraphEvent = unknown;

export interface ExecutorOptions {
  readonly supergraphSdl: string;
  readonly planner?: PlannerName | undefined;
  /** False runs the native planner in this process, which it ends where it panics. */
  readonly containsPlanner?: boolean | undefined;
  readonly transport: Transport;
  /** Addresses that replace those in the supergraph file. */
  readonly urls?: Readonly<Record<string, string>> | undefined;
  readonly limits?: Partial<OperationLimits> | undefined;
  /** Milliseconds for each call to a subgraph; 30,000 when undefined. */
  readonly timeoutMs?: number | undefined;
  readonly cacheBytes?: number | undefined;
  /** Validation errors name nothing the client did not write. */
  readonly hidesSuggestions?: boolean | undefined;
  /** `null` answers with nulls for what the caller may not have, `reject` answers nothing at all. */
  readonly unauthorized?: 'null' | 'reject' | undefined;
  readonly deduplicates?: boolean | undefined;
  /**
   * Asks a service once for the entities that requests of one identity with equal headers want in the same turn of the event loop. Off by
   * default: it is safe where equal identity and headers mean equal rights, as they do at our door, and the executor cannot know.
   */
  readonly batchesEntities?: boolean | undefined;
  readonly now?: (() => Date) | undefined;
  /** Told of every call to a subgraph. */
  readonly onFetch?: ((report: FetchReport) => void) | undefined;
  readonly onPlannerFallback?: ((error: unknown) => void) | undefined;
}

/** One operation for one set of conditions and rights. */
interface Variant {
  readonly shape: ObjectShape;
  readonly step: Step | undefined;
  readonly introspection: readonly FieldSelection[];
  readonly denied: readonly Denied[];
  readonly subscription: { primary: FetchNode; receive: ReturnType<typeof compileReceipt> } | undefined;
  readonly size: number;
}

/** An operation, ready to be run for one request. */
interface Bound {
  readonly variables: Record<string, unknown>;
  readonly cost: CostReport;
  readonly variant: Variant;
}

/** A field that is null because the caller may not have it. */
interface Denied {
  readonly path: ResponsePath;
  readonly requirement: Requirement | undefined;
}

interface Conditioned {
  readonly requirements: readonly Requirement[];
  readonly byRights: Map<string, Variant | Promise<Variant>>;
}

interface Parsed {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

interface Prepared {
  readonly summary: OperationSummary;
  readonly query: string;
  /** Only until the first variant is compiled: few operations have a second, and reading the text again is quick. */
  parsed: Parsed | undefined;
  readonly coerce: CoerceVariables;
  readonly conditions: readonly string[];
  readonly cost: OperationCost;
  readonly byConditions: Map<string, Conditioned>;
  readonly flights: SingleFlight;
  readonly baseSize: number;
  readonly variableNames: ReadonlySet<string>;
}

type Entry = { readonly prepared: Prepared } | { readonly refused: RequestError };

/** Variants of one operation beyond this are compiled anew each time: its conditions are somebody's dictionary. */
const maxVariants = 32;
/** Compiled operations that were asked once so far. Measured: of twice as many, a flood's would outlive the young generation. */
const maxNewcomers = 64;
const validName = /^[_A-Za-z][_0-9A-Za-z]{0,255}$/;

export function createExecutor(options: ExecutorOptions): CompiledExecutor {
  return new Executor(options);
}

class Executor implements CompiledExecutor {
  readonly apiSchema: GraphQLSchema;
  private readonly schema: SupergraphSchema;
  private readonly access: AccessRules | undefined;
  private readonly limits: OperationLimits;
  private readonly plans: FallbackPlanner;
  private readonly naming: NamingRules;
  private readonly batches: EntityBatches | undefined;
  private readonly varies: SelectionSource['varies'];
  private readonly operations: OperationCache<Entry>;
  private readonly hosts: readonly string[];
  private readonly urls: ReadonlyMap<string, string>;

  constructor(private readonly options: ExecutorOptions) {
    this.schema = readSupergraph(options.supergraphSdl);
    this.apiSchema = this.schema.apiSchema;
    this.access = AccessRules.read(this.schema);
    this.limits = { ...defaultLimits, ...options.limits };
    this.plans = new FallbackPlanner(this.schema, options);
    this.naming = namingRules(this.schema);
    this.batches = options.batchesEntities ? new EntityBatches() : undefined;
    this.varies = variesByType(this.schema, this.naming);
    this.operations = new OperationCache(options.cacheBytes ?? 16 * 1024 * 1024, sizeOfEntry, maxNewcomers);
    this.urls = new Map(
      [...this.schema.subgraphs.values()].map(({ name, url }) => [name, options.urls?.[name] ?? url]),
    );
    this.hosts = [...this.urls.values()].flatMap(url => hostOf(url) ?? []);
  }

  // Not written where it is used: a closure there would keep the whole document.
  private readonly urlOf = (subgraph: string): string => this.urls.get(subgraph) ?? '';

  get planner(): PlannerName {
    return this.plans.name;
  }

  get cache(): { entries: number; bytes: number } {
    return { entries: this.operations.entries, bytes: this.operations.bytes };
  }

  async close(): Promise<void> {
    this.operations.clear();
    await this.plans.close();
    await this.options.transport.close();
  }

  /** Makes no promise but those that it takes: the requests that come all the time are bound already, and wait for services only. */
  execute(request: GraphQLRequest, context: RequestContext): Promise<ExecutionResult> {
    let prepared: Prepared | undefined;
    try {
      const key = cacheKey(request);
      const ready = this.prepare(key, request);
      prepared = ready;
      if (ready.summary.type !== 'query') this.checkMethod(ready, context);
      const binding = this.bind(key, ready, request, context);
      if (!(binding instanceof Promise)) return this.start(ready, binding, context);
      return binding.then(
        bound => this.start(ready, bound, context),
        error => this.refuse(error, ready, context),
      );
    } catch (error) {
      return Promise.resolve(this.refuse(error, prepared, context));
    }
  }

  private start(prepared: Prepared, bound: Bound, context: RequestContext): Promise<ExecutionResult> {
    const run = (signal: CancelSignal | undefined) => this.run(prepared, bound, context, signal);
    // What changes something is let run to its end, whoever still waits for it.
    if (prepared.summary.type === 'mutation') return run(undefined);
    const isShared = this.options.deduplicates !== false && bound.variant.step !== undefined;
    return isShared ? prepared.flights.share(bound.variables, context, run) : run(context.signal);
  }

  requiredPolicies(request: GraphQLRequest): readonly string[] {
    if (!this.access) return [];
    try {
      const key = cacheKey(request);
      const prepared = this.prepare(key, request);
      const variables = prepared.coerce(request.variables ?? {});
      const { requirements } = this.conditioned(prepared, variables);
      return [...new Set(requirements.flatMap(r => r.policyNames))];
    } catch {
      return [];
    }
  }

  async subscribe(
    request: GraphQLRequest,
    context: RequestContext,
  ): Promise<SubscriptionSource | ExecutionResult> {
    let prepared: Prepared | undefined;
    try {
      const key = cacheKey(request);
      prepared = this.prepare(key, request);
      if (prepared.summary.type !== 'subscription') {
        throw new RequestError('operation', platformErrors.BAD_REQUEST, 'This is not a subscription');
      }
      const { variables, cost, variant } = await this.bind(key, prepared, request, context);
      if (!variant.subscription) throw refusal(variant, context);
      const { primary } = variant.subscription;
      const ready = prepared;
      return {
        subgraph: primary.subgraph,
        url: this.urls.get(primary.subgraph) ?? '',
        query: primary.operation,
        variables: Object.fromEntries(
          primary.variables.filter(n => Object.hasOwn(variables, n)).map(n => [n, variables[n]]),
        ),
        operation: prepared.summary,
        resolve: async (event, eventContext) => {
          try {
            // Rights may have changed since: what is denied now is not fetched now.
            const now = await this.bind(key, ready, request, eventContext);
            if (!now.variant.subscription) throw refusal(now.variant, eventContext);
            return await this.run(ready, { ...now, cost }, eventContext, eventContext.signal, {
              received: event,
            });
          } catch (error) {
            return this.refuse(error, ready, eventContext);
          }
        },
        broken: eventContext => {
          const ended = new RequestError('internal', platformErrors.SERVICE_UNAVAILABLE, streamEnded);
          return this.refuse(ended, ready, eventContext);
        },
      };
    } catch (error) {
      return this.refuse(error, prepared, context);
    }
  }

  private checkMethod(prepared: Prepared, context: RequestContext): void {
    if (prepared.summary.type === 'subscription') {
      throw new RequestError(
        'operation',
        platformErrors.SUBSCRIPTIONS_NEED_A_STREAM,
        'Subscribe over WebSocket or SSE',
      );
    }
    if (context.isMutationAllowed === false) {
      throw new RequestError('method', platformErrors.METHOD_NOT_ALLOWED, 'Mutations need POST');
    }
  }

  /** Parses, checks and validates once per document; refusals are remembered as well. */
  private prepare(key: string, request: GraphQLRequest): Prepared {
    let entry = this.operations.get(key);
    if (!entry) {
      try {
        entry = { prepared: this.compile(request.query as string, request.operationName || undefined) };
      } catch (error) {
        if (!(error instanceof RequestError)) throw error;
        entry = { refused: error };
      }
      this.operations.set(key, entry);
    }
    if ('refused' in entry) throw entry.refused;
    return entry.prepared;
  }

  private compile(query: string, operationName: string | undefined): Prepared {
    checkText(query, this.limits);
    // Places in the text are for error messages, and most of what a document weighs: it is only read with them when it is wrong.
    const document = parseDocument(query, this.limits.maxTokens, false);
    const operation = findOperation(document, operationName);
    checkDocument(document, this.limits);
    if (!this.isValid(query, document)) this.refuseInvalid(query);
    const fragments = fragmentsOf(document);
    return {
      summary: {
        name: operation.name?.value,
        type: operation.operation,
      },
      query,
      parsed: { operation, fragments },
      coerce: compileVariables(this.apiSchema, operation),
      conditions: conditionVariables(document),
      cost: compileCost(this.schema, this.apiSchema, operation, fragments, this.limits),
      byConditions: new Map(),
      flights: new SingleFlight(),
      baseSize: 1_500 + query.length * 4,
      variableNames: new Set(operation.variableDefinitions?.map(d => d.variable.name.value)),
    };
  }

  private parsed(prepared: Prepared): Parsed {
    prepared.parsed ??= (() => {
      const document = parseDocument(prepared.query, this.limits.maxTokens, false);
      const { summary } = prepared;
      return { operation: findOperation(document, summary.name), fragments: fragmentsOf(document) };
    })();
    return prepared.parsed;
  }

  private isValid(query: string, document: DocumentNode): boolean {
    if (isPlainlyValid(this.apiSchema, document)) return true;
    if (validate(this.apiSchema, document, rulesFor(query), { maxErrors: 1 }).length > 0) return false;
    try {
      checkFieldMerging(this.apiSchema, document);
    } catch (error) {
      if (error instanceof RequestError && error.failure === 'validation') return false;
      throw error;
    }
    return true;
  }

  private refuseInvalid(query: string): never {
    const document = parseDocument(query, this.limits.maxTokens, true);
    const errors = validate(this.apiSchema, document, rulesFor(query), {
      maxErrors: 10,
      hideSuggestions: this.options.hidesSuggestions ?? false,
    });
    if (errors.length === 0) checkFieldMerging(this.apiSchema, document);
    throw new RequestError(
      'validation',
      platformErrors.GRAPHQL_VALIDATION_FAILED,
      'The operation is not valid',
      {
        more: errors.filter(e => !e.message.startsWith('Too many validation errors')),
      },
    );
  }

  /** Everything about a request that is decided before the first fetch. */
  private bind(
    key: string,
    prepared: Prepared,
    request: GraphQLRequest,
    context: RequestContext,
  ): Bound | Promise<Bound> {
    const variables = prepared.coerce(request.variables ?? {});
    const cost = prepared.cost(variables);
    const variant = this.variantOf(key, prepared, variables, context.rights ?? noRights);
    const bound = (ready: Variant): Bound => {
      this.assertAllowed(ready, context);
      return { variables, cost, variant: ready };
    };
    return variant instanceof Promise ? variant.then(bound) : bound(variant);
  }

  private assertAllowed(variant: Variant, context: RequestContext): void {
    if (variant.introspection.length > 0 && context.isIntrospectionAllowed === false) {
      throw new RequestError(
        'validation',
        gatewayErrors.INTROSPECTION_DISABLED,
        'Introspection is not available here',
      );
    }
    if (variant.denied.length > 0 && this.options.unauthorized === 'reject') {
      throw refusal(variant, context);
    }
  }

  private conditioned(prepared: Prepared, variables: Readonly<Record<string, unknown>>): Conditioned {
    let mask = '';
    for (const name of prepared.conditions) mask += variables[name] === true ? '1' : '0';
    let conditioned = prepared.byConditions.get(mask);
    if (!conditioned) {
      conditioned = { requirements: this.requirementsOf(prepared, variables), byRights: new Map() };
      if (prepared.byConditions.size >= maxVariants) {
        prepared.byConditions.delete(prepared.byConditions.keys().next().value as string);
      }
      prepared.byConditions.set(mask, conditioned);
    }
    return conditioned;
  }

  private variantOf(
    key: string,
    prepared: Prepared,
    variables: Readonly<Record<string, unknown>>,
    rights: Rights,
  ): Variant | Promise<Variant> {
    const { requirements, byRights } = this.conditioned(prepared, variables);
    let held = '';
    for (const requirement of requirements) held += requirement.allows(rights) ? '1' : '0';
    const known = byRights.get(held);
    if (known) return known;
    const denials = held.includes('0') && this.access ? denialsFor(this.access, rights) : undefined;
    const compiling = this.compileVariant(prepared, variables, denials);
    if (byRights.size >= maxVariants) byRights.delete(byRights.keys().next().value as string);
    // Whoever asks the same meanwhile waits for the same plan.
    byRights.set(held, compiling);
    const settle = (variant: Variant | undefined): void => {
      if (byRights.get(held) !== compiling) return;
      if (!variant) {
        byRights.delete(held);
        return;
      }
      byRights.set(held, variant);
      prepared.parsed = undefined;
      this.operations.grown(key);
    };
    compiling.then(settle, () => settle(undefined));
    return compiling;
  }

  /** What an operation asks of its caller, found by compiling it for someone who may have everything. */
  private requirementsOf(prepared: Prepared, variables: Readonly<Record<string, unknown>>): Requirement[] {
    const { access } = this;
    if (!access) return [];
    const found = new Set<Requirement>();
    const note = (requirement: Requirement | undefined): boolean => {
      if (requirement) found.add(requirement);
      return false;
    };
    selectOperation(
      {
        schema: this.apiSchema,
        fragments: this.parsed(prepared).fragments,
        variables,
        varies: this.varies,
        denials: {
          field: (type, field) => note(access.ofField(type, field)),
          type: name => note(access.ofType(name)),
        },
      },
      this.parsed(prepared).operation,
    );
    return [...found];
  }

  private async compileVariant(
    prepared: Prepared,
    variables: Readonly<Record<string, unknown>>,
    denials: Denials | undefined,
  ): Promise<Variant> {
    const { summary } = prepared;
    const { operation, fragments } = this.parsed(prepared);
    const { varies } = this;
    const selections = selectOperation(
      { schema: this.apiSchema, fragments, variables, denials, varies },
      operation,
    );
    nameApart(selections, this.naming);
    const root = this.apiSchema.getRootType(operation.operation);
    if (!root)
      throw new RequestError(
        'operation',
        platformErrors.BAD_REQUEST,
        `There are no ${operation.operation}s here`,
      );
    const shape = compileProjection(this.apiSchema, root, selections);
    const environment: FetchEnvironment = {
      transport: this.options.transport,
      urlOf: this.urlOf,
      hosts: this.hosts,
      satisfies: this.schema.satisfies,
      interfaceObject: this.schema.interfaceObject,
      shape,
      needed: new Set(),
      operationName: summary.name,
      maxErrors: 500,
      batches: this.batches,
    };
    let size = 0;
    const plan = async (part: readonly Selection[]): Promise<PlanNode | undefined> => {
      const text = printForPlanner(operation, part);
      const planned = await this.plans.plan(text);
      const node = planned.kind === 'request' ? planned.node : undefined;
      size += sizeOfPlan(text, node);
      return node;
    };
    let step: Step | undefined;
    let subscription: Variant['subscription'];
    if (selections.some(needsSubgraph)) {
      if (summary.type === 'subscription') {
        const text = printForPlanner(operation, selections);
        const planned = await this.plans.plan(text);
        if (planned.kind === 'subscription') {
          const { primary, rest } = planned;
          size += sizeOfPlan(text, rest);
          subscription = { primary, receive: compileReceipt(primary, environment) };
          step = rest && compilePlan(rest, environment);
        }
      } else {
        const node = summary.type === 'mutation' ? undefined : await plan(selections);
        step = node && compilePlan(node, environment);
        if (summary.type === 'mutation') {
          step = await this.compileChanges(selections, shape, plan, environment);
        }
      }
    }
    return {
      shape,
      step,
      introspection: introspectionFields(selections),
      denied: denials ? deniedFields(selections, this.access) : [],
      subscription,
      size: size + 500,
    };
  }

  /** https://spec.graphql.org/October2021/#sec-Mutation: one root field after the other, each with everything below it. */
  private async compileChanges(
    selections: readonly Selection[],
    shape: ObjectShape,
    plan: (part: readonly Selection[]) => Promise<PlanNode | undefined>,
    environment: FetchEnvironment,
  ): Promise<Step | undefined> {
    const parts = splitRootFields(selections);
    const isDoomed = parts.some(part => part.some(f => f.denied && isNonNullType(f.definition.type)));
    // The answer will be null whatever is done, and who gets no answer takes it that nothing was.
    if (isDoomed) return undefined;
    const changes = parts
      .filter(part => part.some(needsSubgraph))
      .map(async part => {
        const node = await plan(part);
        const [first] = part;
        return {
          step: node && compilePlan(node, environment),
          ends: first && isNonNullType(first.definition.type) ? shape.nullCheck(first.key) : undefined,
        };
      });
    return inSeries(await Promise.all(changes));
  }

  /** Never rejects. */
  private async run(
    prepared: Prepared,
    { variant, variables, cost }: Bound,
    context: RequestContext,
    signal: CancelSignal | undefined,
    event?: { readonly received: SubgraphEvent },
  ): Promise<ExecutionResult> {
    try {
      const execution = new Execution(
        variables,
        context.identity,
        new ForwardedHeaders(context.headers),
        performance.now() + (context.timeoutMs ?? Number.POSITIVE_INFINITY),
        this.options.timeoutMs ?? 30_000,
        this.stamper(context),
        signal,
        this.options.onFetch,
        context.trace,
      );
      if (event) {
        const answer = eventAnswer(event.received);
        if (answer) variant.subscription?.receive(execution, answer);
        else execution.errors.push(unavailable(execution, undefined));
      }
      const pending = variant.step?.(execution);
      if (pending) await pending;
      const introspection =
        variant.introspection.length > 0
          ? introspect(this.apiSchema, this.parsed(prepared).operation, variant.introspection, variables)
          : undefined;
      return this.complete(prepared, variant, execution, introspection, cost, context);
    } catch (error) {
      return this.refuse(error, prepared, context);
    }
  }

  private complete(
    prepared: Prepared,
    variant: Variant,
    execution: Execution,
    introspection: ReadonlyMap<string, string> | undefined,
    cost: CostReport,
    context: RequestContext,
  ): ExecutionResult {
    const { errors } = execution;
    for (const { path, requirement } of variant.denied) {
      const refused = denial(requirement, context.rights ?? noRights);
      errors.push(ownError(refused, refused.message, execution.stamp(), { path, details: refused.details }));
    }
    // One fetch, and what came is what would be written, field for field: its bytes are the answer.
    if (
      execution.plain &&
      execution.answers === 1 &&
      errors.length === 0 &&
      !context.wantsCost &&
      (typeof execution.plain === 'string' || isUtf8(execution.plain)) &&
      variant.shape.isAsWritten(execution.data)
    ) {
      return {
        body: execution.plain,
        failure: undefined,
        status: 200,
        errorCodes: noCodes,
        operation: prepared.summary,
      };
    }
    const completion = new Completion(introspection);
    const data = variant.shape.write(execution.data, completion);
    if (completion.violations > 0) explainViolations(variant.shape, execution);
    let body = `{"data":${data ?? 'null'}`;
    if (errors.length > 0) body += `,"errors":${JSON.stringify(errors)}`;
    if (context.wantsCost) body += `,"extensions":{"cost":${JSON.stringify(cost)}}`;
    return {
      body: `${body}}`,
      failure: undefined,
      status: 200,
      errorCodes: errors.length > 0 ? codesOf(errors) : noCodes,
      operation: prepared.summary,
    };
  }

  private refuse(error: unknown, prepared: Prepared | undefined, context: RequestContext): ExecutionResult {
    const known =
      error instanceof RequestError
        ? error
        : new RequestError('internal', platformErrors.INTERNAL_ERROR, 'Something went wrong on our side');
    if (known !== error) this.options.onPlannerFallback?.(error);
    const errors = requestErrors(known, this.stamper(context)());
    return {
      body: JSON.stringify({ errors }),
      failure: known.failure,
      status: known.status,
      errorCodes: [known.code],
      operation: prepared?.summary,
    };
  }

  private stamper(context: RequestContext): () => ErrorStamp {
    return () => ({
      timestamp: (this.options.now?.() ?? new Date()).toISOString(),
      traceId: context.trace?.traceId,
    });
  }
}

function eventAnswer(received: SubgraphEvent): SubgraphAnswer | undefined {
  try {
    return answerOf(received);
  } catch {
    // Like any call that was answered with garbage: the client is told that the service is not available.
    return undefined;
  }
}

const streamEnded = 'The service that sends these events is not available right now';

const noCodes: readonly string[] = [];

function codesOf(errors: readonly OutgoingError[]): string[] {
  return errors.slice(0, 10).map(error => String(error.extensions['code'] ?? ''));
}

/** The planner asked for, and the other for what that one fails on or where it does not load. */
class FallbackPlanner {
  private readonly isNativeAble: boolean;
  private first: Planner;
  private second: Planner | undefined;

  constructor(
    private readonly schema: SupergraphSchema,
    private readonly options: ExecutorOptions,
  ) {
    // The native planner knows no contexts: it would leave their arguments out, and say nothing.
    this.isNativeAble = !usesContexts(schema);
    const isNative = options.planner !== 'apollo' && this.isNativeAble;
    this.first = isNative ? this.native() : apolloPlanner(schema);
  }

  get name(): PlannerName {
    return this.first.name;
  }

  async plan(operation: string): Promise<Plan> {
    try {
      return changingOnce(await this.first.plan(operation));
    } catch (error) {
      if (error instanceof RequestError) throw error;
      // Said once, by the planner that went.
      if (!(error instanceof PlannerUnavailable || error instanceof PlannerMissing)) {
        this.options.onPlannerFallback?.(error);
      }
      if (!this.isNativeAble) throw error;
      this.second ??= this.first.name === 'hive' ? apolloPlanner(this.schema) : this.native();
      const plan = changingOnce(await this.second.plan(operation));
      if (error instanceof PlannerMissing) this.first = this.second;
      return plan;
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.first.close?.(), this.second?.close?.()]);
  }

  private native(): Planner {
    const { onPlannerFallback: onFault } = this.options;
    if (this.options.containsPlanner !== false) return new ChildProcessPlanner(this.schema, { onFault });
    try {
      return hivePlanner(this.schema);
    } catch (error) {
      onFault?.(error);
      return apolloPlanner(this.schema);
    }
  }
}

/**
 * Mutations are planned root field by root field. Where several services share such a field, the native planner may ask each for a part of
 * the answer, as it does for queries: then each would make the change.
 */
function changingOnce(plan: Plan): Plan {
  if (plan.kind === 'request' && changesIn(plan.node) > 1) {
    throw new PlanningError('The plan would make one change several times');
  }
  return plan;
}

/** Does any field take an argument from further up? https://specs.apollo.dev/context/v0.1 */
function usesContexts(schema: SupergraphSchema): boolean {
  const joinField = schema.directiveName('join', 'field');
  return [...schema.types.values()].some(
    type =>
      type.kind === Kind.OBJECT_TYPE_DEFINITION &&
      type.fields?.some(field =>
        field.directives?.some(
          d => d.name.value === joinField && d.arguments?.some(a => a.name.value === 'contextArguments'),
        ),
      ),
  );
}

function cacheKey({ query, operationName }: GraphQLRequest): string {
  if (typeof query !== 'string' || query === '') {
    throw new RequestError('parse', platformErrors.BAD_REQUEST, 'The request has no query');
  }
  if (query.charCodeAt(0) === 0)
    throw new RequestError('parse', platformErrors.GRAPHQL_PARSE_FAILED, 'Syntax Error: Invalid character');
  if (operationName === undefined || operationName === null || operationName === '') return query;
  if (typeof operationName !== 'string' || !validName.test(operationName)) {
    throw new RequestError(
      'operation',
      platformErrors.OPERATION_RESOLUTION_FAILURE,
      'There is no operation of this name',
    );
  }
  // No document starts with this character, so that no document is another's key.
  return `\u0000${operationName}\u0000${query}`;
}

function parseDocument(query: string, maxTokens: number, hasLocations: boolean): DocumentNode {
  try {
    return parse(query, { maxTokens, noLocation: !hasLocations });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const isLimit = /Document contains more th\w+ \d+ tokens/.test(error.message);
    throw new RequestError(
      isLimit ? 'limit' : 'parse',
      isLimit ? gatewayErrors.OPERATION_LIMIT_EXCEEDED : platformErrors.GRAPHQL_PARSE_FAILED,
      withoutValues(error.message),
      { locations: error.locations ?? [] },
    );
  }
}

/** https://spec.graphql.org/October2021/#GetOperation() */
function findOperation(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operations = document.definitions.filter(d => d.kind === Kind.OPERATION_DEFINITION);
  if (name === undefined) {
    const [only, ...others] = operations;
    if (only && others.length === 0) return only;
    throw new RequestError(
      'operation',
      platformErrors.OPERATION_RESOLUTION_FAILURE,
      only
        ? 'The document has several operations: say which with operationName'
        : 'The document has no operation',
    );
  }
  const found = operations.find(d => d.name?.value === name);
  if (!found) {
    throw new RequestError(
      'operation',
      platformErrors.OPERATION_RESOLUTION_FAILURE,
      'There is no operation of this name',
    );
  }
  return found;
}

/** The variables that decide which parts of the document count. */
function conditionVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  const visitSet = (set: { selections: readonly unknown[] }): void => {
    for (const node of set.selections as OperationDefinitionNode['selectionSet']['selections']) {
      for (const directive of node.directives ?? []) {
        if (directive.name.value !== 'skip' && directive.name.value !== 'include') continue;
        const value = directive.arguments?.[0]?.value;
        if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
      }
      if (node.kind !== Kind.FRAGMENT_SPREAD && node.selectionSet) visitSet(node.selectionSet);
    }
  };
  for (const definition of document.definitions) {
    if ('selectionSet' in definition) visitSet(definition.selectionSet);
  }
  return [...names].sort();
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  return fragments;
}

function denialsFor(access: AccessRules, rights: Rights): Denials {
  const denies = (requirement: Requirement | undefined): boolean =>
    requirement !== undefined && !requirement.allows(rights);
  return {
    field: (type, field) => denies(access.ofField(type, field)),
    type: name => denies(access.ofType(name)),
  };
}

/** Where denied fields are, in the router's notation: an `@` stands for every item of a list. */
function deniedFields(selections: readonly Selection[], access: AccessRules | undefined): Denied[] {
  const found = new Map<string, Denied>();
  const visit = (set: readonly Selection[], path: readonly string[]): void => {
    for (const selection of set) {
      if (selection.kind === 'fragment') {
        visit(selection.selections, path);
        continue;
      }
      const at = [...path, selection.key];
      if (selection.denied) {
        const requirement = access?.ofField(selection.parent.name, selection.name);
        found.set(at.join('.'), { path: at, requirement });
      } else if (selection.selections) {
        visit(selection.selections, [...at, ...listMarks(String(selection.definition.type))]);
      }
    }
  };
  visit(selections, []);
  return [...found.values()];
}

/** Nothing is answered, because of the first of what the caller may not have. */
function refusal({ denied }: Variant, { rights = noRights }: RequestContext): RequestError {
  const error = denial(denied[0]?.requirement, rights);
  return new RequestError('denied', error, error.message, { details: error.details });
}

function listMarks(type: string): string[] {
  return [...type].filter(c => c === '[').map(() => '@');
}

/**
 * Adds the errors that nulls in the wrong place deserve, except where one of the errors there already are says why:
 * https://spec.graphql.org/October2021/#sec-Handling-Field-Errors asks for one error for each null that came from one.
 */
function explainViolations(shape: ObjectShape, execution: Execution): void {
  const { errors } = execution;
  const known = errors.map(error => error.path);
  const found: Violation[] = [];
  shape.explain(execution.data, [], found);
  for (const violation of found.slice(0, 100)) {
    if (violation.missing && known.length > 0) continue;
    if (known.some(path => !path || isPrefix(path, violation.path) || isPrefix(violation.path, path)))
      continue;
    errors.push(
      ownError(gatewayErrors.INVALID_SUBGRAPH_RESPONSE, violation.message, execution.stamp(), {
        path: violation.path,
      }),
    );
  }
}

function isPrefix(prefix: ResponsePath, path: ResponsePath): boolean {
  return prefix.length <= path.length && prefix.every((segment, i) => segment === path[i]);
}

function namingRules(schema: SupergraphSchema): NamingRules {
  const fieldsOf = new Map<string, Set<string>>();
  const requiredWithArguments = new Set<string>();
  const joinField = schema.directiveName('join', 'field');
  for (const [name, type] of schema.types) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    fieldsOf.set(name, new Set(type.fields?.map(f => f.name.value)));
    for (const field of type.fields ?? []) {
      for (const directive of field.directives ?? []) {
        if (directive.name.value !== joinField) continue;
        const requires = directive.arguments?.find(a => a.name.value === 'requires')?.value;
        if (requires?.kind !== Kind.STRING) continue;
        for (const match of requires.value.matchAll(/(\w+)\s*\(/g))
          requiredWithArguments.add(match[1] as string);
      }
    }
  }
  return {
    typeSignature: fieldTypeSignatures(schema),
    requiredWithArguments,
    hasField: (typeName, field) =>
      (fieldsOf.get(typeName)?.has(field) ?? false) ||
      schema.possibleTypes(typeName).some(name => fieldsOf.get(name)?.has(field) ?? false),
    overlap: (typeName, other) => {
      const types = new Set(schema.possibleTypes(typeName));
      return schema.possibleTypes(other).some(name => types.has(name));
    },
  };
}

function variesByType(schema: SupergraphSchema, naming: NamingRules): SelectionSource['varies'] {
  const known = new Map<string, boolean>();
  return (interfaceName, field) => {
    const key = `${interfaceName}.${field}`;
    let varies = known.get(key);
    if (varies === undefined) {
      const types = [interfaceName, ...schema.possibleTypes(interfaceName)].map(type =>
        naming.typeSignature(type, field),
      );
      varies = new Set(types).size > 1;
      known.set(key, varies);
    }
    return varies;
  };
}

function hostOf(url: string): string | undefined {
  try {
    return new URL(url).host;
  } catch {
    return undefined;
  }
}

/**
 * Estimates from measured heaps, rather too much than too little: what an operation costs grows with its text, with what its answer prints
 * and with the calls of its plans.
 */
function sizeOfPlan(text: string, node: PlanNode | undefined): number {
  return text.length * 30 + fetchesIn(node) * 3_000;
}

function sizeOfEntry(entry: Entry, key: string): number {
  if ('refused' in entry) return 1_000 + key.length * 2;
  let size = entry.prepared.baseSize;
  for (const conditioned of entry.prepared.byConditions.values()) {
    for (const variant of conditioned.byRights.values()) size += 'size' in variant ? variant.size : 4_000;
  }
  return size;
}
