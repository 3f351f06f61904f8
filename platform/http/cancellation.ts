/** The part of `AbortSignal` that waiting code needs. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Cancels work whose result nobody waits for any more. Every request has one and hardly any is used. The plain way is an
 * `AbortController`, but making one with its event target costs a good part of a request.
 */
export class Cancellation implements CancelSignal {
  private isCancelled = false;
  private listeners: (() => void)[] | undefined;
  private controller: AbortController | undefined;

  get aborted(): boolean {
    return this.isCancelled;
  }

  /** For functions that need a real AbortSignal. */
  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController();
      if (this.isCancelled) this.controller.abort();
    }
    return this.controller.signal;
  }

  cancel(): void {
    if (this.isCancelled) return;
    this.isCancelled = true;
    const { listeners } = this;
    this.listeners = undefined;
    this.controller?.abort();
    for (const listener of listeners ?? []) listener();
  }

  /** A listener is called at most once, as cancelling happens at most once. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (this.isCancelled) return;
    if (this.listeners === undefined) this.listeners = [listener];
    else this.listeners.push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    const at = this.listeners?.indexOf(listener) ?? -1;
    if (at >= 0) this.listeners?.splice(at, 1);
  }
}
