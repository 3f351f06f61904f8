import { CircuitBreaker } from './circuit-breaker';
import { RetryBudget } from './retry-budget';
import type { ServicePolicy } from './service-policy';

/** The id of the instance behind a configured URL. */
export const staticId = 'static';

/** One running instance of a service, as the gateway knows it. */
export class Instance {
  /** Calls that wait for an answer. */
  outstanding = 0;
  /** False while its own readiness check fails: it gets calls only when no other instance can. */
  isReady = true;
  /** Whether it runs in the gateway's zone, and so gets calls first. */
  isNear = false;
  /** When it was chosen last, counted in calls of its service. */
  turn = 0;

  constructor(
    /** As in the registry; `staticId` for the configured URL. */
    readonly id: string,
    /** Of its GraphQL. */
    readonly url: string,
    readonly breaker: CircuitBreaker,
  ) {}
}

export interface ServiceEvents {
  /** A breaker has opened or closed. */
  onBreaker(service: string, instance: Instance, state: 'open' | 'closed', cause: unknown): void;
}

/** A service: its instances, and what bounds the calls to all of them. */
export class Service {
  instances: readonly Instance[] = [];
  inFlight = 0;
  readonly retries: RetryBudget;
  private turn = 0;

  constructor(
    readonly name: string,
    readonly policy: ServicePolicy,
    private readonly random: () => number,
    private readonly events: ServiceEvents,
    /** Of the gateway; empty when it does not say. */
    private readonly zone: string,
  ) {
    this.retries = new RetryBudget(policy.retry);
  }

  /** Replaces the instances. One that stays keeps its breaker and its calls. */
  use(wanted: readonly { readonly id: string; readonly url: string; readonly zone?: string }[]): void {
    const known = new Map(this.instances.map(one => [`${one.id} ${one.url}`, one]));
    this.instances = wanted.map(({ id, url, zone = '' }) => {
      const instance = known.get(`${id} ${url}`) ?? this.open(id, url);
      instance.isNear = zone === this.zone && zone !== '';
      return instance;
    });
  }

  /**
   * The instance for a call: in the gateway's zone, the one with the fewest calls outstanding. Those of other zones come next, and then
   * the gateway's zone has no advantage: when it has no instance, or when each of its instances has its share of `maxConcurrent`. An
   * instance that was tried already, is not ready or is probed by something else than a read is chosen only when there is no other.
   *
   * @returns undefined when every breaker is open
   */
  choose(now: number, isRead: boolean, tried: Instance | undefined): Instance | undefined {
    const { instances } = this;
    if (instances.length === 1) return instances[0]!.breaker.admits(now) ? instances[0] : undefined;
    let best: Instance | undefined;
    let least = Number.POSITIVE_INFINITY;
    const share = this.policy.maxConcurrent / instances.length;
    for (const instance of instances) {
      if (!instance.breaker.admits(now)) continue;
      const burden =
        instance.outstanding +
        (instance.isNear && instance.outstanding < share ? 0 : 1e6) +
        (instance === tried ? 1e9 : 0) +
        (instance.isReady ? 0 : 1e8) +
        (isRead || instance.breaker.state(now) === 'closed' ? 0 : 1e7);
      // Those with equally many calls take turns.
      if (burden < least || (burden === least && instance.turn < best!.turn)) {
        least = burden;
        best = instance;
      }
    }
    if (best !== undefined) best.turn = ++this.turn;
    return best;
  }

  /** Whole seconds, at least 1, until a call may pass a breaker. */
  retryAfterSeconds(now: number): number {
    const waits = this.instances.map(({ breaker }) => breaker.waitMs(now));
    return Math.max(1, Math.ceil(Math.min(...waits, this.policy.breaker.maxOpenMs) / 1000));
  }

  private open(id: string, url: string): Instance {
    const instance: Instance = new Instance(
      id,
      url,
      new CircuitBreaker(this.policy.breaker, this.random, (state, cause) =>
        this.events.onBreaker(this.name, instance, state, cause),
      ),
    );
    return instance;
  }
}
