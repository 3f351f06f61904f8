import { Housekeeping } from '../../../platform/housekeeping';
import type { Logger } from '../../../platform/observability/logger';
import type { Lease } from './lease';

/** The rounds in which one instance of several watches the other servers: it probes, scrapes, and evaluates alerts. */
export class Watch {
  private readonly rounds: Housekeeping;
  private isHolder = false;

  /** @param tasks run one after another, in each round */
  constructor(
    private readonly lease: Lease,
    intervalMs: number,
    tasks: readonly (() => Promise<void>)[],
    logger: Logger,
  ) {
    this.rounds = new Housekeeping(
      intervalMs,
      [
        async () => {
          this.isHolder = false;
          this.isHolder = await lease.hold();
        },
        ...tasks.map(task => async () => {
          if (this.isHolder) await task();
        }),
      ],
      logger,
    );
  }

  /** Whether this instance is the one that watches. */
  get isWatching(): boolean {
    return this.isHolder;
  }

  start(): void {
    this.rounds.start();
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
    await this.lease.release();
  }
}
