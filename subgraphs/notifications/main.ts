import { personalDataHandlers } from '../../platform/personal-data';
import {
  type ProcessContext,
  type RunningService,
  runService,
  type ServiceModule,
} from '../../platform/process';
import { startService } from '../../platform/service';
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
  return startService(context, config, async () => {
    // It keeps no personal data yet, and confirms that when it is asked to erase or export it.
    await context.consume(personalDataHandlers('notifications'));
    return { subgraph: subgraph({ startedAt: shared.clock.now() }), context: request => request };
  });
}

export const service: ServiceModule<NotificationsConfig> = {
  name: 'notifications',
  settings: notificationsSettings,
  readConfig: readNotificationsConfig,
  start: startNotifications,
};

if (require.main === module) void runService(service);
