import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { OperationCache } from './operation-cache';
import { federate } from './testing/federation';

describe('the cache of operations', () => {
  const sized = () => new OperationCache<{ size: number }>(1_000, value => value.size);

  it('is full by bytes, and lets the oldest go first', () => {
    const cache = sized();
    for (let i = 0; i < 10; i++) cache.set(`k${i}`, { size: 100 });
    expect([cache.entries, cache.bytes]).toEqual([2, 200]);
    expect([cache.get('k0'), cache.get('k9')]).toEqual([undefined, { size: 100 }]);
  });

  it('keeps what came back, however many come that never do', () => {
    const cache = sized();
    cache.set('known', { size: 100 });
    expect(cache.get('known')).toBeDefined();
    for (let i = 0; i < 100; i++) cache.set(`flood${i}`, { size: 100 });
    expect(cache.get('known')).toBeDefined();
  });

  it('counts what has grown, and growing is not coming back', () => {
    const cache = sized();
    const value = { size: 100 };
    cache.set('k', value);
    value.size = 200;
    cache.grown('k');
    expect(cache.bytes).toBe(200);
    for (let i = 0; i < 3; i++) cache.set(`flood${i}`, { size: 100 });
    expect(cache.get('k')).toBeUndefined();
  });

  it('lets heavy newcomers go soon, and keeps whoever comes back all the same', () => {
    const cache = new OperationCache<{ size: number }>(100_000, value => value.size, 2);
    const flood = (name: string, count: number): void => {
      for (let i = 0; i < count; i++) cache.set(`${name}${i}`, { size: 100 });
    };
    cache.set('known', { size: 100 });
    flood('first', 10);
    expect([cache.entries, cache.get('known')]).toEqual([2, undefined]);
    cache.set('known', { size: 100 });
    flood('second', 1_000);
    expect(cache.get('known')).toBeDefined();
    expect(cache.entries).toBe(3);
    // The keys of a flood are bounded as well, and counted.
    expect(cache.bytes).toBeGreaterThan(300);
    expect(cache.bytes).toBeLessThan(10_000);
  });

  it('counts an operation for what its plan and its shapes weigh', async () => {
    const { ask, executor } = federate({
      a: { typeDefs: 'type Query { a: A } type A @key(fields: "id") { id: ID! x: Int }' },
      b: { typeDefs: 'type A @key(fields: "id") { id: ID! y: Int }' },
    });
    const before = executor.cache.bytes;
    await ask('{ a { id x y } }');
    expect(executor.cache.bytes - before).toBeGreaterThan(8_000);
    expect(executor.cache.entries).toBe(1);
  });

  it.each([
    ['one service', (n: number) => `{ a { id x${n}: x w } }`],
    ['three services', (n: number) => `{ a { id x y${n}: y b { z c { d e } } } }`],
    [
      'many fields',
      (n: number) => `{ a { ${Array.from({ length: 30 }, (_, i) => `w${n}${i}: w`).join(' ')} } }`,
    ],
  ])('counts operations for about what they weigh: %s', async (_, text) => {
    const { ask, executor } = federate({
      a: { typeDefs: 'type Query { a: A } type A @key(fields: "id") { id: ID! x: Int w: String }' },
      b: {
        typeDefs: 'type A @key(fields: "id") { id: ID! y: Int b: B } type B @key(fields: "id") { id: ID! }',
      },
      c: { typeDefs: 'type B @key(fields: "id") { id: ID! z: Int c: C } type C { d: Int e: Int }' },
    });
    for (let n = 0; n < 200; n++) for (const _time of ['once', 'again']) await ask(text(n));
    const { bytes, entries } = executor.cache;
    const kept = await heapInUse();
    await executor.close();
    const share = (kept - (await heapInUse())) / bytes;
    expect(entries).toBe(200);
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(1.2);
  });
});

/** What is live once no more is let go of: the modules of test files that ran here before may take a while. */
async function heapInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let last = Number.POSITIVE_INFINITY; ; ) {
    for (let n = 0; n < 5; n++) {
      await sleep(20);
      collect();
    }
    const { heapUsed } = process.memoryUsage();
    if (last - heapUsed < 20_000) return heapUsed;
    last = heapUsed;
  }
}
