import type { Clock } from '../clock';
import type { Logger } from '../observability/logger';
import {
  alreadySubscribed,
  type DomainEvent,
  type EventBus,
  type EventHandler,
  type Follower,
  NotHandled,
  type Subscription,
} from './event-bus';

/**
 * The bus of the one-process shape: `publish` runs the handlers and answers when they are done, so the publisher's
 * outbox is what survives a crash. The history for new followers is in memory and bounded.
 */
export class InProcessBus implements EventBus {
  private readonly groups = new Map<string, Record<string, EventHandler>>();
  private readonly followers = new Set<{ types: string[]; handle: (event: DomainEvent) => void }>();
  /** By id, in order of arrival. */
  private readonly history = new Map<string, DomainEvent>();
  private readonly keptMs: number;
  private held: Promise<void> | undefined;

  constructor(
    private readonly options: { clock: Clock; logger: Logger; historyMs?: number; historyLength?: number },
  ) {
    this.keptMs = options.historyMs ?? 2 * 60 * 60 * 1000;
  }

  /**
   * Publishing waits until the returned function is called. Events that an earlier process left in an outbox must not miss a
   * service that has not subscribed yet, because this bus does not deliver them again.
   */
  hold(): () => void {
    let release!: () => void;
    this.held = new Promise(resolve => {
      release = resolve;
    });
    return release;
  }

  async publish(events: DomainEvent[]): Promise<void> {
    await this.held;
    // Followers first, and all of them: a revocation must not wait for somebody's slow handler.
    this.remember(events);
    const failures = new Map<string, unknown>();
    for (const event of events) {
      for (const [group, handlers] of this.groups) {
        const handle = Object.hasOwn(handlers, event.type) ? handlers[event.type] : undefined;
        if (handle === undefined) continue;
        try {
          await handle(event);
        } catch (error) {
          failures.set(event.id, error);
          this.options.logger.warn(
            { error, group, type: event.type, event: event.id },
            'An event was not handled',
          );
        }
      }
    }
    if (failures.size > 0) throw new NotHandled(failures);
  }

  /** Tells followers, present and future, without asking the groups: for what was published before a restart. */
  remember(events: DomainEvent[]): void {
    for (const event of events) {
      if (this.history.has(event.id)) continue;
      this.history.set(event.id, event);
      for (const follower of this.followers) this.deliver(follower, event);
    }
    const oldest = this.options.clock.now() - this.keptMs;
    const limit = this.options.historyLength ?? 50_000;
    for (const [id, event] of this.history) {
      if (this.history.size <= limit && event.occurredAt >= oldest) break;
      this.history.delete(id);
    }
  }

  async subscribe(group: string, handlers: Record<string, EventHandler>): Promise<Subscription> {
    if (this.groups.has(group)) throw alreadySubscribed(group);
    this.groups.set(group, handlers);
    return {
      close: async () => {
        if (this.groups.get(group) === handlers) this.groups.delete(group);
      },
    };
  }

  async follow(types: string[], since: number, handle: (event: DomainEvent) => void): Promise<Follower> {
    const follower = { types, handle };
    for (const event of this.history.values()) if (event.occurredAt >= since) this.deliver(follower, event);
    this.followers.add(follower);
    return {
      lag: () => 0,
      isConnected: () => true,
      close: async () => {
        this.followers.delete(follower);
      },
    };
  }

  /** What a handler refuses stays in the outbox of its publisher. */
  async deadLetters(): Promise<number> {
    return 0;
  }

  async ping(): Promise<void> {}

  async close(): Promise<void> {
    this.groups.clear();
    this.followers.clear();
  }

  private deliver(
    follower: { types: string[]; handle: (event: DomainEvent) => void },
    event: DomainEvent,
  ): void {
    if (!follower.types.includes(event.type)) return;
    try {
      follower.handle(event);
    } catch (error) {
      this.options.logger.error({ error, type: event.type, event: event.id }, 'A follower of events failed');
    }
  }
}
