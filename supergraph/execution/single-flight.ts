import { Cancellation, type CancelSignal } from '../../platform/http/cancellation';
import type { ExecutionResult, RequestContext } from '../supergraph-executor';
import { noRights, type Rights } from '../supergraph-executor';
import { tracing } from '../transport/transport';

/** Executes; what cannot be answered is an answer too, so that it never rejects. */
type Run = (signal: CancelSignal | undefined) => Promise<ExecutionResult>;

/** Reads that differ in their headers only, beyond which no more of them are looked through. */
const most = 32;

/** The reads of one operation that are being executed: identical ones, of the same caller with the same headers, are executed once. */
export class SingleFlight {
  /** By identity and variables; several where those are equal and something else is not. */
  private readonly flights = new Map<string, Flight[]>();

  share(
    variables: Readonly<Record<string, unknown>>,
    context: RequestContext,
    run: Run,
  ): Promise<ExecutionResult> {
    const key = keyOf(variables, context);
    const those = this.flights.get(key);
    if (those === undefined) return this.begin(key, [], context, run);
    const joined = those.find(each => isAlike(each.context, context));
    if (joined !== undefined) return joined.join(context.signal);
    return those.length < most ? this.begin(key, those, context, run) : run(context.signal);
  }

  private begin(key: string, those: Flight[], context: RequestContext, run: Run): Promise<ExecutionResult> {
    const flight = new Flight(context, run, ended => {
      const at = those.indexOf(ended);
      if (at < 0) return;
      those.splice(at, 1);
      if (those.length === 0) this.flights.delete(key);
    });
    if (those.push(flight) === 1) this.flights.set(key, those);
    return flight.join(context.signal);
  }
}

/** Whoever came first may hang up: the read is only cancelled when nobody waits for it any more. */
class Flight {
  private readonly result: Promise<ExecutionResult>;
  private readonly cancellation: Cancellation | undefined;
  private waiting = 0;

  constructor(
    readonly context: RequestContext,
    run: Run,
    private readonly onEnd: (flight: Flight) => void,
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
    // It is one request's and ends with it, so that nothing is gained by taking the listener away.
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return this.result;
  }
}

/** What mostly tells two requests apart; the rest is compared where this is equal. */
function keyOf(variables: Readonly<Record<string, unknown>>, { identity }: RequestContext): string {
  for (const _ in variables) return `${identity}\u0000${JSON.stringify(variables)}`;
  return identity;
}

/** May one answer serve both? Everything else that could make two answers differ is equal; what only traces a request is not asked. */
function isAlike(one: RequestContext, other: RequestContext): boolean {
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
  for (const name in one) if (one[name] !== other[name] && !tracing.has(name)) return false;
  for (const name in other) if (one[name] === undefined && !tracing.has(name)) return false;
  return true;
}
