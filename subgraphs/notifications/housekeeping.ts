import type { Logger } from '../../platform/observability/logger';
import type { Mailbox } from './delivery/mailbox';
import type { SendRequests } from './sending/send-requests';

const everyMs = 10 * 60_000;

/** Removes idempotency keys and caught messages that are too old. */
export class Housekeeping {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly requests: Pick<SendRequests, 'prune'>,
    private readonly mailbox: Pick<Mailbox, 'prune'>,
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

  private async round(): Promise<void> {
    try {
      await this.requests.prune();
      await this.mailbox.prune();
    } catch (error) {
      this.logger.warn({ error }, 'Old rows stay until the next round');
    }
  }
}
