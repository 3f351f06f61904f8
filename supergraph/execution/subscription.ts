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
 * No async generator: the `return` of one waits for the event it is waiting for, and the subgraph would go on sending to nobody until then.
 */
export function streamAnswers(
  source: SubscriptionSource,
  /** What the subgraph sends; `return` ends it. */
  events: AsyncIterator<SubgraphEvent>,
  /** Asked anew for each event: rights may have changed since the last. */
  contextOf: () => RequestContext,
): AsyncIterableIterator<ExecutionResult> {
  let isOver = false;
  let turn: Promise<unknown> = Promise.resolve();
  // Whoever waits for an event when the client leaves is told at once, not when the event comes.
  let leave: () => void = () => {};
  const left = new Promise<undefined>(resolve => {
    leave = () => resolve(undefined);
  });
  const running = new Cancellation();

  const end = async (): Promise<IteratorResult<ExecutionResult>> => {
    if (!isOver) {
      isOver = true;
      leave();
      running.cancel();
      await events.return?.();
    }
    return { done: true, value: undefined };
  };

  const answerNext = async (): Promise<IteratorResult<ExecutionResult>> => {
    if (isOver) return end();
    let event: IteratorResult<SubgraphEvent> | undefined;
    try {
      event = await Promise.race([events.next(), left]);
    } catch {
      if (isOver) return end();
      isOver = true;
      return { done: false, value: source.broken(contextOf()) };
    }
    if (event === undefined || event.done) {
      isOver = true;
      return end();
    }
    const context = contextOf();
    const signal = new Cancellation();
    const cancel = (): void => signal.cancel();
    const ends: (CancelSignal | undefined)[] = [context.signal, running];
    for (const end of ends) {
      if (end?.aborted) cancel();
      else end?.addEventListener('abort', cancel, { once: true });
    }
    const answer = await source.resolve(event.value, { ...context, signal });
    for (const end of ends) end?.removeEventListener('abort', cancel);
    return isOver ? end() : { done: false, value: answer };
  };

  contextOf().signal?.addEventListener('abort', () => void end().catch(() => {}), { once: true });
  return {
    next() {
      const next = turn.then(answerNext, answerNext);
      turn = next;
      return next;
    },
    return: end,
    throw: end,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
