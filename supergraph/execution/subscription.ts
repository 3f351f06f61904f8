import { Cancellation, type CancelSignal } from '../../platform/http/cancellation';
import type { ExecutionResult, OperationSummary, RequestContext } from '../supergraph-executor';

export interface SubscriptionSource {
  readonly subgraph: string;
  readonly url: string;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operation: OperationSummary;
  /** Completes one event with the data of the other subgraphs, for the caller of the context. Never rejects. */
  resolve(event: SubgraphEvent, context: RequestContext): Promise<ExecutionResult>;
  /** The refusal of the subscription with the rights of the context; undefined when it may go on. */
  refusalOf(context: RequestContext): Promise<ExecutionResult | undefined>;
  /** The last answer, when the stream of events breaks: an AppError, or the service is unavailable. */
  broken(context: RequestContext, error: unknown): ExecutionResult;
  /** Whether it can be made again after a break: its first event is the current state. */
  readonly startsWithCurrentState: boolean;
}

/** What a subgraph sends for one event: a GraphQL response, unless it is broken. */
export type SubgraphEvent = unknown;

/**
 * One client's subscription: each event of the subgraph, in order, becomes one answer
 * (https://spec.graphql.org/October2021/#MapSourceToResponseEvent()).
 *
 * It is no async generator: `return` of a generator waits for the pending event, and the subgraph would go on sending until then.
 */
export class AnswerStream implements AsyncIterableIterator<ExecutionResult> {
  private isOver = false;
  private turn: Promise<unknown> = Promise.resolve();
  private lastAnswer: ExecutionResult | undefined;
  private interrupt: () => void = () => {};
  /** Resolves when the client leaves or the subscription is ended, so that a pending `next` does not wait for the next event. */
  private readonly interrupted = new Promise<undefined>(resolve => {
    this.interrupt = () => resolve(undefined);
  });
  private readonly running = new Cancellation();

  constructor(
    private readonly source: SubscriptionSource,
    /** The events of the subgraph; `return` ends them. */
    private readonly events: AsyncIterator<SubgraphEvent>,
    /** Of the subscription. Its signal is aborted when the client leaves. */
    private readonly context: RequestContext,
    /** Called for each event: rights may have changed since the last. @throws AppError 401 when the access has ended */
    private readonly contextOf: () => RequestContext | Promise<RequestContext>,
  ) {
    context.signal?.addEventListener('abort', () => void this.return().catch(() => {}), { once: true });
  }

  /** Makes this the last answer, whatever the subgraph sends. */
  end(answer: ExecutionResult): void {
    if (this.isOver || this.lastAnswer !== undefined) return;
    this.lastAnswer = answer;
    this.interrupt();
  }

  next(): Promise<IteratorResult<ExecutionResult>> {
    const answer = () => this.answerNext();
    const next = this.turn.then(answer, answer);
    this.turn = next;
    return next;
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    if (!this.isOver) {
      this.isOver = true;
      this.interrupt();
      this.running.cancel();
      await this.events.return?.();
    }
    return { done: true, value: undefined };
  }

  throw(): Promise<IteratorResult<ExecutionResult>> {
    return this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private async answerNext(): Promise<IteratorResult<ExecutionResult>> {
    if (this.isOver) return this.return();
    let event: IteratorResult<SubgraphEvent> | undefined;
    try {
      event = await Promise.race([this.events.next(), this.interrupted]);
      if (this.lastAnswer !== undefined) return this.lastOf(this.lastAnswer);
      if (event === undefined || event.done) return this.return();
      const answer = await this.resolve(event.value, await this.contextOf());
      if (this.lastAnswer !== undefined) return this.lastOf(this.lastAnswer);
      return this.isOver ? this.return() : { done: false, value: answer };
    } catch (error) {
      return this.isOver ? this.return() : this.lastOf(this.source.broken(this.context, error));
    }
  }

  private async lastOf(answer: ExecutionResult): Promise<IteratorResult<ExecutionResult>> {
    await this.return();
    return { done: false, value: answer };
  }

  private async resolve(event: SubgraphEvent, context: RequestContext): Promise<ExecutionResult> {
    const signal = new Cancellation();
    const cancel = (): void => signal.cancel();
    const ends: (CancelSignal | undefined)[] = [context.signal, this.running];
    for (const end of ends) {
      if (end?.aborted) cancel();
      else end?.addEventListener('abort', cancel, { once: true });
    }
    const answer = await this.source.resolve(event, { ...context, signal });
    for (const end of ends) end?.removeEventListener('abort', cancel);
    return answer;
  }
}
