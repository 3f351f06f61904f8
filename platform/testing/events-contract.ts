import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../clock';
import type { Database } from '../database/database';
import { ConsumedEventRow, OutboxRow } from '../database/platform-tables';
import type { DomainEvent, EventBus } from '../events/event-bus';
import { consume, OutboxRelay } from '../events/outbox';
import { uuidv7 } from '../ids';
import { silentLogger } from '../observability/logger';
import { currentTrace, runInTrace } from '../observability/tracing';
import type { Place } from './database-contract';
import { eventually } from './eventually';
import { runTypeScript } from './run';
import { openThings, Thing, thing } from './things';

export function event(type: string, data: unknown = null): DomainEvent {
  const now = Date.now();
  return { id: uuidv7(now), type, version: 1, source: 'things', occurredAt: now, data };
}

/** What holds on every bus. `newBus` makes one that shares its events with the others of the same test. */
export function eventBusContract(kind: string, newBus: () => EventBus): void {
  describe(`EventBus (${kind})`, () => {
    let bus: EventBus;

    beforeEach(() => {
      bus = newBus();
    });

    afterEach(() => bus.close());

    it('delivers each event once to every group, and only the types that the group asked for', async () => {
      const heard: Record<string, string[]> = { one: [], two: [] };
      await bus.subscribe('one', { 'a.b': async ({ id }) => void heard['one']!.push(id) });
      await bus.subscribe('two', {
        'a.b': async ({ id }) => void heard['two']!.push(id),
        'a.c': async ({ id }) => void heard['two']!.push(id),
      });
      const events = [event('a.b'), event('a.c'), event('a.d'), event('__proto__'), event('toString')];
      await bus.publish(events);
      await eventually(() => expect(heard['two']).toHaveLength(2));
      await sleep(50);
      expect(heard).toEqual({ one: [events[0]!.id], two: [events[0]!.id, events[1]!.id] });
    });

    it('gives a follower the past events that it asked for, then the new ones', async () => {
      const [early, late] = [event('f.a', 1), event('f.a', 2)];
      await bus.publish([early, event('f.b')]);
      const heard: unknown[] = [];
      const follower = await bus.follow(['f.a'], Date.now() - 60_000, ({ data }) => {
        heard.push(data);
        if (data === 1) throw new Error('a follower that fails is not asked again');
      });
      await eventually(() => expect(heard).toEqual([1]));
      expect(follower.lag()).toBeLessThan(5_000);
      await bus.publish([late]);
      await eventually(() => expect(heard).toEqual([1, 2]));
      await follower.close();
      await bus.publish([event('f.a', 3)]);
      await sleep(50);
      expect(heard).toEqual([1, 2]);
    });

    it('refuses the same group twice', async () => {
      await bus.subscribe('twin', {});
      await expect(bus.subscribe('twin', {})).rejects.toThrow('subscribed already');
    });
  });
}

/** What holds from a commit to its effect in another service, on every pair of database and bus. */
export function outboxContract(kind: string, newPlace: () => Promise<Place>, newBus: () => EventBus): void {
  describe(`Outbox (${kind})`, () => {
    const closers: (() => Promise<void>)[] = [];
    const open = async (place: Place): Promise<Database> => {
      const db = await openThings(place.url, place.service);
      closers.push(() => db.close());
      return db;
    };
    const makeBus = (): EventBus => {
      const bus = newBus();
      closers.push(() => bus.close());
      return bus;
    };
    const relayOf = (db: Database, bus: EventBus): OutboxRelay => {
      const relay = new OutboxRelay({ db, bus, clock: systemClock, logger: silentLogger });
      relay.start();
      closers.push(() => relay.stop());
      return relay;
    };
    const pending = (db: Database) => db.read.createQueryBuilder(OutboxRow, 'o').getCount();

    afterEach(async () => {
      for (const close of closers.splice(0).reverse()) await close();
    });

    it('carries what was committed to a consumer, once in effect, in the trace that caused it', async () => {
      const [source, target] = [await open(await newPlace()), await open(await newPlace())];
      const bus = makeBus();
      let trace: string | undefined;
      await consume(target, bus, 'copies', {
        'thing.made': async (made, tx) => {
          trace = currentTrace()?.traceId;
          await tx.manager.insert(Thing, thing({ id: (made.data as { thingId: string }).thingId }));
        },
      });
      const relay = relayOf(source, bus);
      const traceId = 'c'.repeat(32);
      await runInTrace(`00-${traceId}-${'d'.repeat(16)}-01`, () =>
        source.transaction(tx => tx.emit({ type: 'thing.made', data: { thingId: 'a' } })),
      );
      await relay.flush();
      await eventually(async () => expect(await target.read.findBy(Thing, { id: 'a' })).toHaveLength(1));
      expect(trace).toBe(traceId);
      expect(await pending(source)).toBe(0);
      expect(await relay.pendingCount()).toEqual({ pending: 0, stuck: 0 });
    });

    it('does an event that comes twice once', async () => {
      const target = await open(await newPlace());
      const bus = makeBus();
      await consume(target, bus, 'twice', {
        'thing.made': async (_, tx) => {
          await tx.manager.insert(Thing, thing({ id: uuidv7(Date.now()) }));
        },
      });
      const same = event('thing.made');
      await bus.publish([same]);
      await bus.publish([same]);
      const last = event('thing.made');
      await bus.publish([last]);
      await eventually(async () =>
        expect(
          await target.read.findBy(ConsumedEventRow, { consumerGroup: 'twice', eventId: last.id }),
        ).toHaveLength(1),
      );
      expect(await target.read.createQueryBuilder(Thing, 't').getCount()).toBe(2);
    });

    it('gives a failed event again until it passes, without holding up the others', async () => {
      const [source, target] = [await open(await newPlace()), await open(await newPlace())];
      const bus = makeBus();
      let failures = 2;
      await consume(target, bus, 'fails', {
        'thing.made': async ({ data }, tx) => {
          const { thingId } = data as { thingId: string };
          await tx.manager.insert(Thing, thing({ id: thingId }));
          if (thingId === 'hard' && failures-- > 0) throw new Error('not now');
        },
      });
      relayOf(source, bus);
      for (const thingId of ['hard', 'easy']) {
        await source.transaction(tx => tx.emit({ type: 'thing.made', data: { thingId } }));
      }
      await eventually(async () => expect(await target.read.findBy(Thing, { id: 'easy' })).toHaveLength(1));
      await eventually(async () => expect(await target.read.findBy(Thing, { id: 'hard' })).toHaveLength(1));
      await eventually(async () => expect(await pending(source)).toBe(0));
    });

    it('delivers after kill -9 between a commit and its event, once in effect', async () => {
      const [from, to] = [await newPlace(), await newPlace()];
      const result = await runTypeScript(join(__dirname, 'things-process.ts'), 'die', from.url, from.service);
      expect(result.signal).toBe('SIGKILL');
      const [source, target] = [await open(from), await open(to)];
      expect(await source.read.findBy(Thing, { id: 'made-before-death' })).toHaveLength(1);
      expect(await pending(source)).toBe(1);
      const bus = makeBus();
      await consume(target, bus, 'heirs', {
        'thing.made': async ({ data }, tx) => {
          await tx.manager.insert(Thing, thing({ id: (data as { thingId: string }).thingId }));
        },
      });
      relayOf(source, bus);
      await eventually(async () => {
        expect(await target.read.findBy(Thing, { id: 'made-before-death' })).toHaveLength(1);
        expect(await pending(source)).toBe(0);
      });
    });

    it('publishes in the order of the commits', async () => {
      const source = await open(await newPlace());
      const bus = makeBus();
      const heard: unknown[] = [];
      await bus.subscribe('ordered', { 'thing.counted': async ({ data }) => void heard.push(data) });
      for (let i = 0; i < 250; i++)
        await source.transaction(tx => tx.emit({ type: 'thing.counted', data: i }));
      const relay = relayOf(source, bus);
      await relay.flush(15_000);
      await eventually(() => expect(heard).toHaveLength(250));
      expect(heard).toEqual(Array.from({ length: 250 }, (_, i) => i));
    });
  });
}
