import { Arg, Ctx, Directive, ID, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import { startsWithCurrentState } from '../../../platform/graphql/subgraph-tags';
import { notificationReceived } from '../delivery/delivery-updates';
import type { Inbox } from '../inbox/inbox';
import type { NotificationsContext } from '../loaders';
import type { NotificationHistory } from '../sending/notification-history';
import type { NotificationRow } from '../tables';
import { Notification, NotificationConnection } from './types';
import { notificationOf } from './views';

@Resolver()
export class InboxResolver {
  constructor(
    private readonly inbox: Inbox,
    private readonly history: Pick<NotificationHistory, 'messageOf'>,
  ) {}

  @Directive('@authenticated')
  @Query(() => NotificationConnection, {
    name: 'inbox',
    nullable: true,
    description:
      'The IN_APP notifications to the caller, the newest first, without the archived ones. Errors: FORBIDDEN (403) for API keys, VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async list(
    @Ctx() { caller }: NotificationsContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Arg('onlyUnread', () => Boolean, { nullable: true, defaultValue: false }) onlyUnread: boolean | null,
  ): Promise<Page<Notification>> {
    return mapPage(await this.inbox.list(caller, onlyUnread ?? false, { first, after }), row =>
      this.view(row),
    );
  }

  @Directive('@authenticated')
  @Query(() => Int, {
    nullable: true,
    description:
      'How many notifications in the inbox of the caller are unread; 1,000 also stands for more. Errors: FORBIDDEN (403) for API keys.',
  })
  async unreadNotificationCount(@Ctx() { caller }: NotificationsContext): Promise<number> {
    return this.inbox.unreadCount(caller);
  }

  @Directive('@authenticated')
  @Mutation(() => Notification, {
    nullable: true,
    description:
      'Marks a notification in the inbox of the caller as read, or as unread. Errors: FORBIDDEN (403) for API keys, NOT_FOUND (404).',
  })
  async markNotificationRead(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
    @Arg('isRead', () => Boolean, { nullable: true, defaultValue: true }) isRead: boolean | null,
  ): Promise<Notification> {
    return this.view(await this.inbox.setRead(caller, id, isRead ?? true));
  }

  @Directive('@authenticated')
  @Mutation(() => Int, {
    nullable: true,
    description:
      'Marks all notifications in the inbox of the caller as read and returns how many were unread. Errors: FORBIDDEN (403) for API keys.',
  })
  async markAllNotificationsRead(@Ctx() { caller }: NotificationsContext): Promise<number> {
    return this.inbox.markAllRead(caller);
  }

  @Directive('@authenticated')
  @Mutation(() => Notification, {
    nullable: true,
    description:
      'Removes a notification from the inbox of the caller; it stays in the history. Errors: FORBIDDEN (403) for API keys, NOT_FOUND (404).',
  })
  async archiveNotification(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
  ): Promise<Notification> {
    return this.view(await this.inbox.archive(caller, id));
  }

  @Directive('@authenticated')
  @Directive(startsWithCurrentState)
  @Subscription(() => Notification, {
    nullable: true,
    topics: notificationReceived,
    topicId: ({ context }) => (context as NotificationsContext).caller.requireUser(),
    description:
      'The newest notification in the inbox of the caller, or null when it is empty, and then each that arrives. Errors: FORBIDDEN (403) for API keys.',
  })
  async notificationReceived(
    @Ctx() { caller }: NotificationsContext,
    @Root() payload: { id: string } | undefined,
  ): Promise<Notification | null> {
    const row = await this.inbox.find(caller, payload?.id);
    return row === null ? null : this.view(row);
  }

  private view(row: NotificationRow): Notification {
    return notificationOf(row, this.history.messageOf(row));
  }
}
