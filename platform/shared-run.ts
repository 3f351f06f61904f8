/** Work that many wait for, such as a sync of the disk. Those who ask while one run is under way share the next, which begins after they asked. */
export class SharedRun {
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(private readonly work: () => Promise<void>) {}

  /** Resolves after a run that began after this call. @throws whatever the work throws */
  run(): Promise<void> {
    if (this.running === undefined) return this.start();
    this.next ??= this.running.then(
      () => this.start(),
      () => this.start(),
    );
    return this.next;
  }

  private start(): Promise<void> {
    this.next = undefined;
    this.running = this.work().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }
}
