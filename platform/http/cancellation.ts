/** What those who wait need of an `AbortSignal`: one of those is one, too. */
export interface CancelSignal {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * Calls off work that nobody waits for any more. Every request has one and hardly any is used, which is why this is not an
 * `AbortController`: making one of those, with an event target in it, costs as much as a good part of the request.
 */
export class Cancellation implements CancelSignal {
  private isCancelled = false;
  private listeners: (() => void)[] | undefined;
  private controller: AbortController | undefined;

  get aborted(): boolean {
    return this.isCancelled;
  }

  /** For what takes a real one only. */
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

  /** Each listener is called once at most, as everything is cancelled once at most. */
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
