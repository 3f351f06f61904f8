import { createHash } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import type { Clock } from '../platform/clock';
import type { CompiledExecutor } from './execution/executor';
import type { SubscriptionSource } from './execution/subscription';
import { entitiesOf, type ServedSupergraph } from './schema/supergraph-file';
import type {
  ExecutionResult,
  GraphQLRequest,
  RequestContext,
  SupergraphExecutor,
} from './supergraph-executor';

/**
 * The executor of the supergraph that is served now. A new supergraph takes over between two operations: those that run already end on
 * the executor that they began with, which is closed when the time of every operation is over.
 */
export class SwappableExecutor<Executor extends SupergraphExecutor> implements SupergraphExecutor {
  private readonly retired = new Map<Executor, NodeJS.Timeout>();
  private facts: ServedSupergraph;

  /** @param retireMs how long an operation may run */
  constructor(
    protected executor: Executor,
    supergraphSdl: string,
    private readonly retireMs: number,
    private readonly clock: Clock,
  ) {
    this.facts = this.factsOf(supergraphSdl);
  }

  /** The supergraph that is served. */
  get schema(): ServedSupergraph {
    return this.facts;
  }

  get apiSchema(): GraphQLSchema {
    return this.executor.apiSchema;
  }

  get anonymousMutations(): ReadonlySet<string> {
    return this.executor.anonymousMutations;
  }

  execute(request: GraphQLRequest, context: RequestContext): Promise<ExecutionResult> {
    return this.executor.execute(request, context);
  }

  swap(next: Executor, supergraphSdl: string): void {
    const previous = this.executor;
    this.executor = next;
    this.facts = this.factsOf(supergraphSdl);
    const timer = setTimeout(() => {
      this.retired.delete(previous);
      void previous.close();
    }, this.retireMs).unref();
    this.retired.set(previous, timer);
  }

  async close(): Promise<void> {
    for (const timer of this.retired.values()) clearTimeout(timer);
    await Promise.all([this.executor, ...this.retired.keys()].map(executor => executor.close()));
  }

  private factsOf(supergraphSdl: string): ServedSupergraph {
    return {
      hash: createHash('sha256').update(supergraphSdl).digest('hex'),
      servedSince: this.clock.now(),
      entities: entitiesOf(supergraphSdl),
    };
  }
}

/** The same with subscriptions, which live on when the supergraph changes: the next event is completed by a plan of the new one. */
export class SwappableCompiledExecutor
  extends SwappableExecutor<CompiledExecutor>
  implements CompiledExecutor
{
  get planner(): CompiledExecutor['planner'] {
    return this.executor.planner;
  }

  get cache(): CompiledExecutor['cache'] {
    return this.executor.cache;
  }

  operationOf(
    ...given: Parameters<CompiledExecutor['operationOf']>
  ): ReturnType<CompiledExecutor['operationOf']> {
    return this.executor.operationOf(...given);
  }

  async subscribe(
    request: GraphQLRequest,
    context: RequestContext,
  ): Promise<SubscriptionSource | ExecutionResult> {
    let plannedBy = this.executor;
    const first = await plannedBy.subscribe(request, context);
    if (!('resolve' in first)) return first;
    let source = first;
    /** @returns why the subscription is not possible any more */
    const follow = async (eventContext: RequestContext): Promise<ExecutionResult | undefined> => {
      if (plannedBy === this.executor) return undefined;
      plannedBy = this.executor;
      const next = await plannedBy.subscribe(request, { ...eventContext, budget: undefined });
      if (!('resolve' in next)) return next;
      // The service goes on sending what the first plan asked for. A plan that needs other fields of it takes over when the client
      // subscribes again.
      if (next.subgraph === first.subgraph && next.query === first.query) source = next;
      return undefined;
    };
    return {
      ...first,
      resolve: async (event, eventContext) =>
        (await follow(eventContext)) ?? source.resolve(event, eventContext),
      refusalOf: async eventContext => (await follow(eventContext)) ?? source.refusalOf(eventContext),
      broken: (eventContext, error) => source.broken(eventContext, error),
    };
  }
}
