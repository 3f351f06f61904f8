import { type AddressInfo, connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import Redis from 'ioredis';
import { Client } from 'pg';
import { systemClock } from '../clock';
import { Database } from '../database/database';
import { unavailable } from '../errors';
import { type Logger, silentLogger } from '../observability/logger';
import { newRedisDatabase, requiredBackend } from '../testing/backend';
import { databaseContract } from '../testing/database-contract';
import { event, eventBusContract, outboxContract } from '../testing/events-contract';
import { eventually } from '../testing/eventually';
import { keysetContract } from '../testing/keyset-contract';
import { pubSubContract } from '../testing/pubsub-contract';
import { startPostgres, startRedis } from '../testing/servers';
import { openThings } from '../testing/things';
import { DeadEvents } from './dead-letters';
import type { EventBus } from './event-bus';
import { InProcessBus } from './in-process-bus';
import { createRedisPubSub } from './live-updates';
import { OutboxRelay } from './outbox';
import { RedisBus } from './redis-bus';

let streams = 0;
const run = `${process.pid}${Date.now() % 1e6}`;
const newBus = (
  options: { claimAfterMs?: number; attempts?: number; retryAfterMs?: number; stream?: string } = {},
) =>
  new RedisBus(requiredBackend().redis, {
    clock: systemClock,
    logger: silentLogger,
    stream: `test:${run}:${streams++}`,
    claimAfterMs: 300,
    retryAfterMs: 50,
    ...options,
  });
let places = 0;
const newPlace = async () => ({ url: requiredBackend().postgres, service: `t_${run}_${places++}` });

afterAll(async () => {
  const client = new Client({ connectionString: requiredBackend().postgres });
  await client.connect();
  for (let i = 0; i < places; i++) await client.query(`DROP SCHEMA IF EXISTS t_${run}_${i} CASCADE`);
  await client.end();
});

databaseContract('postgres', newPlace);
keysetContract('PostgreSQL', newPlace);
eventBusContract('Redis', newBus);
outboxContract('PostgreSQL, Redis', newPlace, newBus);
pubSubContract('Redis', () =>
  createRedisPubSub(requiredBackend().redis, { logger: silentLogger, prefix: `test:${run}:` }),
);

it('ends live subscriptions when the connection to Redis breaks, and new ones receive updates', async () => {
  const redis = await startRedis();
  const live = createRedisPubSub(redis.url, { logger: silentLogger });
  try {
    const interrupted = live.subscribe('t')[Symbol.asyncIterator]().next();
    const failure = expect(interrupted).rejects.toMatchObject({ code: 'SUBSCRIPTION_INTERRUPTED' });
    await live.listening();
    await redis.stop();
    await failure;
    await redis.start();
    const next = live.subscribe('t')[Symbol.asyncIterator]().next();
    await live.listening();
    await eventually(async () => {
      live.publish('t', 1);
      expect(await Promise.race([next, sleep(50)])).toEqual({ done: false, value: 1 });
    });
  } finally {
    await live.close();
    await redis.close();
  }
});

it('passes no live updates between two databases of one Redis server', async () => {
  const [one, other] = [
    createRedisPubSub(await newRedisDatabase(requiredBackend().redis), { logger: silentLogger }),
    createRedisPubSub(await newRedisDatabase(requiredBackend().redis), { logger: silentLogger }),
  ];
  try {
    const [own, foreign] = [one, other].map(live => live.subscribe('t')[Symbol.asyncIterator]().next());
    await Promise.all([one.listening(), other.listening()]);
    await eventually(async () => {
      other.publish('t', 'foreign');
      expect(await Promise.race([foreign, sleep(50)])).toEqual({ done: false, value: 'foreign' });
    });
    await eventually(async () => {
      one.publish('t', 'own');
      expect(await Promise.race([own, sleep(50)])).toEqual({ done: false, value: 'own' });
    });
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
});

describe('RedisBus', () => {
  const buses: EventBus[] = [];
  const open = (stream: string, attempts = 10) => {
    const bus = newBus({ stream, attempts });
    buses.push(bus);
    return bus;
  };

  afterEach(async () => {
    for (const bus of buses.splice(0)) await bus.close();
  });

  it('shares a group over instances: each event reaches one of them', async () => {
    const stream = `test:${run}:shared`;
    const heard: string[] = [];
    for (const bus of [open(stream), open(stream)]) {
      await bus.subscribe('g', { a: async ({ id }) => void heard.push(id) });
    }
    const events = Array.from({ length: 60 }, () => event('a'));
    await buses[0]!.publish(events);
    await eventually(() => expect(heard).toHaveLength(60));
    expect(new Set(heard).size).toBe(60);
  });

  it('gives what a dead consumer left to another', async () => {
    const stream = `test:${run}:dead`;
    const redis = new Redis(requiredBackend().redis);
    const left = event('a');
    await redis.xgroup('CREATE', stream, 'g', '0', 'MKSTREAM');
    await redis.xadd(stream, '*', 'type', 'a', 'event', JSON.stringify(left));
    // Reads and is never heard of again.
    await redis.xreadgroup('GROUP', 'g', 'the-dead', 'COUNT', 10, 'STREAMS', stream, '>');
    redis.disconnect();
    const heard: string[] = [];
    await open(stream).subscribe('g', { a: async ({ id }) => void heard.push(id) });
    await eventually(() => expect(heard).toEqual([left.id]));
  });

  it('keeps as a dead letter what cannot be read, and what fails every time', async () => {
    const stream = `test:${run}:letters`;
    const bus = open(stream, 3) as RedisBus;
    const redis = new Redis(requiredBackend().redis);
    await redis.xadd(stream, '*', 'nonsense', '1');
    redis.disconnect();
    let calls = 0;
    let isRepaired = false;
    await bus.subscribe('g', {
      a: async () => {
        calls += 1;
        if (!isRepaired) throw new Error('never');
      },
    });
    await bus.publish([event('a')]);
    await eventually(async () => expect(await bus.deadLetters('g')).toBe(2));
    expect(calls).toBe(3);
    const connection = new Redis(requiredBackend().redis);
    try {
      const letters = new DeadEvents(connection, stream, 'g');
      expect((await letters.list(10)).map(({ type, reason }) => [type, reason])).toEqual([
        [undefined, 'not an event'],
        ['a', 'never'],
      ]);
      isRepaired = true;
      expect(await letters.replay()).toBe(1);
      await eventually(() => expect(calls).toBe(4));
      const [left, ...others] = await letters.list(10);
      expect([left!.reason, others]).toEqual(['not an event', []]);
      expect(await letters.discard([left!.id])).toBe(1);
      expect(await bus.deadLetters('g')).toBe(0);
    } finally {
      connection.disconnect();
    }
  });

  it('gives nothing up while the consumer cannot work, however often it is tried', async () => {
    const stream = `test:${run}:away`;
    const bus = open(stream, 2) as RedisBus;
    let calls = 0;
    await bus.subscribe('g', {
      a: async () => {
        calls += 1;
        if (calls < 5) throw unavailable('the database is away');
      },
    });
    await bus.publish([event('a')]);
    await eventually(() => expect(calls).toBe(5));
    expect(await bus.deadLetters('g')).toBe(0);
  });

  it('reads no more events than it can hold while its database is away, and handles all afterwards', async () => {
    const stream = `test:${run}:backlog`;
    const bus = open(stream);
    const seen = new Set<string>();
    const handled = new Set<string>();
    let isAway = true;
    await bus.subscribe('g', {
      a: async ({ id }) => {
        seen.add(id);
        if (isAway) throw unavailable('the database is away');
        handled.add(id);
      },
    });
    await bus.publish(Array.from({ length: 500 }, () => event('a')));
    await eventually(() => expect(seen.size).toBeGreaterThanOrEqual(20));
    await sleep(1_000);
    expect(seen.size).toBeLessThanOrEqual(150);
    isAway = false;
    await eventually(() => expect(handled.size).toBe(500), 15_000);
  });

  it('warns of nothing while a connection to Redis takes its time at a start', async () => {
    const target = new URL(requiredBackend().redis);
    const proxy = createServer(client => {
      client.on('error', () => undefined);
      setTimeout(() => {
        const redis = connect(Number(target.port), target.hostname);
        redis.on('error', () => undefined);
        client.on('close', () => redis.destroy());
        client.pipe(redis).pipe(client);
      }, 1_000);
    });
    await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve));
    const warnings: string[] = [];
    const logger: Logger = {
      ...silentLogger,
      warn: (_: object, message?: string) => void warnings.push(String(message)),
    };
    const { port } = proxy.address() as AddressInfo;
    const bus = new RedisBus(`redis://127.0.0.1:${port}`, {
      clock: systemClock,
      logger,
      stream: `test:${run}:slow`,
    });
    try {
      const heard: string[] = [];
      await bus.subscribe('g', { a: async ({ id }) => void heard.push(id) });
      const follower = await bus.follow(['a'], Date.now(), () => undefined);
      const first = event('a');
      await eventually(() => bus.publish([first]));
      await eventually(() => expect(heard).toContain(first.id));
      expect(follower.lag()).toBeLessThan(5_000);
      expect(warnings).toEqual([]);
    } finally {
      await bus.close();
      proxy.close();
    }
  });

  it('goes on after Redis was away, and says that it cannot publish meanwhile', async () => {
    const server = await startRedis();
    const bus = new RedisBus(server.url, { clock: systemClock, logger: silentLogger });
    try {
      const heard: string[] = [];
      await bus.subscribe('g', { a: async ({ id }) => void heard.push(id) });
      const followed: string[] = [];
      const follower = await bus.follow(['a'], Date.now(), ({ id }) => void followed.push(id));
      const before = event('a');
      await bus.publish([before]);
      await eventually(() => expect([heard, followed]).toEqual([[before.id], [before.id]]));
      await server.stop();
      await expect(bus.publish([event('a')])).rejects.toMatchObject({ status: 503 });
      await eventually(() => expect(follower.lag()).toBeGreaterThan(600));
      await server.start();
      const after = event('a');
      await eventually(() => bus.publish([after]));
      await eventually(() => {
        expect(heard).toContain(after.id);
        expect(followed).toContain(after.id);
        expect(follower.lag()).toBeLessThan(2_000);
      });
    } finally {
      await bus.close();
      await server.close();
    }
  });
});

describe('PostgreSQL that goes away', () => {
  it('is a 503 while it is away, and needs no restart of ours when it is back', async () => {
    const server = await startPostgres();
    const db = await Database.open({
      url: server.url,
      service: 'away',
      entities: [],
      migrations: [],
      clock: systemClock,
    });
    try {
      await db.transaction(tx => tx.emit({ type: 'a', data: 1 }));
      await server.stop();
      await expect(db.ping()).rejects.toMatchObject({ status: 503 });
      await expect(db.transaction(tx => tx.emit({ type: 'a', data: 2 }))).rejects.toMatchObject({
        status: 503,
      });
      await server.start();
      await eventually(() => db.transaction(tx => tx.emit({ type: 'a', data: 3 })));
      await db.ping();
    } finally {
      await db.close();
      await server.close();
    }
  });
});

describe('OutboxRelay on PostgreSQL', () => {
  it('publishes an event once though the transaction that removes it runs again', async () => {
    const place = await newPlace();
    const db = await openThings(place.url, place.service);
    const published: string[] = [];
    const bus = new InProcessBus({ clock: systemClock, logger: silentLogger });
    const publish = bus.publish.bind(bus);
    bus.publish = events => {
      published.push(...events.map(({ type }) => type));
      return publish(events);
    };
    const relay = new OutboxRelay({ db, bus, clock: systemClock, logger: silentLogger });
    await db.transaction(async tx => {
      await tx.manager.query('CREATE SEQUENCE removals');
      await tx.manager.query(
        `CREATE FUNCTION deadlock_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
          IF nextval('removals') = 1 THEN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END IF;
          RETURN OLD; END $$`,
      );
      await tx.manager.query(
        'CREATE TRIGGER once BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION deadlock_once()',
      );
      await tx.emit({ type: 'a', data: null });
    });
    relay.start();
    try {
      await relay.flush(5_000);
      expect(published).toEqual(['a']);
    } finally {
      await relay.stop();
      await db.close();
    }
  });
});
