import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '../clock';
import { databaseContract } from '../testing/database-contract';
import { openThings, Thing, thing } from '../testing/things';
import { Database } from './database';
import { uniqueViolation } from './driver-errors';

let folder: string;
let places = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plinth-database-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const newPlace = async () => ({
  url: `sqlite:${join(folder, 'made for it', `${places++}.db`)}`,
  service: 'things',
});

databaseContract('sqlite', newPlace);

describe('Database on SQLite', () => {
  it('leaves the sync of every commit to the thread pool, and waits for another process', async () => {
    const { url, service } = await newPlace();
    const db = await openThings(url, service);
    const settings = await db.transaction(async tx => [
      await tx.manager.query('PRAGMA journal_mode'),
      await tx.manager.query('PRAGMA synchronous'),
      await tx.manager.query('PRAGMA foreign_keys'),
      await tx.manager.query('PRAGMA busy_timeout'),
    ]);
    await db.close();
    expect(settings.flat()).toEqual([
      { journal_mode: 'wal' },
      { synchronous: 1 },
      { foreign_keys: 1 },
      { timeout: 5000 },
    ]);
  });

  it('refuses to write through plain reads', async () => {
    const { url, service } = await newPlace();
    const db = await openThings(url, service);
    await expect(db.read.insert(Thing, thing({ id: 'a' }))).rejects.toThrow(/readonly/);
    await db.close();
  });

  it('answers STORAGE_FULL when the disk is full, keeps what it had, and goes on when there is room', async () => {
    const { url, service } = await newPlace();
    const db = await openThings(url, service);
    const insert = (id: string, name: string) =>
      db.transaction(tx => tx.manager.insert(Thing, thing({ id, name })));
    await insert('before', 'small');
    await db.transaction(async tx => {
      const [{ page_count: pages }] = (await tx.manager.query('PRAGMA page_count')) as [
        { page_count: number },
      ];
      await tx.manager.query(`PRAGMA max_page_count = ${pages + 2}`);
    });
    await expect(insert('big', 'x'.repeat(1_000_000))).rejects.toMatchObject({
      code: 'STORAGE_FULL',
      status: 507,
    });
    await insert('small', 'fits');
    await db.transaction(tx => tx.manager.query('PRAGMA max_page_count = 1000000'));
    await insert('big', 'x'.repeat(1_000_000));
    expect(await db.read.createQueryBuilder(Thing, 't').getCount()).toBe(3);
    await db.close();
  });

  it('turns writers away when too many wait already', async () => {
    const { url, service } = await newPlace();
    const db = await openThings(url, service);
    const results = await Promise.allSettled(
      Array.from({ length: 1_001 }, () => db.transaction(async () => 1)),
    );
    const refused = results.filter(result => result.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE' } });
    await db.close();
  });

  it('says in one sentence what is wrong with a URL', async () => {
    const open = (url: string, service = 'things') =>
      Database.open({ url, service, entities: [], migrations: [], clock: new ManualClock() });
    await expect(open('mysql://x')).rejects.toThrow('starts with sqlite: or postgres://');
    await expect(open('sqlite:')).rejects.toThrow('needs a file');
    await expect(open('sqlite::memory:')).rejects.toThrow('needs a file');
    await expect(open('sqlite:x.db', 'no-hyphens')).rejects.toThrow('cannot name a database schema');
    await expect(open('postgres://u:hidden@127.0.0.1:1/x')).rejects.toThrow(
      'Cannot connect to PostgreSQL at 127.0.0.1:1',
    );
  });
});

describe('uniqueViolation', () => {
  it('reads the columns out of a PostgreSQL key, quoted or inside an expression', () => {
    const violation = (detail: string, constraint = 'some_constraint') =>
      uniqueViolation({ driverError: { code: '23505', detail, constraint } });
    expect(violation('Key (a, "order")=(1, 2) already exists.')).toEqual(['a', 'order']);
    expect(violation('Key (lower(email))=(x) already exists.')).toEqual(['email']);
    expect(violation('Key (tenant, lower(email))=(x, y) already exists.')).toEqual(['tenant', 'email']);
    expect(violation('', 'uq__accounts__email__tenant_id')).toEqual(['email', 'tenant_id']);
  });
});
