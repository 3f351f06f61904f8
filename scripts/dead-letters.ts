import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { readEnvironment } from '../platform/config';
import { openPlainConnection } from '../platform/database/plain-connection';
import { DeadEvents, type DeadLetterQueue, StuckEvents } from '../platform/events/dead-letters';
import { eventStream } from '../platform/events/redis-bus';
import { printStartError } from '../platform/process';
import type { ServiceContextConfig } from '../platform/service-context';
import { loadService, serviceNames } from './services';

const help = `Events that a service has given up, or keeps failing at.

  npm run dead-letters -- list [--service <name>] [--limit <n>]
  npm run dead-letters -- replay [--service <name>] [<id> …]
  npm run dead-letters -- discard --service <name> <id> …

list     one line a letter: service, queue, id, type, time, reason. Queues: events (given up, in Redis), outbox (tried every 30 s)
replay   has the letters tried again, all of them without ids; every consumer recognises an event that it has handled
discard  deletes letters for good

It reads the settings of the services: DATABASE_URL, DATA_DIR, REDIS_URL. The services may run.`;

interface NamedQueue {
  service: string;
  name: 'events' | 'outbox';
  queue: DeadLetterQueue;
}

/** Returns the exit code: 0 for success, 1 for a failure, 2 for wrong arguments. */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      service: { type: 'string' },
      limit: { type: 'string', default: '100' },
      help: { type: 'boolean' },
    },
  });
  const [command, ...ids] = positionals;
  if (values.help) {
    console.log(help);
    return 0;
  }
  const services = serviceNames().filter(name => name !== 'gateway');
  const isKnown = values.service === undefined || services.includes(values.service);
  const isComplete = command !== 'discard' || (values.service !== undefined && ids.length > 0);
  if (!['list', 'replay', 'discard'].includes(command ?? '') || !isKnown || !isComplete) {
    console.error(help);
    return 2;
  }
  const { queues, close } = await openQueues(services.filter(name => (values.service ?? name) === name));
  try {
    if (command === 'list') await list(queues, Number(values.limit));
    else console.log(await change(queues, command as 'replay' | 'discard', ids));
  } finally {
    await close();
  }
  return 0;
}

async function list(queues: readonly NamedQueue[], limit: number): Promise<void> {
  for (const { service, name, queue } of queues) {
    for (const { id, type, reason, at } of await queue.list(limit)) {
      const time = new Date(at).toISOString();
      console.log([service, name, id, type ?? '(no event)', time, JSON.stringify(reason)].join('\t'));
    }
  }
}

async function change(
  queues: readonly NamedQueue[],
  command: 'replay' | 'discard',
  ids: readonly string[],
): Promise<string> {
  let count = 0;
  for (const { name, queue } of queues) {
    const own = ids.filter(id => /^\d+-\d+$/.test(id) === (name === 'events'));
    if (command === 'discard') count += await queue.discard(own);
    else if (ids.length === 0) count += await queue.replay();
    else count += await queue.replay(own);
  }
  return `${count} ${command === 'replay' ? 'replayed' : 'discarded'}`;
}

async function openQueues(
  services: readonly string[],
): Promise<{ queues: NamedQueue[]; close: () => Promise<void> }> {
  const queues: NamedQueue[] = [];
  const closing: (() => Promise<void>)[] = [];
  let redis: Redis | undefined;
  for (const service of services) {
    const config = loadService(service).readConfig('embedded', readEnvironment());
    const { databaseUrl, ownDatabaseUrl, dataDir } = config as unknown as ServiceContextConfig;
    const url = ownDatabaseUrl ?? databaseUrl ?? `sqlite:${join(dataDir, `${service}.db`)}`;
    const connection = await openPlainConnection(url, service);
    if (connection !== undefined) {
      closing.push(() => connection.close());
      queues.push({ service, name: 'outbox', queue: new StuckEvents(connection.query) });
    }
    if (config.redisUrl === undefined) continue;
    if (redis === undefined) {
      redis = new Redis(config.redisUrl, { maxRetriesPerRequest: 1, retryStrategy: () => null });
      redis.on('error', () => undefined);
    }
    queues.push({ service, name: 'events', queue: new DeadEvents(redis, eventStream, service) });
  }
  return {
    queues,
    close: async () => {
      redis?.disconnect();
      for (const each of closing) await each();
    },
  };
}

void main(process.argv.slice(2)).then(
  code => {
    process.exitCode = code;
  },
  (error: unknown) => {
    printStartError(error);
    process.exitCode = 1;
  },
);
