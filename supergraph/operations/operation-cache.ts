import { LRUCache } from 'lru-cache';

/**
 * Caches operations in a bounded number of bytes.
 *
 * It has two generations: an operation that was used once is in the small one, and a second use moves it to the large one. So a flood of
 * operations that are used once evicts only other such operations.
 *
 * Where values are large and can be made again, `maxNewcomers` evicts them earlier and keeps their keys: an operation that returns after
 * that goes to the large generation. A flood's values are then collected before V8 moves them to its old generation, where collection
 * costs most.
 */
export class OperationCache<Value extends object> {
  private readonly seenOnce: LRUCache<string, Value>;
  private readonly seenAgain: LRUCache<string, Value>;
  private readonly missed: LRUCache<string, true> | undefined;

  constructor(
    readonly maxBytes: number,
    private readonly sizeOf: (value: Value, key: string) => number,
    maxNewcomers?: number,
  ) {
    const newcomers = Math.max(1, Math.floor(maxBytes / 4));
    if (maxNewcomers === undefined) {
      this.seenOnce = new LRUCache({ maxSize: newcomers });
    } else {
      const keys = Math.max(1, Math.floor(newcomers / 4));
      this.missed = new LRUCache({ maxSize: keys, sizeCalculation: (_, key) => sizeOfKey(key) });
      this.seenOnce = new LRUCache({
        max: maxNewcomers,
        maxSize: Math.max(1, newcomers - keys),
        dispose: (_value, key, reason) => {
          if (reason === 'evict') this.missed?.set(key, true);
        },
      });
    }
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
    const cache = this.missed?.delete(key) ? this.seenAgain : this.seenOnce;
    cache.set(key, value, { size: this.size(value, key) });
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
    const keys = this.missed?.calculatedSize ?? 0;
    return this.seenOnce.calculatedSize + this.seenAgain.calculatedSize + keys;
  }

  get entries(): number {
    return this.seenOnce.size + this.seenAgain.size;
  }

  clear(): void {
    this.seenOnce.clear();
    this.seenAgain.clear();
    this.missed?.clear();
  }

  private size(value: Value, key: string): number {
    return Math.max(1, Math.ceil(this.sizeOf(value, key)));
  }
}

/** With its place in the map. */
function sizeOfKey(key: string): number {
  return 150 + key.length * 2;
}
