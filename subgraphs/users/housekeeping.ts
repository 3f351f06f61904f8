import type { Logger } from '../../platform/observability/logger';
import type { Creations } from './lifecycle/creations';
import type { Deletions } from './lifecycle/deletions';
import type { Exports } from './lifecycle/exports';

const everyMs = 60_000;

/** Goes on with what a crash, or a service that was down, left half done; and removes what has expired. */
export class Housekeeping {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly creations: Pick<Creations, 'resume' | 'prune'>,
    private readonly deletions: Pick<Deletions, 'remind'>,
    private readonly exports: Pick<Exports, 'prune'>,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.running = this.round();
    this.timer ??= setInterval(() => {
      this.running = this.round();
    }, everyMs).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  /** One part that fails does not keep the others from their turn; its own comes again. */
  private async round(): Promise<void> {
    const parts = [
      () => this.creations.resume(),
      () => this.creations.prune(),
      () => this.deletions.remind(),
      () => this.exports.prune(),
    ];
    for (const part of parts) {
      try {
        await part();
      } catch (error) {
        this.logger.warn({ error }, 'What was left half done waits for the next round');
      }
    }
  }
}
