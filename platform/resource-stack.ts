type Close = () => void | Promise<void>;

/** Closes resources in the reverse order of their opening, like the AsyncDisposableStack of ECMAScript. */
export class ResourceStack {
  private readonly closers: Close[] = [];
  private closed: Promise<void> | undefined;

  /** Adds the `close` of a resource that was opened. */
  defer(close: Close): void {
    this.closers.push(close);
  }

  /** Closes every resource, also after one fails to close; then rejects with the first failure. */
  close(): Promise<void> {
    this.closed ??= this.closeAll();
    return this.closed;
  }

  private async closeAll(): Promise<void> {
    const failures: unknown[] = [];
    for (const close of this.closers.reverse()) {
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
