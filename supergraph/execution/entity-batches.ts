import { Cancellation, type CancelSignal } from '../../platform/http/cancellation';
import type { SubgraphAnswer } from './fetch';
import type { Json } from './representations';

/** One execution's share of a call: its representations, as JSON, and until when it waits. */
export interface EntityRequest {
  /** All that has to be equal for two to share a call: service, operation, identity, forwarded headers. */
  readonly key: string;
  /** What the operation calls the list of entities: planners give it an alias where they join several calls. */
  readonly list: string;
  readonly representations: readonly string[];
  /** On the clock of `performance.now()`. */
  readonly deadline: number;
  readonly signal: CancelSignal | undefined;
}

/** Sends one call for all; undefined when there is no answer. */
export type SendEntities = (
  representations: readonly string[],
  deadline: number,
  signal: CancelSignal,
) => Promise<SubgraphAnswer | undefined>;

interface Share {
  readonly request: EntityRequest;
  /** Where in the call each of its representations is. */
  readonly places: readonly number[];
  readonly settle: (answer: SubgraphAnswer | undefined) => void;
}

class Batch {
  readonly shares: Share[] = [];
  readonly known = new Map<string, number>();
  readonly cancellation = new Cancellation();
  waiting = 0;

  join(request: EntityRequest): Promise<SubgraphAnswer | undefined> {
    this.waiting++;
    const places = request.representations.map(representation => {
      const at = this.known.get(representation);
      if (at !== undefined) return at;
      this.known.set(representation, this.known.size);
      return this.known.size - 1;
    });
    return new Promise(resolve => {
      let isSettled = false;
      const settle = (answer: SubgraphAnswer | undefined): void => {
        if (isSettled) return;
        isSettled = true;
        clearTimeout(timer);
        request.signal?.removeEventListener('abort', leave);
        resolve(answer);
      };
      // One that gives up leaves the others their answer; when all have, there is nobody left to ask for.
      const leave = (): void => {
        if (isSettled) return;
        settle(undefined);
        if (--this.waiting === 0) this.cancellation.cancel();
      };
      const left = request.deadline - performance.now();
      const timer = Number.isFinite(left) ? setTimeout(leave, Math.max(0, left)) : undefined;
      request.signal?.addEventListener('abort', leave, { once: true });
      this.shares.push({ request, places, settle });
      if (request.signal?.aborted) leave();
    });
  }

  async send(send: SendEntities): Promise<void> {
    if (this.waiting === 0) return;
    const latest = Math.max(...this.shares.map(share => share.request.deadline));
    const answer = await send([...this.known.keys()], latest, this.cancellation);
    for (const [number, { request, places, settle }] of this.shares.entries()) {
      settle(answer && shareOf(answer, request.list, places, number > 0));
    }
  }
}

/**
 * Asks once for the entities that several executions want in the same turn of the event loop, where nothing could tell their calls
 * apart: same service and operation, same identity, same forwarded headers. No two executions ever hold the same object of an answer.
 */
export class EntityBatches {
  private readonly open = new Map<string, Batch>();

  send(request: EntityRequest, send: SendEntities): Promise<SubgraphAnswer | undefined> {
    let batch = this.open.get(request.key);
    if (!batch) {
      const opened = new Batch();
      batch = opened;
      this.open.set(request.key, opened);
      setImmediate(() => {
        this.open.delete(request.key);
        void opened.send(send);
      });
    }
    return batch.join(request);
  }
}

function shareOf(
  answer: SubgraphAnswer,
  list: string,
  places: readonly number[],
  isCopy: boolean,
): SubgraphAnswer {
  const entities = answer.data?.[list];
  const own = Array.isArray(entities) ? places.map(place => entities[place]) : entities;
  const data: Json | null = answer.data && { [list]: isCopy ? structuredClone(own) : own };
  const errors = answer.errors.flatMap((error): unknown[] => {
    const path = (error as { path?: unknown } | null)?.path;
    // What is said of no entity is said of all.
    if (!Array.isArray(path) || path[0] !== list || typeof path[1] !== 'number') return [error];
    const at = places.indexOf(path[1]);
    return at < 0 ? [] : [{ ...(error as object), path: [list, at, ...path.slice(2)] }];
  });
  return { data, errors, plain: undefined };
}
