/** The notifications service in a process of its own, as it ships; it says what it has used when it is asked. */
import { createLogger } from '../../platform/observability/logger';
import { openProcessContext } from '../../platform/process';
import { readNotificationsConfig } from '../../subgraphs/notifications/config';
import { startNotifications } from '../../subgraphs/notifications/main';

async function main(shape: 'embedded' | 'alone'): Promise<void> {
  const config = readNotificationsConfig(shape);
  const logger = createLogger({ service: 'notifications', level: config.logLevel });
  const running = await startNotifications(config, openProcessContext({ ...config, logger }));
  process.on('message', message => {
    if (message === 'stop') {
      void running.stop().then(() => process.exit(0));
      return;
    }
    const { user, system } = process.cpuUsage();
    process.send?.({ cpu: user + system, rss: process.memoryUsage.rss() });
  });
  process.on('disconnect', () => process.exit(1));
  process.send?.({ port: running.port });
}

void main(process.argv[2] === 'alone' ? 'alone' : 'embedded').catch(error => {
  console.error(error);
  process.exit(1);
});
