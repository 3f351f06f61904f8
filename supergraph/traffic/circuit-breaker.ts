import type { BreakerPolicy } from './service-policy';

/** closed: calls pass. open: none does. half_open: one call probes the instance. */
export type BreakerState = 'closed' | 'open' | 'half_open';

/**
 * Stops calls to an instance that fails, and lets one at a time try whether it has recovered.
 *
 * It is not a library's: the balancer asks the breaker of each instance before it chooses one, and a call that its client cancelled ends
 * a probe without a verdict. cockatiel 3 and opossum 8 run calls themselves and offer neither. Times are on the clock of
 * `performance.now()`.
 */
export class CircuitBreaker {
  private failuresInRow = 0;
  private calls = 0;
  private failures = 0;
  private windowEndsAt = 0;
  private isOpen = false;
  private probeAt = 0;
  private openings = 0;
  private isProbing = false;

  constructor(
    private readonly policy: BreakerPolicy,
    private readonly random: () => number,
    private readonly onChange: (state: 'open' | 'closed', cause?: unknown) => void,
  ) {}

  state(now: number): BreakerState {
    if (!this.isOpen) return 'closed';
    return now < this.probeAt ? 'open' : 'half_open';
  }

  /** Whether a call may pass. */
  admits(now: number): boolean {
    return !this.isOpen || (now >= this.probeAt && !this.isProbing);
  }

  /** Milliseconds until a call may pass; 0 when one may now. */
  waitMs(now: number): number {
    return this.isOpen ? Math.max(0, this.probeAt - now) : 0;
  }

  /** Begins a call that was admitted. @returns whether it is a probe, for `succeed`, `fail` or `cancel` */
  begin(): boolean {
    if (!this.isOpen) return false;
    this.isProbing = true;
    return true;
  }

  succeed(isProbe: boolean, now: number): void {
    if (isProbe) {
      this.close();
      return;
    }
    // A call that began before the breaker opened says nothing about the instance now.
    if (this.isOpen) return;
    this.failuresInRow = 0;
    this.count(now);
  }

  fail(isProbe: boolean, now: number, cause: unknown): void {
    if (this.isOpen) {
      if (isProbe) this.open(now, cause);
      return;
    }
    this.failuresInRow++;
    this.count(now);
    this.failures++;
    const { failuresInRow, failureRate, minimumCalls } = this.policy;
    const isFailing = this.calls >= minimumCalls && this.failures / this.calls >= failureRate;
    if (this.failuresInRow >= failuresInRow || isFailing) this.open(now, cause);
  }

  /** The call ended without telling whether the instance works, such as when its client went away. */
  cancel(isProbe: boolean): void {
    if (isProbe) this.isProbing = false;
  }

  /** The instance has answered a health check: the next call may probe it. */
  probeNow(): void {
    this.probeAt = 0;
  }

  private count(now: number): void {
    if (now >= this.windowEndsAt) {
      this.calls = 0;
      this.failures = 0;
      this.windowEndsAt = now + this.policy.windowMs;
    }
    this.calls++;
  }

  private open(now: number, cause: unknown): void {
    const { openMs, maxOpenMs } = this.policy;
    const pause = Math.min(maxOpenMs, openMs * 2 ** this.openings);
    const isNew = !this.isOpen;
    this.openings++;
    this.isOpen = true;
    this.isProbing = false;
    // With jitter, so that the instances of the gateway do not probe together.
    this.probeAt = now + pause * (0.8 + 0.4 * this.random());
    if (isNew) this.onChange('open', cause);
  }

  private close(): void {
    this.isOpen = false;
    this.isProbing = false;
    this.openings = 0;
    this.failuresInRow = 0;
    this.windowEndsAt = 0;
    this.onChange('closed');
  }
}
