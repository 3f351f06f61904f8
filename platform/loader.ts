import { Later } from './later';

/** How many keys one query takes at most: SQLite refuses more than 32,766 parameters, and plans get worse well before. */
const largestBatch = 500;

/**
 * Loads values by key: each key once, and all that are asked for in one turn of the event loop in one query. Make one per
 * request: what it keeps is that request's view.
 */
export class Loader<Value> {
  private readonly known = new Map<string, Later<Value>>();
  private batch: Map<string, Later<Value>> | undefined;

  /** @param fetch answers a value for each key, in their order */
  constructor(
    private readonly fetch: (keys: readonly string[]) => Promise<readonly Value[]>,
    private readonly most = largestBatch,
  ) {}

  load(key: string): Later<Value> {
    let value = this.known.get(key);
    if (value === undefined) {
      value = new Later();
      this.known.set(key, value);
      this.enqueue(key, value);
    }
    return value;
  }

  /** What was read already need not be read again. */
  prime(key: string, value: Value): void {
    if (!this.known.has(key)) this.known.set(key, Later.of(value));
  }

  clear(key: string): void {
    this.known.delete(key);
  }

  clearAll(): void {
    this.known.clear();
  }

  private enqueue(key: string, value: Later<Value>): void {
    // A key that was cleared while its batch waits is in that batch already, for those who asked before.
    if (this.batch === undefined || this.batch.size >= this.most || this.batch.has(key)) {
      const batch = new Map<string, Later<Value>>();
      this.batch = batch;
      // When every promise that is resolved by now has been followed: their continuations may ask for more.
      Promise.resolve().then(() => process.nextTick(() => void this.dispatch(batch)));
    }
    this.batch.set(key, value);
  }

  private async dispatch(batch: Map<string, Later<Value>>): Promise<void> {
    if (this.batch === batch) this.batch = undefined;
    let values: readonly Value[];
    try {
      values = await this.fetch([...batch.keys()]);
    } catch (error) {
      for (const [key, waiting] of batch) {
        // Who asks again may be luckier.
        if (this.known.get(key) === waiting) this.known.delete(key);
        waiting.fail(error);
      }
      return;
    }
    let index = 0;
    for (const waiting of batch.values()) waiting.arrive(values[index++]!);
  }
}

/** Loads rows by id. */
export function loaderById<Row extends { id: string }>(
  fetch: (ids: readonly string[]) => Promise<readonly Row[]>,
): Loader<Row | null> {
  return loaderBy(row => row.id, fetch);
}

/** Loads one row for each key; null where there is none. */
export function loaderBy<Row>(
  keyOf: (row: Row) => string,
  fetch: (keys: readonly string[]) => Promise<readonly Row[]>,
): Loader<Row | null> {
  return new Loader<Row | null>(async keys => {
    const found = new Map((await fetch(keys)).map(row => [keyOf(row), row]));
    return keys.map(key => found.get(key) ?? null);
  });
}

/** Loads the rows that belong to each key, in the order they were fetched. */
export function loaderOfMany<Row>(
  keyOf: (row: Row) => string,
  fetch: (keys: readonly string[]) => Promise<readonly Row[]>,
): Loader<Row[]> {
  return new Loader<Row[]>(async keys => {
    const found = new Map<string, Row[]>();
    for (const row of await fetch(keys)) {
      const key = keyOf(row);
      const rows = found.get(key);
      if (rows === undefined) found.set(key, [row]);
      else rows.push(row);
    }
    return keys.map(key => found.get(key) ?? []);
  });
}
