import { createHash } from 'node:crypto';
import type { GraphQLSchema } from 'graphql';
import type { Clock } from '../platform/clock';
import type {
  ExecutionResult,
  GraphQLRequest,
  RequestContext,
  SupergraphExecutor,
} from './supergraph-executor';

/**
 * The executor of the supergraph that is served now. A new supergraph takes over between two operations: those that run already end on
 * the executor that they began with, which is closed when the time of every operation is over.
 *
 * Long-lived work, such as subscriptions, follows with `onSchemaChange` and plans again on `current`.
 */
export class SwappableExecutor<Executor extends SupergraphExecutor> implements SupergraphExecutor {
  private readonly retired = new Map<Executor, NodeJS.Timeout>();
  private readonly listeners = new Set<(executor: Executor) => void>();
  private facts: { readonly hash: string; readonly servedSince: number };

  /** @param retireMs how long an operation may run */
  constructor(
    private executor: Executor,
    supergraphSdl: string,
    private readonly retireMs: number,
    private readonly clock: Clock,
  ) {
    this.facts = this.factsOf(supergraphSdl);
  }

  get current(): Executor {
    return this.executor;
  }

  /** The supergraph that is served. */
  get schema(): { readonly hash: string; readonly servedSince: number } {
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

  /** Calls the listener after each change, with the executor of the new schema. @returns stops that */
  onSchemaChange(listener: (executor: Executor) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
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
    for (const listener of this.listeners) listener(next);
  }

  async close(): Promise<void> {
    for (const timer of this.retired.values()) clearTimeout(timer);
    await Promise.all([this.executor, ...this.retired.keys()].map(executor => executor.close()));
  }

  private factsOf(supergraphSdl: string): { hash: string; servedSince: number } {
    return {
      hash: createHash('sha256').update(supergraphSdl).digest('hex'),
      servedSince: this.clock.now(),
    };
  }
}
