import { readFileSync } from 'node:fs';
import { ConfigError } from '../platform/config';
import { HttpServer } from '../platform/http';
import { type Identity, openIdentity } from '../platform/identity';
import { createLogger } from '../platform/logger';
import { Metrics } from '../platform/metrics';
import { runAlone, type Shared } from '../platform/run';
import { hostInUrl, type RunningService } from '../platform/service';
import { graphqlUrlOf } from './addresses';
import { Callers } from './callers';
import { openCompiledExecutor } from './compiled-executor';
import { type GatewayConfig, readGatewayConfig } from './config';
import { Cors } from './cors';
import { GraphQLDoor } from './door';
import { readRestTable } from './rest/table';
import { routesOf } from './routes';
import { openStockExecutor } from './stock/stock-executor';
import { SubgraphHealth } from './subgraph-health';
import { routingUrlsOf } from './supergraph-file';

/** Opens the front door of the whole graph. It comes up with every subgraph down: the schema is a file. */
export async function startGateway(config: GatewayConfig, shared: Shared): Promise<RunningService> {
  const logger = createLogger({ service: 'gateway', level: config.logLevel });
  const metrics = new Metrics('gateway');
  const supergraphSdl = readSupergraph(config.supergraphFile);
  const urls = new Map(
    [...routingUrlsOf(supergraphSdl)].map(([name, url]) => [name, graphqlUrlOf(name, url, config)]),
  );

  const timeoutMs = config.subgraphTimeout * 1000;
  const executor =
    config.executor === 'plinth'
      ? openCompiledExecutor({
          supergraphSdl,
          urls: Object.fromEntries(urls),
          planner: config.planner,
          timeoutMs,
          logger,
        })
      : await openStockExecutor({
          supergraphSdl,
          addressOf: (name, routingUrl) => urls.get(name) ?? routingUrl,
          timeoutMs,
          introspection: config.introspection,
          logger,
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
      health: new SubgraphHealth(urls, shared.clock),
      landingPage: config.landingPage,
    }),
    intercept: request => cors.preflight(request),
    decorate: (request, response) => ({
      ...response,
      headers: { ...securityHeaders, ...merged(response.headers, cors.headers(request)) },
    }),
  });
  const port = await server.listen(config.port, config.host);

  let stopped: Promise<void> | undefined;
  return {
    name: 'gateway',
    port,
    url: `http://${hostInUrl(config.host)}:${port}`,
    stop: () => {
      stopped ??= (async () => {
        await server.stop(config.shutdownGrace * 1000);
        await executor.close();
        await identity?.revocations.close();
      })();
      return stopped;
    },
  };
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

if (require.main === module) void runAlone('gateway', () => readGatewayConfig('alone'), startGateway);
