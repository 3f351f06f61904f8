import { federate } from '../execution/testing/federation';
import { OperationCache } from './operation-cache';

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

  it('evicts large new entries soon, and keeps entries that are used again', () => {
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
});
