import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, subscribe } from 'graphql';
import { systemClock } from '../../../platform/clock';
import { Database } from '../../../platform/database/database';
import { createInProcessPubSub } from '../../../platform/events/live-updates';
import { subgraphSchema } from '../../../platform/graphql/subgraph-schema';
import { uuidv7 } from '../../../platform/ids';
import { anonymous } from '../../../platform/security/caller';
import { subgraph } from '../graphql';
import { migrations } from '../migrations';
import { participants } from '../participants';
import { DeletionRow, DeletionStepRow, entities } from '../tables';
import { Deletions } from './deletions';

describe('deletionChanged', () => {
  let folder: string;
  let database: Database;
  const pubSub = createInProcessPubSub();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-deletions-'));
    const url = `sqlite:${join(folder, 'users.db')}`;
    database = await Database.open({ url, service: 'users', clock: systemClock, entities, migrations });
  });

  afterAll(async () => {
    await pubSub.close();
    await database.close();
    await rm(folder, { recursive: true });
  });

  /** One that somebody asked for, or that is of their own account. */
  async function deletion(requestedBy: string | null, now = Date.now()): Promise<DeletionRow> {
    const row = {
      id: crypto.randomUUID(),
      userId: uuidv7(now),
      requestedBy,
      requestedAt: now,
      askedAt: now,
      completedAt: null,
    };
    await database.transaction(async tx => {
      await tx.manager.insert(DeletionRow, row);
      await tx.manager.insert(
        DeletionStepRow,
        participants().map(service => ({ deletionId: row.id, service, completedAt: null })),
      );
    });
    return row;
  }

  const domainOf = () =>
    new Deletions(
      database,
      { erase: async () => ({ erased: {}, anonymised: {} }) },
      { requireBus: async () => {}, announce: async () => {} },
      pubSub,
      { run: () => Promise.reject(new Error('not used')) },
    );

  async function watch(id: string) {
    const domain = { pubSub } as unknown as Parameters<typeof subgraph>[0];
    const deletions = domainOf();
    const schema = await subgraphSchema(subgraph({ ...domain, deletions }));
    const stream = await subscribe({
      schema,
      document: parse(
        'subscription ($id: ID!) { deletionChanged(id: $id) { status steps { service completedAt } } }',
      ),
      variableValues: { id },
      contextValue: { caller: anonymous },
    });
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream));
    const next = async () => {
      const { value } = await stream.next();
      return (value as { data: { deletionChanged: Shown | null } }).data.deletionChanged;
    };
    const erase = (service: string) =>
      database.transaction(tx =>
        deletions.recordErasure(
          { deletionId: id, userId: 'whoever', service, erased: { things: 1 }, anonymised: {} },
          tx,
        ),
      );
    return { next, erase, end: () => stream.return(undefined) };
  }

  interface Shown {
    status: string;
    steps: { service: string; completedAt: Date | null }[];
  }

  it('publishes the state after each service until the deletion is complete', async () => {
    const { id } = await deletion(null);
    const { next, erase, end } = await watch(id);
    const statuses: string[] = [];
    for (const [at, service] of participants().entries()) {
      const published = next();
      await erase(service);
      const shown = (await published)!;
      expect(shown.steps.filter(step => step.completedAt !== null)).toHaveLength(at + 1);
      statuses.push(shown.status);
    }
    expect(statuses).toEqual([
      ...participants()
        .slice(1)
        .map(() => 'RUNNING'),
      'COMPLETED',
    ]);
    await end();
  });

  it('shows nothing to somebody who may not read the deletion', async () => {
    const { id } = await deletion(uuidv7(Date.now()));
    const { next, erase, end } = await watch(id);
    const published = next();
    await erase('auth');
    expect(await published).toBeNull();
    await end();
  });

  it('asks services again that have not answered for ten minutes, and names them', async () => {
    const { id } = await deletion(null, Date.now() - 11 * 60_000);
    await deletion(null);
    const { erase, end } = await watch(id);
    for (const service of participants()) if (service !== 'files' && service !== 'auth') await erase(service);
    const deletions = domainOf();
    expect(await deletions.resend()).toEqual(['auth', 'files']);
    const events = await database.read.query(`SELECT data FROM outbox WHERE type = 'user.deletionRequested'`);
    expect(events.map((event: { data: string }) => JSON.parse(event.data).value.deletionId)).toEqual([id]);
    expect(await deletions.resend()).toEqual([]);
    await end();
  });
});
