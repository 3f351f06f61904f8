import { join } from 'node:path';
import type { QueryRunner } from 'typeorm';
import { affectedRows, type Database } from '../database/database';
import { foreignKeyViolation, uniqueViolation } from '../database/driver-errors';
import { Migration } from '../database/migration';
import { OutboxRow } from '../database/platform-tables';
import { runTypeScript } from './run';
import { CreateThings1700000000001, openThings, Part, Thing, thing, thingMigrations } from './things';

/** A database nobody else uses. */
export interface Place {
  url: string;
  service: string;
}

/** What holds on every kind of database. */
export function databaseContract(kind: 'sqlite' | 'postgres', newPlace: () => Promise<Place>): void {
  describe(`Database (${kind})`, () => {
    const opened: Database[] = [];
    const open = async (place: Place, migrations = thingMigrations) => {
      const db = await openThings(place.url, place.service, migrations);
      opened.push(db);
      return db;
    };
    let db: Database;

    beforeEach(async () => {
      db = await open(await newPlace());
    });

    afterEach(async () => {
      await Promise.all(opened.splice(0).map(each => each.close()));
    });

    const insert = (row: Thing | Part) =>
      db.transaction(tx => tx.manager.insert(row.constructor as new () => Thing | Part, row));
    const caught = async (work: Promise<unknown>): Promise<unknown> => {
      try {
        await work;
      } catch (error) {
        return error;
      }
      throw new Error('Nothing was thrown');
    };

    it('reads back what was written, of every kind of column', async () => {
      const row = thing({
        id: 'a',
        name: 'Grüße 🎈 \' " % _ \\',
        isActive: false,
        sizeInBytes: Number.MAX_SAFE_INTEGER,
        document: { deep: [1, 'two', null, { three: true }] },
        createdAt: Date.UTC(2262, 3, 12),
        deletedAt: 0,
      });
      await insert(row);
      expect(await db.read.findOneByOrFail(Thing, { id: 'a' })).toEqual(row);
      await insert(thing({ id: 'b' }));
      expect(await db.read.findOneByOrFail(Thing, { id: 'b' })).toMatchObject({
        deletedAt: null,
        email: null,
      });
    });

    it('reads the same rows without the ORM, alone and side by side', async () => {
      const rows = [
        thing({
          id: 'a',
          name: '? Grüße \' " % (??)',
          isActive: false,
          sizeInBytes: Number.MAX_SAFE_INTEGER,
          document: { deep: [1, 'two', null, { three: true }] },
          createdAt: Date.UTC(2262, 3, 12),
          deletedAt: 0,
        }),
        thing({ id: 'b', email: 'b@example.com' }),
      ];
      for (const row of rows) await insert(row);
      const parts = [1, 2].map(number =>
        Object.assign(new Part(), { id: `p${number}`, thingId: 'b', number }),
      );
      for (const part of parts) await insert(part);
      const found = await db.rows(Thing, 'WHERE id IN (??) ORDER BY id', [['b', 'a', 'nobody']]);
      expect(found).toEqual(rows);
      expect(found[0]).toBeInstanceOf(Thing);
      expect(await db.rows(Thing, 'WHERE id IN (??)', [[]])).toEqual([]);
      expect(await db.rows(Thing, 'WHERE name = ? AND is_active = ?', [rows[0]!.name, false])).toEqual([
        rows[0],
      ]);
      expect(
        await db.rows(Thing, 'WHERE id IN (??) AND name <> ? LIMIT ?', [["a'; --", 'b'], 'x', 5]),
      ).toEqual([rows[1]]);
      const pairs = await db.pairs(
        Thing,
        Part,
        'JOIN parts ON parts.thing_id = things.id WHERE things.id = ? ORDER BY parts.number',
        ['b'],
      );
      expect(pairs).toEqual(parts.map(part => [rows[1], part]));
      const withNumbers = await db.rowsWith(
        Thing,
        'counted.numbers',
        "JOIN (SELECT thing_id, string_agg(CAST(number AS text), ',') AS numbers FROM parts GROUP BY thing_id) counted ON counted.thing_id = things.id",
        [],
      );
      expect(withNumbers).toEqual([[rows[1], expect.stringMatching(/^(1,2|2,1)$/)]]);
      await expect(db.rows(Thing, 'WHERE nothing = ?', ['a'])).rejects.toMatchObject({
        message: expect.stringContaining('nothing'),
      });
    });

    it('reads no more of a row than what is asked for, whatever else was read of it', async () => {
      const row = thing({ id: 'a', isActive: false, document: { deep: [1] }, sizeInBytes: 7 });
      await insert(row);
      const { isActive, document, id } = row;
      const read = async (properties?: readonly (keyof Thing)[]) =>
        (await db.rows(Thing, 'WHERE id = ?', ['a'], properties)).map(found => ({ ...found }));
      expect(await read(['isActive', 'document', 'id'])).toStrictEqual([{ isActive, document, id }]);
      expect(await read(['sizeInBytes'])).toStrictEqual([{ sizeInBytes: 7 }]);
      expect(await read()).toStrictEqual([{ ...row }]);
    });

    it('reads texts of every kind back, through lists too, and numbers as numbers', async () => {
      const ids = [
        '',
        '{}',
        'NULL',
        'a,b',
        '"',
        '\\',
        '\\"',
        "'",
        ' ',
        '$1',
        '?',
        'é🎈',
        '\n\r\t',
        'x'.repeat(200_000),
      ];
      for (const id of ids) await insert(thing({ id, name: `${id}!` }));
      const found = await db.rows(Thing, 'WHERE id IN (??)', [ids]);
      expect(new Set(found.map(each => each.name))).toEqual(new Set(ids.map(id => `${id}!`)));
      expect(found).toHaveLength(ids.length);
      for (const id of ids) expect((await db.rows(Thing, 'WHERE id = ?', [id]))[0]?.name).toBe(`${id}!`);
      const written = await db.write(
        'UPDATE things SET size_in_bytes = ?, email = ?, version = ? WHERE id = ? RETURNING size_in_bytes, email, version, name',
        [Number.MAX_SAFE_INTEGER, null, -1, '"'],
      );
      expect(written).toEqual([[Number.MAX_SAFE_INTEGER, null, -1, '"!']]);
    });

    it('answers each of two hundred reads at once with its own rows, though some fail', async () => {
      for (let index = 0; index < 20; index++) await insert(thing({ id: `t${index}`, version: index }));
      const reads = Array.from({ length: 200 }, async (_, index) => {
        if (index % 10 === 7) return db.rows(Thing, 'WHERE nothing = ?', ['a']);
        if (index % 10 === 3)
          return db.rows(Thing, 'WHERE id IN (??) ORDER BY id', [[`t${index % 20}`, 't0']]);
        return db.rows(Thing, 'WHERE id = ?', [`t${index % 20}`]);
      });
      for (const [index, outcome] of (await Promise.allSettled(reads)).entries()) {
        if (outcome.status === 'rejected') {
          expect([index % 10, String(outcome.reason)]).toEqual([7, expect.stringContaining('nothing')]);
        } else {
          const expected = index % 10 === 3 ? ['t0', `t${index % 20}`] : [`t${index % 20}`];
          expect(outcome.value.map(({ id }) => id)).toEqual(expected);
        }
      }
    });

    it('writes one statement at a time, each by itself, however many come together', async () => {
      await insert(thing({ id: 'a', version: 0 }));
      const [once] = await db.write('UPDATE things SET name = ? WHERE id = ? RETURNING name, version', [
        'new',
        'a',
      ]);
      expect(once).toEqual(['new', 0]);
      expect(await db.write('UPDATE things SET name = ? WHERE id = ? RETURNING id', ['x', 'nobody'])).toEqual(
        [],
      );
      const part = (id: string, number: number, thingId = 'a') =>
        db.write('INSERT INTO parts (id, thing_id, number) VALUES (?, ?, ?) RETURNING id', [
          id,
          thingId,
          number,
        ]);
      const transaction = db.transaction(async tx => {
        await tx.manager.update(Thing, { id: 'a' }, { version: 7 });
        await new Promise(resolve => setImmediate(resolve));
      });
      const outcomes = await Promise.allSettled([
        ...Array.from({ length: 20 }, (_, index) => part(`p${index}`, index % 10)),
        part('orphan', 99, 'nobody'),
        part('last', 100),
      ]);
      await transaction;
      const failures = outcomes.filter(outcome => outcome.status === 'rejected').map(({ reason }) => reason);
      expect(failures).toHaveLength(11);
      expect(failures.filter(foreignKeyViolation)).toHaveLength(1);
      expect(failures.filter(failure => uniqueViolation(failure)?.includes('number'))).toHaveLength(10);
      expect(await db.read.createQueryBuilder(Part, 'part').getCount()).toBe(11);
      expect(await db.read.findOneByOrFail(Thing, { id: 'a' })).toMatchObject({ version: 7, name: 'new' });
      await expect(db.transaction(() => part('inside', 50))).rejects.toThrow('pass tx on');
      expect(
        (await Promise.allSettled(Array.from({ length: 5 }, () => insert(thing({ id: 'one' }))))).length,
      ).toBe(5);
    });

    it('orders text byte by byte', async () => {
      for (const id of ['b', 'a', 'B', 'Á', 'A', '_', '1', 'é', 'e', 'f']) await insert(thing({ id }));
      const rows = await db.read.find(Thing, { order: { id: 'ASC' } });
      expect(rows.map(row => row.id)).toEqual(['1', 'A', 'B', '_', 'a', 'b', 'e', 'f', 'Á', 'é']);
    });

    it('names the columns whose uniqueness was broken', async () => {
      await insert(thing({ id: 'a', email: 'Ada@example.com' }));
      await insert(Object.assign(new Part(), { id: 'p', thingId: 'a', number: 1 }));
      expect(uniqueViolation(await caught(insert(thing({ id: 'a' }))))).toEqual(['id']);
      expect(uniqueViolation(await caught(insert(thing({ id: 'b', email: 'ADA@EXAMPLE.COM' }))))).toEqual([
        'email',
      ]);
      const twin = insert(Object.assign(new Part(), { id: 'q', thingId: 'a', number: 1 }));
      expect(uniqueViolation(await caught(twin))).toEqual(['thing_id', 'number']);
      expect(uniqueViolation(new Error('other'))).toBeUndefined();
    });

    it('lets exactly one of many equal inserts win', async () => {
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => insert(thing({ id: `t${i}`, email: 'same@example.com' }))),
      );
      expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1);
      for (const result of results) {
        if (result.status === 'rejected') expect(uniqueViolation(result.reason)).toEqual(['email']);
      }
    });

    it('knows a reference to a row that is not there', async () => {
      const orphan = insert(Object.assign(new Part(), { id: 'p', thingId: 'nobody', number: 1 }));
      expect(foreignKeyViolation(await caught(orphan))).toBe(true);
      expect(foreignKeyViolation(new Error('other'))).toBe(false);
    });

    it('counts the rows a conditional update or delete changed', async () => {
      await insert(thing({ id: 'a' }));
      const update = (version: number) =>
        db.transaction(async tx =>
          affectedRows(await tx.manager.update(Thing, { id: 'a', version }, { version: version + 1 })),
        );
      expect(await update(1)).toBe(1);
      expect(await update(1)).toBe(0);
      const remove = () =>
        db.transaction(async tx => affectedRows(await tx.manager.delete(Thing, { id: 'a' })));
      expect(await remove()).toBe(1);
      expect(await remove()).toBe(0);
    });

    it('refuses a condition that is undefined or null, and touches nothing', async () => {
      await insert(thing({ id: 'a' }));
      const missing = undefined as unknown as string;
      const nothing = null as unknown as string;
      await expect(db.read.findOneBy(Thing, { id: missing })).rejects.toThrow(/undefined/i);
      await expect(db.read.findOneBy(Thing, { id: nothing })).rejects.toThrow(/null/i);
      await expect(db.read.find(Thing, { where: { id: missing } })).rejects.toThrow(/undefined/i);
      await expect(
        db.transaction(tx => tx.manager.update(Thing, { id: missing }, { name: 'changed' })),
      ).rejects.toThrow(/undefined/i);
      await expect(db.transaction(tx => tx.manager.delete(Thing, { id: missing }))).rejects.toThrow(
        /undefined/i,
      );
      expect(await db.read.findBy(Thing, { name: 'a' })).toHaveLength(1);
    });

    it('keeps transactions apart that run at the same time', async () => {
      await insert(thing({ id: 'a', version: 0 }));
      const add = async (): Promise<void> => {
        const done = await db.transaction(async tx => {
          const { version } = await tx.manager.findOneByOrFail(Thing, { id: 'a' });
          await new Promise(resolve => setImmediate(resolve));
          return affectedRows(await tx.manager.update(Thing, { id: 'a', version }, { version: version + 1 }));
        });
        if (done === 0) await add();
      };
      const fail = () =>
        db.transaction(async tx => {
          await tx.manager.update(Thing, { id: 'a' }, { name: 'never' });
          await new Promise(resolve => setImmediate(resolve));
          throw new Error('no');
        });
      await Promise.all([
        ...Array.from({ length: 20 }, add),
        ...Array.from({ length: 5 }, () => expect(fail()).rejects.toThrow('no')),
      ]);
      expect(await db.read.findOneByOrFail(Thing, { id: 'a' })).toMatchObject({ version: 20, name: 'a' });
    });

    it('leaves neither row nor event behind when the work throws', async () => {
      let kicks = 0;
      db.onCommit(() => kicks++);
      await expect(
        db.transaction(async tx => {
          await tx.manager.insert(Thing, thing({ id: 'a' }));
          await tx.emit({ type: 'thing.made', data: { thingId: 'a' } });
          throw new Error('changed my mind');
        }),
      ).rejects.toThrow('changed my mind');
      expect(await db.read.createQueryBuilder(Thing, 't').getCount()).toBe(0);
      expect(await db.read.createQueryBuilder(OutboxRow, 'o').getCount()).toBe(0);
      expect(kicks).toBe(0);
    });

    it('commits a row and its event together, and says so afterwards', async () => {
      let kicks = 0;
      const forget = db.onCommit(() => kicks++);
      await db.transaction(async tx => {
        await tx.manager.insert(Thing, thing({ id: 'a' }));
        await tx.emit({ type: 'thing.made', data: { thingId: 'a' }, version: 2 });
        expect(kicks).toBe(0);
      });
      await insert(thing({ id: 'quiet' }));
      forget();
      await db.transaction(tx => tx.emit({ type: 'thing.seen', data: null }));
      expect(kicks).toBe(1);
      const events = await db.read.find(OutboxRow, { order: { position: 'ASC' } });
      expect(events.map(({ type, version, data }) => ({ type, version, data }))).toEqual([
        { type: 'thing.made', version: 2, data: { value: { thingId: 'a' } } },
        { type: 'thing.seen', version: 1, data: { value: null } },
      ]);
    });

    it('rings only for what has been committed, and when it can be read', async () => {
      const rung: string[] = [];
      await caught(
        db.transaction(async tx => {
          tx.afterCommit(() => rung.push('undone'));
          throw new Error('undone');
        }),
      );
      const read = new Promise<Thing | null>(resolve => {
        void db.transaction(async tx => {
          await tx.manager.insert(Thing, thing({ id: 'rung' }));
          tx.afterCommit(() => {
            rung.push('done');
            resolve(db.read.findOneBy(Thing, { id: 'rung' }));
          });
          expect(rung).toEqual([]);
        });
      });
      expect(await read).toMatchObject({ id: 'rung' });
      expect(rung).toEqual(['done']);
    });

    it('refuses a transaction inside a transaction instead of waiting for itself', async () => {
      await expect(db.transaction(() => db.transaction(async () => 1))).rejects.toThrow('pass tx on');
      expect(await db.transaction(async () => 1)).toBe(1);
    });

    it('answers a ping', async () => {
      await expect(db.ping()).resolves.toBeUndefined();
    });

    describe('migrations', () => {
      it('upgrade a database of the first version with its data', async () => {
        const place = await newPlace();
        const first = await open(place, [CreateThings1700000000001]);
        await first.transaction(tx =>
          tx.manager.query("INSERT INTO things (id, name, version, created_at) VALUES ('old', 'Old', 1, 5)"),
        );
        await first.close();
        const newest = await open(place);
        expect(await newest.read.findOneByOrFail(Thing, { id: 'old' })).toMatchObject({
          name: 'Old',
          createdAt: 5,
          deletedAt: null,
          isActive: true,
          document: {},
        });
      });

      it('run once when several instances open at the same time', async () => {
        const place = await newPlace();
        const dbs = await Promise.all([open(place), open(place), open(place)]);
        const [row] = (await dbs[0]!.read.query('SELECT count(*) AS count FROM migrations')) as {
          count: unknown;
        }[];
        expect(Number(row?.count)).toBe(6);
      });

      it('run once when two processes start at the same time', async () => {
        const place = await newPlace();
        const start = () =>
          runTypeScript(join(__dirname, 'things-process.ts'), 'open', place.url, place.service);
        for (const result of await Promise.all([start(), start()])) {
          expect(result).toEqual({ code: 0, signal: null, stderr: '' });
        }
        const again = await open(place);
        const [row] = (await again.read.query('SELECT count(*) AS count FROM migrations')) as {
          count: unknown;
        }[];
        expect(Number(row?.count)).toBe(6);
      });

      it('leave nothing of one that failed halfway, and keep those before it', async () => {
        class Breaks1700000000003 extends Migration {
          async up(runner: QueryRunner): Promise<void> {
            await runner.query('CREATE TABLE half (id text)');
            await runner.query('ALTER TABLE nowhere ADD COLUMN x text');
          }
        }
        const place = await newPlace();
        await expect(open(place, [...thingMigrations, Breaks1700000000003])).rejects.toThrow(/nowhere/);
        const repaired = await open(place);
        await expect(repaired.read.query('SELECT * FROM half')).rejects.toThrow(/half/);
        expect(await repaired.read.find(Thing)).toEqual([]);
      });

      it('refuse a database that a newer version has changed', async () => {
        const place = await newPlace();
        await (await open(place)).close();
        await expect(open(place, [CreateThings1700000000001])).rejects.toThrow(
          /changed by a newer version \(AddDeletedAt1700000000002\)/,
        );
      });
    });
  });
}
