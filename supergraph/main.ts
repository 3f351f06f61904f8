import { readFileSync } from 'node:fs';
import { ConfigError } from '../platform/config';
import { HttpServer } from '../platform/http';
import { type Identity, openIdentity } from '../platform/identity';
import { createLogger, type Logger } from '../platform/logger';
import { Metrics } from '../platform/metrics';
import { runAlone, type Shared } from '../platform/run';
import { hostInUrl, type RunningService } from '../platform/service';
import { graphqlUrlOf } from './addresses';
import { Callers } from './callers';
import { openCompiledExecutor } from './compiled-executor';
import { type GatewayConfig, readGatewayConfig } from './config';
import { Cors } from './cors';
import { GraphQLDoor } from './door';
import type { SupergraphExecutor } from './executor-seam';
import { passThroughRoutes } from './pass-through';
import { readRestTable, readStreamTable } from './rest/table';
import { routesOf } from './routes';
import { openStockExecutor } from './stock/stock-executor';
import { SubgraphHealth } from './subgraph-health';
import { routingUrlsOf } from './supergraph-file';

/** Opens the front door of the whole graph. It comes up with every subgraph down: the schema is a file. */
export async function startGateway(config: GatewayConfig, shared: Shared): Promise<RunningService> {
  const logger = createLogger({ service: 'gateway', level: config.logLevel });
  const metrics = new Metrics('gateway');
  const supergraphSdl = readSupergraph(config.supergraphFile);
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
  const door = new GraphQLDoor(executor, callers, metrics);
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
    decorate: (request, response) => ({
      ...response,
      headers: { ...securityHeaders, ...merged(response.headers, cors.headers(request)) },
    }),
  });
  const close = async (): Promise<void> => {
    await executor.close();
    await identity?.revocations.close();
  };
  let port: number;
  try {
    port = await server.listen(config.port, config.host);
  } catch (error) {
    await close();
    throw error;
  }

  let stopped: Promise<void> | undefined;
  return {
    name: 'gateway',
    port,
    url: `http://${hostInUrl(config.host)}:${port}`,
    stop: () => {
      stopped ??= (async () => {
        await server.stop(config.shutdownGrace * 1000);
        await close();
      })();
      return stopped;
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
  if (config.executor === 'plinth') {
    const { planner } = config;
    return openCompiledExecutor({
      supergraphSdl,
      urls: Object.fromEntries(urls),
      planner,
      timeoutMs,
      logger,
    });
  }
  const addressOf = (name: string, routingUrl: string) => urls.get(name) ?? routingUrl;
  const { introspection } = config;
  return openStockExecutor({ supergraphSdl, addressOf, timeoutMs, introspection, logger });
}

/** What holds where a page does not say otherwise: an answer is data, never something to show or to frame. */
const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
} as const;

type Headers = Record<string, string | number | readonly string[]>;

function merged(given: Headers = {}, cors: Record<string, string>): Headers {
  const vary = [given['vary'], cors['vary']].filter(one => one !== undefined).join(', ');
  return { ...given, ...cors, ...(vary === '' ? {} : { vary }) };
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

if (require.main === module) void runAlone('gateway', () => readGatewayConfig('alone'), startGateway);
