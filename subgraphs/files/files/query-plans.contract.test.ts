import { Database } from '../../../platform/database/database';
import { Authenticated } from '../../../platform/security/caller';
import { FileRow } from '../tables';
import { TestFiles } from '../testing/test-files';
import { Files } from './files';

const files = new TestFiles();
const rows = jest.spyOn(Database.prototype, 'rows');

const count = 20_000;
const owners = 200;
const { id: userId, token } = {
  id: '00000000-0000-7000-8000-000000000007',
  token: () => files.user({ userId }).token,
};
const otherId = '00000000-0000-7000-8000-000000000008';

/** Each of the owners has a hundred files; two hundred of all are of a rare type, two hundred have a rare tag. */
async function seed(db: Database): Promise<void> {
  const uuid = (text: string) =>
    `'00000000-0000-7000-8000-' || substr(CAST(1000000000000 + ${text} AS text), 2)`;
  const numbers = `WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${count})`;
  const owner = uuid(`(i % ${owners})`);
  await db.transaction(async tx => {
    await tx.manager.query(`${numbers} INSERT INTO files
      (id, owner_id, filename, filename_key, original_filename, content_type, size, sha256, chunk_digests, storage_key,
       is_public, tags, created_at, updated_at, version)
      SELECT ${uuid('i')}, ${owner}, 'a.txt', 'a.txt', 'a.txt',
        CASE WHEN i / ${owners} % 100 = 50 THEN 'image/png' ELSE 'text/plain' END,
        1, '', '', CAST(i AS text), ${db.kind === 'sqlite' ? '0' : 'false'}, '[]', i, i, 1 FROM numbers`);
    const yes = db.kind === 'sqlite' ? '1' : 'true';
    await tx.manager.query(`${numbers} INSERT INTO file_access (user_id, file_id, can_write, can_delete)
      SELECT ${owner}, ${uuid('i')}, ${yes}, ${yes} FROM numbers`);
    await tx.manager.query(`${numbers} INSERT INTO file_tags (tag, file_id)
      SELECT CASE WHEN i / ${owners} % 100 = 10 THEN 'rare' ELSE 'common' END, ${uuid('i')} FROM numbers`);
  });
  await db.transaction(tx => tx.manager.query('ANALYZE'));
}

interface Plan {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: Plan[];
}

/** The rows that PostgreSQL read for a plan. */
function readBy(plan: Plan): number {
  const read =
    plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0) + (plan['Rows Removed by Join Filter'] ?? 0);
  const below = (plan.Plans ?? []).reduce((sum, each) => sum + readBy(each), 0);
  return Math.max(below, read * plan['Actual Loops']);
}

/** Runs the last query for files again. @returns what it reads of whole tables, and how many rows (on PostgreSQL only) */
async function planOfLast(): Promise<{ scans: string[]; read: number }> {
  const at = rows.mock.calls.findLastIndex(([row]) => row === (FileRow as unknown));
  const [, rest, values] = rows.mock.calls[at]!;
  const db = rows.mock.contexts[at] as Database;
  let next = 0;
  const literal = () => {
    const value = values[next++];
    return typeof value === 'string' ? `'${value}'` : String(value);
  };
  const sql = `SELECT files.* FROM files ${rest.replace(/\?/g, literal)}`;
  if (db.kind === 'sqlite') {
    const plan = (await db.read.query(`EXPLAIN QUERY PLAN ${sql}`)) as { detail: string }[];
    return { scans: plan.map(({ detail }) => detail).filter(detail => detail.startsWith('SCAN')), read: 0 };
  }
  const [{ 'QUERY PLAN': plans }] = (await db.read.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${sql}`)) as [
    { 'QUERY PLAN': [{ Plan: Plan }] },
  ];
  return {
    scans: JSON.stringify(plans).match(/"Seq Scan"/g) ?? [],
    read: readBy(plans[0].Plan),
  };
}

beforeAll(async () => {
  await files.start();
  await files.rest('GET', '/', { token: token() });
  await seed(rows.mock.contexts.at(-1) as Database);
}, 120_000);
afterAll(() => files.close());

async function list(query: string): Promise<number> {
  const { status, body } = await files.rest('GET', `/?${query}`, { token: token() });
  expect(status).toBe(200);
  return (body as { items: unknown[] }).items.length;
}

describe('a list of files', () => {
  it.each([
    ['', 20],
    ['tag=rare', 1],
    ['content_type=image/png', 1],
    ['content_type=image/*', 1],
    ['name=a.t', 20],
    [`owner_id=${userId}`, 20],
    [`owner_id=${userId}&tag=rare&content_type=text/*&name=a`, 1],
    [`owner_id=${otherId}&content_type=image/png`, 0],
    ['tag=%00&name=%00', 0],
  ])('with the filter "%s" reads the rows of one user at most, by indexes', async (query, found) => {
    expect(await list(query)).toBe(found);
    const { scans, read } = await planOfLast();
    expect(scans).toEqual([]);
    expect(read).toBeLessThanOrEqual(4 * (count / owners));
  });

  it('of an API key that reads everything needs an owner where no index has the answer', async () => {
    const key = new Authenticated({
      kind: 'service',
      id: 'key',
      permissions: ['files:read'],
      isCurrent: () => true,
    });
    const db = rows.mock.contexts.at(-1) as Database;
    const all = new Files(db, undefined as never, undefined as never, undefined as never);
    const first = 20;
    for (const [filter, found] of [
      [{}, first],
      [{ tag: 'rare' }, first],
      [{ contentType: 'image/png' }, first],
      [{ ownerId: otherId, name: 'a' }, first],
    ] as const) {
      expect((await all.list(key, filter, { first })).nodes).toHaveLength(found);
      const { scans, read } = await planOfLast();
      // In the order of the primary key, until the page is full.
      const isWalk = (step: string) =>
        /^SCAN files USING INDEX/.test(step) && Object.keys(filter).length === 0;
      expect(scans.filter(step => !isWalk(step))).toEqual([]);
      expect(read).toBeLessThanOrEqual(4 * (count / owners));
    }
    for (const filter of [{ name: 'a' }, { contentType: 'image/*' }]) {
      await expect(all.list(key, filter, { first })).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    }
  });

  it('goes on in the index where the last page ended', async () => {
    const { body } = await files.rest('GET', '/?first=90', { token: token() });
    const { end_cursor: after } = (body as { page_info: { end_cursor: string } }).page_info;
    expect(await list(`first=5&after=${after}`)).toBe(5);
    const { scans, read } = await planOfLast();
    expect(scans).toEqual([]);
    expect(read).toBeLessThanOrEqual(12);
  });
});
