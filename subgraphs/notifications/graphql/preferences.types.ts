import { Field, InputType, ObjectType } from 'type-graphql';
import { NotificationChannel } from './types';

@ObjectType('NotificationSwitch', {
  simpleResolvers: true,
  description:
    'Whether a user gets a category over a channel. The most specific one decides: category and channel, then category, then channel.',
})
export class NotificationSwitch {
  @Field(() => String, {
    nullable: true,
    description: 'Null for every category without a switch of its own.',
  })
  category: string | null;

  @Field(() => NotificationChannel, {
    nullable: true,
    description: 'Null for every channel without a switch of its own.',
  })
  channel: NotificationChannel | null;

  @Field(() => Boolean)
  isEnabled: boolean;
}

@ObjectType('QuietHours', {
  simpleResolvers: true,
  description:
    'Every day between these times emails, SMS and push notifications wait, except for `security`.',
})
export class QuietHoursType {
  @Field(() => String, { description: 'A time of the day such as `22:00`.' })
  from: string;

  @Field(() => String, {
    description: 'A time of the day such as `07:00`; before `from` it is on the next day.',
  })
  to: string;

  @Field(() => String, {
    nullable: true,
    description: 'An IANA time zone such as `Europe/Berlin`; null for that of the profile, UTC without one.',
  })
  timeZone: string | null;
}

@ObjectType('NotificationPreferences', {
  simpleResolvers: true,
  description: 'What a user chose about notifications. What has no switch is on.',
})
export class NotificationPreferences {
  @Field(() => [NotificationSwitch])
  switches: NotificationSwitch[];

  @Field(() => QuietHoursType, { nullable: true })
  quietHours: QuietHoursType | null;
}

@InputType('NotificationSwitchInput', { description: 'Switches a category over a channel on or off.' })
export class NotificationSwitchInput {
  @Field(() => String, {
    nullable: true,
    description: 'Null for every category without a switch of its own.',
  })
  category?: string | null;

  @Field(() => NotificationChannel, {
    nullable: true,
    description: 'Not WEBHOOK. Null for every channel without a switch of its own.',
  })
  channel?: NotificationChannel | null;

  @Field(() => Boolean, { description: 'Cannot be false for the category `security`.' })
  isEnabled: boolean;
}

@InputType('QuietHoursInput', { description: 'See `QuietHours`.' })
export class QuietHoursInput {
  @Field(() => String, { description: 'A time of the day such as `22:00`.' })
  from: string;

  @Field(() => String, { description: 'A time of the day such as `07:00`.' })
  to: string;

  @Field(() => String, {
    nullable: true,
    description: 'An IANA time zone such as `Europe/Berlin`; without it that of the profile.',
  })
  timeZone?: string | null;
}

@InputType('UpdatePreferencesInput', { description: 'The preferences to change; the others stay.' })
export class UpdatePreferencesInput {
  @Field(() => [NotificationSwitchInput], {
    nullable: true,
    description: 'Each replaces the one of the same category and channel; at most 100 in all.',
  })
  switches?: NotificationSwitchInput[] | null;

  @Field(() => QuietHoursInput, { nullable: true, description: 'Null removes them.' })
  quietHours?: QuietHoursInput | null;
}
