import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { eventually } from './client';
import { type Plinth, shape, startPlinth } from './plinth';

const script = join(__dirname, '..', 'dist', 'scripts', 'dead-letters.js');

describe('npm run dead-letters', () => {
  let plinth: Plinth;
  const run = async (...args: string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], {
      env: plinth.environment as NodeJS.ProcessEnv,
    });
    return stdout;
  };
  const metric = async (name: string) => {
    const page = await (await fetch(`${plinth.urls['users']}/metrics`)).text();
    return page.match(new RegExp(`^${name}\\{[^}]*\\} (\\d+)$`, 'm'))?.[1];
  };
  const event = (id: string) => ({
    id,
    type: 'test.happened',
    version: 1,
    source: 'users',
    occurredAt: 1,
    data: {},
  });

  beforeAll(async () => {
    plinth = await startPlinth();
  }, 90_000);
  afterAll(() => plinth?.close());

  it('lists an event that keeps failing, has it tried again, and deletes another', async () => {
    const outbox = plinth.database('users');
    const [first, second] = [randomUUID(), randomUUID()];
    for (const id of [first, second]) {
      await outbox.insert('outbox', {
        id,
        type: 'test.happened',
        version: 1,
        data: '{"value":{}}',
        occurred_at: 1_700_000_000_000,
        attempts: 12,
        next_attempt_at: Date.now() + 3_600_000,
        last_error: 'no handler wants it',
      });
    }
    expect(await metric('plinth_outbox_stuck')).toBe('2');
    const line = `users\toutbox\t${first}\ttest.happened\t2023-11-14T22:13:20.000Z\t"no handler wants it"`;
    expect((await run('list')).split('\n')).toContain(line);
    expect(await run('list', '--service', 'auth')).toBe('');
    expect(await run('discard', '--service', 'users', second)).toBe('1 discarded\n');
    expect(await run('replay', '--service', 'users')).toBe('1 replayed\n');
    await eventually(async () => expect(await outbox.rows('outbox', "type = 'test.happened'")).toEqual([]));
    expect(await run('list', '--service', 'users')).toBe('');
  }, 60_000);

  it('refuses a command that it does not know', async () => {
    await expect(run('purge')).rejects.toMatchObject({ code: 2 });
    await expect(run('discard', '1-1')).rejects.toMatchObject({ code: 2 });
    await expect(run('list', '--service', 'nobody')).rejects.toMatchObject({ code: 2 });
  }, 60_000);

  if (shape === 'services') {
    it('replays an event of the bus to the service that gave it up', async () => {
      const redis = new Redis(plinth.redisUrl!);
      const dead = 'plinth:events:dead:users';
      try {
        const given = event(randomUUID());
        const letter = [
          'group',
          'users',
          'reason',
          'it failed',
          'type',
          given.type,
          'event',
          JSON.stringify(given),
        ];
        await redis.xadd(dead, '*', ...letter);
        await redis.xadd(dead, '*', 'reason', 'not an event');
        expect(await metric('plinth_dead_letters')).toBe('2');
        const lines = (await run('list', '--service', 'users')).trim().split('\n');
        expect(lines.map(each => each.split('\t').slice(3))).toEqual([
          ['test.happened', expect.any(String), '"it failed"'],
          ['(no event)', expect.any(String), '"not an event"'],
        ]);
        expect(await run('replay')).toBe('1 replayed\n');
        expect(await redis.xlen(dead)).toBe(1);
        await eventually(async () => {
          const all = await redis.xrange('plinth:events', '-', '+');
          expect(all.filter(([, fields]) => fields.includes(JSON.stringify(given)))).toHaveLength(1);
        });
        const id = lines[1]!.split('\t')[2]!;
        expect(await run('discard', '--service', 'users', id)).toBe('1 discarded\n');
      } finally {
        redis.disconnect();
      }
    }, 60_000);
  }
});
