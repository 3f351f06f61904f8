/**
 * One part of the bench in a process of its own: `service` sends the events, `people` completes them, `gateway` is the gateway as it ships, `bare` is graphql-ws
 * with graphql-js and no federation. It says what it has used when it is asked.
 */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { buildSchema, parse } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../platform/clock';
import { createInProcessPubSub } from '../../platform/events/live-updates';
import { OperationExecutor } from '../../platform/graphql/operation-executor';
import type { HttpRequest } from '../../platform/http/request';
import { silentLogger } from '../../platform/observability/logger';
import { Metrics } from '../../platform/observability/metrics';
import { openProcessContext } from '../../platform/process';
import { openIdentity } from '../../platform/security/identity';
import { ServiceOperations } from '../../platform/subscriptions/service-operations';
import { GraphQLWebSockets } from '../../platform/subscriptions/websocket-server';
import { readGatewayConfig } from '../../supergraph/config';
import { startGateway } from '../../supergraph/main';
import { ticksSdl } from './schema';

/** CPU in microseconds, memory in bytes, and the requests that `people` has answered. */
export interface Usage {
  readonly cpu: number;
  readonly rss: number;
  readonly requests?: number;
}

/** The time of an event in milliseconds, on a clock that all processes share. */
const now = () => performance.timeOrigin + performance.now();

/** Sends events at this rate until the other end of the process's channel says otherwise. */
function ticking(publish: (tick: { id: string; at: number }) => void): void {
  let timer: NodeJS.Timeout | undefined;
  process.on('message', (message: { perSecond?: number }) => {
    if (message.perSecond === undefined) return;
    clearInterval(timer);
    if (message.perSecond > 0)
      timer = setInterval(() => publish({ id: '1', at: now() }), 1000 / message.perSecond);
  });
}

async function service(): Promise<number[]> {
  const live = createInProcessPubSub();
  ticking(tick => live.publish('tick', tick));
  const schema = buildSubgraphSchema({
    typeDefs: parse(ticksSdl),
    resolvers: {
      Subscription: {
        tick: { subscribe: () => live.subscribe('tick'), resolve: (tick: object) => tick },
        silence: { subscribe: () => live.subscribe('silence'), resolve: (tick: object) => tick },
      },
    } as never,
  });
  const { authenticator } = await openIdentity({
    config: {
      authUrl: process.env['AUTH_URL'],
      authPort: 0,
      tokenIssuer: 'https://plinth.local',
      tokenAudience: 'plinth',
    },
    bus: openProcessContext({ redisUrl: undefined, logger: silentLogger }).bus,
    clock: systemClock,
  });
  const metrics = new Metrics('ticks', false);
  const sockets = new GraphQLWebSockets({
    path: '/graphql',
    operations: new ServiceOperations({
      schema,
      executor: new OperationExecutor(schema),
      authenticator,
      contextOf: async (request: HttpRequest) => ({
        request,
        caller: await authenticator.authenticate(request.headers),
      }),
      listening: () => live.listening(),
      metrics,
      formatError: formatted => formatted,
    }),
    authenticator,
    isOriginAllowed: () => false,
    logger: silentLogger,
    metrics,
    limits: { maxOperations: 100_000 },
  });
  const ticks = createServer();
  ticks.on('upgrade', (request, socket: Socket, head: Buffer) => sockets.handle(request, socket, head));
  return [await portOf(ticks)];
}

let answered = 0;

/** The service that each event is joined with. */
async function people(): Promise<number[]> {
  const server = createServer((request, response) => {
    answered++;
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json');
      response.end('{"data":{"_entities":[{"__typename":"Tick","by":"Ada"}]}}');
    });
  });
  server.keepAliveTimeout = 120_000;
  return [await portOf(server)];
}

async function gateway(): Promise<number[]> {
  const config = readGatewayConfig('embedded');
  const { port } = await startGateway(
    config,
    openProcessContext({ redisUrl: undefined, logger: silentLogger }),
  );
  return [port];
}

async function bare(): Promise<number[]> {
  const live = createInProcessPubSub();
  ticking(tick => live.publish('tick', tick));
  const schema = buildSchema(
    'type Query { nothing: Int } type Subscription { tick: Tick silence: Tick } type Tick { id: ID! at: Float! by: String }',
  );
  const fields = schema.getSubscriptionType()!.getFields();
  for (const name of ['tick', 'silence']) {
    fields[name]!.subscribe = () => live.subscribe(name);
    fields[name]!.resolve = tick => ({ ...(tick as object), by: 'Ada' });
  }
  const server = createServer();
  useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
  return [await portOf(server)];
}

async function portOf(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const parts: Record<string, () => Promise<number[]>> = { service, people, gateway, bare };

process.on('message', message => {
  if (message !== 'usage') return;
  const { user, system } = process.cpuUsage();
  process.send?.({ cpu: user + system, rss: process.memoryUsage.rss(), requests: answered } satisfies Usage);
});
process.on('disconnect', () => process.exit());
void parts[process.argv[2] ?? '']!().then(ports => process.send?.({ ports }));
