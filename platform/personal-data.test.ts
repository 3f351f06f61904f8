import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from './clock';
import type { Database } from './database/database';
import { type DomainEvent } from './events/event-bus';
import { InProcessBus } from './events/in-process-bus';
import { consume, OutboxRelay } from './events/outbox';
import { silentLogger } from './observability/logger';
import {
  type ExportedFile,
  openExported,
  type PersonalData,
  personalDataHandlers,
  type UserDataErased,
  type UserDataExported,
  userDataErased,
  userDataExported,
  userExportRequested,
} from './personal-data';
import { userDeletionRequested } from './security/access-events';
import { Keyring } from './security/keyring';
import { event } from './testing/events-contract';
import { openThings, Thing, thing } from './testing/things';

const keyring = new Keyring(Keyring.generate());

/** Things, owned by the users they are named for. */
class OwnedThings implements PersonalData {
  files: ExportedFile[] = [];

  async erase(userId: string, tx: Parameters<PersonalData['erase']>[1]) {
    const { affected } = await tx.manager.delete(Thing, { name: userId });
    return { erased: { things: affected ?? 0 }, anonymised: {} };
  }

  async collect() {
    return this.files;
  }
}

describe('a service that takes part in deletions and exports', () => {
  let folder: string;
  let database: Database;
  let bus: InProcessBus;
  let relay: OutboxRelay;
  const owned = new OwnedThings();
  const heard: DomainEvent[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-erasure-'));
    database = await openThings(`sqlite:${join(folder, 'things.db')}`, 'things');
    bus = new InProcessBus({ clock: systemClock, logger: silentLogger });
    relay = new OutboxRelay({ db: database, bus, clock: systemClock, logger: silentLogger });
    relay.start();
    await consume(database, bus, 'things', personalDataHandlers('things', { data: owned, keyring }));
    await consume(database, bus, 'nothings', personalDataHandlers('nothings'));
    await bus.follow([userDataErased, userDataExported], Date.now(), each => void heard.push(each));
  });

  afterAll(async () => {
    await relay.stop();
    await bus.close();
    await database.close();
    await rm(folder, { recursive: true });
  });

  beforeEach(() => {
    heard.length = 0;
  });

  it('erases and reports the counts, reports zero for a repeated event, and zero where nothing is stored', async () => {
    await database.transaction(tx => tx.manager.insert(Thing, thing({ id: 'a', name: 'ada' })));
    const requested = { deletionId: 'd1', userId: 'ada', requestedAt: Date.now() };
    await bus.publish([event(userDeletionRequested, requested)]);
    await bus.publish([event(userDeletionRequested, requested)]);
    await relay.flush();
    expect(await database.read.countBy(Thing, { name: 'ada' })).toBe(0);
    const published = heard.map(each => each.data as UserDataErased);
    expect(published.filter(each => each.service === 'things').map(each => each.erased)).toEqual([
      { things: 1 },
      { things: 0 },
    ]);
    expect(published).toContainEqual({
      deletionId: 'd1',
      userId: 'ada',
      service: 'nothings',
      erased: {},
      anonymised: {},
    });
  });

  it('hands its files over encrypted, good for that export only', async () => {
    owned.files = [
      { name: 'a.json', content: { secretName: 'ada' } },
      { name: 'b.json', content: [1, 2] },
    ];
    await bus.publish([event(userExportRequested, { exportId: 'e1', userId: 'ada' })]);
    await relay.flush();
    const published = heard.map(each => each.data as UserDataExported);
    expect(published.find(each => each.service === 'nothings')).toMatchObject({
      of: 0,
      name: null,
      sealed: null,
    });
    const mine = published.filter(each => each.service === 'things');
    expect(mine.map(({ name, number, of }) => [name, number, of])).toEqual([
      ['a.json', 1, 2],
      ['b.json', 2, 2],
    ]);
    expect(JSON.stringify(mine)).not.toContain('ada"}');
    const place = { exportId: 'e1', service: 'things', name: 'a.json' };
    expect(JSON.parse(openExported(keyring, place, mine[0]!.sealed!).toString())).toEqual({
      secretName: 'ada',
    });
    for (const other of [{ exportId: 'e2' }, { service: 'others' }, { name: 'b.json' }]) {
      expect(() => openExported(keyring, { ...place, ...other }, mine[0]!.sealed!)).toThrow('somewhere else');
    }
  });

  it.each([
    [
      'more files than an export holds',
      Array.from({ length: 33 }, (_, i) => ({ name: `${i}.json`, content: 0 })),
    ],
    ['a name that leaves the folder', [{ name: '../a.json', content: 0 }]],
    ['a file that is too large', [{ name: 'a.json', content: Array.from({ length: 40_000 }, Math.random) }]],
  ])('refuses %s, and stores nothing by half', async (_, files) => {
    owned.files = files;
    await expect(
      bus.publish([event(userExportRequested, { exportId: 'e3', userId: 'ada' })]),
    ).rejects.toThrow();
    await relay.flush();
    expect(heard.map(each => (each.data as UserDataExported).service)).toEqual(['nothings']);
  });
});
