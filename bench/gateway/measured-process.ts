/**
 * The gateway without rate limits, policies of services and registry: what `npm run bench:gateway` compares the gateway with. Only
 * benchmarks run it. It verifies tokens, and writes logs and metrics, as the gateway does.
 */
import { setFlagsFromString } from 'node:v8';
import { silentLogger } from '../../platform/observability/logger';
import { openProcessContext } from '../../platform/process';
import { readGatewayConfig } from '../../supergraph/config';
import { startGateway } from '../../supergraph/main';
import { ServiceCalls, type ServiceCallsOptions } from '../../supergraph/traffic/service-calls';

type Call = InstanceType<typeof ServiceCalls>['call'];

const timeoutMs = 10_000;

const callWithoutPolicy: Call = async function (this: ServiceCalls, request, read) {
  const { transport, urls } = this['options' as never] as ServiceCallsOptions;
  return read(await transport.send({ ...request, url: urls.get(request.subgraph)!, timeoutMs }));
};

async function main(): Promise<void> {
  setFlagsFromString('--heap-growing-percent=75');
  ServiceCalls.prototype.call = callWithoutPolicy;
  const config = readGatewayConfig('alone');
  const shared = openProcessContext({ redisUrl: config.redisUrl, logger: silentLogger });
  await startGateway(config, {
    ...shared,
    registry: {
      register: async () => {},
      renew: async () => {},
      leave: async () => {},
      instances: async () => [],
      schema: async () => undefined,
      close: async () => {},
    },
  });
}

void main();
