import {
  Arg,
  Ctx,
  Directive,
  Field,
  ID,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import { connectionOf } from '../../../platform/graphql/connection';
import { DateTime } from '../../../platform/graphql/scalars';
import type { NotificationsContext } from '../loaders';
import type { Schedules } from '../schedules/schedules';
import type { NotificationScheduleRow } from '../tables';
import { SendNotificationInput } from './types';

@ObjectType('NotificationSchedule', {
  simpleResolvers: true,
  description: 'A notification that is sent again and again.',
})
export class NotificationSchedule {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: 'A recurrence rule (RFC 5545 §3.3.10).' })
  rule: string;

  @Field(() => String, { description: 'The local time of the first occurrence.' })
  startsAt: string;

  @Field(() => String, { description: 'An IANA time zone.' })
  timeZone: string;

  @Field(() => DateTime, { nullable: true, description: 'The next occurrence; null when there is none.' })
  nextAt: Date | null;

  @Field(() => Int, { description: 'How many occurrences were sent.' })
  sent: number;

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => DateTime, { nullable: true })
  cancelledAt: Date | null;
}

const NotificationScheduleConnection = connectionOf('NotificationSchedule', () => NotificationSchedule);

@InputType('CreateNotificationScheduleInput', { description: 'A notification and when it is sent.' })
export class CreateNotificationScheduleInput {
  @Field(() => SendNotificationInput, { description: 'Without an idempotency key.' })
  notification: SendNotificationInput;

  @Field(() => String, {
    description:
      'The local time of the first occurrence, such as `2026-03-02T09:00`; its time of the day is that of the others, and the clock must not skip it.',
  })
  startsAt: string;

  @Field(() => String, {
    nullable: true,
    description:
      'An IANA time zone such as `Europe/Berlin`. Without it that of the user now, of the quiet hours, else of the profile, else UTC; needed for several recipients.',
  })
  timeZone?: string | null;

  @Field(() => String, {
    description:
      'A recurrence rule (RFC 5545 §3.3.10) such as `FREQ=WEEKLY;BYDAY=MO,TH`, HOURLY at most, without BYMINUTE and BYSECOND; COUNT is at most 1,000. A local time that the clock skips is left out.',
  })
  rule: string;
}

@Resolver()
export class ScheduleResolver {
  constructor(private readonly schedules: Schedules) {}

  @Directive('@requiresScopes(scopes: [["notifications:send"]])')
  @Query(() => NotificationScheduleConnection, {
    name: 'notificationSchedules',
    nullable: true,
    description:
      'The schedules of the caller, with `notifications:read` those of every sender, the newest first. Needs `notifications:send`. Errors: VALIDATION_FAILED (422) for a page size outside of 1 to 100.',
  })
  async list(
    @Ctx() { caller }: NotificationsContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<NotificationSchedule>> {
    return mapPage(await this.schedules.list(caller, { first, after }), scheduleOf);
  }

  @Directive('@requiresScopes(scopes: [["notifications:send"]])')
  @Mutation(() => NotificationSchedule, {
    nullable: true,
    description:
      'Sends a notification again and again, until its end or until its sender may not send any more. Recipients and template are looked up at each occurrence; recipients that cannot be reached then are left out. Needs `notifications:send`. Errors: VALIDATION_FAILED (422) with every wrong field.',
  })
  async createNotificationSchedule(
    @Ctx() { caller }: NotificationsContext,
    @Arg('input', () => CreateNotificationScheduleInput) input: CreateNotificationScheduleInput,
  ): Promise<NotificationSchedule> {
    return scheduleOf(await this.schedules.create(caller, input));
  }

  @Directive('@requiresScopes(scopes: [["notifications:send"]])')
  @Mutation(() => NotificationSchedule, {
    nullable: true,
    description:
      'Ends a schedule of the caller, with `notifications:read` that of another sender. Needs `notifications:send`. Errors: NOT_FOUND (404).',
  })
  async cancelNotificationSchedule(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
  ): Promise<NotificationSchedule> {
    return scheduleOf(await this.schedules.cancel(caller, id));
  }
}

function scheduleOf(row: NotificationScheduleRow): NotificationSchedule {
  const { id, rule, startsAt, timeZone, nextAt, sent, createdAt, cancelledAt } = row;
  return {
    id,
    rule,
    startsAt,
    timeZone,
    nextAt: nextAt === null ? null : new Date(nextAt),
    sent,
    createdAt: new Date(createdAt),
    cancelledAt: cancelledAt === null ? null : new Date(cancelledAt),
  };
}
