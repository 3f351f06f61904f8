import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
} from 'rate-limiter-flexible';
import type { Clock } from '../../platform/clock';
import type { RateLimitState } from '../../platform/http/rate-limit';

export interface RateLimiterOptions {
  /** Separates the counts of several limiters. */
  readonly name: string;
  /** Points of one client in one window. */
  readonly points: number;
  readonly windowSeconds: number;
  /** Points that are taken from the store at a time. */
  readonly block: number;
  readonly clock: Clock;
  /** Shares the counts with other instances; undefined counts in this process. */
  readonly redis: Redis | undefined;
}

/** Clients whose counts are kept in memory. Beyond it the client that was silent longest is forgotten. */
const maxClients = 50_000;

/**
 * Limits the points that each client spends in a window of time.
 *
 * A block of points is taken from the store at a time and spent here, so most requests neither wait for Redis nor create a promise. While
 * Redis does not answer, each instance counts on its own.
 */
export class RateLimiter {
  private readonly allowances: LRUCache<string, Allowance>;
  private readonly store: RateLimiterAbstract;

  constructor(private readonly options: RateLimiterOptions) {
    const { name, points, windowSeconds, redis } = options;
    const limits = { keyPrefix: `plinth:rate:${name}`, points, duration: windowSeconds };
    const memory = new RateLimiterMemory(limits);
    this.store =
      redis === undefined
        ? memory
        : new RateLimiterRedis({
            ...limits,
            storeClient: redis,
            insuranceLimiter: memory,
            rejectIfRedisNotReady: true,
          });
    this.allowances = new LRUCache({
      max: maxClients,
      dispose: (_, key) => void memory.delete(key),
    });
  }

  of(client: string): Allowance {
    let allowance = this.allowances.get(client);
    if (allowance === undefined) {
      allowance = new Allowance(client, this.options, this.store);
      this.allowances.set(client, allowance);
    }
    return allowance;
  }
}

/** The points of one client. */
export class Allowance implements RateLimitState {
  readonly limit: number;
  /** Taken from the store and not spent yet. */
  private granted = 0;
  /** Left in the store when the last block was taken. */
  private stored: number;
  private isStoreEmpty = false;
  private endsAt = 0;
  private refilling: Promise<void> | undefined;

  constructor(
    private readonly client: string,
    private readonly options: RateLimiterOptions,
    private readonly store: RateLimiterAbstract,
  ) {
    this.limit = options.points;
    this.stored = options.points;
  }

  get remaining(): number {
    return this.granted + this.stored;
  }

  get resetSeconds(): number {
    return Math.max(1, Math.ceil((this.endsAt - this.options.clock.now()) / 1000));
  }

  /** Spends points, at most those of a whole window. @returns whether there were enough; a promise where the store has to be asked */
  take(points: number): boolean | Promise<boolean> {
    const wanted = Math.min(points, this.limit);
    if (this.options.clock.now() >= this.endsAt) this.forget();
    if (this.granted >= wanted) {
      this.granted -= wanted;
      return true;
    }
    return this.isStoreEmpty ? false : this.takeFromStore(wanted);
  }

  private forget(): void {
    this.granted = 0;
    this.stored = this.limit;
    this.isStoreEmpty = false;
  }

  private async takeFromStore(wanted: number): Promise<boolean> {
    while (this.granted < wanted && !this.isStoreEmpty) {
      // Requests that arrive meanwhile wait for the same block.
      this.refilling ??= this.refill(Math.max(this.options.block, wanted - this.granted)).finally(() => {
        this.refilling = undefined;
      });
      await this.refilling;
    }
    if (this.granted < wanted) return false;
    this.granted -= wanted;
    return true;
  }

  private async refill(amount: number): Promise<void> {
    let state: RateLimiterRes;
    try {
      state = await this.store.consume(this.client, amount);
      this.granted += amount;
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      state = error;
      // The store counts a refused block too. The first one that it refuses may have got a part of it.
      this.granted += Math.max(0, this.limit - (state.consumedPoints - amount));
      this.isStoreEmpty = true;
    }
    this.stored = state.remainingPoints;
    this.endsAt = this.options.clock.now() + Math.max(1, state.msBeforeNext);
  }
}
