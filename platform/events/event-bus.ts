/** What happened, named as in CloudEvents (https://github.com/cloudevents/spec): facts in the past tense, small, kept. */
export interface DomainEvent<T = unknown> {
  /** The same at every redelivery: consumers recognise by it what they have already done. */
  id: string;
  /** Such as `user.registered`. */
  type: string;
  /** Of the shape of `data`. */
  version: number;
  /** The service that says so. */
  source: string;
  /** Milliseconds since the Unix epoch. */
  occurredAt: number;
  data: T;
  /** W3C trace context of the request that caused it. */
  traceparent?: string;
}

export type EventHandler = (event: DomainEvent) => Promise<void>;

export interface Subscription {
  /** Ends after the event being handled. What is not handled goes to the group's other instances. */
  close(): Promise<void>;
}

export interface Follower {
  /** Milliseconds since this was last known to have seen everything; Infinity before it first has. */
  lag(): number;
  /** False from the moment on at which the connection to the bus is known to be lost. */
  isConnected(): boolean;
  close(): Promise<void>;
}

/** Carries facts between services, at least once. */
export interface EventBus {
  /**
   * Resolves when the events are safe with the bus; until then they belong in the outbox.
   *
   * @throws NotHandled naming the events that are not safe; after any other error none may be
   */
  publish(events: DomainEvent[]): Promise<void>;

  /**
   * Every event of these types reaches one instance of the group, at least once and usually once. A handler that throws
   * gets the event again, later.
   *
   * @throws Error when this bus has the group already: an instance gets all of a group's types or none
   */
  subscribe(group: string, handlers: Record<string, EventHandler>): Promise<Subscription>;

  /**
   * Every following instance receives every event of these types since `since` (epoch milliseconds; some older events may come
   * too), then new events as they arrive. It resolves when the past events were delivered, or cannot be delivered now: see
   * `lag()`. An error of the handler is logged, and the event is not delivered again.
   */
  follow(types: string[], since: number, handle: (event: DomainEvent) => void): Promise<Follower>;

  /** The number of events that the handlers of this group refused until the bus gave them up. */
  deadLetters(group: string): Promise<number>;

  /** @throws AppError 503 when the bus does not answer now */
  ping(): Promise<void>;

  close(): Promise<void>;
}

/** Some events could not be handled; all others of the batch are done. */
export class NotHandled extends Error {
  constructor(readonly failures: ReadonlyMap<string, unknown>) {
    const first = failures.values().next().value;
    super(
      `${failures.size} events were not handled: ${first instanceof Error ? first.message : String(first)}`,
      {
        cause: first,
      },
    );
    this.name = 'NotHandled';
  }
}

export function alreadySubscribed(group: string): Error {
  return new Error(`The group ${group} is subscribed already: put all its handlers into one subscription`);
}
