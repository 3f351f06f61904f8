import {
  Arg,
  Ctx,
  Directive,
  FieldResolver,
  ID,
  Int,
  Mutation,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import { DateTime } from '../../../platform/graphql/scalars';
import { startsWithCurrentState } from '../../../platform/graphql/subgraph-tags';
import type { HttpRequest } from '../../../platform/http/request';
import type { Credentials } from '../attachments/attachments';
import { deliveryStatusChanged } from '../delivery/delivery-updates';
import type { NotificationsContext } from '../loaders';
import type { NotificationChanges } from '../sending/notification-changes';
import type { NotificationHistory } from '../sending/notification-history';
import type { Notifications } from '../sending/notifications';
import type { NotificationRow } from '../tables';
import {
  Notification,
  NotificationAttempt,
  NotificationConnection,
  NotificationFilterInput,
  ScheduleNotificationInput,
  SendNotificationInput,
} from './types';
import { attemptOf, notificationOf } from './views';

@Resolver(() => Notification)
export class NotificationResolver {
  constructor(
    private readonly notifications: Notifications,
    private readonly history: NotificationHistory,
    private readonly changes: NotificationChanges,
  ) {}

  @Directive('@requiresScopes(scopes: [["notifications:send"]])')
  @Mutation(() => [Notification], {
    nullable: true,
    description:
      'Accepts a message and returns one notification for each recipient; they are delivered afterwards, at least once. Needs `notifications:send`, and `security-notifications:send` for the category `security`. Errors: IDEMPOTENCY_KEY_REUSED (409), VALIDATION_FAILED (422) with every wrong field, SERVICE_UNAVAILABLE (503) for attachments while the files service does not answer.',
  })
  async sendNotification(
    @Ctx() { caller, request }: NotificationsContext,
    @Arg('input', () => SendNotificationInput) input: SendNotificationInput,
  ): Promise<Notification[]> {
    return (await this.notifications.send(caller, input, credentialsOf(request))).map(row => this.view(row));
  }

  @Directive('@requiresScopes(scopes: [["notifications:send"]])')
  @Mutation(() => [Notification], {
    nullable: true,
    description:
      'Accepts a message that is sent later, and cancelled if its sender may not send any more at that moment. Needs `notifications:send`. Errors: as `sendNotification`.',
  })
  async scheduleNotification(
    @Ctx() { caller, request }: NotificationsContext,
    @Arg('input', () => ScheduleNotificationInput) input: ScheduleNotificationInput,
  ): Promise<Notification[]> {
    return (await this.notifications.schedule(caller, input, credentialsOf(request))).map(row =>
      this.view(row),
    );
  }

  @Directive('@requiresScopes(scopes: [["notifications:send"]])')
  @Mutation(() => Notification, {
    nullable: true,
    description:
      'Moves a pending notification to another moment. Needs `notifications:send`. Errors: NOT_FOUND (404), NOTIFICATION_NOT_PENDING (409), VALIDATION_FAILED (422).',
  })
  async rescheduleNotification(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
    @Arg('scheduledAt', () => DateTime) scheduledAt: Date,
  ): Promise<Notification> {
    return this.view(await this.changes.reschedule(caller, id, scheduledAt));
  }

  @Directive('@requiresScopes(scopes: [["notifications:send"]])')
  @Mutation(() => Notification, {
    nullable: true,
    description:
      'Cancels a pending notification. Needs `notifications:send`. Errors: NOT_FOUND (404), NOTIFICATION_NOT_PENDING (409).',
  })
  async cancelNotification(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
  ): Promise<Notification> {
    return this.view(await this.changes.cancel(caller, id));
  }

  @Directive('@requiresScopes(scopes: [["notifications:send"]])')
  @Mutation(() => Notification, {
    nullable: true,
    description:
      'Sends a notification that failed again; `notifications(filter: {status: FAILED})` lists them. Needs `notifications:send`. Errors: NOT_FOUND (404), NOTIFICATION_NOT_FAILED (409).',
  })
  async retryNotification(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
  ): Promise<Notification> {
    return this.view(await this.changes.retry(caller, id));
  }

  @Directive('@requiresScopes(scopes: [["notifications:send"]])')
  @Mutation(() => Int, {
    nullable: true,
    description:
      'Sends the oldest notifications again that failed and meet the filter, and returns how many; call it again until it returns 0. With `notifications:read` those of every sender, without it those of the caller. Needs `notifications:send`. Errors: VALIDATION_FAILED (422) for `first` outside of 1 to 1,000.',
  })
  async retryFailedNotifications(
    @Ctx() { caller }: NotificationsContext,
    @Arg('filter', () => NotificationFilterInput, { nullable: true })
    filter: NotificationFilterInput | null | undefined,
    @Arg('first', () => Int, { nullable: true, defaultValue: 1_000 }) first: number | null,
  ): Promise<number> {
    return this.changes.retryFailed(caller, filter ?? {}, first ?? 1_000);
  }

  @Directive('@authenticated')
  @Query(() => Notification, {
    nullable: true,
    description:
      'One notification. Needs `notifications:read` unless the caller sent or received it, and is null without it.',
  })
  async notification(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
  ): Promise<Notification | null> {
    const row = await this.history.find(caller, id);
    return row === null ? null : this.view(row);
  }

  @Directive('@authenticated')
  @Query(() => NotificationConnection, {
    name: 'notifications',
    nullable: true,
    description:
      'The newest notifications first: all with `notifications:read`, without it those to the caller. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async list(
    @Ctx() { caller }: NotificationsContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
    @Arg('filter', () => NotificationFilterInput, { nullable: true })
    filter: NotificationFilterInput | null | undefined,
  ): Promise<Page<Notification>> {
    const page = await this.history.list(caller, filter ?? {}, { first, after });
    return mapPage(page, row => this.view(row));
  }

  @Directive('@authenticated')
  @Directive(startsWithCurrentState)
  @Subscription(() => Notification, {
    nullable: true,
    topics: deliveryStatusChanged,
    topicId: ({ args }) => (args as { id: string }).id,
    description:
      'The notification now, and after each change of its status. Null for callers who cannot read `notification`.',
  })
  async deliveryStatusChanged(
    @Ctx() context: NotificationsContext,
    @Arg('id', () => ID) id: string,
  ): Promise<Notification | null> {
    return this.notification(context, id);
  }

  @FieldResolver(() => [NotificationAttempt], { description: 'Every attempt to deliver it, in order.' })
  async attempts(
    @Root() { id }: Notification,
    @Ctx() { loaders }: NotificationsContext,
  ): Promise<NotificationAttempt[]> {
    return (await loaders.attempts.load(id)).map(attemptOf);
  }

  private view(row: NotificationRow): Notification {
    return notificationOf(row, this.history.messageOf(row));
  }
}

function credentialsOf(request: HttpRequest): Credentials {
  const names = ['authorization', 'x-api-key'];
  return Object.fromEntries(
    names.flatMap(name => {
      const value = request.header(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
