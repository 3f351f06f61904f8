import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { systemClock } from '../../platform/clock';
import { createInProcessPubSub, type LivePubSub } from '../../platform/events/live-updates';
import { formatGraphQLError } from '../../platform/graphql/error-format';
import { OperationExecutor } from '../../platform/graphql/operation-executor';
import type { HttpRequest } from '../../platform/http/request';
import { silentLogger } from '../../platform/observability/logger';
import { Metrics } from '../../platform/observability/metrics';
import { openProcessContext, type ProcessContext, type RunningService } from '../../platform/process';
import { schemaHashOf } from '../../platform/registry/registration';
import type { Caller } from '../../platform/security/caller';
import { openIdentity } from '../../platform/security/identity';
import { ServiceOperations } from '../../platform/subscriptions/service-operations';
import { GraphQLWebSockets } from '../../platform/subscriptions/websocket-server';
import { TokenIssuer } from '../../platform/testing/token-issuer';
import { readGatewayConfig } from '../config';
import { startGateway } from '../main';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes", "@tag"])\n';

const rooms = `${link}
  type Query { room(id: ID!): Room }
  type Mutation { open(id: ID!): Room }
  type Subscription {
    roomChanged(id: ID!): Room @tag(name: "current-state")
    knocked: Int
    alarm: String @requiresScopes(scopes: [["alarms:read"]])
    whoAmI: String @tag(name: "current-state")
  }
  type Room @key(fields: "id") { id: ID! isOpen: Boolean! }`;

const people = `${link}
  type Query { nobody: Int }
  type Room @key(fields: "id") { id: ID! guests: [String!] secret: String @authenticated }`;

/** A service with subscriptions, on the platform's own parts, and one that completes their events. */
export class LiveGraph {
  readonly open = new Set<string>();
  readonly names = { subgraphs: { rooms, people } };
  /** The mutation waits for it. */
  opening: Promise<void> | undefined;
  live: LivePubSub;
  issuer: TokenIssuer;
  shared: ProcessContext;
  gateway: RunningService;
  private folder: string;
  private rooms: Server;
  private people: Server;
  private port = 0;
  private sockets = new Set<Socket>();
  private upgrades: GraphQLWebSockets;

  static async start(environment: Record<string, string> = {}): Promise<LiveGraph> {
    const graph = new LiveGraph();
    graph.issuer = await TokenIssuer.start();
    graph.shared = openProcessContext({ redisUrl: undefined, logger: silentLogger });
    await graph.startRooms();
    graph.people = await listening(
      answering(people, { Room: { guests: () => ['Ada'], secret: () => 'gold' } }),
    );
    graph.folder = await mkdtemp(join(tmpdir(), 'plinth-live-'));
    const composed = composeServices([
      { name: 'rooms', url: `http://127.0.0.1:${graph.port}/graphql`, typeDefs: parse(rooms) },
      { name: 'people', url: `http://127.0.0.1:${portOf(graph.people)}/graphql`, typeDefs: parse(people) },
    ]);
    if (composed.supergraphSdl === undefined) throw new Error(JSON.stringify(composed.errors));
    const file = join(graph.folder, 'supergraph.graphql');
    await writeFile(file, composed.supergraphSdl);
    await writeFile(join(graph.folder, 'rest.json'), '[]');
    await writeFile(join(graph.folder, 'rooms.graphql'), rooms);
    await writeFile(join(graph.folder, 'people.graphql'), people);
    graph.gateway = await startGateway(
      readGatewayConfig('embedded', {
        GATEWAY_PORT: '0',
        SUPERGRAPH_SDL: file,
        AUTH_URL: graph.issuer.url,
        LOG_LEVEL: 'silent',
        SHUTDOWN_GRACE: '5',
        TRUSTED_PROXIES: '127.0.0.1',
        CORS_ORIGINS: 'https://app.example.com',
        ...environment,
      }),
      graph.shared,
    );
    return graph;
  }

  /** Changes the state of a room and publishes that. */
  setOpen(id: string, isOpen: boolean): void {
    if (isOpen) this.open.add(id);
    else this.open.delete(id);
    this.live.publish('roomChanged', id, { id });
  }

  /** Registers an instance of the service that completes events, with one more field: the gateway takes over a new schema. */
  async changeSchema(): Promise<void> {
    const sdl = people.replace('secret: String', 'mood: String secret: String');
    await this.shared.registry.register(
      {
        id: 'people',
        name: 'people',
        url: `http://127.0.0.1:${portOf(this.people)}/graphql`,
        version: '',
        schemaHash: schemaHashOf(sdl),
        zone: '',
        registeredAt: Date.now(),
        isProbed: false,
      },
      sdl,
    );
  }

  /** Breaks every connection to the service with subscriptions; what is given happens before it is there again. */
  async breakRooms(meanwhile: () => void = () => {}): Promise<void> {
    await this.stopRooms();
    meanwhile();
    await this.startRooms();
  }

  async stopRooms(): Promise<void> {
    const closed = new Promise(resolve => this.rooms.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
    await this.live.close();
  }

  async startRooms(): Promise<void> {
    const { issuer, shared } = this;
    this.live = createInProcessPubSub();
    const resolvers = {
      Query: { room: (_: unknown, { id }: { id: string }) => this.room(id) },
      Mutation: {
        open: async (_: unknown, { id }: { id: string }) => {
          await this.opening;
          this.setOpen(id, true);
          return this.room(id);
        },
      },
      Subscription: {
        roomChanged: {
          subscribe: (_: unknown, { id }: { id: string }) => this.live.subscribe('roomChanged', id),
          resolve: (_: unknown, { id }: { id: string }) => this.room(id),
        },
        knocked: { subscribe: () => this.live.subscribe('knocked'), resolve: (count: number) => count },
        alarm: { subscribe: () => this.live.subscribe('alarm'), resolve: (text: string) => text },
        whoAmI: {
          subscribe: () => this.live.subscribe('whoAmI'),
          resolve: (_: unknown, __: unknown, { caller }: { caller: Caller }) => caller.id,
        },
      },
    };
    const schema = buildSubgraphSchema({ typeDefs: parse(rooms), resolvers: resolvers as never });
    const executor = new OperationExecutor(schema);
    const { authenticator } = await openIdentity({
      config: {
        authUrl: issuer.url,
        authPort: 0,
        tokenIssuer: 'https://plinth.local',
        tokenAudience: 'plinth',
      },
      bus: shared.bus,
      clock: systemClock,
    });
    const metrics = new Metrics('rooms', false);
    this.upgrades = new GraphQLWebSockets({
      path: '/graphql',
      operations: new ServiceOperations({
        schema,
        executor,
        authenticator,
        contextOf: async (request: HttpRequest) => ({
          request,
          caller: await authenticator.authenticate(request.headers),
        }),
        listening: () => this.live.listening(),
        metrics,
        formatError: (formatted, error) => formatGraphQLError(formatted, error, silentLogger),
      }),
      authenticator,
      isOriginAllowed: () => false,
      logger: silentLogger,
      metrics,
    });
    this.rooms = answering(rooms, resolvers);
    this.rooms.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.rooms.on('upgrade', (request, socket: Socket, head: Buffer) =>
      this.upgrades.handle(request, socket, head),
    );
    await listening(this.rooms, this.port);
    this.port = portOf(this.rooms);
  }

  async stop(): Promise<void> {
    await this.gateway.stop();
    this.people.closeAllConnections();
    this.people.close();
    await this.stopRooms();
    await this.issuer.close();
    await this.shared.close();
    await rm(this.folder, { recursive: true });
  }

  private room(id: string): object {
    return { __typename: 'Room', id, isOpen: this.open.has(id) };
  }
}

function answering(sdl: string, resolvers: object): Server {
  const schema = buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: resolvers as never });
  const executor = new OperationExecutor(schema);
  return createServer(async (request, response) => {
    // A readiness check.
    if (request.method === 'GET') return void response.end('{}');
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { query, variables } = JSON.parse(Buffer.concat(chunks).toString()) as {
      query: string;
      variables: Record<string, unknown>;
    };
    const result = await executor.execute({ query, variables }, parse(query), {});
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(result));
  });
}

async function listening(server: Server, port = 0): Promise<Server> {
  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
