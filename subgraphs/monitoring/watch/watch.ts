import { Housekeeping } from '../../../platform/housekeeping';
import type { Logger } from '../../../platform/observability/logger';
import type { Lease } from './lease';

/** The rounds in which one instance of several watches the other servers: it probes, scrapes, and evaluates alerts. */
export class Watch {
  private readonly rounds: Housekeeping;

  /** @param tasks run one after another, in each round */
  constructor(
    private readonly lease: Lease,
    intervalMs: number,
    tasks: readonly (() => Promise<void>)[],
    logger: Logger,
  ) {
    let isHolder = false;
    this.rounds = new Housekeeping(
      intervalMs,
      [
        async () => {
          isHolder = false;
          isHolder = await lease.hold();
        },
        ...tasks.map(task => async () => {
          if (isHolder) await task();
        }),
      ],
      logger,
    );
  }

  start(): void {
    this.rounds.start();
  }

  async stop(): Promise<void> {
    await this.rounds.stop();
    await this.lease.release();
  }
}
