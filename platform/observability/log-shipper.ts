import type { Logger } from './logger';

/** Characters that wait, at most; further lines are dropped and counted. */
const mostBuffered = 4 * 1024 * 1024;
/** Lines and characters of one batch. */
const batchLines = 5_000;
const batchLength = 1024 * 1024;
const longestPauseMs = 30_000;

/** Thrown by `send` when the same batch would be refused again. */
export class LinesRefused extends Error {}

/** Lines that were added together. */
interface Part {
  readonly text: string;
  readonly lines: number;
}

export interface ShipperOptions {
  /** Stores the lines, each of which ends with a line feed. @throws LinesRefused, or any error to have the batch sent again later */
  send(lines: string): Promise<void>;
  onShipped(lines: number): void;
  /** Lines that are lost: the buffer was full, or they were refused. */
  onDropped(lines: number): void;
  logger: Pick<Logger, 'warn' | 'info'>;
  everyMs?: number;
}

/**
 * Sends the lines of a log in batches. Adding lines costs one push and never waits. While the other side is away, lines wait in a bounded
 * buffer and batches are sent again after growing pauses, so a line may arrive twice.
 */
export class LogShipper {
  private parts: Part[] = [];
  private length = 0;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private failures = 0;
  private isClosed = false;

  constructor(private readonly options: ShipperOptions) {}

  /** @param lines how many lines the text has */
  add(text: string, lines: number): void {
    if (this.isClosed) return;
    if (this.length + text.length > mostBuffered) {
      this.options.onDropped(lines);
      return;
    }
    this.parts.push({ text, lines });
    this.length += text.length;
    if (this.timer === undefined && this.sending === undefined) this.schedule(this.options.everyMs ?? 1_000);
  }

  /** Sends what waits, as far as the other side takes it in two seconds. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    const last = (async () => {
      await this.sending;
      while (this.parts.length > 0 && this.failures === 0) await this.sendBatch();
    })();
    let timeout: NodeJS.Timeout | undefined;
    await Promise.race([
      last,
      new Promise(resolve => {
        timeout = setTimeout(resolve, 2_000);
      }),
    ]);
    clearTimeout(timeout);
    this.options.onDropped(linesOf(this.parts));
  }

  private schedule(ms: number): void {
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.sending = this.sendBatch().finally(() => {
        this.sending = undefined;
        if (this.parts.length > 0 && !this.isClosed) this.schedule(this.pauseMs());
      });
    }, ms).unref();
  }

  private pauseMs(): number {
    const { everyMs = 1_000 } = this.options;
    if (this.failures > 0) return Math.min(longestPauseMs, everyMs * 2 ** Math.min(this.failures, 10));
    return this.length >= batchLength ? 0 : everyMs;
  }

  private async sendBatch(): Promise<void> {
    const { send, onShipped, onDropped, logger } = this.options;
    const batch = this.nextBatch();
    try {
      await send(batch.map(({ text }) => text).join(''));
      onShipped(linesOf(batch));
      this.remove(batch);
      // Only the change is logged: each line about a failure would be a line to send.
      if (this.failures > 0) logger.info({ failures: this.failures }, 'The log is sent to monitoring again');
      this.failures = 0;
    } catch (error) {
      if (error instanceof LinesRefused) {
        onDropped(linesOf(batch));
        this.remove(batch);
      }
      if (this.failures++ === 0) logger.warn({ error }, 'The log cannot be sent to monitoring and waits');
    }
  }

  private nextBatch(): Part[] {
    let count = 0;
    for (let length = 0, lines = 0; count < this.parts.length; count++) {
      const part = this.parts[count]!;
      length += part.text.length;
      lines += part.lines;
      if ((length > batchLength || lines > batchLines) && count > 0) break;
    }
    return this.parts.slice(0, count);
  }

  /** Lines that were added meanwhile stand behind the batch. */
  private remove(batch: readonly Part[]): void {
    this.parts.splice(0, batch.length);
    for (const { text } of batch) this.length -= text.length;
  }
}

function linesOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { lines }) => sum + lines, 0);
}
