import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Query, Resolver } from 'type-graphql';
import type { InProcessBus } from './events/in-process-bus';
import { silentLogger } from './observability/logger';
import { openProcessContext, type ProcessContext } from './process';
import { ResourceStack } from './resource-stack';
import { type ServiceDefinition, startService } from './service';
import { openServiceContext, type ServiceContext } from './service-context';
import { withTimeout } from './timeout';

@Resolver()
class PingResolver {
  @Query(() => String)
  ping(): string {
    return 'pong';
  }
}

describe('a service', () => {
  const server = { host: '127.0.0.1', port: 0, shutdownGrace: 1 };
  const definition: ServiceDefinition<never> = {
    subgraph: { resolvers: [new PingResolver()], references: {} },
    context: request => request as never,
  };
  let dataDir: string;
  let shared: ProcessContext;
  let context: ServiceContext;
  let closed: string[];

  beforeEach(async () => {
    closed = [];
    dataDir = mkdtempSync(join(tmpdir(), 'plinth-service-'));
    shared = openProcessContext({ redisUrl: undefined, logger: silentLogger });
    const config = {
      dataDir,
      logLevel: 'silent' as const,
      logShipping: false,
      monitoringUrl: undefined,
      monitoringPort: 0,
      databaseUrl: undefined,
      ownDatabaseUrl: undefined,
      authUrl: undefined,
      authPort: 1,
      tokenIssuer: 'plinth',
      tokenAudience: 'plinth',
    };
    context = await openServiceContext('ping', config, shared, { entities: [], migrations: [] });
    context.resources.defer(() => void closed.push('first'));
    context.resources.defer(() => void closed.push('second'));
  });
  afterEach(async () => {
    await context.resources.close();
    await shared.close();
    rmSync(dataDir, { recursive: true });
  });

  const assertNothingIsOpen = async (): Promise<void> => {
    expect(closed).toEqual(['second', 'first']);
    await expect(context.database.ping()).rejects.toThrow();
    await expect(context.relay.pendingCount()).rejects.toThrow();
  };

  it('leaves nothing open when its start fails before it listens', async () => {
    const start = startService(context, server, async () => {
      await context.consume({});
      throw new Error('the second key is missing');
    });
    await expect(start).rejects.toThrow('the second key is missing');
    await assertNothingIsOpen();
  });

  it('leaves nothing open when its start fails while the bus is held and an event waits', async () => {
    const release = (shared.bus as InProcessBus).hold();
    await context.database.transaction(async tx => {
      await tx.emit({ type: 'ping.answered', data: {} });
    });
    const start = startService(context, server, async () => {
      // Long enough for a relay to begin publishing.
      await sleep(100);
      throw new Error('the second key is missing');
    });
    try {
      await expect(withTimeout(start, 2_000)).rejects.toThrow('the second key is missing');
    } finally {
      release();
    }
    await assertNothingIsOpen();
  });

  it('leaves nothing open when its schema cannot be made', async () => {
    const broken = { ...definition, subgraph: { resolvers: [], references: {} } };
    await expect(startService(context, server, () => broken)).rejects.toThrow();
    await assertNothingIsOpen();
  });

  it('leaves nothing open when its port is taken', async () => {
    const other = createServer();
    await new Promise<void>(resolve => other.listen(0, server.host, resolve));
    const { port } = other.address() as { port: number };
    await expect(startService(context, { ...server, port }, () => definition)).rejects.toThrow('EADDRINUSE');
    await assertNothingIsOpen();
    await new Promise(resolve => other.close(resolve));
  });

  it('answers until it is stopped, then closes the last opened first', async () => {
    const service = await startService(context, server, () => definition);
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    const { url } = service;
    context.resources.defer(async () => {
      closed.push(String((await fetch(`${url}/health`)).status));
    });
    await Promise.all([service.stop(), service.stop()]);
    expect(closed).toEqual(['200', 'second', 'first']);
    closed = ['second', 'first'];
    await assertNothingIsOpen();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });
});

it('closes every resource also after one fails to close, and says the failure', async () => {
  const closed: string[] = [];
  const resources = new ResourceStack();
  resources.defer(() => void closed.push('database'));
  resources.defer(() => Promise.reject(new Error('the relay is stuck')));
  resources.defer(() => void closed.push('server'));
  await expect(resources.close()).rejects.toThrow('the relay is stuck');
  expect(closed).toEqual(['server', 'database']);
});
