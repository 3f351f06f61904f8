/**
 * A value that arrives together with others, such as a row that is read with those of other keys. Whoever knows it
 * (compiled-operation.ts) is called when it is there: a promise for each of fifty rows costs more than the rows. To everybody
 * else it is a promise: `await` it.
 */
export class Later<T> implements PromiseLike<T> {
  private state: 'open' | 'arrived' | 'failed' = 'open';
  private outcome: unknown;
  /** Hardly ever more than one. */
  private listeners: (() => void) | (() => void)[] | undefined;

  static of<T>(value: T): Later<T> {
    const later = new Later<T>();
    later.arrive(value);
    return later;
  }

  get isOpen(): boolean {
    return this.state === 'open';
  }

  /** The value, once it is not open any more. @throws what it failed with */
  get value(): T {
    if (this.state === 'failed') throw this.outcome;
    return this.outcome as T;
  }

  arrive(value: T): void {
    this.end('arrived', value);
  }

  fail(error: unknown): void {
    this.end('failed', error);
  }

  /** At once where it is not open any more. Must not throw: those who wait for the same batch come after. */
  whenEnded(listener: () => void): void {
    if (this.state !== 'open') listener();
    else if (this.listeners === undefined) this.listeners = listener;
    else if (typeof this.listeners === 'function') this.listeners = [this.listeners, listener];
    else this.listeners.push(listener);
  }

  /** What the view makes of the value; it fails with what the view throws. */
  map<View>(view: (value: T) => View): Later<View> {
    const mapped = new Later<View>();
    this.whenEnded(() => {
      let seen: View;
      try {
        seen = view(this.value);
      } catch (error) {
        mapped.fail(error);
        return;
      }
      mapped.arrive(seen);
    });
    return mapped;
  }

  // biome-ignore lint/suspicious/noThenProperty: to be awaited is what it is for
  then<One = T, Other = never>(
    arrived?: ((value: T) => One | PromiseLike<One>) | null,
    failed?: ((error: unknown) => Other | PromiseLike<Other>) | null,
  ): Promise<One | Other> {
    const promise = new Promise<T>((resolve, reject) => {
      this.whenEnded(() => {
        if (this.state === 'failed') reject(this.outcome);
        else resolve(this.outcome as T);
      });
    });
    return promise.then(arrived, failed);
  }

  private end(state: 'arrived' | 'failed', outcome: unknown): void {
    this.state = state;
    this.outcome = outcome;
    const { listeners } = this;
    this.listeners = undefined;
    if (typeof listeners === 'function') listeners();
    else if (listeners !== undefined) for (const listener of listeners) listener();
  }
}
