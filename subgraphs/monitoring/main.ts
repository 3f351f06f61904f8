import { consume } from '../../platform/events/outbox';
import { personalDataHandlers } from '../../platform/personal-data';
import { type ProcessContext, runService, type ServiceDefinition } from '../../platform/process';
import { type RunningService, startService } from '../../platform/service';
import { openServiceContext } from '../../platform/service-context';
import { type MonitoringConfig, monitoringSettings, readMonitoringConfig } from './config';
import { subgraph } from './graphql';
import { migrations } from './migrations';

/** The service that watches the other services. */
export async function startMonitoring(
  config: MonitoringConfig,
  shared: ProcessContext,
): Promise<RunningService> {
  const context = await openServiceContext('monitoring', config, shared, { entities: [], migrations });
  // It holds nothing of anybody yet, and says so.
  const subscription = await consume(
    context.database,
    shared.bus,
    'monitoring',
    personalDataHandlers('monitoring'),
  );
  return startService({
    name: 'monitoring',
    config,
    logger: context.logger,
    metrics: context.metrics,
    authenticator: context.identity.authenticator,
    subgraph: subgraph({ startedAt: shared.clock.now() }),
    context: request => request,
    ready: context.ready,
    close: async () => {
      await subscription.close();
      await context.close();
    },
  });
}

export const service: ServiceDefinition<MonitoringConfig> = {
  name: 'monitoring',
  settings: monitoringSettings,
  readConfig: readMonitoringConfig,
  start: startMonitoring,
};

if (require.main === module) void runService(service);
