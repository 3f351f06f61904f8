import cluster from 'node:cluster';
import { setFlagsFromString } from 'node:v8';
import { tlsFilesOf } from '../platform/common-settings';
import { connectRedis } from '../platform/events/redis-connection';
import { AnonymousOperations } from '../platform/graphql/anonymous-operations';
import { clientOf } from '../platform/http/client-address';
import { HttpServer } from '../platform/http/server';
import { hostInUrl } from '../platform/http/url-host';
import { shipLogsOverHttp } from '../platform/log-shipping';
import { createLogger, type Logger } from '../platform/observability/logger';
import { Metrics } from '../platform/observability/metrics';
import { openSpans } from '../platform/observability/open-spans';
import type { Spans } from '../platform/observability/spans';
import { type ProcessContext, runService, type ServiceModule } from '../platform/process';
import { networkOf } from '../platform/security/client-network';
import { type Identity, openIdentity } from '../platform/security/identity';
import { isOwnOrigin } from '../platform/subscriptions/websocket-server';
import { type GatewayConfig, gatewaySettings, readGatewayConfig, subgraphSettings } from './config';
import { gatewaySubgraph } from './discovery/gateway-schema';
import { GatewaySubgraph } from './discovery/gateway-subgraph';
import { registryRoutes } from './discovery/registry-routes';
import { AllMetrics } from './http/all-metrics';
import { Callers } from './http/callers';
import { Cors } from './http/cors';
import { fastPath } from './http/fast-path';
import type { GraphQLHandler } from './http/graphql-handler';
import { HttpsOnly } from './http/https-only';
import { MultipartOperations } from './http/multipart-operations';
import { passThroughRoutes } from './http/pass-through';
import { SubgraphHealth } from './http/subgraph-health';
import { type Graph, openGraph } from './open-graph';
import { openRateLimits } from './open-rate-limits';
import { AutomaticPersistedQueries, SharedPersistedQueries } from './operations/automatic-persisted-queries';
import { readOperationSafelist } from './operations/operation-safelist';
import { PersistedOperations } from './operations/persisted-operations';
import { readRootAccess } from './rest/root-access';
import { readRestTable, readStreamTable } from './rest/table';
import { routesOf } from './routes';
import { openEndpoint } from './subscriptions/open-subscriptions';
import type { RateLimits } from './traffic/rate-limits';
import { startWorkers } from './workers/primary';
import { type RetiringService, runWorker } from './workers/worker';

/** Starts the gateway. It starts while every subgraph is down: the schema is a file. */
export async function startGateway(
  config: GatewayConfig,
  shared: ProcessContext,
  metrics = new Metrics('gateway'),
): Promise<RetiringService> {
  const logger = createLogger({ service: 'gateway', level: config.logLevel, format: config.logFormat });
  const spans = openSpans('gateway', config, logger, shared.spans);
  const graph = await openGraph(config, { shared, logger, metrics, spans });
  const keyring = config.encryptionKeys ?? config.encryptionKeysFile;
  const isShipping = config.logShipping && keyring && !shared.isEmbedded;
  const endShipping =
    isShipping && shipLogsOverHttp(config, { keyring, clock: shared.clock, metrics, logger });
  const identity = config.isAuthenticating
    ? await openIdentity({ config, bus: shared.bus, clock: shared.clock })
    : undefined;
  if (!identity) logger.warn('there is no auth service: tokens are passed on and not checked here');
  const operations = openPersistedOperations(config, shared, logger);
  const limits = await openRateLimits(config, shared, metrics, logger);
  if (identity) graph.answerOwn(ownSubgraph(config, graph, identity, limits?.limits, logger));
  await graph.discovery.start();
  const { server, closeEndpoint } = gatewayServer(config, {
    graph,
    identity,
    operations,
    limits: limits?.limits,
    shared,
    metrics,
    spans,
    logger,
  });
  const close = async (): Promise<void> => {
    await closeEndpoint();
    await graph.close();
    operations.close();
    limits?.close();
    await identity?.revocations.close();
    await spans?.close();
    if (endShipping) await endShipping();
  };
  let port: number;
  try {
    port = await server.listen(config.port, config.host);
  } catch (error) {
    await close();
    throw error;
  }
  const graceMs = config.shutdownGrace * 1000;
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= server.stop(graceMs).then(close);
    return stopped;
  };
  return {
    name: 'gateway',
    port,
    url: `${tlsFilesOf('gateway', config) === undefined ? 'http' : 'https'}://${hostInUrl(config.host)}:${port}`,
    stop,
    retire: async () => {
      await server.retire(graceMs);
      await stop();
    },
  };
}

/** What the HTTP server of the gateway needs. */
interface GatewayParts {
  readonly graph: Graph;
  readonly identity: Identity | undefined;
  readonly operations: PersistedOperations;
  readonly limits: RateLimits | undefined;
  readonly shared: ProcessContext;
  readonly metrics: Metrics;
  readonly spans: Spans | undefined;
  readonly logger: Logger;
}

function gatewayServer(
  config: GatewayConfig,
  parts: GatewayParts,
): { server: HttpServer; closeEndpoint: () => Promise<void> } {
  const { graph, identity, operations, limits, shared, metrics, spans, logger } = parts;
  const { executor, calls } = graph;
  const callers = new Callers(
    identity?.authenticator,
    config.introspection,
    config.trustedProxies,
    // Those of the schema that is served at the time.
    new AnonymousOperations({ has: name => executor.anonymousMutations.has(name) }),
    { limits, timeoutMs: config.operationTimeout * 1000 },
  );
  const cors = new Cors(config.allowedOrigins);
  const tls = tlsFilesOf('gateway', config);
  const https = new HttpsOnly({ ...config, isTls: tls !== undefined });
  const endpoint = openEndpoint({
    executor,
    callers,
    authenticator: identity?.authenticator,
    operations,
    multipart: new MultipartOperations(
      () => (graph.uploadService === undefined ? undefined : calls.urlOf(graph.uploadService)),
      config.subgraphTimeout * 1000,
    ),
    isOriginAllowed: request => cors.allows(request) || isOwnOrigin(request),
    limits: config,
    networkOf: request => networkOf(clientOf(request, config.trustedProxies).address),
    metrics,
    refusalOf: request => https.intercept(request)?.status,
    serviceTls: () => shared.serviceTls?.options,
    urlOf: service => calls.urlOf(service),
    logger,
  });
  const server = new HttpServer({
    logger,
    metrics,
    spans,
    routes: gatewayRoutes(config, parts, callers, endpoint.graphql),
    intercept: request => https.intercept(request) ?? cors.preflight(request),
    headers: request => https.headers(request, cors.headers(request)),
    tls,
    connections: fastPath(new Set(['/graphql'])),
    ...(endpoint.upgrades === undefined ? {} : { upgrades: endpoint.upgrades }),
  });
  return { server, closeEndpoint: endpoint.close };
}

function gatewayRoutes(
  config: GatewayConfig,
  { graph, shared, metrics, logger }: GatewayParts,
  callers: Callers,
  graphql: GraphQLHandler,
): ReturnType<typeof routesOf> {
  const { executor, calls, discovery, schemas } = graph;
  const { registry, clock } = shared;
  const streamTable = readStreamTable(config.supergraphFile);
  return routesOf({
    graphql,
    callers,
    executor,
    metrics: new AllMetrics(metrics, () => calls.services, clock),
    table: readRestTable(config.supergraphFile),
    access: readRootAccess(config.supergraphFile),
    streamTable,
    streams: passThroughRoutes(
      streamTable,
      service => calls.urlOf(service),
      callers,
      config.subgraphTimeout * 1000,
      logger,
    ),
    registry: registryRoutes({ registry, discovery, schemas, callers, clock }),
    health: new SubgraphHealth({ [Symbol.iterator]: () => calls.urls() }, clock),
    landingPage: config.landingPage,
  });
}

function ownSubgraph(
  { instanceZone: zone }: GatewayConfig,
  { executor, schemas, calls, discovery }: Graph,
  { authenticator }: Identity,
  limits: RateLimits | undefined,
  logger: Logger,
): GatewaySubgraph {
  return new GatewaySubgraph({
    authenticator,
    schema: () => executor.schema,
    schemas,
    services: () => calls.services.filter(({ name }) => name !== gatewaySubgraph),
    registered: () => discovery.instances,
    limits: limits?.settings,
    zone,
    logger,
  });
}

function openPersistedOperations(
  config: GatewayConfig,
  shared: ProcessContext,
  logger: Logger,
): PersistedOperations {
  const list = config.operationsFile === undefined ? undefined : readOperationSafelist(config.operationsFile);
  const isOnlyListed = config.persistedOperations === 'only';
  const automatic =
    config.apq && !isOnlyListed ? openAutomaticPersistedQueries(config, shared, logger) : undefined;
  return new PersistedOperations(list, isOnlyListed, automatic);
}

/** Automatic persisted queries, shared by all instances where there is Redis. */
function openAutomaticPersistedQueries(
  config: GatewayConfig,
  { clock }: ProcessContext,
  logger: Logger,
): AutomaticPersistedQueries {
  if (config.redisUrl === undefined) return new AutomaticPersistedQueries(undefined);
  // Without an answer the client sends the text, which costs one round trip: waiting longer for Redis makes no sense.
  const redis = connectRedis(config.redisUrl, logger, 'operations', { commandTimeout: 250 });
  return new AutomaticPersistedQueries(new SharedPersistedQueries(redis, clock, logger));
}

export const service: ServiceModule<GatewayConfig> = {
  name: 'gateway',
  get settings() {
    return { ...gatewaySettings, ...subgraphSettings() };
  },
  readConfig: readGatewayConfig,
  start: (config, shared) =>
    config.workers === 1
      ? startGateway(config, shared)
      : startWorkers(
          config,
          createLogger({ service: 'gateway', level: config.logLevel, format: config.logFormat }),
        ),
};

/** `npm start -- gateway`: one process, or GATEWAY_WORKERS processes and a primary that restarts them. */
export function runGateway(): Promise<void> {
  // By default V8 lets the old generation of a busy process grow to four times its live size. At 75% the process takes 50 MB less, for no
  // measurable CPU; at 50% it takes 5% more CPU (`npm run bench:gateway`).
  setFlagsFromString('--heap-growing-percent=75');
  if (cluster.isWorker) return runWorker('gateway', () => readGatewayConfig('alone'), startGateway);
  return runService(service);
}

if (require.main === module) void runGateway();
