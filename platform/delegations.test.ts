import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from './clock';
import { Database } from './database/database';
import { Delegations } from './delegations';
import {
  accessChanged,
  apiKeyRevoked,
  userActivationChanged,
  userDeletionRequested,
} from './security/access-events';
import { Authenticated } from './security/caller';

describe('Delegations', () => {
  let folder: string;
  let db: Database;
  let delegations: Delegations;
  const seen: string[] = [];
  const clock = new ManualClock(1_000_000);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-delegations-'));
    const url = `sqlite:${join(folder, 'things.db')}`;
    db = await Database.open({ url, service: 'things', clock, entities: [], migrations: [] });
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

  describe('of an API key', () => {
    const delegated = ['notifications:send'];
    const remember = (id: string, onBehalfOf: string, expiresAt?: number) =>
      delegations.remember(
        new Authenticated({
          kind: 'service',
          id,
          onBehalfOf,
          expiresAt,
          permissions: delegated,
          isCurrent: () => true,
        }),
      );
    const has = (id: string) => delegations.permissionsOf(id, delegated);

    it('give no more than its creator has now', async () => {
      await remember('key-1', 'carol');
      await remember('key-1', 'carol');
      expect(await has('key-1')).toEqual(delegated);
      await handle(accessChanged, 1, { userId: 'carol', roles: [], permissions: ['files:*'] });
      expect(await has('key-1')).toEqual([]);
      await handle(userActivationChanged, 2, { userId: 'carol', isActive: false });
      expect(await has('key-1')).toBeNull();
    });

    it('end with the key, by its revocation or its expiry', async () => {
      await remember('key-2', 'dora');
      await remember('key-3', 'dora', 1_060);
      expect(await delegations.permissionsOfAll(['key-2', 'key-3', 'dora'], delegated)).toEqual(
        new Map(['key-2', 'key-3', 'dora'].map(id => [id, delegated])),
      );
      await handle(apiKeyRevoked, 1, { keyId: 'key-2' });
      // The event may come before the key has delegated anything.
      await handle(apiKeyRevoked, 2, { keyId: 'key-4' });
      await remember('key-4', 'dora');
      clock.advance(60_000);
      const ended = ['key-2', 'key-3', 'key-4'];
      expect(await Promise.all(ended.map(has))).toEqual(ended.map(() => null));
      expect(await has('dora')).toEqual(delegated);
    });

    it('end with the account of its creator, of whom nothing is left', async () => {
      await remember('key-5', 'emil');
      await handle(userDeletionRequested, 4, { deletionId: 'd2', userId: 'emil', requestedAt: 4 });
      expect(await has('key-5')).toBeNull();
      expect(await db.read.query("SELECT * FROM delegating_keys WHERE user_id = 'emil'")).toEqual([]);
    });
  });
});
