import type { Environment, Shape } from '../../../platform/config';
import { silentLogger } from '../../../platform/observability/logger';
import { openProcessContext } from '../../../platform/process';
import { readNotificationsConfig } from '../config';
import { SmtpProvider } from '../delivery/smtp-provider';
import { startNotifications } from '../main';

/**
 * A process that kills itself: the notifications service, until the SMTP server has accepted the first email. The row then still
 * says that the email is pending.
 */
async function main(shape: Shape, environment: Environment): Promise<void> {
  const { prototype } = SmtpProvider;
  const send = prototype.send;
  prototype.send = async function (delivery) {
    await send.call(this, delivery);
    process.kill(process.pid, 'SIGKILL');
  };
  const config = readNotificationsConfig(shape, environment);
  await startNotifications(config, openProcessContext({ redisUrl: config.redisUrl, logger: silentLogger }));
}

const [shape = '', environment = ''] = process.argv.slice(2);
void main(shape as Shape, JSON.parse(environment) as Environment);
