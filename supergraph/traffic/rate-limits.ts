import type { Redis } from 'ioredis';
import { Gauge } from 'prom-client';
import type { Clock } from '../../platform/clock';
import { platformErrors } from '../../platform/errors';
import type { HttpRequest } from '../../platform/http/request';
import type { Metrics } from '../../platform/observability/metrics';
import { networkOf } from '../../platform/security/client-network';
import { RequestError } from '../request-error';
import type { OperationBudget } from '../supergraph-executor';
import { type Allowance, RateLimiter } from './rate-limiter';

export interface RateLimitSettings {
  /** Points that one client may spend in a window. */
  readonly points: number;
  /** Operations with a credential that one address may send in a window. */
  readonly credentials: number;
  readonly windowSeconds: number;
}

/** One point is the price of a request and of this much cost (`operations/cost.ts`): about one page of objects. */
const costOfPoint = 100;
/** With 20 blocks a window, one request in some hundred waits for Redis, and few points are lost in instances that do not use them. */
const blocks = 20;

/**
 * The limits of each client: points for all that it requests, by user, API key or network address, and attempts to use a credential, by
 * network address. A request costs one point, and one more for each 100 of cost (https://ibm.github.io/graphql-specs/cost-spec.html).
 */
export class RateLimits {
  private readonly requests: RateLimiter;
  private readonly credentials: RateLimiter;
  private readonly refused: { inc(labels: { limit: string }): void };

  constructor(
    readonly settings: RateLimitSettings,
    parts: { clock: Clock; metrics: Metrics; redis: Redis | undefined },
  ) {
    const { clock, redis, metrics } = parts;
    const { points, credentials, windowSeconds } = settings;
    const shared = { windowSeconds, clock, redis };
    this.requests = new RateLimiter({
      ...shared,
      name: 'requests',
      points,
      block: Math.max(1, Math.ceil(points / blocks)),
    });
    // Attempts are few and cost far more than a question to Redis, so they are counted one by one.
    this.credentials = new RateLimiter({ ...shared, name: 'credentials', points: credentials, block: 1 });
    const limits = new Gauge({
      name: 'plinth_rate_limit_points',
      help: 'Points of one client in a minute',
      labelNames: ['limit'],
      registers: [metrics.registry],
    });
    limits.set({ limit: 'requests' }, points);
    limits.set({ limit: 'credentials' }, credentials);
    this.refused = metrics.counter('plinth_rate_limited_total', 'Requests that a rate limit refused', [
      'limit',
    ]);
  }

  /**
   * Spends the point of a request. The rest of its price is spent by the budget, once its operation is known.
   *
   * @param identity of an authenticated caller; undefined for an anonymous one
   * @throws RequestError RATE_LIMITED
   */
  admit(
    request: HttpRequest,
    identity: string | undefined,
    address: string,
  ): OperationBudget | Promise<OperationBudget> {
    const allowance = this.requests.of(identity ?? networkOf(address));
    request.rateLimit = allowance;
    const taken = allowance.take(1);
    if (taken === true) return new Budget(this, allowance, request, address);
    if (taken === false) throw this.refusal('requests', allowance);
    return taken.then(isEnough => {
      if (!isEnough) throw this.refusal('requests', allowance);
      return new Budget(this, allowance, request, address);
    });
  }

  attempts(address: string): Allowance {
    return this.credentials.of(networkOf(address));
  }

  refusal(limit: 'requests' | 'credentials', { resetSeconds }: Allowance): RequestError {
    this.refused.inc({ limit });
    return new RequestError(
      'limit',
      platformErrors.RATE_LIMITED,
      limit === 'requests'
        ? 'Too many requests: wait before the next one'
        : 'Too many sign-in attempts from this network: wait before the next one',
      { details: { retryAfterSeconds: resetSeconds } },
    );
  }
}

/** What the operations of one request, or of one socket, may spend. */
class Budget implements OperationBudget {
  /** The point that the request was admitted for pays for a part of its first operation. */
  private prepaid = 1;

  constructor(
    private readonly limits: RateLimits,
    private readonly allowance: Allowance,
    private readonly request: HttpRequest,
    private readonly address: string,
  ) {}

  spend(cost: number, isCredential: boolean): Promise<void> | undefined {
    const points = 1 + Math.floor(cost / costOfPoint) - this.prepaid;
    this.prepaid = 0;
    const taken = points === 0 || this.allowance.take(points);
    if (taken === true && !isCredential) return undefined;
    return this.finish(taken, isCredential);
  }

  private async finish(taken: boolean | Promise<boolean>, isCredential: boolean): Promise<void> {
    if (!(await taken)) throw this.limits.refusal('requests', this.allowance);
    if (!isCredential) return;
    const attempts = this.limits.attempts(this.address);
    this.request.rateLimit = attempts;
    if (!(await attempts.take(1))) throw this.limits.refusal('credentials', attempts);
  }
}
