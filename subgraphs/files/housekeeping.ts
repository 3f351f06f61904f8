import type { Logger } from '../../platform/observability/logger';
import type { Sweeper } from './files/sweeper';

const everyMs = 60_000;
const roundsBetweenSweeps = 360;

/** Finishes removals every minute, and reconciles rows and storage every six hours. */
export class Housekeeping {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private rounds = 0;

  constructor(
    private readonly sweeper: Sweeper,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.running = this.round();
    this.timer ??= setInterval(() => {
      this.running = this.running.then(() => this.round());
    }, everyMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async round(): Promise<void> {
    try {
      if (this.rounds++ % roundsBetweenSweeps === 0) await this.sweeper.sweep();
      else await this.sweeper.finishRemovals();
    } catch (error) {
      this.logger.warn({ error }, 'A housekeeping task failed and is repeated in the next round');
    }
  }
}
