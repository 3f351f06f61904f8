/** How the gateway calls one service. */
export interface ServicePolicy {
  /** Milliseconds for one attempt; less where the operation’s deadline is nearer. The service gets it in `x-request-timeout-ms`. */
  readonly timeoutMs: number;
  /** Bulkhead: calls that run at once. One more is refused at once, so that a slow service does not fill the gateway. */
  readonly maxConcurrent: number;
  readonly retry: RetryPolicy;
  readonly breaker: BreakerPolicy;
}

/**
 * A read is tried again when its connection was refused or ended, or when the answer was no GraphQL. Anything else is tried again only when
 * the service cannot have begun it: the connection was refused, or the service is stopping. A timeout is not tried again.
 */
export interface RetryPolicy {
  /** Attempts after the first. */
  readonly attempts: number;
  /** The pause before attempt n is random, from 0 to this times 2^(n-1): full jitter. */
  readonly pauseMs: number;
  /** Retries a call pays for: of 100 calls, at most this times 100 are tried again, so that retries do not multiply an overload. */
  readonly budget: number;
  /** Retries that may come at once, beyond the budget: about the calls that are in flight when an instance dies. */
  readonly burst: number;
}

/** A circuit breaker for each instance of a service. */
export interface BreakerPolicy {
  /** It opens after so many failures in a row … */
  readonly failuresInRow: number;
  /** … or when this share of the calls of a window fails, and there are at least `minimumCalls`. */
  readonly failureRate: number;
  readonly minimumCalls: number;
  readonly windowMs: number;
  /** How long it stays open before one call may probe the instance. Doubles with each probe that fails, up to the maximum. */
  readonly openMs: number;
  readonly maxOpenMs: number;
}

export const defaultPolicy: ServicePolicy = {
  timeoutMs: 10_000,
  maxConcurrent: 1_000,
  retry: { attempts: 2, pauseMs: 50, budget: 0.1, burst: 100 },
  breaker: {
    failuresInRow: 10,
    failureRate: 0.5,
    minimumCalls: 20,
    windowMs: 10_000,
    openMs: 1_000,
    maxOpenMs: 15_000,
  },
};
