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
  /** The last answer, when the stream of events breaks. */
  broken(context: RequestContext): ExecutionResult;
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
  private leave: () => void = () => {};
  /** Resolves when the client leaves, so that a pending `next` does not wait for the next event. */
  private readonly left = new Promise<undefined>(resolve => {
    this.leave = () => resolve(undefined);
  });
  private readonly running = new Cancellation();

  constructor(
    private readonly source: SubscriptionSource,
    /** The events of the subgraph; `return` ends them. */
    private readonly events: AsyncIterator<SubgraphEvent>,
    /** Called for each event: rights may have changed since the last. */
    private readonly contextOf: () => RequestContext,
  ) {
    contextOf().signal?.addEventListener('abort', () => void this.return().catch(() => {}), { once: true });
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
      this.leave();
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
      event = await Promise.race([this.events.next(), this.left]);
    } catch {
      if (this.isOver) return this.return();
      this.isOver = true;
      return { done: false, value: this.source.broken(this.contextOf()) };
    }
    if (event === undefined || event.done) {
      this.isOver = true;
      return this.return();
    }
    const answer = await this.resolve(event.value);
    return this.isOver ? this.return() : { done: false, value: answer };
  }

  private async resolve(event: SubgraphEvent): Promise<ExecutionResult> {
    const context = this.contextOf();
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
