import { Arg, Ctx, Directive, Field, FieldResolver, ID, Int, ObjectType, Resolver, Root } from 'type-graphql';
import { mapPage, type Page } from '../../../platform/database/keyset';
import type { NotificationsContext } from '../loaders';
import type { NotificationHistory } from '../sending/notification-history';
import { type Notification, NotificationConnection } from './types';
import { notificationOf } from './views';

@Directive('@key(fields: "id")')
@ObjectType('Trace', {
  simpleResolvers: true,
  description:
    'The work of all services for one request: W3C Trace Context (https://www.w3.org/TR/trace-context/).',
})
export class Trace {
  @Field(() => ID, { description: '32 hexadecimal digits.' })
  id: string;
}

@Resolver(() => Trace)
export class TraceResolver {
  constructor(private readonly sent: NotificationHistory) {}

  @Directive('@authenticated')
  @FieldResolver(() => NotificationConnection, {
    nullable: true,
    description:
      'Notifications that the request caused, the newest first: all with `notifications:read`, without it those that the caller sent or received.',
  })
  async notifications(
    @Root() { id }: Trace,
    @Ctx() { caller }: NotificationsContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20 }) first: number | null,
    @Arg('after', () => String, { nullable: true }) after: string | null | undefined,
  ): Promise<Page<Notification>> {
    const page = await this.sent.ofTrace(caller, id, { first, after });
    return mapPage(page, row => notificationOf(row, this.sent.messageOf(row)));
  }
}
