import { Delegations } from '../../platform/delegations';
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
import { requireStoredKeys } from '../../platform/stored-keys';
import { AccountMails } from './account-mails/account-mails';
import { Attachments } from './attachments/attachments';
import {
  accountLinks,
  type NotificationsConfig,
  notificationsSettings,
  publicUrlOf,
  readNotificationsConfig,
} from './config';
import { DeliveryPolicy } from './delivery/delivery-policy';
import { DeliveryUpdates } from './delivery/delivery-updates';
import { DeliveryWorker } from './delivery/delivery-worker';
import { Mailbox } from './delivery/mailbox';
import { providerRoutes } from './delivery/provider-routes';
import { smsAccountOf } from './delivery/sms-provider';
import { SmsReports } from './delivery/sms-reports';
import { vapidKeys } from './delivery/web-push-provider';
import {
  type AlertNotificationRequested,
  alertNotificationRequested,
  type ContactChanged,
  contactChanged,
  type UserActivationChanged,
  type UserRegistered,
  userActivationChanged,
  userRegistered,
} from './events';
import { subgraph } from './graphql';
import { mailboxRoutes } from './http/mailbox-page';
import { smsStatusRoute } from './http/sms-status-route';
import { unsubscribeRoutes } from './http/unsubscribe-page';
import { Inbox } from './inbox/inbox';
import { Loaders } from './loaders';
import { MessageSeal } from './message';
import { migrations } from './migrations';
import { NotificationData } from './personal-data';
import { Preferences } from './preferences/preferences';
import { UnsubscribeLinks } from './preferences/unsubscribe-links';
import { PushSubscriptions } from './push/push-subscriptions';
import { RecipientAddresses } from './recipients/recipient-addresses';
import { Recipients } from './recipients/recipients';
import { rest } from './rest';
import { Schedules } from './schedules/schedules';
import { NotificationChanges } from './sending/notification-changes';
import { NotificationHistory } from './sending/notification-history';
import { Notifications } from './sending/notifications';
import { SendRequests } from './sending/send-requests';
import { encryptedColumns, entities } from './tables';
import { Templates } from './templates/templates';
import { WebhookEndpoints } from './webhooks/webhook-endpoints';

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
    const { database: db, logger, metrics, resources, spans } = context;
    const { clock, pubSub } = shared;
    await requireStoredKeys(db, keyring, encryptedColumns);
    const updates = new DeliveryUpdates(pubSub);
    const seal = new MessageSeal(keyring, 'notifications');
    const recipients = new Recipients(db, keyring);
    const delegations = new Delegations(db);
    const templates = new Templates(db);
    const requests = new SendRequests(db, keyring);
    const preferences = new Preferences(db);
    const links = new UnsubscribeLinks(db, keyring, preferences, publicUrlOf(config));
    const subscriptions = new PushSubscriptions(db, keyring, config.outboundPrivateAddresses);
    const endpoints = new WebhookEndpoints(db, keyring, config.outboundPrivateAddresses);
    const attachments = new Attachments(config.filesUrl ?? `http://127.0.0.1:${config.filesPort}`);
    const mailbox = config.devMailbox ? new Mailbox(db, new MessageSeal(keyring, 'mailbox')) : undefined;

    const smsStatusUrl = (id: string) => `${publicUrlOf(config)}/notifications/sms-status/${id}`;
    const { routes, close } = providerRoutes(config, {
      mailbox,
      subscriptions,
      endpoints,
      attachments,
      smsStatusUrl,
      clock,
    });
    const delivered = metrics.counter('plinth_deliveries_total', 'Attempts to deliver a notification', [
      'channel',
      'provider',
      'status',
    ]);
    const worker = new DeliveryWorker({
      db,
      seal,
      policy: new DeliveryPolicy(recipients, preferences, links, delegations, clock),
      links,
      routes,
      updates,
      settings: {
        concurrency: config.deliveryConcurrency,
        leaseMs: config.deliveryLease * 1_000,
        retries: {
          email: config.emailRetries,
          sms: config.smsRetries,
          push: config.pushRetries,
          webhook: config.webhookRetries,
          // The inbox is in the same database.
          in_app: { attempts: 1, firstPauseMs: 1, longestPauseMs: 1 },
        },
        providerPauseMs: config.providerPause * 1_000,
      },
      logger,
      spans,
      onOutcome: labels => delivered.inc(labels),
    });
    metrics.gauge(
      'plinth_deliveries_oldest_due_seconds',
      'How long the oldest due notification has waited',
      async () => (await worker.oldestDueMs()) / 1_000,
    );
    const addresses = new RecipientAddresses(recipients, preferences, subscriptions, endpoints);
    const { wake } = worker;
    const parts = { seal, addresses, templates, requests, attachments, delegations, wake };
    const notifications = new Notifications(db, parts);
    const history = new NotificationHistory(db, seal);
    const changes = new NotificationChanges(db, { history, updates, delegations, wake });
    const schedules = new Schedules(db, { keyring, notifications, addresses, delegations, logger });
    const mails = new AccountMails(
      notifications,
      recipients,
      keyring,
      accountLinks(config),
      config.mailLocale,
      clock,
    );
    const data = new NotificationData(recipients, history, mails);
    const handlers = delegations.withHandlers({
      [userRegistered]: async (event, tx) => {
        const user = event.data as UserRegistered;
        if (await recipients.register(user, tx)) await mails.sendDeletionNotice(user.email, null, tx);
      },
      [contactChanged]: (event, tx) => recipients.setContact(event.data as ContactChanged, tx),
      [userActivationChanged]: (event, tx) => {
        const { userId, isActive } = event.data as UserActivationChanged;
        return recipients.setActive(userId, isActive, tx);
      },
      ...mails.handlers(),
      [alertNotificationRequested]: async (event, tx) => {
        const { recipients: addresses, subject, text } = event.data as AlertNotificationRequested;
        const message = { subject, content: text, contentType: 'text' as const };
        for (const recipient of addresses) {
          await notifications.accept(
            { userId: null, recipient, message, isSecret: false, expiresAt: null },
            tx,
          );
        }
      },
      ...personalDataHandlers('notifications', { data, keyring }),
    });
    await context.consume(handlers);

    const housekeeping = new Housekeeping(
      10 * 60_000,
      [() => requests.prune(), () => worker.removeTransient(), async () => mailbox?.prune()],
      logger,
    );
    const recurring = new Housekeeping(1_000, [() => schedules.sendDue()], logger);
    resources.defer(() => housekeeping.stop());
    resources.defer(close);
    resources.defer(() => worker.stop());
    resources.defer(() => recurring.stop());
    housekeeping.start();
    worker.start();
    recurring.start();
    const smsTokens = [config.smsUrl, config.smsFallbackUrl].flatMap(url =>
      url === undefined ? [] : smsAccountOf(url).authToken,
    );
    const pushPublicKey = config.vapidPrivateKey && vapidKeys(config.vapidPrivateKey).publicKey;
    return {
      subgraph: subgraph({
        notifications,
        history,
        changes,
        inbox: new Inbox(db),
        schedules,
        templates,
        preferences,
        subscriptions,
        pushPublicKey,
        endpoints,
        mailbox,
        pubSub,
        startedAt: clock.now(),
      }),
      context: request => ({ ...request, loaders: new Loaders(history) }),
      rest,
      routes: [
        ...unsubscribeRoutes(links),
        smsStatusRoute(new SmsReports(db, 'sms', updates), smsTokens, smsStatusUrl),
        ...(mailbox === undefined ? [] : mailboxRoutes(mailbox)),
      ],
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
