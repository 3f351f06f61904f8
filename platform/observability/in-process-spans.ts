import type { FinishedSpan, SpanSink } from './spans';

/** Spans that wait for the next batch; more are dropped, which also bounds the work of storing them. */
const maxQueued = 2_048;
const everyMs = 1_000;

type Receive = (spans: readonly FinishedSpan[]) => Promise<void>;

/** Passes the spans of all servers of one process to the monitoring service, once a second. */
export class InProcessSpans implements SpanSink {
  private queue: FinishedSpan[] = [];
  private receive: Receive | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;

  /** @param receive stores spans and never rejects @returns sends the spans that wait, and ends it */
  attach(receive: Receive): () => Promise<void> {
    this.receive = receive;
    this.timer = setInterval(() => this.flush(), everyMs).unref();
    return async () => {
      clearInterval(this.timer);
      await this.sending;
      this.flush();
      await this.sending;
      this.receive = undefined;
    };
  }

  add(span: FinishedSpan): void {
    if (this.queue.length < maxQueued) this.queue.push(span);
  }

  /** The servers share it: the receiver closes it. */
  async close(): Promise<void> {}

  private flush(): void {
    if (this.receive === undefined || this.queue.length === 0 || this.sending !== undefined) return;
    const spans = this.queue;
    this.queue = [];
    this.sending = this.receive(spans).finally(() => {
      this.sending = undefined;
    });
  }
}
