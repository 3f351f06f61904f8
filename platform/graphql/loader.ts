import DataLoader from 'dataloader';

/** SQLite refuses more than 32,766 parameters in one statement, and query plans get worse well before. */
const defaultBatchSize = 500;

/** Loads values by key, with all keys of one turn of the event loop in one query. Make one per request: it keeps what it loads. */
export type Loader<Value> = DataLoader<string, Value>;

/** @param fetch returns a value for each key, in their order */
export function loaderOf<Value>(
  fetch: (keys: readonly string[]) => Promise<readonly Value[]>,
  maxBatchSize = defaultBatchSize,
): Loader<Value> {
  return new DataLoader(fetch, { maxBatchSize });
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
  return loaderOf<Row | null>(async keys => {
    const found = new Map((await fetch(keys)).map(row => [keyOf(row), row]));
    return keys.map(key => found.get(key) ?? null);
  });
}

/** Loads the rows that belong to each key, in the order they were fetched. */
export function loaderOfMany<Row>(
  keyOf: (row: Row) => string,
  fetch: (keys: readonly string[]) => Promise<readonly Row[]>,
): Loader<Row[]> {
  return loaderOf<Row[]>(async keys => {
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
