import { unavailable } from '../../platform/errors';

/** Runs a few pieces of work at the same time; some more wait, and what comes then is turned away. */
export class WorkQueue {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly parallel: number,
    private readonly longest: number,
    private readonly busyMessage: string,
  ) {}

  get length(): number {
    return this.running + this.waiting.length;
  }

  /** @throws AppError 503 SERVICE_UNAVAILABLE when too much waits already; whatever the work throws */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.parallel) {
      if (this.waiting.length >= this.longest) {
        throw unavailable(this.busyMessage, undefined, 2);
      }
      // Whoever ends passes its place on.
      await new Promise<void>(resolve => this.waiting.push(resolve));
    } else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next === undefined) this.running -= 1;
      else next();
    }
  }
}
