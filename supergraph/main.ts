import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { ConfigError } from '../platform/config';
import { connectRedis } from '../platform/events/redis-bus';
import { HttpServer } from '../platform/http/server';
import { hostInUrl } from '../platform/http/url-host';
import { createLogger, type Logger } from '../platform/observability/logger';
import { Metrics } from '../platform/observability/metrics';
import { type ProcessContext, runService, type ServiceDefinition } from '../platform/process';
import { type Identity, openIdentity } from '../platform/security/identity';
import { type GatewayConfig, gatewaySettings, readGatewayConfig, subgraphSettings } from './config';
import { openCompiledExecutor } from './execution/compiled-executor';
import { Callers } from './http/callers';
import { Cors } from './http/cors';
import { fastPath } from './http/fast-path';
import { GraphQLHandler } from './http/graphql-handler';
import { passThroughRoutes } from './http/pass-through';
import { SubgraphHealth } from './http/subgraph-health';
import { graphqlUrlOf } from './http/subgraph-urls';
import { AutomaticPersistedQueries, SharedPersistedQueries } from './operations/automatic-persisted-queries';
import { readOperationSafelist } from './operations/operation-safelist';
import { PersistedOperations } from './operations/persisted-operations';
import { readRestTable, readStreamTable } from './rest/table';
import { routesOf } from './routes';
import { routingUrlsOf } from './schema/supergraph-file';
import type { SupergraphExecutor } from './supergraph-executor';
import { startWorkers } from './workers/primary';
import { type RetiringService, runWorker } from './workers/worker';

/** Opens the front door of the whole graph. It comes up with every subgraph down: the schema is a file. */
export async function startGateway(
  config: GatewayConfig,
  shared: ProcessContext,
  metrics = new Metrics('gateway'),
): Promise<RetiringService> {
  const logger = createLogger({ service: 'gateway', level: config.logLevel });
  const supergraphSdl = readSupergraph(config.supergraphFile);
  const list = config.operationsFile === undefined ? undefined : readOperationSafelist(config.operationsFile);
  const { urls, executor } = await served(config.supergraphFile, async () => {
    const urls = new Map(
      [...routingUrlsOf(supergraphSdl)].map(([name, url]) => [name, graphqlUrlOf(name, url, config)]),
    );
    return { urls, executor: await openExecutor(config, supergraphSdl, urls, logger) };
  });

  let identity: Identity | undefined;
  if (config.isAuthenticating) {
    identity = await openIdentity({ config, bus: shared.bus, clock: shared.clock });
  } else logger.warn('there is no auth service: tokens are passed on and not checked here');

  const callers = new Callers(identity?.authenticator, config.introspection);
  const isOnlyListed = config.persistedOperations === 'only';
  const automatic =
    config.apq && !isOnlyListed ? openAutomaticPersistedQueries(config, shared, logger) : undefined;
  const operations = new PersistedOperations(list, isOnlyListed, automatic);
  const door = new GraphQLHandler(executor, callers, metrics, operations);
  const cors = new Cors(config.allowedOrigins);
  const server = new HttpServer({
    logger,
    metrics,
    routes: routesOf({
      door,
      callers,
      executor,
      metrics,
      table: readRestTable(config.supergraphFile),
      streams: passThroughRoutes(
        readStreamTable(config.supergraphFile),
        urls,
        callers,
        config.subgraphTimeout * 1000,
        logger,
      ),
      health: new SubgraphHealth(urls, shared.clock),
      landingPage: config.landingPage,
    }),
    intercept: request => cors.preflight(request),
    headers: request => cors.headers(request),
    connections: fastPath(new Set(['/graphql'])),
  });
  const close = async (): Promise<void> => {
    await executor.close();
    operations.close();
    await identity?.revocations.close();
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
    url: `http://${hostInUrl(config.host)}:${port}`,
    stop,
    retire: async () => {
      await server.retire(graceMs);
      await stop();
    },
  };
}

/** What runs operations: our own executor, or stock @apollo/gateway. */
function openExecutor(
  config: GatewayConfig,
  supergraphSdl: string,
  urls: ReadonlyMap<string, string>,
  logger: Logger,
): SupergraphExecutor | Promise<SupergraphExecutor> {
  const timeoutMs = config.subgraphTimeout * 1000;
  // Who may not have the schema is not told it name by name either.
  const hidesSuggestions = config.introspection !== 'on';
  if (config.executor === 'plinth') {
    const { planner, limits, unauthorizedFields, batchEntities: batchesEntities } = config;
    return openCompiledExecutor({
      supergraphSdl,
      urls: Object.fromEntries(urls),
      planner,
      limits,
      unauthorizedFields,
      batchesEntities,
      hidesSuggestions,
      timeoutMs,
      logger,
    });
  }
  // Loaded where it is used: it brings @apollo/server, the composition and its planner, some 40 MB.
  const { openStockExecutor } = require('./stock/stock-executor') as typeof import('./stock/stock-executor');
  const addressOf = (name: string, routingUrl: string) => urls.get(name) ?? routingUrl;
  return openStockExecutor({ supergraphSdl, addressOf, timeoutMs, hidesSuggestions, logger });
}

/** Operations by their hash: shared by all instances through Redis where there is one. */
function openAutomaticPersistedQueries(
  config: GatewayConfig,
  { clock }: ProcessContext,
  logger: Logger,
): AutomaticPersistedQueries {
  if (config.redisUrl === undefined) return new AutomaticPersistedQueries(undefined);
  // Asking the client for the text costs it one round trip: waiting longer than that for Redis helps nobody.
  const redis = connectRedis(config.redisUrl, logger, 'operations', { commandTimeout: 250 });
  return new AutomaticPersistedQueries(new SharedPersistedQueries(redis, clock, logger));
}

function readSupergraph(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new ConfigError([
      `${file} cannot be read: set SUPERGRAPH_SDL to a supergraph file, or run npm run schema`,
    ]);
  }
}

/** @throws ConfigError when the file is not a supergraph: that is for whoever set it, and not for us, to mend */
async function served<T>(file: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ConfigError([`${file} cannot be served as a supergraph: ${reason}`]);
  }
}

export const service: ServiceDefinition<GatewayConfig> = {
  name: 'gateway',
  get settings() {
    return { ...gatewaySettings, ...subgraphSettings() };
  },
  readConfig: readGatewayConfig,
  start: (config, shared) =>
    config.workers === 1
      ? startGateway(config, shared)
      : startWorkers(config, createLogger({ service: 'gateway', level: config.logLevel })),
};

/** `npm start -- gateway`: one process, or GATEWAY_WORKERS processes and a primary that restarts them. */
export function runGateway(): Promise<void> {
  // V8 lets what is old in a busy process grow to four times what is live before it collects it. Less than twice that is 50 MB less, for
  // no CPU that could be measured; at half as much again it is 5%.
  setFlagsFromString('--heap-growing-percent=75');
  if (cluster.isWorker) return runWorker('gateway', () => readGatewayConfig('alone'), startGateway);
  return runService(service);
}

if (require.main === module) void runGateway();
