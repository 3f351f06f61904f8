import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../platform/clock';
import { Database } from '../../platform/database/database';
import { Authenticated, anonymous, type Caller } from '../../platform/security/caller';
import { migrations } from './migrations';
import { SampleData } from './personal-data';
import { mostSamples, Samples } from './samples';
import { entities } from './tables';

const user = (...permissions: string[]): Caller =>
  new Authenticated({ kind: 'user', id: randomUUID(), permissions, isCurrent: () => true });

describe('samples', () => {
  let folder: string;
  let db: Database;
  let samples: Samples;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-samples-'));
    const url = `sqlite:${join(folder, 'samples.db')}`;
    db = await Database.open({ url, service: 'samples', clock: systemClock, entities, migrations });
    samples = new Samples(db);
  });

  afterAll(async () => {
    await db.close();
    await rm(folder, { recursive: true });
  });

  it('belong to the user who creates them, and are announced in the same transaction', async () => {
    const ada = user();
    const { id, userId } = await samples.create(ada, { name: '  A sample ' });
    expect(userId).toBe(ada.id);
    expect(await samples.find(ada, id)).toMatchObject({ id, name: 'A sample' });
    const events = await db.read.query(`SELECT data FROM outbox WHERE type = 'sample.created'`);
    expect(events.map((event: { data: string }) => JSON.parse(event.data).value)).toContainEqual({
      sampleId: id,
      userId,
    });
  });

  it('are created by signed-in users only, with a name', async () => {
    await expect(samples.create(anonymous, { name: 'A sample' })).rejects.toMatchObject({ status: 401 });
    await expect(samples.create(user(), { name: ' ' })).rejects.toMatchObject({ status: 422 });
    await expect(samples.create(user(), { name: 'a'.repeat(101) })).rejects.toMatchObject({ status: 422 });
  });

  it('are shown to their owner, and to others with samples:read', async () => {
    const ada = user();
    const { id, userId } = await samples.create(ada, { name: 'A sample' });
    expect(await samples.find(user(), id)).toBeNull();
    expect(await samples.ofUsers(user(), [userId])).toEqual([]);
    expect(await samples.find(user('samples:read'), id)).toMatchObject({ id });
    expect(await samples.ofUsers(user('samples:read'), [userId])).toMatchObject([{ id }]);
  });

  it('are limited for each user', async () => {
    const ada = user();
    for (let count = 0; count < mostSamples; count += 1) await samples.create(ada, { name: `${count}` });
    await expect(samples.create(ada, { name: 'one more' })).rejects.toMatchObject({
      code: 'SAMPLE_LIMIT_REACHED',
      status: 409,
    });
  });

  it('are exported, and erased with their owner alone', async () => {
    const [ada, bob] = [user(), user()];
    const mine = await samples.create(ada, { name: 'Of Ada' });
    const other = await samples.create(bob, { name: 'Of Bob' });
    const data = new SampleData();
    expect(await data.collect(ada.id, db.read)).toEqual([
      {
        name: 'samples.json',
        content: [{ id: mine.id, name: 'Of Ada', createdAt: new Date(mine.createdAt).toISOString() }],
      },
    ]);
    expect(await db.transaction(tx => data.erase(ada.id, tx))).toEqual({
      erased: { samples: 1 },
      anonymised: {},
    });
    expect(await samples.find(ada, mine.id)).toBeNull();
    expect(await samples.find(bob, other.id)).not.toBeNull();
  });
});
