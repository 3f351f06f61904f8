import DataLoader from 'dataloader';

/** How many keys one query takes at most: SQLite refuses more than 32,766 parameters, and plans get worse well before. */
const largestBatch = 500;

/** Loads rows by id, the ids of one tick in one query. Make one per request: what it keeps is that request's view. */
export function loaderById<Row extends { id: string }>(
  fetch: (ids: readonly string[]) => Promise<readonly Row[]>,
): DataLoader<string, Row | null> {
  return loaderBy(row => row.id, fetch);
}

/** Loads one row for each key; null where there is none. */
export function loaderBy<Row>(
  keyOf: (row: Row) => string,
  fetch: (keys: readonly string[]) => Promise<readonly Row[]>,
): DataLoader<string, Row | null> {
  return new DataLoader(
    async keys => {
      const found = new Map((await fetch(keys)).map(row => [keyOf(row), row]));
      return keys.map(key => found.get(key) ?? null);
    },
    { maxBatchSize: largestBatch },
  );
}

/** Loads the rows that belong to each key, in the order they were fetched. */
export function loaderOfMany<Row>(
  keyOf: (row: Row) => string,
  fetch: (keys: readonly string[]) => Promise<readonly Row[]>,
): DataLoader<string, Row[]> {
  return new DataLoader(
    async keys => {
      const found = new Map<string, Row[]>();
      for (const row of await fetch(keys)) {
        const key = keyOf(row);
        const rows = found.get(key);
        if (rows === undefined) found.set(key, [row]);
        else rows.push(row);
      }
      return keys.map(key => found.get(key) ?? []);
    },
    { maxBatchSize: largestBatch },
  );
}
