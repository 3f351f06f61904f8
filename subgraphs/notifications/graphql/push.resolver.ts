import {
  Arg,
  Ctx,
  Directive,
  Field,
  ID,
  InputType,
  Mutation,
  ObjectType,
  Query,
  Resolver,
} from 'type-graphql';
import { DateTime } from '../../../platform/graphql/scalars';
import type { NotificationsContext } from '../loaders';
import type { PushSubscriptions } from '../push/push-subscriptions';
import type { PushSubscriptionRow } from '../tables';

@ObjectType('PushSubscription', {
  simpleResolvers: true,
  description: 'A browser or app that gets the PUSH notifications of a user.',
})
export class PushSubscription {
  @Field(() => ID)
  id: string;

  @Field(() => String, { description: 'The host of its push service, such as `fcm.googleapis.com`.' })
  service: string;

  @Field(() => DateTime)
  createdAt: Date;
}

@InputType('PushSubscriptionInput', {
  description: 'The parts of the `PushSubscription` that a browser gives (https://www.w3.org/TR/push-api/).',
})
export class PushSubscriptionInput {
  @Field(() => String, { description: 'An https URL, at most 1,000 characters.' })
  endpoint: string;

  @Field(() => String, { description: '`keys.p256dh`, in base64url.' })
  p256dh: string;

  @Field(() => String, { description: '`keys.auth`, in base64url.' })
  auth: string;
}

@Resolver()
export class PushResolver {
  /** @param publicKey undefined where Web Push is not configured */
  constructor(
    private readonly subscriptions: PushSubscriptions,
    private readonly publicKey: string | undefined,
  ) {}

  @Query(() => String, {
    nullable: true,
    description:
      'The public key that a browser subscribes with (`applicationServerKey`), in base64url; null where Web Push is not configured.',
  })
  pushPublicKey(): string | null {
    return this.publicKey ?? null;
  }

  @Directive('@authenticated')
  @Query(() => [PushSubscription], {
    name: 'pushSubscriptions',
    nullable: true,
    description: 'The subscriptions of the caller, at most 20. Errors: FORBIDDEN (403) for API keys.',
  })
  async list(@Ctx() { caller }: NotificationsContext): Promise<PushSubscription[]> {
    return (await this.subscriptions.list(caller)).map(row => this.view(row));
  }

  @Directive('@authenticated')
  @Mutation(() => PushSubscription, {
    nullable: true,
    description:
      'Sends the PUSH notifications of the caller to this browser too. Errors: FORBIDDEN (403) for API keys, TOO_MANY_PUSH_SUBSCRIPTIONS (409), VALIDATION_FAILED (422).',
  })
  async subscribeToPush(
    @Ctx() { caller }: NotificationsContext,
    @Arg('input', () => PushSubscriptionInput) input: PushSubscriptionInput,
  ): Promise<PushSubscription> {
    return this.view(await this.subscriptions.add(caller, input));
  }

  @Directive('@authenticated')
  @Mutation(() => Boolean, {
    nullable: true,
    description:
      'Ends a subscription of the caller and returns true. Errors: FORBIDDEN (403) for API keys, NOT_FOUND (404).',
  })
  async unsubscribeFromPush(
    @Ctx() { caller }: NotificationsContext,
    @Arg('id', () => ID) id: string,
  ): Promise<boolean> {
    await this.subscriptions.remove(caller, id);
    return true;
  }

  private view(row: PushSubscriptionRow): PushSubscription {
    return {
      id: row.id,
      service: this.subscriptions.hostOf(row),
      createdAt: new Date(row.createdAt),
    };
  }
}
