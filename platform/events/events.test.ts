import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock, systemClock } from '../clock';
import { silentLogger } from '../observability/logger';
import { event, eventBusContract, outboxContract } from '../testing/events-contract';
import { pubSubContract } from '../testing/pubsub-contract';
import { NotHandled } from './event-bus';
import { InProcessBus } from './in-process-bus';
import { createInProcessPubSub } from './live-updates';

const newBus = () => new InProcessBus({ clock: systemClock, logger: silentLogger });
let folder: string;
let places = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plinth-events-'));
});

afterAll(() => rm(folder, { recursive: true }));

eventBusContract('in process', newBus);
outboxContract(
  'SQLite, in process',
  async () => ({ url: `sqlite:${join(folder, `${places++}.db`)}`, service: 'things' }),
  newBus,
);
pubSubContract('in process', createInProcessPubSub);

describe('InProcessBus', () => {
  it('holds back what is published until every service of its process listens', async () => {
    const bus = newBus();
    const release = bus.hold();
    const heard: string[] = [];
    const early = event('b.a');
    const published = bus.publish([early]);
    await bus.subscribe('late', { 'b.a': async ({ id }) => void heard.push(id) });
    expect(heard).toEqual([]);
    release();
    await published;
    expect(heard).toEqual([early.id]);
  });

  it('names the events that were not handled, and only those', async () => {
    const bus = newBus();
    await bus.subscribe('g', {
      a: async () => {
        throw new Error('no');
      },
      b: async () => {},
    });
    const [bad, good] = [event('a'), event('b')];
    const failure = await bus.publish([bad, good]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotHandled);
    expect([...(failure as NotHandled).failures.keys()]).toEqual([bad.id]);
  });

  it('remembers a bounded past', async () => {
    const clock = new ManualClock(Date.now());
    const bus = new InProcessBus({ clock, logger: silentLogger, historyLength: 3, historyMs: 1_000 });
    await bus.publish([1, 2, 3, 4, 5].map(n => event('a', n)));
    const heard: unknown[] = [];
    await bus.follow(['a'], 0, ({ data }) => heard.push(data));
    expect(heard).toEqual([3, 4, 5]);
    clock.advance(5_000);
    await bus.publish([]);
    await bus.follow(['a'], 0, ({ data }) => heard.push(data));
    expect(heard).toEqual([3, 4, 5]);
  });
});
