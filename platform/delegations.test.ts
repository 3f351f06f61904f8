import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from './clock';
import { Database } from './database/database';
import { Delegations } from './delegations';
import { accessChanged, userActivationChanged, userDeletionRequested } from './security/access-events';

describe('Delegations', () => {
  let folder: string;
  let db: Database;
  let delegations: Delegations;
  const seen: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-delegations-'));
    const url = `sqlite:${join(folder, 'things.db')}`;
    db = await Database.open({ url, service: 'things', clock: systemClock, entities: [], migrations: [] });
    delegations = new Delegations(db);
  });
  afterAll(async () => {
    await db.close();
    await rm(folder, { recursive: true });
  });

  const handle = (type: string, occurredAt: number, data: object) => {
    const handlers = delegations.withHandlers({
      [userDeletionRequested]: async event => void seen.push(event.type),
    });
    const event = { id: `${type}${occurredAt}`, type, version: 1, source: 'auth', occurredAt, data };
    return db.transaction(tx => handlers[type]!(event, tx));
  };

  it('give no more than was delegated, and no more than the user has now', async () => {
    const userId = 'ada';
    const delegated = ['files:read', 'notifications:send'];
    expect(await delegations.permissionsOf(userId, delegated)).toEqual(delegated);
    await handle(accessChanged, 2, { userId, roles: [], permissions: ['files:*', 'users:read'] });
    expect(await delegations.permissionsOf(userId, delegated)).toEqual(['files:read']);
    await handle(accessChanged, 1, { userId, roles: [], permissions: ['*'] });
    expect(await delegations.permissionsOf(userId, delegated)).toEqual(['files:read']);
    await handle(accessChanged, 3, { userId, roles: [], permissions: ['*'] });
    expect(await delegations.permissionsOf(userId, delegated)).toEqual(delegated);
  });

  it('end with the suspension, and leave nothing of a deleted user', async () => {
    const userId = 'bob';
    await handle(userActivationChanged, 1, { userId, isActive: false });
    expect(await delegations.permissionsOf(userId, ['files:read'])).toBeNull();
    expect(await delegations.isActive(userId)).toBe(false);
    await handle(userActivationChanged, 2, { userId, isActive: true });
    expect(await delegations.permissionsOf(userId, ['files:read'])).toEqual(['files:read']);
    await handle(userDeletionRequested, 3, { deletionId: 'd', userId, requestedAt: 3 });
    expect(seen).toEqual([userDeletionRequested]);
    expect(await db.read.query("SELECT * FROM account_access WHERE user_id = 'bob'")).toEqual([]);
  });
});
