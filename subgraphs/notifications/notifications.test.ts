import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../platform/logger';
import { connectShared, type Shared } from '../../platform/run';
import type { RunningService } from '../../platform/service';
import { readNotificationsConfig } from './config';
import { startNotifications } from './main';

describe('the notifications service', () => {
  let folder: string;
  let shared: Shared;
  let service: RunningService;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-notifications-'));
    shared = connectShared({ redisUrl: undefined, logger: silentLogger });
    const environment = { DATA_DIR: folder, NOTIFICATIONS_PORT: '0', LOG_LEVEL: 'silent' };
    service = await startNotifications(readNotificationsConfig('embedded', environment), shared);
  });

  afterAll(async () => {
    await service.stop();
    await shared.close();
    await rm(folder, { recursive: true });
  });

  const ask = async (query: string) => {
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as unknown;
  };

  it('says what it is, and knows a user by its key', async () => {
    expect(await ask('{ notificationsService { name version startedAt } }')).toEqual({
      data: {
        notificationsService: {
          name: 'notifications',
          version: expect.any(String),
          startedAt: expect.stringMatching(/Z$/),
        },
      },
    });
    expect(
      await ask('{ _entities(representations: [{ __typename: "User", id: "ada" }]) { ... on User { id } } }'),
    ).toEqual({ data: { _entities: [{ id: 'ada' }] } });
  });

  it('is alive, is ready with its database, and can be scraped', async () => {
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    expect(await (await fetch(`${service.url}/health/ready`)).json()).toEqual({
      status: 'ready',
      service: 'notifications',
      checks: { database: 'ready', revocations: 'ready' },
    });
    expect(await (await fetch(`${service.url}/metrics`)).text()).toContain(
      'plinth_outbox_pending{service="notifications"} 0',
    );
  });

  it('on its own names what it lacks', () => {
    expect(() => readNotificationsConfig('alone', {})).toThrow(
      /DATABASE_URL is not set[\s\S]*REDIS_URL is not set/,
    );
  });
});
