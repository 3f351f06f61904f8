import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment, Shape } from '../config';
import type { EventBus } from '../events/event-bus';
import { silentLogger } from '../observability/logger';
import { openProcessContext, type ProcessContext, type RunningService } from '../process';

/** What holds of every subgraph from its first day, before it has features. */
export function serviceContract<Config>(
  name: string,
  readConfig: (shape: Shape, environment: Environment) => Config,
  start: (config: Config, shared: ProcessContext) => Promise<RunningService>,
): void {
  describe(`the ${name} service`, () => {
    let folder: string;
    let shared: ProcessContext;
    let service: RunningService;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), `plinth-${name}-`));
      shared = openProcessContext({ redisUrl: undefined, logger: silentLogger });
      const environment = { DATA_DIR: folder, [`${name.toUpperCase()}_PORT`]: '0', LOG_LEVEL: 'silent' };
      service = await start(readConfig('embedded', environment), shared);
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
      expect(await ask(`{ ${name}Service { name version startedAt } }`)).toEqual({
        data: {
          [`${name}Service`]: { name, version: expect.any(String), startedAt: expect.stringMatching(/Z$/) },
        },
      });
      const representations = '[{ __typename: "User", id: "ada" }]';
      expect(await ask(`{ _entities(representations: ${representations}) { ... on User { id } } }`)).toEqual({
        data: { _entities: [{ id: 'ada' }] },
      });
    });

    it('refuses what is no entity, and a flood of aliases, as mistakes of the client', async () => {
      const codeOf = async (query: string) =>
        ((await ask(query)) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code;
      for (const wrong of ['{ __typename: "Nothing" }', '{ __typename: "Query" }', '{ id: "ada" }']) {
        expect(await codeOf(`{ _entities(representations: [${wrong}]) { __typename } }`)).toBe(
          'VALIDATION_FAILED',
        );
      }
      const aliases = Array.from({ length: 150 }, (_, index) => `a${index}: __typename`);
      expect(await codeOf(`{ ${aliases.join(' ')} }`)).toBe('GRAPHQL_PARSE_FAILED');
    });

    it('is alive, is ready with its database, and can be scraped', async () => {
      expect((await fetch(`${service.url}/health`)).status).toBe(200);
      expect(await (await fetch(`${service.url}/health/ready`)).json()).toMatchObject({
        status: 'ready',
        service: name,
        checks: { database: 'ready', revocations: 'ready' },
      });
      const metrics = await (await fetch(`${service.url}/metrics`)).text();
      expect(metrics).toContain(`plinth_outbox_pending{service="${name}"} 0`);
    });

    it('lets go of what it stands on when its port is taken', async () => {
      const { bus } = shared;
      let followers = 0;
      const watched = Object.assign(Object.create(bus) as EventBus, {
        // One bus has a group once, and the first instance has it.
        subscribe: async () => {
          followers += 1;
          return {
            close: async () => {
              followers -= 1;
            },
          };
        },
        follow: async (...asked: Parameters<EventBus['follow']>) => {
          const follower = await bus.follow(...asked);
          followers += 1;
          return {
            lag: () => follower.lag(),
            close: async () => {
              followers -= 1;
              await follower.close();
            },
          };
        },
      });
      const environment = {
        DATA_DIR: folder,
        [`${name.toUpperCase()}_PORT`]: String(service.port),
        LOG_LEVEL: 'silent',
      };
      await expect(
        start(readConfig('embedded', environment), { ...shared, bus: watched }),
      ).rejects.toMatchObject({
        code: 'EADDRINUSE',
      });
      expect(followers).toBe(0);
    });

    it('on its own names what it lacks', () => {
      expect(() => readConfig('alone', {})).toThrow(/DATABASE_URL is not set[\s\S]*REDIS_URL is not set/);
    });
  });
}
