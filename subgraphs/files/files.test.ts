import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '../../platform/logger';
import { connectShared, type Shared } from '../../platform/run';
import type { RunningService } from '../../platform/service';
import { readFilesConfig } from './config';
import { startFiles } from './main';

describe('the files service', () => {
  let folder: string;
  let shared: Shared;
  let service: RunningService;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'plinth-files-'));
    shared = connectShared({ redisUrl: undefined, logger: silentLogger });
    const environment = { DATA_DIR: folder, FILES_PORT: '0', LOG_LEVEL: 'silent' };
    service = await startFiles(readFilesConfig('embedded', environment), shared);
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
    expect(await ask('{ filesService { name version startedAt } }')).toEqual({
      data: {
        filesService: { name: 'files', version: expect.any(String), startedAt: expect.stringMatching(/Z$/) },
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
      service: 'files',
      checks: { database: 'ready', revocations: 'ready' },
    });
    expect(await (await fetch(`${service.url}/metrics`)).text()).toContain(
      'plinth_outbox_pending{service="files"} 0',
    );
  });

  it('on its own names what it lacks', () => {
    expect(() => readFilesConfig('alone', {})).toThrow(/DATABASE_URL is not set[\s\S]*REDIS_URL is not set/);
  });
});
