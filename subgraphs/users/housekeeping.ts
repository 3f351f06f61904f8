import type { Logger } from '../../platform/observability/logger';
import type { Creations } from './lifecycle/creations';
import type { Deletions } from './lifecycle/deletions';
import type { Exports } from './lifecycle/exports';

const everyMs = 60_000;

/** Resumes unfinished creations and deletions after crashes and outages, and deletes expired rows. */
export class Housekeeping {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly creations: Pick<Creations, 'resume' | 'prune'>,
    private readonly deletions: Pick<Deletions, 'resend'>,
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

  private async resendDeletions(): Promise<void> {
    const services = await this.deletions.resend();
    if (services.length === 0) return;
    this.logger.warn(
      { services },
      'Deletions of users wait for services that have not answered for ten minutes',
    );
  }

  /** A task that fails does not stop the others; the next round tries it again. */
  private async round(): Promise<void> {
    const parts = [
      () => this.creations.resume(),
      () => this.creations.prune(),
      () => this.resendDeletions(),
      () => this.exports.prune(),
    ];
    for (const part of parts) {
      try {
        await part();
      } catch (error) {
        this.logger.warn({ error }, 'A housekeeping task failed and is repeated in the next round');
      }
    }
  }
}
