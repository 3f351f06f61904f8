import type { buildConnector } from 'undici';
import type { Logger } from '../platform/observability/logger';
import type { GatewayConfig } from './config';
import type { SubgraphMetrics } from './subgraph-metrics';
import { ServiceCalls } from './traffic/service-calls';
import { ServiceTransport } from './transport/service-transport';
import { UndiciTransport } from './transport/undici-transport';

const maxResponseBytes = 10 * 1024 * 1024;

/** Opens the calls to services: the transport, and the policies of the configuration. */
export function openServiceCalls(
  config: Pick<GatewayConfig, 'executor' | 'policyOf'>,
  /** Service → URL of its GraphQL. */
  urls: ReadonlyMap<string, string>,
  logger: Logger,
  metrics: SubgraphMetrics,
  /** Opens connections to services. */
  connect?: buildConnector.connector,
): ServiceCalls {
  const calls = new ServiceCalls({
    transport:
      config.executor === 'apollo'
        ? new UndiciTransport({ maxResponseBytes, connect })
        : new ServiceTransport({ undici: { maxResponseBytes, connect }, pipelined: { maxResponseBytes } }),
    urls,
    policyOf: config.policyOf,
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
