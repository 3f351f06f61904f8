import type { Subgraph } from '../../../platform/graphql/subgraph-schema';
import type { Mailbox } from '../delivery/mailbox';
import type { NotificationsContext } from '../loaders';
import type { Notifications } from '../sending/notifications';
import type { Templates } from '../templates/templates';
import { MailboxResolver } from './mailbox.resolver';
import { NotificationResolver } from './notification.resolver';
import { ServiceResolver } from './service.resolver';
import { TemplateResolver } from './template.resolver';
import { User } from './types';
import { notificationOf } from './views';

export function subgraph({
  notifications,
  templates,
  mailbox,
  startedAt,
}: {
  notifications: Notifications;
  templates: Templates;
  /** Undefined where the dev mailbox is off. */
  mailbox: Mailbox | undefined;
  startedAt: number;
}): Subgraph<NotificationsContext> {
  return {
    resolvers: [
      new NotificationResolver(notifications),
      new TemplateResolver(templates),
      new MailboxResolver(mailbox),
      new ServiceResolver({ startedAt }),
    ],
    orphanedTypes: [User],
    references: {
      User: ({ id }) => ({ id }),
      Notification: async ({ id }, { caller }) => {
        const row = await notifications.find(caller, id);
        return row && notificationOf(row, notifications.messageOf(row));
      },
    },
  };
}
