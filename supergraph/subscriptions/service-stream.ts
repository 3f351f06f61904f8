import { randomUUID } from 'node:crypto';
import { AppError, platformErrors, unavailable } from '../../platform/errors';
import type { SubgraphEvent, SubscriptionSource } from '../execution/subscription';
import type { ServiceConnection } from './service-connection';

/** Events that wait for one subscriber. */
const maxWaiting = 500;
/** A subscription is made again for this long after a break. */
const resumeMs = 60_000;
const firstPauseMs = 100;
const longestPauseMs = 3_000;

/** Errors with which a service ends a subscription although the caller may have it. */
const interruptions = new Set<unknown>([
  platformErrors.SUBSCRIPTION_INTERRUPTED.code,
  platformErrors.SERVICE_UNAVAILABLE.code,
  platformErrors.SHUTTING_DOWN.code,
]);

/**
 * The events of one subscription from its service. After a break it subscribes again, with growing pauses, if the
 * subscription starts with the current state; the subscriber then gets the state once more and has missed nothing. Otherwise it
 * fails with SUBSCRIPTION_INTERRUPTED.
 */
export class ServiceStream implements AsyncIterator<SubgraphEvent> {
  private readonly waiting: SubgraphEvent[] = [];
  private reader:
    | { resolve(result: IteratorResult<SubgraphEvent>): void; reject(error: unknown): void }
    | undefined;
  private failure: AppError | undefined;
  private isOver = false;
  private hasStarted = false;
  private brokenSince: number | undefined;
  private pauseMs = firstPauseMs;
  private timer: NodeJS.Timeout | undefined;
  private connection: ServiceConnection | undefined;
  private leave: () => void = () => {};
  /** The name of this subscription on the connection, by which its credential is replaced. */
  private operation = '';

  constructor(
    private readonly source: Pick<
      SubscriptionSource,
      'query' | 'variables' | 'startsWithCurrentState' | 'subgraph'
    >,
    /** The connection to an instance of the service, asked for again after a break. */
    private readonly connect: () => ServiceConnection,
    /** The headers of the subscriber, with the current credential. */
    private readonly headersOf: () => Readonly<Record<string, string>>,
  ) {
    this.subscribe();
  }

  /** Replaces the credential at the service by that of `headersOf`. */
  renew(): void {
    this.connection?.ping({ operation: this.operation, headers: this.headersOf() });
  }

  /** Subscribes again, for the state as the caller may see it now. Only for a subscription that starts with the state. */
  restart(): void {
    if (this.isOver || !this.source.startsWithCurrentState) return;
    this.leave();
    clearTimeout(this.timer);
    this.subscribe();
  }

  next(): Promise<IteratorResult<SubgraphEvent>> {
    if (this.waiting.length > 0) return Promise.resolve({ done: false, value: this.waiting.shift() });
    if (this.failure !== undefined) {
      const { failure } = this;
      this.failure = undefined;
      return Promise.reject(failure);
    }
    if (this.isOver) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve, reject) => {
      this.reader = { resolve, reject };
    });
  }

  async return(): Promise<IteratorResult<SubgraphEvent>> {
    this.waiting.length = 0;
    this.end();
    return { done: true, value: undefined };
  }

  private subscribe(): void {
    const { query, variables } = this.source;
    const operation = randomUUID();
    this.operation = operation;
    const isCurrent = () => !this.isOver && this.operation === operation;
    const connection = this.connect();
    this.connection = connection;
    this.leave = connection.subscribe(
      { query, variables, extensions: { operation, headers: this.headersOf() } },
      {
        next: event => {
          if (isCurrent()) this.push(event);
        },
        error: errors => {
          if (isCurrent()) this.ended(errors);
        },
        complete: () => {
          if (isCurrent()) this.end();
        },
      },
    );
  }

  private push(event: SubgraphEvent): void {
    this.hasStarted = true;
    this.brokenSince = undefined;
    this.pauseMs = firstPauseMs;
    const { reader } = this;
    if (reader !== undefined) {
      this.reader = undefined;
      reader.resolve({ done: false, value: event });
    } else if (this.waiting.length < maxWaiting) {
      this.waiting.push(event);
    } else {
      this.waiting.length = 0;
      this.fail(
        new AppError(
          platformErrors.SUBSCRIBER_TOO_SLOW,
          'The subscription fell too far behind: subscribe again and read the current state',
        ),
      );
    }
  }

  private ended(errors: readonly unknown[] | undefined): void {
    const isRefusal = errors !== undefined && !errors.every(isInterruption);
    if (isRefusal) {
      // Such as a permission that is missing: the last event.
      this.push({ data: null, errors });
      this.end();
      return;
    }
    if (!this.hasStarted) {
      this.fail(unavailable(`The ${this.source.subgraph} service is not available right now`));
    } else if (!this.source.startsWithCurrentState) {
      this.fail(
        new AppError(
          platformErrors.SUBSCRIPTION_INTERRUPTED,
          `The connection to the ${this.source.subgraph} service broke, and events may be missing: subscribe again`,
        ),
      );
    } else this.resume();
  }

  private resume(): void {
    const now = Date.now();
    this.brokenSince ??= now;
    if (now - this.brokenSince > resumeMs) {
      this.fail(unavailable(`The ${this.source.subgraph} service is not available right now`));
      return;
    }
    // Half of the pause is random, so that the subscribers of a service do not all come back at once.
    const pause = this.pauseMs / 2 + Math.random() * (this.pauseMs / 2);
    this.pauseMs = Math.min(longestPauseMs, this.pauseMs * 2);
    this.timer = setTimeout(() => this.subscribe(), pause).unref();
  }

  private fail(error: AppError): void {
    const { reader } = this;
    this.reader = undefined;
    if (reader !== undefined) reader.reject(error);
    else this.failure = error;
    this.end();
  }

  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    this.leave();
    this.reader?.resolve({ done: true, value: undefined });
    this.reader = undefined;
  }
}

function isInterruption(error: unknown): boolean {
  const { extensions } = error as { extensions?: { code?: unknown } };
  return interruptions.has(extensions?.code);
}
