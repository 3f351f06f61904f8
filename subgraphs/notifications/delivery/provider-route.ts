import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  handleType,
} from 'cockatiel';
import type { Channel } from '../message';
import { type Delivery, type Provider, ProviderDownError } from './provider';

/** One provider that was tried. */
export interface Trial {
  provider: string;
  /** Undefined when it accepted the message. */
  failure: Error | undefined;
}

const failuresUntilOpen = 5;

/**
 * The providers of one channel, the preferred first. A provider that is down is followed by the next; after five failures in a row it
 * is left alone for a pause, and then one message tries it again.
 */
export class ProviderRoute {
  private readonly lines: { provider: Provider; breaker: CircuitBreakerPolicy }[];

  /** @param providers at least one */
  constructor(providers: readonly Provider[], pauseMs: number) {
    this.lines = providers.map(provider => ({
      provider,
      breaker: circuitBreaker(handleType(ProviderDownError), {
        halfOpenAfter: pauseMs,
        breaker: new ConsecutiveBreaker(failuresUntilOpen),
      }),
    }));
  }

  get channel(): Channel {
    return this.lines[0]!.provider.channel;
  }

  /** @returns the providers that were tried, in order; none when each of them is left alone now */
  async send(delivery: Delivery): Promise<Trial[]> {
    const trials: Trial[] = [];
    for (const { provider, breaker } of this.lines) {
      try {
        await breaker.execute(() => provider.send(delivery));
        trials.push({ provider: provider.name, failure: undefined });
        return trials;
      } catch (error) {
        if (error instanceof BrokenCircuitError) continue;
        const failure = error instanceof Error ? error : new Error(String(error));
        trials.push({ provider: provider.name, failure });
        if (!(failure instanceof ProviderDownError)) return trials;
      }
    }
    return trials;
  }

  async close(): Promise<void> {
    await Promise.all(this.lines.map(({ provider }) => provider.close()));
  }
}
