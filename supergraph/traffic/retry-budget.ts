import type { RetryPolicy } from './service-policy';

/** Retries in proportion to calls. */
export class RetryBudget {
  private retries: number;

  constructor(private readonly policy: RetryPolicy) {
    this.retries = policy.burst;
  }

  /** A call pays for a part of a retry. */
  earn(): void {
    const { budget, burst } = this.policy;
    if (this.retries < burst) this.retries = Math.min(burst, this.retries + budget);
  }

  /** @returns whether there was a retry left */
  spend(): boolean {
    if (this.retries < 1) return false;
    this.retries--;
    return true;
  }
}
