import { type FieldNode, type GraphQLSchema, type OperationDefinitionNode, parse } from 'graphql';
import { AppError, platformErrors } from '../../platform/errors';
import type { CancelSignal } from '../../platform/http/cancellation';
import { AccessRules, anonymousMutations } from '../operations/access';
import { operationKey } from '../operations/document';
import { Introspection } from '../operations/introspection';
import { defaultLimits, type OperationLimits } from '../operations/limits';
import { FallbackPlanner } from '../planning/fallback-planner';
import type { PlannerName } from '../planning/planner';
import { RequestError } from '../request-error';
import { readSupergraph } from '../schema/supergraph-schema';
import type {
  ExecutionResult,
  GraphQLRequest,
  OperationSummary,
  RequestContext,
  SupergraphExecutor,
} from '../supergraph-executor';
import type { ServiceCalls } from '../traffic/service-calls';
import { checkAnswer, type SubgraphAnswer } from '../transport/subgraph-answer';
import { refusal } from './denied-fields';
import { requestErrors } from './errors';
import { Execution, type FetchReport } from './execution';
import type { FetchEnvironment } from './fetch-environment';
import { OperationCompiler } from './operation-compiler';
import { OperationStore } from './operation-store';
import type { BoundOperation, PreparedOperation, Variant } from './prepared-operation';
import { writeResponse } from './response';
import type { SubgraphEvent, SubscriptionSource } from './subscription';

/** The gateway's own executor: what every executor does, and subscriptions. */
export interface CompiledExecutor extends SupergraphExecutor {
  /** Plans a subscription: which subgraph sends its events, and how an event becomes an answer. */
  subscribe(request: GraphQLRequest, context: RequestContext): Promise<SubscriptionSource | ExecutionResult>;
  /** Name and type of the operation; undefined when the request is refused. */
  operationOf(request: GraphQLRequest): OperationSummary | undefined;
  readonly planner: PlannerName;
  readonly cache: { readonly entries: number; readonly bytes: number };
}

export interface ExecutorOptions {
  readonly supergraphSdl: string;
  readonly planner?: PlannerName | undefined;
  /** True runs the native planner in this process, which a panic of the planner then ends. For tests and benchmarks. */
  readonly plansInProcess?: boolean | undefined;
  /** Not closed with the executor. */
  readonly calls: ServiceCalls;
  /** Subgraph → its GraphQL URL, instead of the supergraph file's. */
  readonly urls?: Readonly<Record<string, string>> | undefined;
  readonly limits?: Partial<OperationLimits> | undefined;
  readonly cacheBytes?: number | undefined;
  /** Validation errors contain no names that the client did not write. */
  readonly hidesSuggestions?: boolean | undefined;
  /** `null` makes denied fields null, `reject` refuses the operation. */
  readonly unauthorized?: 'null' | 'reject' | undefined;
  readonly deduplicates?: boolean | undefined;
  /** Called after every call to a subgraph. */
  readonly onFetch?: ((report: FetchReport) => void) | undefined;
  readonly spanOf?: FetchEnvironment['spanOf'];
  /** Called with faults of the executor and of its planners. */
  readonly onFault?: ((error: unknown) => void) | undefined;
}

const maxErrors = 500;

/**
 * Plans and compiles each operation once, and answers it without graphql-js.
 *
 * `npm run bench:gateway`: less than a tenth of the CPU of stock @apollo/gateway (`EXECUTOR=apollo`), which is the plain way.
 */
export function createExecutor(options: ExecutorOptions): CompiledExecutor {
  return new Executor(options);
}

class Executor implements CompiledExecutor {
  readonly apiSchema: GraphQLSchema;
  readonly anonymousMutations: ReadonlySet<string>;
  private readonly plans: FallbackPlanner;
  private readonly compiler: OperationCompiler;
  private readonly store: OperationStore;
  private readonly introspection: Introspection;
  private readonly urls: ReadonlyMap<string, string>;
  private readonly currentStateFields: ReadonlySet<string>;

  constructor(private readonly options: ExecutorOptions) {
    const schema = readSupergraph(options.supergraphSdl);
    this.apiSchema = schema.apiSchema;
    this.currentStateFields = schema.currentStateSubscriptions;
    this.introspection = new Introspection(this.apiSchema);
    const access = AccessRules.read(schema);
    this.anonymousMutations = anonymousMutations(schema, access);
    this.plans = new FallbackPlanner(schema, options);
    const urls = new Map(
      [...schema.subgraphs.values()].map(({ name, url }) => [name, options.urls?.[name] ?? url]),
    );
    this.urls = urls;
    this.compiler = new OperationCompiler({
      schema,
      planningSchema: this.plans.planningSchema,
      access,
      limits: { ...defaultLimits, ...options.limits },
      planner: this.plans,
      hidesSuggestions: options.hidesSuggestions ?? false,
      fetching: {
        calls: options.calls,
        onFetch: options.onFetch,
        spanOf: options.spanOf,
        hosts: [...urls.values()].flatMap(url => hostOf(url) ?? []),
        satisfies: schema.satisfies,
        interfaceObject: schema.interfaceObject,
        maxErrors,
      },
    });
    const { cacheBytes, unauthorized } = options;
    this.store = new OperationStore(this.compiler, { access, cacheBytes, unauthorized });
  }

  get planner(): PlannerName {
    return this.plans.name;
  }

  get cache(): { entries: number; bytes: number } {
    return this.store.size;
  }

  async close(): Promise<void> {
    this.store.clear();
    await this.plans.close();
  }

  // Creates as few promises as possible: a known operation is bound already, and waits for subgraphs only.
  execute(request: GraphQLRequest, context: RequestContext): Promise<ExecutionResult> {
    let prepared: PreparedOperation | undefined;
    try {
      const key = operationKey(request);
      const ready = this.store.prepare(key, request);
      prepared = ready;
      if (ready.summary.type !== 'query') assertMethod(ready, context);
      const binding = this.store.bind(key, ready, request, context);
      if (!(binding instanceof Promise)) return this.spendAndStart(ready, binding, context);
      return binding
        .then(bound => this.spendAndStart(ready, bound, context))
        .catch(error => this.refuse(error, ready, context));
    } catch (error) {
      return Promise.resolve(this.refuse(error, prepared, context));
    }
  }

  /** @throws RequestError where the client has spent too much */
  private spendAndStart(
    prepared: PreparedOperation,
    bound: BoundOperation,
    context: RequestContext,
  ): Promise<ExecutionResult> {
    const spent = context.budget?.spend(bound.cost.estimated, prepared.isCredential);
    if (spent === undefined) return this.start(prepared, bound, context);
    return spent.then(
      () => this.start(prepared, bound, context),
      error => this.refuse(error, prepared, context),
    );
  }

  private start(
    prepared: PreparedOperation,
    bound: BoundOperation,
    context: RequestContext,
  ): Promise<ExecutionResult> {
    const run = (signal: CancelSignal | undefined) => this.run(prepared, bound, context, signal);
    // A mutation is not cancelled when its client disconnects.
    if (prepared.summary.type === 'mutation') return run(undefined);
    const isShared = this.options.deduplicates !== false && bound.variant.step !== undefined;
    return isShared ? prepared.singleFlight.share(bound.variables, context, run) : run(context.signal);
  }

  operationOf(request: GraphQLRequest): OperationSummary | undefined {
    try {
      return this.store.prepare(operationKey(request), request).summary;
    } catch {
      return undefined;
    }
  }

  async subscribe(
    request: GraphQLRequest,
    context: RequestContext,
  ): Promise<SubscriptionSource | ExecutionResult> {
    let prepared: PreparedOperation | undefined;
    try {
      const key = operationKey(request);
      prepared = this.store.prepare(key, request);
      if (prepared.summary.type !== 'subscription') {
        throw new RequestError('operation', platformErrors.BAD_REQUEST, 'This is not a subscription');
      }
      const bound = await this.store.bind(key, prepared, request, context);
      await context.budget?.spend(bound.cost.estimated, false);
      return this.sourceOf(key, prepared, request, bound, context);
    } catch (error) {
      return this.refuse(error, prepared, context);
    }
  }

  private sourceOf(
    key: string,
    prepared: PreparedOperation,
    request: GraphQLRequest,
    { variables, cost, variant }: BoundOperation,
    context: RequestContext,
  ): SubscriptionSource {
    if (!variant.subscription) throw refusal(variant.denied, context);
    const { primary } = variant.subscription;
    const again = async (now: RequestContext): Promise<BoundOperation & { variant: Subscribed }> => {
      const bound = await this.store.bind(key, prepared, request, now);
      if (!isSubscribed(bound)) throw refusal(bound.variant.denied, now);
      return bound;
    };
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
          // Rights may have changed since: fields that are denied now are not fetched.
          const now = await again(eventContext);
          return await this.run(prepared, { ...now, cost }, eventContext, eventContext.signal, {
            received: event,
          });
        } catch (error) {
          return this.refuse(error, prepared, eventContext);
        }
      },
      refusalOf: now =>
        again(now).then(
          () => undefined,
          (error: unknown) => this.refuse(error, prepared, now),
        ),
      broken: (eventContext, error) => {
        const { code, status, message } =
          error instanceof AppError
            ? error
            : {
                ...platformErrors.SERVICE_UNAVAILABLE,
                message: `The ${primary.subgraph} service is not available right now`,
              };
        return this.refuse(new RequestError('internal', { code, status }, message), prepared, eventContext);
      },
      startsWithCurrentState: this.currentStateFields.has(rootFieldOf(primary.operation)),
    };
  }

  /** Never rejects. */
  private async run(
    prepared: PreparedOperation,
    { variant, variables, cost }: BoundOperation,
    context: RequestContext,
    signal: CancelSignal | undefined,
    event?: { readonly received: SubgraphEvent },
  ): Promise<ExecutionResult> {
    try {
      const introspection =
        variant.introspection.length > 0
          ? this.introspection.answer(
              this.compiler.parsed(prepared).operation,
              variant.introspection,
              variables,
            )
          : undefined;
      const execution = new Execution(variables, context, signal);
      if (event) receiveEvent(event.received, variant, execution);
      const pending = variant.step?.(execution);
      if (pending) await pending;
      return writeResponse(prepared, variant, execution, introspection, cost, context);
    } catch (error) {
      return this.refuse(error, prepared, context);
    }
  }

  private refuse(
    error: unknown,
    prepared: PreparedOperation | undefined,
    { trace }: RequestContext,
  ): ExecutionResult {
    const known =
      error instanceof RequestError
        ? error
        : new RequestError('internal', platformErrors.INTERNAL_ERROR, 'Something went wrong on our side');
    if (known !== error) this.options.onFault?.(error);
    return {
      body: JSON.stringify({ errors: requestErrors(known, trace?.traceId) }),
      failure: known.failure,
      status: known.status,
      errorCodes: [known.code],
      operation: prepared?.summary,
    };
  }
}

type Subscribed = Variant & { subscription: NonNullable<Variant['subscription']> };

function isSubscribed(bound: BoundOperation): bound is BoundOperation & { variant: Subscribed } {
  return bound.variant.subscription !== undefined;
}

/** The root field of the operation that a planner wrote for a subscription. */
function rootFieldOf(operation: string): string {
  const [definition] = parse(operation, { noLocation: true }).definitions;
  const [field] = (definition as OperationDefinitionNode).selectionSet.selections;
  return (field as FieldNode).name.value;
}

function assertMethod({ summary }: PreparedOperation, { isMutationAllowed }: RequestContext): void {
  if (summary.type === 'subscription') {
    throw new RequestError(
      'operation',
      platformErrors.SUBSCRIPTIONS_NEED_A_STREAM,
      'Subscribe over WebSocket or SSE',
    );
  }
  if (isMutationAllowed === false) {
    throw new RequestError('method', platformErrors.METHOD_NOT_ALLOWED, 'Mutations need POST');
  }
}

function receiveEvent(received: SubgraphEvent, { subscription }: Variant, execution: Execution): void {
  let answer: SubgraphAnswer | undefined;
  try {
    answer = checkAnswer(received);
  } catch {
    // It is no GraphQL response.
  }
  subscription?.receive(execution, answer);
}

function hostOf(url: string): string | undefined {
  try {
    return new URL(url).host || undefined;
  } catch {
    return undefined;
  }
}
