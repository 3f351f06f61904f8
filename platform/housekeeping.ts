import type { Logger } from './observability/logger';

/**
 * Runs tasks one after another at an interval, such as the deletion of expired rows. A task that fails does not stop the others,
 * and the next round tries it again. Rounds never overlap: one that is due while another is at work is left out.
 */
export class Housekeeping {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly everyMs: number,
    private readonly tasks: readonly (() => Promise<unknown>)[],
    private readonly logger: Logger,
  ) {}

  /** Starts the first round at once. */
  start(): void {
    this.startRound();
    this.timer ??= setInterval(() => this.startRound(), this.everyMs).unref();
  }

  /** Resolves when the round at work has ended. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private startRound(): void {
    this.running ??= this.round().finally(() => {
      this.running = undefined;
    });
  }

  private async round(): Promise<void> {
    for (const task of this.tasks) {
      try {
        await task();
      } catch (error) {
        this.logger.warn({ error }, 'A housekeeping task failed and is repeated in the next round');
      }
    }
  }
}
