import DataLoader from 'dataloader';
import { Later } from './later';

/** How many keys one query takes at most: SQLite refuses more than 32,766 parameters, and plans get worse well before. */
const largestBatch = 500;

interface Batch<Value> {
  readonly keys: string[];
  readonly values: Later<Value>[];
}

/**
 * Loads values by key: each key once, and all that are asked for in one turn of the event loop in one query; when that is due
 * is what DataLoader says. Make one per request: what it keeps is that request's view. DataLoader takes whole batches, and what
 * is answered is a `Later`, so that no row takes a promise on its way through the resolvers.
 */
export class Loader<Value> {
  private readonly known = new Map<string, Later<Value>>();
  /** Made when it is needed: most requests load from few of their loaders. */
  private batches: DataLoader<Batch<Value>, void> | undefined;
  /** Takes keys until it is due. */
  private open: Batch<Value> | undefined;

  /** @param fetch answers a value for each key, in their order */
  constructor(
    private readonly fetch: (keys: readonly string[]) => Promise<readonly Value[]>,
    private readonly most = largestBatch,
  ) {}

  load(key: string): Later<Value> {
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const value = new Later<Value>();
    this.known.set(key, value);
    if (this.open === undefined || this.open.keys.length >= this.most) {
      this.open = { keys: [], values: [] };
      this.batches ??= new DataLoader(due => Promise.all(due.map(batch => this.answer(batch))), {
        cache: false,
      });
      void this.batches.load(this.open);
    }
    this.open.keys.push(key);
    this.open.values.push(value);
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

  private async answer(batch: Batch<Value>): Promise<void> {
    if (this.open === batch) this.open = undefined;
    const { keys, values } = batch;
    let fetched: readonly Value[];
    try {
      fetched = await this.fetch(keys);
    } catch (error) {
      for (const [index, value] of values.entries()) {
        // Who asks again may be luckier.
        if (this.known.get(keys[index]!) === value) this.known.delete(keys[index]!);
        value.fail(error);
      }
      return;
    }
    for (const [index, value] of values.entries()) value.arrive(fetched[index]!);
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
