import { LRUCache } from 'lru-cache';

/**
 * Keeps compiled operations in a bounded number of bytes.
 *
 * Two generations: an operation seen once waits in the small one, a second use moves it to the large one. A flood of
 * operations that never come back, the cheap attack on such a cache, only ever evicts its own kind.
 */
export class OperationCache<Value extends object> {
  private readonly seenOnce: LRUCache<string, Value>;
  private readonly seenAgain: LRUCache<string, Value>;

  constructor(
    readonly maxBytes: number,
    private readonly sizeOf: (value: Value, key: string) => number,
  ) {
    const newcomers = Math.max(1, Math.floor(maxBytes / 4));
    this.seenOnce = new LRUCache({ maxSize: newcomers });
    this.seenAgain = new LRUCache({ maxSize: Math.max(1, maxBytes - newcomers) });
  }

  get(key: string): Value | undefined {
    const known = this.seenAgain.get(key);
    if (known) return known;
    const promoted = this.seenOnce.get(key);
    if (promoted) {
      this.seenOnce.delete(key);
      this.seenAgain.set(key, promoted, { size: this.size(promoted, key) });
    }
    return promoted;
  }

  set(key: string, value: Value): void {
    this.seenOnce.set(key, value, { size: this.size(value, key) });
  }

  /** Says that a value has grown, as when a caller with other rights makes it compile another variant. */
  grown(key: string): void {
    const cache = this.seenAgain.has(key) ? this.seenAgain : this.seenOnce;
    const value = cache.peek(key);
    if (!value) return;
    // A value that is there already keeps the size it came with.
    cache.delete(key);
    cache.set(key, value, { size: this.size(value, key) });
  }

  get bytes(): number {
    return this.seenOnce.calculatedSize + this.seenAgain.calculatedSize;
  }

  get entries(): number {
    return this.seenOnce.size + this.seenAgain.size;
  }

  clear(): void {
    this.seenOnce.clear();
    this.seenAgain.clear();
  }

  private size(value: Value, key: string): number {
    return Math.max(1, Math.ceil(this.sizeOf(value, key)));
  }
}
