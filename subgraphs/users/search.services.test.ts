import { systemClock } from '../../platform/clock';
import { Database } from '../../platform/database/database';
import { Authenticated } from '../../platform/security/caller';
import { newPostgresDatabase, requiredBackend, withClient } from '../../platform/testing/backend';
import { eventually } from '../../platform/testing/eventually';
import { migrations } from './migrations';
import { Search } from './search/search';
import { entities } from './tables';
import { insertProfiles, profileFrom, waysOfLooking } from './testing/search-cases';

it('A search reads indexes of PostgreSQL, never all users', async () => {
  const { url, drop } = await newPostgresDatabase(requiredBackend().postgres, 'plans');
  const options = { url, service: 'users', entities, clock: systemClock };
  const before = await Database.open({ ...options, migrations: migrations.slice(0, 1) });
  const names = ['Maria', 'Martin', 'Amartia', 'Anna', 'Miguel', 'Zoe'];
  await insertProfiles(
    before,
    Array.from({ length: 5_000 }, (_, at) =>
      profileFrom(`user${at}`, names[at % 6]!, `${names[at % 5]}${at % 97}`),
    ),
  );
  await before.close();
  // The server counts the scans of a connection late, and at the latest when it ends: the migration has its own connection.
  await (await Database.open({ ...options, migrations })).close();
  const db = await Database.open({ ...options, migrations });
  try {
    const scans = () =>
      withClient(url, async client => {
        const { rows } = await client.query<{ all: string; by_index: string }>(
          `SELECT sum(seq_scan) AS all, sum(idx_scan) AS by_index FROM pg_stat_user_tables
           WHERE relname IN ('search_entries', 'search_words')`,
        );
        return { all: Number(rows[0]!.all), byIndex: Number(rows[0]!.by_index) };
      });
    // Plans need the statistics of the new rows; PostgreSQL's autovacuum collects them within a minute of the migration.
    await withClient(url, client => client.query('ANALYZE'));
    const start = await settled(scans);
    const caller = { kind: 'user', id: 'admin', permissions: ['*'], isCurrent: () => true } as const;
    for (const q of waysOfLooking) await new Search(db).find(new Authenticated(caller), q, {});
    await eventually(async () => {
      expect((await scans()).byIndex).toBeGreaterThanOrEqual(start.byIndex + waysOfLooking.length);
    });
    expect((await settled(scans)).all).toBe(start.all);
  } finally {
    await db.close();
    await drop();
  }
});

/** The value once it has been the same for longer than the server keeps its counts to itself. */
async function settled<T>(read: () => Promise<T>): Promise<T> {
  for (let last = JSON.stringify(await read()); ; ) {
    await new Promise(resolve => setTimeout(resolve, 2_500));
    const value = await read();
    if (JSON.stringify(value) === last) return value;
    last = JSON.stringify(value);
  }
}
