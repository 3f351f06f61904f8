import { consume } from '../../platform/events/outbox';
import { personalDataHandlers } from '../../platform/personal-data';
import { type ProcessContext, runService, type ServiceDefinition } from '../../platform/process';
import { type RunningService, startService } from '../../platform/service';
import { openServiceContext } from '../../platform/service-context';
import { type NotificationsConfig, notificationsSettings, readNotificationsConfig } from './config';
import { subgraph } from './graphql';
import { migrations } from './migrations';

/** The service that sends mail, SMS and push. */
export async function startNotifications(
  config: NotificationsConfig,
  shared: ProcessContext,
): Promise<RunningService> {
  const context = await openServiceContext('notifications', config, shared, { entities: [], migrations });
  // It holds nothing of anybody yet, and says so.
  const subscription = await consume(
    context.database,
    shared.bus,
    'notifications',
    personalDataHandlers('notifications'),
  );
  return startService({
    name: 'notifications',
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

export const service: ServiceDefinition<NotificationsConfig> = {
  name: 'notifications',
  settings: notificationsSettings,
  readConfig: readNotificationsConfig,
  start: startNotifications,
};

if (require.main === module) void runService(service);
