import { consume } from '../../platform/events/outbox';
import { personalDataHandlers } from '../../platform/personal-data';
import { type ProcessContext, runService } from '../../platform/process';
import { type RunningService, startService } from '../../platform/service';
import { openServiceContext } from '../../platform/service-context';
import { type NotificationsConfig, readNotificationsConfig } from './config';
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

if (require.main === module)
  void runService('notifications', () => readNotificationsConfig('alone'), startNotifications);
