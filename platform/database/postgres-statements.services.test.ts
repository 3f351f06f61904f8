import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { requiredBackend } from '../testing/backend';
import { openThings, Thing, thing } from '../testing/things';
import type { Database } from './database';

const service = `statements_${process.pid}${Date.now() % 1e6}`;
const byId = 'WHERE id = ?';
const slowly = 'WHERE id = ? AND pg_sleep(?) IS NOT NULL';
let admin: Client;
let db: Database;

/** Ends all connections of the service, as a restart of PostgreSQL would. */
const hangUp = () =>
  admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [
    `plinth-${service}`,
  ]);
const terminate = (pid: number) => admin.query('SELECT pg_terminate_backend($1)', [pid]);
/** Waits for a process that sleeps for the service, other than these. */
const isAtWork = async (others: number[] = []): Promise<number> => {
  for (;;) {
    const { rows } = await admin.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND wait_event = 'PgSleep' AND pid <> ALL($2::integer[])",
      [`plinth-${service}`, others],
    );
    if (rows[0] !== undefined) return rows[0].pid;
    await sleep(5);
  }
};
const add = (id: string) =>
  db.write('UPDATE things SET version = version + 1 WHERE id = ? RETURNING version', [id]);
const versionOf = async (id: string) => (await db.rows(Thing, byId, [id]))[0]?.version;

beforeAll(async () => {
  admin = new Client({ connectionString: requiredBackend().postgres });
  await admin.connect();
});

afterAll(() => admin.end());

beforeEach(async () => {
  db = await openThings(requiredBackend().postgres, service);
  for (const id of ['a', 'b', 'c']) await db.transaction(tx => tx.manager.insert(Thing, thing({ id })));
});

afterEach(async () => {
  await db.close();
  await admin.query(`DROP SCHEMA ${service} CASCADE`);
});

describe('Statements on PostgreSQL', () => {
  it('reads again what a dying connection did not answer, and only once', async () => {
    const reads = [
      db.rows(Thing, slowly, ['a', 0.5]),
      ...Array.from({ length: 100 }, (_, index) => db.rows(Thing, byId, [index % 2 ? 'b' : 'c'])),
    ];
    // One connection only: the repetition may not meet a second one that is about to end.
    await terminate(await isAtWork());
    const found = await Promise.all(reads);
    expect(found.map(rows => rows.map(({ id }) => id))).toEqual([
      ['a'],
      ...Array.from({ length: 100 }, (_, index) => [index % 2 ? 'b' : 'c']),
    ]);

    const unlucky = db.rows(Thing, slowly, ['a', 60]);
    const outcome = unlucky.then(
      () => 'read',
      error => error.code,
    );
    const first = await isAtWork();
    await terminate(first);
    await terminate(await isAtWork([first]));
    expect(await outcome).toBe('SERVICE_UNAVAILABLE');
  });

  it('goes on under load while connections die, and loses no write that it acknowledged', async () => {
    let acknowledged = 0;
    let unknown = 0;
    const until = Date.now() + 1_000;
    const writer = async (): Promise<void> => {
      while (Date.now() < until) {
        try {
          await add('a');
          acknowledged++;
        } catch (error) {
          expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
          unknown++;
        }
      }
    };
    const reader = async (id: string): Promise<void> => {
      while (Date.now() < until) {
        const rows = await db.rows(Thing, byId, [id]).catch(error => {
          expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
          return undefined;
        });
        expect(rows?.[0]?.id ?? id).toBe(id);
      }
    };
    const killer = async (): Promise<void> => {
      while (Date.now() < until) {
        await sleep(100);
        await hangUp();
      }
    };
    await Promise.all([
      killer(),
      ...Array.from({ length: 8 }, writer),
      ...Array.from({ length: 20 }, (_, index) => reader('abc'[index % 3]!)),
    ]);
    const added = (await versionOf('a'))! - 1;
    expect(acknowledged).toBeGreaterThan(50);
    expect(added).toBeGreaterThanOrEqual(acknowledged);
    expect(added).toBeLessThanOrEqual(acknowledged + unknown);
  });

  it('never writes twice: what a dying connection did not acknowledge is an error', async () => {
    const write = db.write(
      'UPDATE things SET version = version + 1 WHERE id = ? AND pg_sleep(?) IS NOT NULL',
      ['a', 0.3],
    );
    const refused = expect(write).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await isAtWork();
    await hangUp();
    await refused;
    await sleep(400);
    expect(await versionOf('a')).toBe(1);
  });

  it('commits the writes that came together though one of them waits for a lock', async () => {
    let order: string[] = [];
    await admin.query(`BEGIN`);
    await admin.query(`UPDATE ${service}.things SET name = 'held' WHERE id = 'b'`);
    const note = (id: string) => add(id).then(([row]) => void order.push(`${id}${row![0]}`));
    const together = [note('a'), note('b'), note('c'), note('a')];
    const started = Date.now();
    await Promise.all([together[0], together[2], together[3]]);
    expect(Date.now() - started).toBeLessThan(2_000);
    expect(order.sort()).toEqual(['a2', 'a3', 'c2']);
    order = [];
    await admin.query('COMMIT');
    await together[1];
    expect(order).toEqual(['b2']);
  });

  it('does not keep reads and writes waiting behind slow ones', async () => {
    const slow: Promise<Thing[]>[] = [];
    const processes = new Set<number>();
    for (let index = 0; index < 4; index++) {
      slow.push(db.rows(Thing, slowly, ['a', 1.5]));
      processes.add(await isAtWork([...processes]));
    }
    const started = Date.now();
    await Promise.all([db.rows(Thing, byId, ['b']), add('c')]);
    expect(Date.now() - started).toBeLessThan(600);
    expect((await Promise.all(slow)).map(rows => rows.length)).toEqual([1, 1, 1, 1]);
  });

  it('refuses one value that PostgreSQL cannot take, in the middle of others', async () => {
    const outcomes = await Promise.allSettled(
      ['1', 'one', '2', '', '3'].map(number =>
        db.rows(Thing, 'WHERE version = CAST(CAST(? AS text) AS integer)', [number]),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    const texts = await Promise.allSettled(['a', 'with\0zero', 'b'].map(id => add(id)));
    expect(texts.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([await versionOf('a'), await versionOf('b')]).toEqual([2, 2]);
  });

  it('answers nothing that was not committed', async () => {
    await admin.query(
      `CREATE FUNCTION ${service}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN IF NEW.name = 'refused' THEN RAISE EXCEPTION 'refused at the end'; END IF; RETURN NEW; END $$`,
    );
    await admin.query(
      `CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON ${service}.things DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION ${service}.refuse()`,
    );
    const rename = (id: string, name: string) =>
      db.write('UPDATE things SET name = ? WHERE id = ? RETURNING id', [name, id]);
    const outcomes = await Promise.allSettled([rename('a', 'A'), rename('b', 'refused'), rename('c', 'C')]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const names = (await db.rows(Thing, 'WHERE version = ? ORDER BY id', [1])).map(({ name }) => name);
    expect(names).toEqual(['A', 'b', 'C']);
  });

  it('prepares again what a migration changed or a pooler forgot', async () => {
    const read = () =>
      Promise.all(['a', 'b', 'c'].map(async id => (await db.rows(Thing, byId, [id]))[0]?.version));
    const write = () => Promise.all(['a', 'b', 'c'].map(async id => (await add(id))[0]?.[0]));
    expect([await read(), await write()]).toEqual([
      [1, 1, 1],
      [2, 2, 2],
    ]);
    await admin.query(`ALTER TABLE ${service}.things ALTER COLUMN version TYPE bigint`);
    expect([await read(), await write()]).toEqual([
      [2, 2, 2],
      [3, 3, 3],
    ]);
    // All idle connections of the pool, which has no more than ten.
    await Promise.all(Array.from({ length: 10 }, () => db.read.query('DEALLOCATE ALL')));
    expect([await read(), await write()]).toEqual([
      [3, 3, 3],
      [4, 4, 4],
    ]);
  });

  it('keeps transactions and what goes together apart', async () => {
    const work = Array.from({ length: 30 }, async (_, index) => {
      if (index % 3 === 0) {
        return db.transaction(async tx => {
          await tx.manager.update(Thing, { id: 'a' }, { name: 'never' });
          await sleep(Math.random() * 20);
          expect(await tx.manager.findOneBy(Thing, { id: 'a' })).toMatchObject({ name: 'never' });
          throw new Error('undone');
        });
      }
      await sleep(Math.random() * 100);
      const [row] = await db.rows(Thing, byId, ['a']);
      expect(row?.name).toBe('a');
      return add('b');
    });
    const outcomes = await Promise.allSettled(work);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect(await versionOf('b')).toBe(21);
  });
});
