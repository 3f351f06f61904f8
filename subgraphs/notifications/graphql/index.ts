import type { LivePubSub } from '../../../platform/events/live-updates';
import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { Mailbox } from '../delivery/mailbox';
import type { Inbox } from '../inbox/inbox';
import type { NotificationsContext } from '../loaders';
import type { Preferences } from '../preferences/preferences';
import type { PushSubscriptions } from '../push/push-subscriptions';
import type { Schedules } from '../schedules/schedules';
import type { NotificationChanges } from '../sending/notification-changes';
import type { NotificationHistory } from '../sending/notification-history';
import type { Notifications } from '../sending/notifications';
import type { Templates } from '../templates/templates';
import type { WebhookEndpoints } from '../webhooks/webhook-endpoints';
import { InboxResolver } from './inbox.resolver';
import { MailboxResolver } from './mailbox.resolver';
import { NotificationResolver } from './notification.resolver';
import { PreferencesResolver } from './preferences.resolver';
import { PushResolver } from './push.resolver';
import { ScheduleResolver } from './schedule.resolver';
import { ServiceResolver } from './service.resolver';
import { TemplateResolver } from './template.resolver';
import { Trace, TraceResolver } from './trace.resolver';
import { User } from './types';
import { notificationOf } from './views';
import { WebhookResolver } from './webhook.resolver';

export function subgraph({
  notifications,
  history,
  changes,
  inbox,
  schedules,
  templates,
  preferences,
  subscriptions,
  pushPublicKey,
  endpoints,
  mailbox,
  pubSub,
  startedAt,
}: {
  notifications: Notifications;
  history: NotificationHistory;
  changes: NotificationChanges;
  inbox: Inbox;
  schedules: Schedules;
  templates: Templates;
  preferences: Preferences;
  subscriptions: PushSubscriptions;
  /** Undefined where Web Push is not configured. */
  pushPublicKey: string | undefined;
  endpoints: WebhookEndpoints;
  /** Undefined where the dev mailbox is off. */
  mailbox: Mailbox | undefined;
  pubSub: LivePubSub;
  startedAt: number;
}): Subgraph<NotificationsContext> {
  return {
    resolvers: [
      new NotificationResolver(notifications, history, changes),
      new InboxResolver(inbox, history),
      new ScheduleResolver(schedules),
      new TemplateResolver(templates),
      new PreferencesResolver(preferences),
      new PushResolver(subscriptions, pushPublicKey),
      new WebhookResolver(endpoints),
      new MailboxResolver(mailbox),
      new ServiceResolver({ startedAt }),
      new TraceResolver(history),
    ],
    pubSub,
    orphanedTypes: [User, Trace],
    references: {
      User: ({ id }) => ({ id }),
      Trace: ({ id }) => ({ id }),
      Notification: async ({ id }, { caller }) => {
        const row = await history.find(caller, id);
        return row && notificationOf(row, history.messageOf(row));
      },
    },
  };
}
