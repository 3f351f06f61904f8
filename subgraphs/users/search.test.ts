import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BetterSqlite3QueryRunner } from 'typeorm/driver/better-sqlite3/BetterSqlite3QueryRunner.js';
import { systemClock } from '../../platform/clock';
import { Database } from '../../platform/database/database';
import { openSqlite } from '../../platform/database/sqlite-driver';
import { Authenticated } from '../../platform/security/caller';
import { migrations } from './migrations';
import { Search } from './search/search';
import { entities } from './tables';
import { waysOfLooking } from './testing/search-cases';

it.each(waysOfLooking)('A search for %s reads an index of SQLite, never all users', async q => {
  const folder = await mkdtemp(join(tmpdir(), 'plinth-search-'));
  const path = join(folder, 'users.db');
  const db = await Database.open({
    url: `sqlite:${path}`,
    service: 'users',
    entities,
    migrations,
    clock: systemClock,
  });
  const query = jest.spyOn(BetterSqlite3QueryRunner.prototype, 'query');
  try {
    const caller = { kind: 'user', id: 'admin', permissions: ['*'], isCurrent: () => true } as const;
    await new Search(db).find(new Authenticated(caller), q, {});
    const reader = openSqlite(path, { readonly: true });
    const steps = query.mock.calls.flatMap(([sql, parameters]) => {
      const plan = reader.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...(parameters as unknown[]));
      return (plan as { detail: string }[]).map(step => step.detail);
    });
    reader.close();
    expect(steps.join('\n')).toMatch(/ix__search_words__word__user_id|search_marks VIRTUAL TABLE INDEX 0:M1/);
    expect(steps.filter(step => /^SCAN (?!search_marks VIRTUAL TABLE INDEX 0:M1)/.test(step))).toEqual([]);
  } finally {
    query.mockRestore();
    await db.close();
    await rm(folder, { recursive: true, force: true });
  }
});
