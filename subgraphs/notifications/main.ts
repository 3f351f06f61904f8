import { Housekeeping } from '../../platform/housekeeping';
import { personalDataHandlers } from '../../platform/personal-data';
import {
  type ProcessContext,
  type RunningService,
  runService,
  type ServiceModule,
} from '../../platform/process';
import { openKeyring } from '../../platform/security/keyring-settings';
import { startService } from '../../platform/service';
import { openServiceContext } from '../../platform/service-context';
import { AccountMails } from './account-mails/account-mails';
import {
  accountLinks,
  type NotificationsConfig,
  notificationsSettings,
  readNotificationsConfig,
} from './config';
import { DeliveryWorker } from './delivery/delivery-worker';
import { Mailbox } from './delivery/mailbox';
import { SmtpProvider } from './delivery/smtp-provider';
import {
  type UserActivationChanged,
  type UserRegistered,
  userActivationChanged,
  userRegistered,
} from './events';
import { subgraph } from './graphql';
import { mailboxRoutes } from './http/mailbox-page';
import { Loaders } from './loaders';
import { MessageSeal } from './message';
import { migrations } from './migrations';
import { NotificationData } from './personal-data';
import { Recipients } from './recipients/recipients';
import { rest } from './rest';
import { Notifications } from './sending/notifications';
import { SendRequests } from './sending/send-requests';
import { entities } from './tables';
import { Templates } from './templates/templates';

/**
 * The service that accepts notifications and delivers them. It is one long function, because its wiring is a list that reads from top
 * to bottom.
 */
export async function startNotifications(
  config: NotificationsConfig,
  shared: ProcessContext,
): Promise<RunningService> {
  const keyring = await openKeyring(config);
  const context = await openServiceContext('notifications', config, shared, { entities, migrations });
  return startService(context, config, async () => {
    const { database: db, logger, metrics, resources } = context;
    const seal = new MessageSeal(keyring, 'notifications');
    const recipients = new Recipients(db);
    const templates = new Templates(db);
    const requests = new SendRequests(db, keyring);
    const mailbox = new Mailbox(db, new MessageSeal(keyring, 'mailbox'));

    const caught = config.devMailbox === true;
    const email =
      config.smtpUrl === undefined
        ? caught && mailbox.provider('email')
        : new SmtpProvider(config.smtpUrl, config.mailFrom, config.smtpConnections);
    const sms = caught && mailbox.provider('sms');
    const delivered = metrics.counter('plinth_deliveries_total', 'Attempts to deliver a notification', [
      'channel',
      'provider',
      'status',
    ]);
    const worker = new DeliveryWorker({
      db,
      seal,
      recipients,
      providers: { ...(email ? { email } : {}), ...(sms ? { sms } : {}) },
      settings: {
        concurrency: config.deliveryConcurrency,
        leaseMs: config.deliveryLease * 1_000,
        attempts: config.deliveryAttempts,
        firstPauseMs: config.deliveryFirstPause,
      },
      logger,
      onOutcome: labels => delivered.inc(labels),
    });
    metrics.gauge(
      'plinth_deliveries_oldest_due_seconds',
      'How long the oldest due notification has waited',
      async () => (await worker.oldestDueMs()) / 1_000,
    );
    const notifications = new Notifications(db, { seal, recipients, templates, requests, wake: worker.wake });
    const mails = new AccountMails(
      notifications,
      recipients,
      keyring,
      accountLinks(config),
      config.mailLocale,
    );
    const data = new NotificationData(recipients, notifications);
    await context.consume({
      [userRegistered]: (event, tx) => recipients.register(event.data as UserRegistered, tx),
      [userActivationChanged]: (event, tx) => {
        const { userId, isActive } = event.data as UserActivationChanged;
        return recipients.setActive(userId, isActive, tx);
      },
      ...mails.handlers(),
      ...personalDataHandlers('notifications', { data, keyring }),
    });

    const housekeeping = new Housekeeping(
      10 * 60_000,
      [() => requests.prune(), () => mailbox.prune()],
      logger,
    );
    resources.defer(() => housekeeping.stop());
    if (email) resources.defer(() => email.close());
    resources.defer(() => worker.stop());
    housekeeping.start();
    worker.start();
    return {
      subgraph: subgraph({
        notifications,
        templates,
        mailbox: caught ? mailbox : undefined,
        startedAt: shared.clock.now(),
      }),
      context: request => ({ ...request, loaders: new Loaders(notifications) }),
      rest,
      routes: caught ? mailboxRoutes(mailbox) : [],
    };
  });
}

export const service: ServiceModule<NotificationsConfig> = {
  name: 'notifications',
  settings: notificationsSettings,
  readConfig: readNotificationsConfig,
  start: startNotifications,
};

if (require.main === module) void runService(service);
