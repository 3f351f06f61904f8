import { readFileSync } from 'node:fs';
import { ConfigError } from '../platform/config';
import type { Logger } from '../platform/observability/logger';
import type { Metrics } from '../platform/observability/metrics';
import type { Spans } from '../platform/observability/spans';
import type { ProcessContext } from '../platform/process';
import type { GatewayConfig } from './config';
import { Discovery } from './discovery/discovery';
import { gatewaySubgraph, gatewaySubgraphUrl } from './discovery/gateway-schema';
import type { GatewaySubgraph } from './discovery/gateway-subgraph';
import { ServedSchemas } from './discovery/served-schemas';
import type { CompiledExecutor } from './execution/executor';
import { probe } from './http/subgraph-health';
import { graphqlUrlOf } from './http/subgraph-urls';
import { openExecutor } from './open-executor';
import { openServiceCalls } from './open-service-calls';
import { routingUrlsOf, subgraphOfScalar } from './schema/supergraph-file';
import { SubgraphMetrics } from './subgraph-metrics';
import type { SupergraphExecutor } from './supergraph-executor';
import { SwappableCompiledExecutor, SwappableExecutor } from './swappable-executor';
import type { ServiceCalls } from './traffic/service-calls';

const probeTimeoutMs = 1_500;

/** The graph that the gateway serves, and the services behind it. */
export interface Graph {
  readonly executor: SwappableExecutor<SupergraphExecutor>;
  readonly calls: ServiceCalls;
  readonly schemas: ServedSchemas;
  readonly discovery: Discovery;
  /** The service that stores the files of multipart operations: it defines the scalar `Upload`. */
  readonly uploadService: string | undefined;
  /** Answers the calls to the gateway's own subgraph. */
  answerOwn(subgraph: GatewaySubgraph): void;
  close(): Promise<void>;
}

interface Parts {
  readonly shared: Pick<ProcessContext, 'registry' | 'clock' | 'serviceTls'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly spans: Spans | undefined;
}

/**
 * Opens the supergraph of the file. `discovery.start` begins to follow the registry.
 *
 * @throws ConfigError when the file is not a supergraph: the operator has to correct it
 */
export async function openGraph(config: GatewayConfig, parts: Parts): Promise<Graph> {
  const { logger, metrics, spans, shared } = parts;
  const file = config.supergraphFile;
  const supergraphSdl = readSupergraph(file);
  let own: GatewaySubgraph | undefined;
  const observed = new SubgraphMetrics(metrics);
  try {
    const urls = urlsOf(supergraphSdl, config);
    const calls = openServiceCalls(config, urls, logger, observed, {
      connect: shared.serviceTls?.connect,
      own: request => own?.answer(request),
    });
    const open = async (sdl: string): Promise<SupergraphExecutor> =>
      openExecutor(config, sdl, urlsOf(sdl, config), calls, logger, observed, spans);
    const retireMs = config.operationTimeout * 1000 + 1_000;
    const executor = swappable(await open(supergraphSdl), supergraphSdl, retireMs, shared.clock);
    observed.showSchema(() => executor.schema.hash);
    const routingUrls = routingUrlsOf(supergraphSdl);
    const schemas = new ServedSchemas(file, routingUrls, shared.registry);
    const changes = metrics.counter('plinth_schema_changes_total', 'New schemas of services, by outcome', [
      'outcome',
    ]);
    const registryErrors = metrics.counter(
      'plinth_registry_errors_total',
      'Requests to the registry of instances that failed',
      ['operation'],
    );
    const discovery = new Discovery({
      registry: shared.registry,
      schemas,
      calls,
      staticUrlOf: name => urls.get(name),
      isStatic: name => name === gatewaySubgraph || Object.hasOwn(config.subgraphUrls, name),
      serve: async sdl => {
        executor.swap(await open(sdl), sdl);
        changes.inc({ outcome: 'served' });
        logger.info({ schema: executor.schema.hash }, 'a new schema is served');
      },
      probe: url => probe(url, probeTimeoutMs),
      onRefusal: ({ subgraph, schemaHash, errors }) => {
        changes.inc({ outcome: 'refused' });
        logger.error(
          { subgraph, schema: schemaHash, errors },
          'a new schema cannot be served, and nothing changes',
        );
      },
      onRegistryError: operation => registryErrors.inc({ operation }),
      logger,
    });
    return {
      executor,
      calls,
      schemas,
      discovery,
      uploadService: subgraphOfScalar(supergraphSdl, 'Upload'),
      answerOwn: subgraph => {
        own = subgraph;
      },
      close: async () => {
        await discovery.close();
        await executor.close();
        await calls.close();
      },
    };
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ConfigError([`${file} cannot be served as a supergraph: ${reason}`]);
  }
}

function swappable(
  ...[opened, ...facts]: ConstructorParameters<typeof SwappableExecutor<SupergraphExecutor>>
): SwappableExecutor<SupergraphExecutor> {
  // The stock executor has no subscriptions.
  return 'subscribe' in opened
    ? new SwappableCompiledExecutor(opened as CompiledExecutor, ...facts)
    : new SwappableExecutor(opened, ...facts);
}

/** Subgraph → the URL of its GraphQL that the supergraph and the settings name. */
function urlsOf(supergraphSdl: string, config: GatewayConfig): Map<string, string> {
  return new Map(
    [...routingUrlsOf(supergraphSdl)].map(([name, url]) => [
      name,
      url === gatewaySubgraphUrl ? url : graphqlUrlOf(name, url, config),
    ]),
  );
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
