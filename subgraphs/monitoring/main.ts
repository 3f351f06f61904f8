import { openGround } from '../../platform/ground';
import { runAlone, type Shared } from '../../platform/run';
import { type RunningService, startService } from '../../platform/service';
import { type MonitoringConfig, readMonitoringConfig } from './config';
import { subgraph } from './graphql';
import { migrations } from './migrations';

/** The service that watches the other services. */
export async function startMonitoring(config: MonitoringConfig, shared: Shared): Promise<RunningService> {
  const ground = await openGround('monitoring', config, shared, { entities: [], migrations });
  return startService({
    name: 'monitoring',
    config,
    logger: ground.logger,
    metrics: ground.metrics,
    authenticator: ground.identity.authenticator,
    subgraph: subgraph({ startedAt: shared.clock.now() }),
    context: request => request,
    ready: ground.ready,
    close: ground.close,
  });
}

if (require.main === module)
  void runAlone('monitoring', () => readMonitoringConfig('alone'), startMonitoring);
