import { personalDataHandlers } from '../../platform/erasure';
import { openGround } from '../../platform/ground';
import { consume } from '../../platform/outbox';
import { runAlone, type Shared } from '../../platform/run';
import { type RunningService, startService } from '../../platform/service';
import { type MonitoringConfig, readMonitoringConfig } from './config';
import { subgraph } from './graphql';
import { migrations } from './migrations';

/** The service that watches the other services. */
export async function startMonitoring(config: MonitoringConfig, shared: Shared): Promise<RunningService> {
  const ground = await openGround('monitoring', config, shared, { entities: [], migrations });
  // It holds nothing of anybody yet, and says so.
  const subscription = await consume(
    ground.database,
    shared.bus,
    'monitoring',
    personalDataHandlers('monitoring'),
  );
  return startService({
    name: 'monitoring',
    config,
    logger: ground.logger,
    metrics: ground.metrics,
    authenticator: ground.identity.authenticator,
    subgraph: subgraph({ startedAt: shared.clock.now() }),
    context: request => request,
    ready: ground.ready,
    close: async () => {
      await subscription.close();
      await ground.close();
    },
  });
}

if (require.main === module)
  void runAlone('monitoring', () => readMonitoringConfig('alone'), startMonitoring);
