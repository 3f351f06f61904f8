import { Cancellation, type CancelSignal } from '../../platform/http/cancellation';
import type { ExecutionResult, RequestContext } from '../supergraph-executor';
import { noRights, type Rights } from '../supergraph-executor';
import { tracingHeaders } from '../transport/transport';

/** Executes an operation. Never rejects: an error is an answer too. */
type Run = (signal: CancelSignal | undefined) => Promise<ExecutionResult>;

/** Runs with equal identity and variables and different headers, beyond which the next one is not shared. */
const maxSimilar = 32;

/**
 * Single flight: identical reads of one caller that overlap in time are executed once, and share the answer. It matters where a page sends
 * one query several times: N identical reads in flight cost one. Others cost it one look into a map.
 */
export class SingleFlight {
  /** By identity and variables; several runs where the headers or rights differ. */
  private readonly runs = new Map<string, SharedRun[]>();

  share(
    variables: Readonly<Record<string, unknown>>,
    context: RequestContext,
    run: Run,
  ): Promise<ExecutionResult> {
    const key = keyOf(variables, context);
    const similar = this.runs.get(key);
    if (similar === undefined) return this.begin(key, [], context, run);
    const shared = similar.find(each => isInterchangeable(each.context, context));
    if (shared !== undefined) return shared.join(context.signal);
    return similar.length < maxSimilar ? this.begin(key, similar, context, run) : run(context.signal);
  }

  private begin(
    key: string,
    similar: SharedRun[],
    context: RequestContext,
    run: Run,
  ): Promise<ExecutionResult> {
    const shared = new SharedRun(context, run, ended => {
      const at = similar.indexOf(ended);
      if (at < 0) return;
      similar.splice(at, 1);
      if (similar.length === 0) this.runs.delete(key);
    });
    if (similar.push(shared) === 1) this.runs.set(key, similar);
    return shared.join(context.signal);
  }
}

/** One run for one or more requests. It is cancelled when all of them have been. */
class SharedRun {
  private readonly result: Promise<ExecutionResult>;
  private readonly cancellation: Cancellation | undefined;
  private waiting = 0;

  constructor(
    readonly context: RequestContext,
    run: Run,
    private readonly onEnd: (run: SharedRun) => void,
  ) {
    this.cancellation = context.signal ? new Cancellation() : undefined;
    this.result = run(this.cancellation);
    void this.result.then(() => this.onEnd(this));
  }

  join(signal: CancelSignal | undefined): Promise<ExecutionResult> {
    this.waiting++;
    if (signal === undefined) return this.result;
    const leave = (): void => {
      if (--this.waiting > 0) return;
      this.onEnd(this);
      this.cancellation?.cancel();
    };
    // The signal ends with its request, so the listener need not be removed.
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return this.result;
  }
}

/** What usually differs between two requests; the rest is compared where it is equal. */
function keyOf(variables: Readonly<Record<string, unknown>>, { identity }: RequestContext): string {
  for (const _ in variables) return `${identity}\u0000${JSON.stringify(variables)}`;
  return identity;
}

/** Whether one answer is right for both, which have equal identity and variables. Headers that only trace a request are ignored. */
function isInterchangeable(one: RequestContext, other: RequestContext): boolean {
  return (
    one.wantsCost === other.wantsCost &&
    (one.rights === other.rights || areEqualRights(one.rights ?? noRights, other.rights ?? noRights)) &&
    areEqualHeaders(one.headers, other.headers)
  );
}

function areEqualRights(one: Rights, other: Rights): boolean {
  return (
    one.isAuthenticated === other.isAuthenticated &&
    areEqualSets(one.scopes, other.scopes) &&
    areEqualSets(one.policies, other.policies)
  );
}

function areEqualSets(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  if (one.size !== other.size) return false;
  for (const each of one) if (!other.has(each)) return false;
  return true;
}

function areEqualHeaders(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): boolean {
  for (const name in one) if (one[name] !== other[name] && !tracingHeaders.has(name)) return false;
  for (const name in other) if (one[name] === undefined && !tracingHeaders.has(name)) return false;
  return true;
}
