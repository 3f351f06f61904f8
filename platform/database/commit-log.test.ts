import fs from 'node:fs';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../clock';
import { OutboxRelay } from '../events/outbox';
import { silentLogger } from '../observability/logger';
import { openThings, Thing, thing } from '../testing/things';
import { CommitLog } from './commit-log';
import type { Database } from './database';
import { openSqlite } from './sqlite-driver';

let folder: string;
let db: Database;
/** Each ends a sync that has begun. */
let syncs: (() => void)[];
let isHolding: boolean;
/** Their inodes. */
let syncedFiles: Set<number>;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'plinth-commit-log-')));
  syncs = [];
  isHolding = true;
  syncedFiles = new Set();
  const sync = fs.fdatasync;
  jest.spyOn(fs, 'fdatasync').mockImplementation((descriptor, done) => {
    syncedFiles.add(fs.fstatSync(descriptor).ino);
    if (isHolding) syncs.push(() => sync(descriptor, done));
    else sync(descriptor, done);
  });
  db = await openThings(`sqlite:${join(folder, 'things.db')}`, 'things');
});

afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const insert = (id: string) => db.transaction(tx => tx.manager.insert(Thing, thing({ id })));
const insertEvent = "INSERT INTO outbox (id, type, version, data, occurred_at) VALUES ('a', 'b', 1, '{}', 1)";

/** Whether the promise settles without a sync that ends. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.finally(() => {
    settled = true;
  });
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  return settled;
}

describe('A commit on SQLite', () => {
  it('is answered when the log is on disk, whichever way it was written', async () => {
    for (const write of [() => insert('one'), () => db.write(insertEvent, [])]) {
      const answered = write();
      expect(await isSettled(answered)).toBe(false);
      expect(syncs).toHaveLength(1);
      syncs.pop()!();
      await answered;
    }
    expect([...syncedFiles]).toEqual([fs.statSync(join(folder, 'things.db-wal')).ino]);
    await db.close();
  });

  it('lets the next transaction run while it is synced, and those that come meanwhile share a sync', async () => {
    const first = insert('first');
    expect(await isSettled(first)).toBe(false);
    const others = ['second', 'third', 'fourth'].map(insert);
    expect(await isSettled(Promise.race(others))).toBe(false);
    expect(await db.read.count(Thing)).toBe(4);
    expect(syncs).toHaveLength(1);
    syncs.shift()!();
    await first;
    expect(await isSettled(Promise.race(others))).toBe(false);
    expect(syncs).toHaveLength(1);
    syncs.shift()!();
    await Promise.all(others);
    expect(syncs).toHaveLength(0);
    await db.close();
  });

  it('tells nobody of itself, and lets no event be published, before it is on disk', async () => {
    const told: string[] = [];
    const publish = jest.fn(async () => {});
    const bus = { publish } as unknown as ConstructorParameters<typeof OutboxRelay>[0]['bus'];
    const relay = new OutboxRelay({ db, bus, clock: systemClock, logger: silentLogger });
    const answered = db.transaction(async tx => {
      await tx.emit({ type: 'thing.made', data: {} });
      tx.afterCommit(() => void told.push('hint'));
    });
    expect(await isSettled(answered)).toBe(false);
    relay.start();
    expect(await isSettled(answered)).toBe(false);
    expect([told, publish.mock.calls]).toEqual([[], []]);
    isHolding = false;
    for (const end of syncs) end();
    await answered;
    await relay.flush();
    expect([told.length, publish.mock.calls.length]).toEqual([1, 1]);
    await relay.stop();
    await db.close();
  });

  it('that changed nothing, and a write that may be lost, sync nothing', async () => {
    await db.transaction(tx => tx.manager.delete(Thing, { id: 'nobody' }));
    await db.write('DELETE FROM things WHERE id = ?', ['nobody']);
    await db.writeUnsynced(insertEvent, []);
    await expect(db.writeUnsynced('INSERT INTO things (id) VALUES (?)', [null])).rejects.toThrow();
    expect(syncs).toHaveLength(0);
    await db.close();
  });

  it('is neither answered nor refused when the sync fails: the process ends', async () => {
    const path = join(folder, 'lost.db');
    const writer = openSqlite(path);
    writer.exec('PRAGMA journal_mode = WAL; CREATE TABLE rows (id INTEGER)');
    const lost = jest.fn();
    const log = new CommitLog(writer, () => Promise.reject(new Error('EIO')), lost);
    writer.exec('INSERT INTO rows VALUES (1)');
    log.committed();
    expect(await isSettled(log.durable())).toBe(false);
    expect(lost).toHaveBeenCalledWith(new Error('EIO'));
    writer.close();
    await db.close();
  });
});
