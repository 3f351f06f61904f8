import { KeysetList, type OrderKey } from '../database/keyset';
import type { Place } from './database-contract';
import { openThings, Thing, thing } from './things';

/** Pages answer alike on both databases. */
export function keysetContract(kind: string, newPlace: () => Promise<Place>): void {
  describe.each([
    ['some properties', ['id', 'name'] as const],
    ['all properties', undefined],
  ])(`KeysetList of %s (${kind})`, (_, shown) => {
    let db: Awaited<ReturnType<typeof openThings>>;

    beforeAll(async () => {
      const place = await newPlace();
      db = await openThings(place.url, place.service);
      await db.transaction(async tx => {
        // Many ties, names of every kind of letter.
        for (let i = 0; i < 25; i++) {
          await tx.manager.insert(
            Thing,
            thing({ id: `id-${i}`, name: ['b', 'B', 'é', 'z'][i % 4]!, createdAt: i % 3 }),
          );
        }
      });
    });

    afterAll(() => db.close());

    const byTime: OrderKey[] = [
      { property: 'createdAt', type: 'number', direction: 'ASC' },
      { property: 'id', type: 'text', direction: 'ASC' },
    ];
    const byName: OrderKey[] = [
      { property: 'name', type: 'text', direction: 'DESC' },
      { property: 'id', type: 'text', direction: 'DESC' },
    ];
    const page = (order: OrderKey[], first?: number | null, after?: string | null) =>
      new KeysetList(Thing, order, shown).page(db, [{ sql: 'is_active = ?', values: [true] }], {
        first,
        after,
      });

    it.each([
      ['time', byTime],
      ['name, backwards', byName],
    ])('goes through everything once, ties included, by %s', async (_, order) => {
      const whole = (await page(order, 100)).nodes.map(row => row.id);
      expect(whole).toHaveLength(25);
      const seen: string[] = [];
      let after: string | null = null;
      do {
        const part: Awaited<ReturnType<typeof page>> = await page(order, 4, after);
        seen.push(...part.nodes.map(row => row.id));
        expect(part.edges.at(-1)?.cursor).toBe(part.pageInfo.endCursor);
        after = part.pageInfo.hasNextPage ? part.pageInfo.endCursor : null;
      } while (after !== null);
      expect(seen).toEqual(whole);
    });

    it('orders text byte by byte', async () => {
      const names = (await page(byName, 100)).nodes.map(row => row.name);
      expect([...new Set(names)]).toEqual(['é', 'z', 'b', 'B']);
    });

    it('gives twenty by default, and an empty last page', async () => {
      expect((await page(byTime)).nodes).toHaveLength(20);
      const all = await page(byTime, 100);
      expect(await page(byTime, 1, all.pageInfo.endCursor)).toEqual({
        edges: [],
        nodes: [],
        pageInfo: { hasNextPage: false, endCursor: null },
      });
    });

    it.each([0, -1, 101, 2 ** 31, 1e9, 1.5, Number.NaN])('refuses a page of %d', async first => {
      await expect(page(byTime, first)).rejects.toMatchObject({ status: 422, details: [{ field: 'first' }] });
    });

    it('refuses a cursor of another order, a forged one and nonsense', async () => {
      const { endCursor } = (await page(byName, 1)).pageInfo;
      const forge = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const tag = 'createdAt ASC,id ASC';
      for (const after of [
        endCursor!,
        '',
        'nonsense',
        forge(null),
        forge([tag]),
        forge([tag, 'text', 'id']),
        forge([tag, 1, 'a\0b']),
        forge([tag, 1, { $gt: '' }]),
        forge([tag, 1.5, 'a']),
        'x'.repeat(5_000),
      ]) {
        await expect(page(byTime, 1, after)).rejects.toMatchObject({
          status: 422,
          details: [{ field: 'after' }],
        });
      }
    });
  });
}
