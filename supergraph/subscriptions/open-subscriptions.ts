import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { HttpRequest } from '../../platform/http/request';
import type { UpgradeHandler } from '../../platform/http/server';
import type { Logger } from '../../platform/observability/logger';
import type { Metrics } from '../../platform/observability/metrics';
import type { Authenticator } from '../../platform/security/authenticator';
import { anonymous } from '../../platform/security/caller';
import { CredentialWatch } from '../../platform/security/live-credential';
import { GraphQLWebSockets } from '../../platform/subscriptions/websocket-server';
import type { CompiledExecutor } from '../execution/executor';
import type { Callers } from '../http/callers';
import { GraphQLHandler } from '../http/graphql-handler';
import type { MultipartOperations } from '../http/multipart-operations';
import type { PersistedOperations } from '../operations/persisted-operations';
import type { SupergraphExecutor } from '../supergraph-executor';
import { ServiceConnections } from './service-connection';
import { GatewayOperations, requestOf } from './socket-operations';
import { HttpSubscriptions } from './stream-answers';
import { Subscriptions } from './subscriptions';

/** The GraphQL endpoint: its answers over HTTP, and its WebSockets. */
export interface GraphQLEndpoint {
  readonly graphql: GraphQLHandler;
  /** Undefined where the executor has no subscriptions. */
  readonly upgrades: UpgradeHandler | undefined;
  close(): Promise<void>;
}

export function openEndpoint(options: {
  executor: SupergraphExecutor;
  callers: Callers;
  /** Undefined where only the subgraphs check tokens. */
  authenticator: Pick<Authenticator, 'authenticate'> | undefined;
  operations: PersistedOperations;
  multipart: MultipartOperations;
  isOriginAllowed: (request: HttpRequest) => boolean;
  /** The URL of an instance of a service. */
  urlOf: (service: string) => string | undefined;
  /** How services are reached over TLS; undefined where nothing is set. */
  serviceTls: () => ConnectionOptions | undefined;
  /** The status with which a handshake is refused, such as one without TLS. */
  refusalOf: (request: HttpRequest) => number | undefined;
  /** The network that a request comes from, by which sockets are counted. */
  networkOf: (request: HttpRequest) => string;
  limits: { subscriptionsPerClient: number; webSockets: number; webSocketsPerClient: number };
  metrics: Metrics;
  logger: Logger;
}): GraphQLEndpoint {
  const { executor, callers, operations, multipart, isOriginAllowed, limits, metrics, logger } = options;
  if (!canSubscribe(executor)) {
    const graphql = new GraphQLHandler(executor, callers, metrics, operations, multipart);
    return { graphql, upgrades: undefined, close: async () => {} };
  }
  const authenticator = options.authenticator ?? { authenticate: () => anonymous };
  const watch = new CredentialWatch();
  const connections = new ServiceConnections(options.serviceTls);
  const subscriptions = new Subscriptions({
    executor,
    callers,
    connections,
    urlOf: source => options.urlOf(source.subgraph) ?? source.url,
    watch,
    metrics,
    maxPerClient: limits.subscriptionsPerClient,
  });
  const streams = new HttpSubscriptions({ executor, callers, subscriptions, authenticator, isOriginAllowed });
  const graphql = new GraphQLHandler(executor, callers, metrics, operations, multipart, streams);
  const sockets = new GraphQLWebSockets({
    path: '/graphql',
    operations: new GatewayOperations({ executor, callers, operations, subscriptions, graphql, logger }),
    authenticator,
    isOriginAllowed,
    refusalOf: options.refusalOf,
    logger,
    metrics,
    watch,
    clientOf: options.networkOf,
    admit: (handshake, headers) => callers.contextOf(requestOf({ handshake, credential: { headers } })),
    limits: {
      maxSockets: limits.webSockets,
      maxSocketsPerClient: limits.webSocketsPerClient,
      maxOperations: limits.subscriptionsPerClient,
    },
  });
  return {
    graphql,
    upgrades: {
      handle: (raw: IncomingMessage, socket: Socket, head: Buffer) => sockets.handle(raw, socket, head),
      close: code => {
        sockets.close(code);
        subscriptions.close();
      },
    },
    close: () => connections.close(),
  };
}

function canSubscribe(executor: SupergraphExecutor): executor is CompiledExecutor {
  return 'subscribe' in executor;
}
