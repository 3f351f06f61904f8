import { setTimeout as sleep } from 'node:timers/promises';
import bcrypt from 'bcrypt';
import { Passwords } from './passwords';

describe('Passwords', () => {
  it('distinguishes passwords that bcrypt alone would not: after 72 bytes, and after a NUL', async () => {
    const passwords = new Passwords(4);
    const stem = 'x'.repeat(72);
    expect(await passwords.matches(`${stem}a`, await passwords.hash(`${stem}b`))).toBe(false);
    expect(await passwords.matches('ab\0c', await passwords.hash('ab\0d'))).toBe(false);
    expect(await passwords.matches(`${stem}a`, await passwords.hash(`${stem}a`))).toBe(true);
  });

  it('does the same work for nobody as for a wrong password: one comparison at the cost of new hashes', async () => {
    const passwords = new Passwords(5);
    const stored = await passwords.hash('right');
    const compare = jest.spyOn(bcrypt, 'compare');
    try {
      expect(await passwords.matches('wrong', stored)).toBe(false);
      expect(await passwords.matches('wrong', undefined)).toBe(false);
      const costs = compare.mock.calls.map(([, hash]) => bcrypt.getRounds(hash));
      expect(costs).toEqual([5, 5]);
    } finally {
      compare.mockRestore();
    }
  });

  it.each([
    [4, 6],
    [6, 4],
  ])(
    'does the same work for a hash of cost %i and for nobody when the cost is now %i',
    async (before, now) => {
      const stored = await new Passwords(before).hash('right');
      const passwords = new Passwords(now);
      passwords.coverCost(before);
      const compare = jest.spyOn(bcrypt, 'compare');
      const work = async (hash: string | undefined) => {
        compare.mockClear();
        expect(await passwords.matches('wrong', hash)).toBe(false);
        return compare.mock.calls.reduce((sum, [, each]) => sum + 2 ** bcrypt.getRounds(each), 0);
      };
      try {
        expect(await work(stored)).toBe(2 ** 6);
        expect(await work(undefined)).toBe(2 ** 6);
        expect(await passwords.matches('right', stored)).toBe(true);
      } finally {
        compare.mockRestore();
      }
    },
  );

  it('never matches the decoy', async () => {
    const passwords = new Passwords(4);
    expect(await passwords.matches('', undefined)).toBe(false);
  });

  it('hashes a few at once, in order, and turns away whom it would keep too long', async () => {
    const passwords = new Passwords(4, { atOnce: 2, longestQueue: 3 });
    let running = 0;
    let most = 0;
    const done: number[] = [];
    const work = (n: number) =>
      passwords.inTurn(async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(5);
        running -= 1;
        done.push(n);
      });
    const results = await Promise.allSettled([1, 2, 3, 4, 5, 6].map(work));
    expect(most).toBe(2);
    expect(done).toEqual([1, 2, 3, 4, 5]);
    expect(results[5]).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE', status: 503 } });
    await work(7);
    expect(done.at(-1)).toBe(7);
  });

  it('gives the turn on when the work fails', async () => {
    const passwords = new Passwords(4, { atOnce: 1, longestQueue: 1 });
    const fail = () => passwords.inTurn(() => Promise.reject(new Error('no')));
    await Promise.allSettled([fail(), fail()]);
    await expect(passwords.inTurn(async () => 1)).resolves.toBe(1);
  });

  it('leaves the event loop free while it hashes', async () => {
    const passwords = new Passwords(12);
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 5);
    await Promise.all([1, 2].map(() => passwords.inTurn(() => passwords.hash('a long enough secret'))));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(5);
  });

  it('knows hashes of another cost', async () => {
    const stored = await new Passwords(4).hash('secret');
    expect([new Passwords(4).isOutdated(stored), new Passwords(5).isOutdated(stored)]).toEqual([false, true]);
  });
});
