import type { buildConnector } from 'undici';
import type { Logger } from '../platform/observability/logger';
import type { GatewayConfig } from './config';
import { gatewaySubgraph } from './discovery/gateway-schema';
import type { SubgraphMetrics } from './subgraph-metrics';
import { ServiceCalls } from './traffic/service-calls';
import { ServiceTransport } from './transport/service-transport';
import type { SubgraphRequest, SubgraphResponse, Transport } from './transport/transport';
import { UndiciTransport } from './transport/undici-transport';

const maxResponseBytes = 10 * 1024 * 1024;

/** Opens the calls to services: the transport, and the policies of the configuration. */
export function openServiceCalls(
  config: Pick<GatewayConfig, 'executor' | 'policyOf' | 'instanceZone'>,
  /** Service → URL of its GraphQL. */
  urls: ReadonlyMap<string, string>,
  logger: Logger,
  metrics: SubgraphMetrics,
  options: {
    /** Opens connections to services. */
    readonly connect?: buildConnector.connector | undefined;
    /** Answers the calls to the gateway's own subgraph. */
    readonly own: (request: SubgraphRequest) => Promise<SubgraphResponse> | undefined;
  },
): ServiceCalls {
  const transport: Transport =
    config.executor === 'apollo'
      ? new UndiciTransport({ maxResponseBytes, connect: options.connect })
      : new ServiceTransport({
          undici: { maxResponseBytes, connect: options.connect },
          pipelined: { maxResponseBytes },
        });
  const calls = new ServiceCalls({
    transport: {
      send: request =>
        (request.subgraph === gatewaySubgraph ? options.own(request) : undefined) ?? transport.send(request),
      close: () => transport.close(),
    },
    urls,
    policyOf: config.policyOf,
    zone: config.instanceZone,
    onEvent: (subgraph, event) => metrics.count(subgraph, event),
    onBreaker: (subgraph, { id }, state, error) => {
      const facts = { subgraph, instance: id };
      if (state === 'closed') logger.info(facts, 'a service answers again: its circuit breaker closed');
      else logger.error({ ...facts, error }, 'a service fails: its circuit breaker opened');
    },
  });
  for (const name of urls.keys()) calls.service(name);
  metrics.show(calls);
  return calls;
}
