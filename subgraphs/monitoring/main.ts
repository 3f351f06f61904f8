import { personalDataHandlers } from '../../platform/personal-data';
import {
  type ProcessContext,
  type RunningService,
  runService,
  type ServiceModule,
} from '../../platform/process';
import { startService } from '../../platform/service';
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
  return startService(context, config, async () => {
    // It keeps no personal data yet, and confirms that when it is asked to erase or export it.
    await context.consume(personalDataHandlers('monitoring'));
    return { subgraph: subgraph({ startedAt: shared.clock.now() }), context: request => request };
  });
}

export const service: ServiceModule<MonitoringConfig> = {
  name: 'monitoring',
  settings: monitoringSettings,
  readConfig: readMonitoringConfig,
  start: startMonitoring,
};

if (require.main === module) void runService(service);
